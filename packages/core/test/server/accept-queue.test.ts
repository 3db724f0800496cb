import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { createAcceptQueue, systemAcceptQueue } from '../../src/server/accept-queue.ts'

const port = 3000

/** A server that is asked for codes every 10 ms, with so many connections that wait at each moment. */
function refusals(
  waitingAt: (now: number) => number,
  milliseconds: number,
  times = 1,
  everyMs = 10,
): readonly number[] {
  let time = 0
  const queue = createAcceptQueue(() => waitingAt(time))
  const refused: number[] = []
  for (; time < milliseconds; time += everyMs) if (queue.isLong(times, port, time)) refused.push(time)
  return refused
}

it('requests for codes are refused when a hundred connections have waited for 500 ms, and served again as soon as they are fewer', () => {
  const refused = refusals((now) => (now < 800 ? 150 : 20), 1000)
  expect([refused[0], refused.at(-1)]).toEqual([500, 800])
})

it('a burst of connections, and fewer than a hundred, refuse nobody', () => {
  expect(refusals((now) => (now % 500 < 400 ? 400 : 0), 5000)).toEqual([])
  expect(refusals(() => 99, 5000)).toEqual([])
})

it('pages are refused from twice as many connections after twice as long', () => {
  expect(refusals(() => 199, 5000, 2)).toEqual([])
  expect(refusals(() => 250, 5000, 2)[0]).toBe(1000)
})

it('where refusals do not make the queue shorter, every other 500 ms are served', () => {
  const refused = refusals(() => 500, 2100)
  const inPart = (from: number) => refused.filter((time) => time >= from && time < from + 500).length
  expect([0, 500, 1000, 1500].map(inPart)).toEqual([0, 50, 0, 50])
})

it('requests over connections that are kept are refused too, once a new connection has told the port', () => {
  let looks = 0
  const queue = createAcceptQueue(() => {
    looks++
    return 300
  })
  for (let time = 0; time < 1000; time += 10) expect(queue.isLong(1, undefined, time)).toBe(false)
  expect(looks).toBe(0)
  for (let time = 1000; time < 1600; time += 10) queue.isLong(1, port, time)
  expect(queue.isLong(1, undefined, 1600)).toBe(true)
})

it('the system is asked every 50 ms, and not at all while requests are rare', () => {
  let looks = 0
  const count = (everyMs: number) => {
    looks = 0
    const queue = createAcceptQueue(() => {
      looks++
      return 0
    })
    for (let time = 0; time < 1000; time += everyMs) queue.isLong(1, port, time)
    return looks
  }
  expect(count(30)).toBe(0)
  expect(count(1)).toBe(20)
})

it.runIf(process.platform === 'linux')('the queue is that of the system', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  const readAcceptQueue = systemAcceptQueue()
  expect(readAcceptQueue(own)).toBe(0)
  const sockets = Array.from({ length: 20 }, () => connect(own, '127.0.0.1'))
  // the system completes connections by itself, while this process accepts at most one a turn
  let most = 0
  for (const end = performance.now() + 10_000; most === 0 && performance.now() < end; ) {
    most = readAcceptQueue(own)
    if (most === 0) await new Promise(setImmediate)
  }
  expect(most).toBeGreaterThan(0)
  for (const socket of sockets) socket.destroy()
  server.close()
})
