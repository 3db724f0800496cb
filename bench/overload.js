// Measures a server at half its capacity, at twice its capacity, and just after that: how long requests for codes wait, how
// many are refused, and the memory. Requests come at a fixed rate, whether the ones before are answered or not, as devices
// send them. The capacity is found first, by 64 connections that ask as fast as they can; give it, to compare two runs.
// With the store `pool`, the database is what is slow: ten connections that take 40 ms for a step, whatever this machine does.
// With `memory` and `redis`, the processor is what is slow.
// Usage: node overload.js [pool, memory or redis] [seconds] [maxConcurrentRequests] [capacity]

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startRedis } from './databases.js'

const [, , store = 'pool', seconds = '20', bound = '', given] = process.argv
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
const form = 'client_id=tv'
const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length }

/** Asks for codes; resolves with the status, 0 for a connection that failed. */
function ask(port, agent) {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent, method: 'POST', path: '/device_authorization', headers })
    sent.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
    sent.on('error', () => resolve(0)).end(form)
  })
}

/** Requests for codes a second that the server answers when it is never idle. */
async function findCapacity(port, duration) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const end = performance.now() + duration * 1000
  let answered = 0
  const client = async () => {
    while (performance.now() < end) if ((await ask(port, agent)) === 200) answered++
  }
  await Promise.all(Array.from({ length: 64 }, client))
  agent.destroy()
  return answered / duration
}

/** Sends `rate` requests a second, and waits for all answers. */
async function load(port, rate, duration, agent) {
  const [served, refused] = [[], []]
  let failed = 0
  const answers = []
  const began = performance.now()
  const one = async () => {
    const sent = performance.now()
    const status = await ask(port, agent)
    const waited = performance.now() - sent
    if (status === 200) served.push(waited)
    else if (status === 503) refused.push(waited)
    else failed++
  }
  for (let sent = 0; performance.now() - began < duration * 1000; await sleep(2)) {
    for (const due = ((performance.now() - began) / 1000) * rate; sent < due; sent++) answers.push(one())
  }
  await Promise.all(answers)
  return { served, refused, failed, seconds: (performance.now() - began) / 1000 }
}

async function measure(name, port, server, rate, duration, agent) {
  server.send('reset')
  const { served, refused, failed, seconds: took } = await load(port, rate, duration, agent)
  server.send('memory')
  const [{ rss }] = await once(server, 'message')
  const of = (values) => `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`
  console.log(
    `  ${name.padEnd(22)} ${rate.toFixed(0).padStart(5)}/s for ${duration} s (${took.toFixed(1)} s): ` +
      `${served.length} served (${of(served)}), ${refused.length} refused (${of(refused)}), ${failed} failed, RSS at most ${(rss / 2 ** 20).toFixed(0)} MB`,
  )
  return { p99: quantile(served, 0.99), rss, refused: refused.length, failed, served: served.length }
}

const redis = store === 'redis' ? await startRedis() : undefined
const server = fork(fileURLToPath(new URL('servers/overload.js', import.meta.url)), [bound], {
  env: { ...process.env, STORE: store, REDIS_URL: redis?.url ?? '' },
})
const [{ port }] = await once(server, 'message')
const agent = new Agent({ keepAlive: true })
const warmedUp = await findCapacity(port, 3)
const capacity = given === undefined ? Math.max(warmedUp, await findCapacity(port, 5)) : Number(given)
console.log(`codes, store ${store}, Node ${process.version}, capacity ${capacity.toFixed(0)} a second`)
const half = await measure('half the capacity', port, server, capacity / 2, Number(seconds), agent)
const twice = await measure('twice the capacity', port, server, capacity * 2, Number(seconds), agent)
const after = await measure('half, right after', port, server, capacity / 2, 1, agent)
agent.destroy()
const limits = [
  ['p99 of what is served at twice the capacity below 2000 ms', twice.p99 < 2000],
  ['memory below twice that of half the capacity', twice.rss < 2 * half.rss],
  ['no connection failed', twice.failed === 0],
  ['within a second after it, p99 below 1000 ms', after.p99 < 1000],
]
for (const [limit, ok] of limits) console.log(`  ${limit}: ${ok ? 'ok' : 'MISSED'}`)
process.exitCode = limits.every(([, ok]) => ok) ? 0 : 1
server.disconnect()
await once(server, 'exit')
await redis?.stop()
