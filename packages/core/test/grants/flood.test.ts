import { describe, expect, it } from 'vitest'
import { FloodGuard } from '../../src/grants/flood.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

/** A server, and how often polls have reached its store. */
function countedServer(): TestServer & { polls(): number } {
  let polls = 0
  const store = faultyStore(new MemoryStore(), (step) => {
    if (step === 'pollDeviceCredential') polls++
    return undefined
  })
  return { ...createTestServer({ store }), polls: () => polls }
}

/** So many polls, evenly over so many seconds; how many of each error came back. */
async function flood(server: TestServer, code: string, count: number, seconds = 1): Promise<Record<string, number>> {
  const errors: Record<string, number> = {}
  for (let poll = 0; poll < count; poll++) {
    const { error } = JSON.parse((await server.poll(code)).body)
    errors[error] = (errors[error] ?? 0) + 1
    server.clock.advance(seconds / count)
  }
  return errors
}

describe('F-39 far more polls of one code than any interval allows', () => {
  it('F-39 1,000 in a second: the store sees a dozen of them, then one a second', async () => {
    const server = countedServer()
    const { device_code: code } = await server.start()
    expect(await flood(server, code, 1000)).toEqual({ authorization_pending: 1, slow_down: 999 })
    expect(server.polls()).toBeLessThan(15)
    const before = server.polls()
    expect(await flood(server, code, 10_000, 10)).toEqual({ slow_down: 10_000 })
    expect(server.polls() - before).toBeLessThanOrEqual(11)
  })

  it('F-39 8628-3.5-4 what it is told is the interval that the store keeps', async () => {
    const server = countedServer()
    const { device_code: code, user_code: userCode } = await server.start()
    await flood(server, code, 2500, 2.5)
    const { interval } = JSON.parse((await server.poll(code)).body)
    expect(interval).toBe((await server.deviceAuth.find(userCode))?.interval)
  })

  it('F-39 polls that are in flight together reach the store once each, and the next ones do not', async () => {
    const server = countedServer()
    const { device_code: code } = await server.start()
    const together = (): Promise<OAuthResponse[]> => Promise.all(Array.from({ length: 1000 }, () => server.poll(code)))
    await together()
    expect(server.polls()).toBeLessThanOrEqual(1000)
    const before = server.polls()
    for (const answer of await together()) expectError(answer, 'slow_down')
    expect(server.polls()).toBe(before)
  })

  it.each(['approve', 'deny', 'expire'] as const)(
    '8628-3.5-3 a decision is seen within a second: %s',
    async (decision) => {
      const server = countedServer()
      const { device_code: code, user_code: userCode } = await server.start()
      await flood(server, code, 1500, 1.5)
      if (decision === 'approve') await server.approve(userCode)
      if (decision === 'deny') await server.deviceAuth.deny(userCode)
      if (decision === 'expire') server.clock.advance(600)
      let answer = await server.poll(code)
      for (let elapsed = 0; elapsed < 1000 && JSON.parse(answer.body).error === 'slow_down'; elapsed++) {
        server.clock.advance(0.001)
        answer = await server.poll(code)
      }
      if (decision === 'approve') expectToken(answer)
      else expectError(answer, decision === 'deny' ? 'access_denied' : 'expired_token')
    },
  )

  it('8628-3.4-5 F-36 another client gets the bytes of an unknown code, and does not end the guard', async () => {
    const server = countedServer()
    const { device_code: code } = await server.start()
    await flood(server, code, 100, 0.1)
    const unknown = await server.poll('x'.repeat(43), { client_id: 'tv2' })
    expectError(unknown, 'invalid_grant')
    for (let poll = 0; poll < 50; poll++) expect(await server.poll(code, { client_id: 'tv2' })).toEqual(unknown)
    const before = server.polls()
    expectError(await server.poll(code), 'slow_down')
    expect(server.polls()).toBe(before)
  })

  it('8628-3.4-5 a flood by another client does not slow the code down', async () => {
    const server = countedServer()
    const { device_code: code, user_code: userCode } = await server.start()
    for (let poll = 0; poll < 100; poll++) expectError(await server.poll(code, { client_id: 'tv2' }), 'invalid_grant')
    expectError(await server.poll(code), 'authorization_pending')
    await server.approve(userCode)
    expectToken(await server.poll(code))
  })

  it('another code of the same client is not its business', async () => {
    const server = countedServer()
    const [hasty, calm] = [await server.start(), await server.start()]
    await flood(server, hasty.device_code, 1000)
    for (let poll = 0; poll < 20; poll++) {
      expectError(await server.poll(calm.device_code), 'authorization_pending')
      server.clock.advance(5)
    }
  })

  it('a device that comes to its senses is an ordinary one again', async () => {
    const server = countedServer()
    const { device_code: code } = await server.start()
    await flood(server, code, 1000)
    server.clock.advance(60)
    expectError(await server.poll(code), 'authorization_pending')
    const before = server.polls()
    expectError(await server.poll(code), 'slow_down')
    expectError(await server.poll(code), 'slow_down')
    expect(server.polls()).toBe(before + 2)
  })
})

describe('the guard itself', () => {
  const second = 1000

  function flooded(guard: FloodGuard, id: string): void {
    for (let poll = 0; poll < 11; poll++) guard.slowedDown(id, 'tv', 10, 0)
  }

  it('lets one poll through a second, however long it goes on', () => {
    const guard = new FloodGuard()
    flooded(guard, 'a')
    const asked: number[] = []
    for (let now = 0; now < 5 * second; now += 10) {
      if (guard.interval('a', 'tv', now) !== undefined) continue
      asked.push(now)
      guard.slowedDown('a', 'tv', 10, now)
    }
    expect(asked).toEqual([1, 2, 3, 4].map((elapsed) => elapsed * second))
  })

  it('does not count ten in one second and ten in the next as twenty in one', () => {
    const guard = new FloodGuard()
    for (let poll = 0; poll < 30; poll++) guard.slowedDown('a', 'tv', 10, poll * 100)
    expect(guard.interval('a', 'tv', 3 * second)).toBeUndefined()
  })

  it('F-25 is not stuck when the clock steps back', () => {
    const guard = new FloodGuard()
    flooded(guard, 'a')
    expect(guard.interval('a', 'tv', 1)).toBe(10)
    expect(guard.interval('a', 'tv', -60 * second)).toBeUndefined()
  })

  it('is bounded: ten thousand codes that are flooded at once are forgotten together', () => {
    const guard = new FloodGuard()
    for (let code = 0; code < 10_000; code++) flooded(guard, `code ${code}`)
    expect(guard.interval('code 0', 'tv', 1)).toBe(10)
    flooded(guard, 'one more')
    expect(guard.interval('code 0', 'tv', 1)).toBeUndefined()
    expect(guard.interval('one more', 'tv', 1)).toBe(10)
  })
})
