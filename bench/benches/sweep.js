// The time for which the event loop stands still while expired sign-ins are removed: the longest of the requests that remove a few each,
// and the removal of all of them by one call of `sweep`. Garbage is collected between requests, outside of what is timed,
// because its pauses are longer than what is looked for.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MemoryStore } from '@device-auth/core'
import { createPending } from '../servers/device-auth.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const count = 100_000
/** The records are kept for a while after they have expired, so that late polls are told so. */
const later = 48 * 3_600_000

async function timed(work) {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** The longest of so many requests for codes, in milliseconds. */
async function longest(ask, requests) {
  let most = 0
  for (let done = 0; done < requests; done++) {
    if (done % 200 === 0) collect({ type: 'minor' })
    most = Math.max(most, await timed(ask))
  }
  return most
}

export async function run(_servers, { starts }, progress) {
  const [before, during, atOnce] = [[], [], []]
  for (let fresh = 1; fresh <= starts; fresh++) {
    progress(`start ${fresh} of ${starts}`)
    let now = Date.now()
    const clock = () => now
    const store = new MemoryStore({ maxRecords: 2 * count })
    const { ask } = await createPending(count, { store, clock })
    collect()
    before.push(await longest(ask, count / 5))
    now += later
    during.push(await longest(ask, count / 5))
    const full = new MemoryStore({ maxRecords: 2 * count })
    await createPending(count, { store: full, clock })
    collect()
    atOnce.push(await timed(() => full.sweep(now + later)))
  }
  // other work on the machine can only add, so the least of the starts is the nearest to the truth
  const least = (values) => ({ stall: [Math.min(...values)] })
  return {
    'requests before any has expired': least(before),
    'requests that remove a few each': least(during),
    'one call of sweep for all': least(atOnce),
  }
}
