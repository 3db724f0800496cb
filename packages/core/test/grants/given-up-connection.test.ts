import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { isGivenUpByNow } from '../../src/grants/given-up.ts'
import { formRequest } from '../server.ts'

const server = createServer()

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(() => void server.close())

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A request over a connection. @param hasEnded the client has ended it while this process stood still */
async function isGivenUpOverConnection(hasEnded: boolean): Promise<boolean> {
  const accepted = once(server, 'connection')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [connection] = await accepted
  let ended = false
  connection.on('end', () => {
    ended = true
  })
  const answer = new Promise<boolean>((resolve) => {
    connection.once('data', () => {
      resolve(isGivenUpByNow({ ...formRequest('/token', {}), aborted: () => ended }))
      // other requests that came meanwhile take so long that a timer is due before Node reads again
      const until = performance.now() + 5
      while (performance.now() < until);
    })
  })
  client.write('request')
  if (hasEnded) client.end()
  const result = await answer
  client.destroy()
  connection.destroy()
  return result
}

it.each([true, false])('a request whose connection has ended behind it is given up: %s', async (hasEnded) => {
  for (let round = 0; round < 20; round++) expect(await isGivenUpOverConnection(hasEnded)).toBe(hasEnded)
})

const waiting = { ...formRequest('/token', {}), aborted: () => false }

it('requests that come together need one timer', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  for (let round = 1; round <= 2; round++) {
    await Promise.all(Array.from({ length: 10 }, () => isGivenUpByNow(waiting)))
    expect(timers).toHaveBeenCalledTimes(round)
  }
})

it('a request does not wait for a timer that a test has stopped', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  void isGivenUpByNow(waiting)
  vi.useRealTimers()
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60)
  expect(await isGivenUpByNow(waiting)).toBe(false)
})
