// Measures a server at half its capacity, at twice its capacity, and just after that: how long requests for codes wait, how
// many are refused, and the memory. Requests come at a fixed rate, whether the ones before are answered or not, as devices
// send them. The capacity is found first, by 64 connections that ask as fast as they can; give it, to compare two runs.
// With the store `pool`, the database is what is slow: ten connections that take 40 ms for a step. With `processor`, it is the
// processor: each code takes 2 ms of it. Both are slow enough that this process, which sends the requests, is not the bottleneck.
// With `redis` and `memory` it may be: a warning says so. The codes of `memory` cost less than the connections they come over, which
// the system refuses before the server sees them.
// Usage: node overload.js [pool, processor, memory or redis] [seconds] [maxConcurrentRequests] [capacity]

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startRedis } from './databases.js'

const [, , store = 'pool', seconds = '20', bound = '', given] = process.argv
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
const asked = Buffer.from(
  'POST /device_authorization HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\nclient_id=tv',
)

/** Keep-alive connections to the server. A request takes one that is free, or opens another. */
function connections(port) {
  const [all, free] = [new Set(), []]
  const open = () => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    all.add(socket)
    let received = ''
    const answer = (status) => {
      const { settle } = socket
      socket.settle = undefined
      received = ''
      settle?.(status)
    }
    socket.setEncoding('latin1').on('data', (part) => {
      received += part
      const end = received.indexOf('\r\n\r\n')
      const length = /content-length: (\d+)/i.exec(received)?.[1]
      if (end < 0 || received.length < end + 4 + Number(length)) return
      answer(Number(received.slice(9, 12)))
      free.push(socket)
    })
    socket
      .on('error', () => {})
      .on('close', () => {
        all.delete(socket)
        answer(0)
      })
    return socket
  }
  return {
    /** Asks for codes; resolves with the status, 0 for a connection that failed. */
    ask: () =>
      new Promise((resolve) => {
        let socket = free.shift()
        while (socket?.destroyed) socket = free.shift()
        socket ??= open()
        socket.settle = resolve
        socket.write(asked)
      }),
    close() {
      for (const socket of all) socket.destroy()
    },
  }
}

/** Requests for codes a second that the server answers when it is never idle. */
async function findCapacity(port, duration) {
  const { ask, close } = connections(port)
  const end = performance.now() + duration * 1000
  let answered = 0
  const client = async () => {
    while (performance.now() < end) if ((await ask()) === 200) answered++
  }
  await Promise.all(Array.from({ length: 64 }, client))
  close()
  return answered / duration
}

/** Sends `rate` requests a second, and waits for all answers. */
async function load(rate, duration, ask) {
  const [served, refused] = [[], []]
  let failed = 0
  const answers = []
  const began = performance.now()
  const atBegin = performance.eventLoopUtilization()
  const one = async () => {
    const sent = performance.now()
    const status = await ask()
    const waited = performance.now() - sent
    if (status === 200) served.push(waited)
    else if (status === 503) refused.push(waited)
    else failed++
  }
  for (let sent = 0; performance.now() - began < duration * 1000; await sleep(2)) {
    for (const due = ((performance.now() - began) / 1000) * rate; sent < due; sent++) answers.push(one())
  }
  const { utilization } = performance.eventLoopUtilization(atBegin)
  await Promise.all(answers)
  return { served, refused, failed, seconds: (performance.now() - began) / 1000, utilization }
}

async function measure(name, server, rate, duration, ask) {
  server.send('reset')
  const { served, refused, failed, seconds: took, utilization } = await load(rate, duration, ask)
  server.send('memory')
  const [{ rss }] = await once(server, 'message')
  const of = (values) => `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`
  console.log(
    `  ${name.padEnd(22)} ${rate.toFixed(0).padStart(5)}/s for ${duration} s (${took.toFixed(1)} s): ` +
      `${served.length} served (${of(served)}), ${refused.length} refused (${of(refused)}), ${failed} failed, RSS at most ${(rss / 2 ** 20).toFixed(0)} MB`,
  )
  if (utilization > 0.9)
    console.log('  warning: the process that sends was the bottleneck itself; these waits are not those of the server')
  return { p99: quantile(served, 0.99), rss, refused: refused.length, failed, served: served.length }
}

const redis = store === 'redis' ? await startRedis() : undefined
const server = fork(fileURLToPath(new URL('servers/overload.js', import.meta.url)), [bound], {
  env: { ...process.env, STORE: store, REDIS_URL: redis?.url ?? '' },
})
const [{ port }] = await once(server, 'message')
const warmedUp = await findCapacity(port, 3)
const capacity = given === undefined ? Math.max(warmedUp, await findCapacity(port, 5)) : Number(given)
console.log(`codes, store ${store}, Node ${process.version}, capacity ${capacity.toFixed(0)} a second`)
const { ask, close } = connections(port)
const half = await measure('half the capacity', server, capacity / 2, Number(seconds), ask)
const twice = await measure('twice the capacity', server, capacity * 2, Number(seconds), ask)
const after = await measure('half, right after', server, capacity / 2, 1, ask)
close()
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
