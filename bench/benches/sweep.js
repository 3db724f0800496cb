// How long the event loop stands still when expired sign-ins are removed: the longest of the requests that follow, and the
// removal of all of them at once, for which an application calls `sweep`.

import { MemoryStore } from '@device-auth/core'
import { createPending } from '../servers/device-auth.js'

const count = 100_000

/** The longest of so many requests for codes, in milliseconds. */
async function longest(ask, requests) {
  let most = 0
  for (let done = 0; done < requests; done++) {
    const began = performance.now()
    await ask()
    most = Math.max(most, performance.now() - began)
  }
  return most
}

export async function run(_servers, { starts }, progress) {
  const results = { 'memory store': { stall: [] }, 'before any has expired': { stall: [] } }
  for (let fresh = 1; fresh <= starts; fresh++) {
    progress(`start ${fresh} of ${starts}`)
    let now = Date.now()
    const store = new MemoryStore({ maxRecords: 2 * count })
    const { ask } = await createPending(count, { store, clock: () => now })
    globalThis.gc?.()
    results['before any has expired'].stall.push(await longest(ask, count / 5))
    // the records are kept for a while after they have expired, so that late polls are told so
    now += 48 * 3_600_000
    results['memory store'].stall.push(await longest(ask, count / 5))
  }
  return results
}
