import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createAcceptQueue, systemAcceptQueue } from '../../src/server/accept-queue.ts'

const at = { port: 3000, isIPv6: false }

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
  for (; time < milliseconds; time += everyMs) if (queue.isLong(times, at, time)) refused.push(time)
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

it('pages that are asked for meanwhile, and served, change nothing for requests for codes', () => {
  const queue = createAcceptQueue(() => 150)
  const refused: number[] = []
  for (let time = 0; time < 600; time += 10) {
    expect(queue.isLong(2, at, time)).toBe(false)
    if (queue.isLong(1, at, time)) refused.push(time)
  }
  expect(refused[0]).toBe(500)
})

it('a request after a pause is served, because the last look at the queue is old', () => {
  const queue = createAcceptQueue(() => 300)
  for (let time = 0; time < 690; time += 10) queue.isLong(1, at, time)
  expect(queue.isLong(1, at, 690)).toBe(true)
  expect(queue.isLong(1, at, 720)).toBe(false)
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
  for (let time = 1000; time < 1600; time += 10) queue.isLong(1, at, time)
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
    for (let time = 0; time < 1000; time += everyMs) queue.isLong(1, at, time)
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
  expect(readAcceptQueue({ port: own, isIPv6: false })).toBe(0)
  const sockets = Array.from({ length: 20 }, () => connect(own, '127.0.0.1'))
  // the system completes connections by itself, while this process accepts at most one a turn
  let most = 0
  for (const end = performance.now() + 10_000; most === 0 && performance.now() < end; ) {
    most = readAcceptQueue({ port: own, isIPv6: false })
    if (most === 0) await new Promise(setImmediate)
  }
  expect(most).toBeGreaterThan(0)
  for (const socket of sockets) socket.destroy()
  server.close()
})

describe('the list of the system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sockets-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const listening = '0A'
  const established = '01'
  const row = (address: string, state: string, waiting: number, port = 3000) => {
    const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0')
    const [own, other] = [`${address}:${hex(port, 4)}`, `${address.replace(/./g, '0')}:0000`]
    const rest = '00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0'
    return `   0: ${own} ${other} ${state} 00000000:${hex(waiting, 8)} ${rest}`.padEnd(149)
  }
  const count = (rows: readonly string[], isIPv6 = false) => {
    const title = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
    writeFileSync(join(folder, isIPv6 ? 'tcp6' : 'tcp'), [title.padEnd(149), ...rows, ''].join('\n'))
    return systemAcceptQueue(folder)({ port: 3000, isIPv6 })
  }

  it('has the port among others, and connections at this port, which are no listeners', () => {
    const others = [row('0100007F', listening, 400, 3001), row('0100007F', listening, 500, 3002)]
    expect(count([...others, row('0100007F', listening, 300)])).toBe(300)
    expect(count([...others, row('0100007F', established, 7)])).toBe(0)
    expect(count([])).toBe(0)
  })

  it('another process that hangs at the same port, at another address or together with this one, refuses nobody', () => {
    const [hanging, own] = [row('0200007F', listening, 511), row('0100007F', listening, 3)]
    expect(count([hanging, own])).toBe(3)
    expect(count([own, hanging])).toBe(3)
    expect(count([hanging, row('0100007F', listening, 200)])).toBe(200)
  })

  it('is that of the protocol that the connection came by', () => {
    count([row('0100007F', listening, 511)])
    expect(count([row('00000000000000000000000001000000', listening, 2)], true)).toBe(2)
  })

  it('is read to where connections begin, or 16 KiB of it: a machine may have a hundred thousand', () => {
    const connections = Array.from({ length: 50 }, () => row('0100007F', established, 0))
    expect(count([...connections, row('0100007F', listening, 300)])).toBe(0)
    const others = Array.from({ length: 200 }, () => row('0100007F', listening, 0, 3001))
    expect(count([...others, row('0100007F', listening, 300)])).toBe(0)
  })

  it('may be missing', () => {
    expect(systemAcceptQueue(join(folder, 'missing'))({ port: 3000, isIPv6: false })).toBe(0)
  })
})
