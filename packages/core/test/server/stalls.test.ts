import { describe, expect, it } from 'vitest'
import { createStalls } from '../../src/server/stalls.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { testClock } from '../../src/testing/clock.ts'
import { faultyStore, type StoreFault } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

/** A server whose database answers nothing from the k-th call of a step on, until `back` is called. */
function stalling(
  step: string,
  fault: StoreFault,
): { server: TestServer; stall(): void; back(): void; seen: string[] } {
  const clock = testClock(0)
  let away = false
  let first = true
  const store = faultyStore(new MemoryStore(), (called) => {
    if (!away) return undefined
    if (called === step && first) {
      first = false
      return fault
    }
    return 'hang'
  })
  const server = createTestServer({ store, clock, timeout: 0.005, hooks: { onError: () => {} } })
  const seen: string[] = []
  server.deviceAuth.on('replayed', ({ outcome }) => seen.push(outcome))
  server.deviceAuth.on('reuseDetected', () => seen.push('reuse'))
  const set = (next: boolean) => (): void => {
    away = next
  }
  return { server, stall: set(true), back: set(false), seen }
}

describe('a database that stops', () => {
  it.each([35, 60, 240])(
    'F-15 F-17 for %d s after a redemption: the device gets its tokens afterwards',
    async (seconds) => {
      const { server, stall, back, seen } = stalling('redeem', 'throwAfter')
      const { device_code: code, user_code: userCode } = await server.start()
      await server.approve(userCode)
      // the poll before the redemption still works
      const poll = server.poll(code)
      stall()
      expectError(await poll, 'authorization_pending')
      for (let waited = 0; waited < seconds; waited += 5) {
        server.clock.advance(5)
        expectError(await server.poll(code), 'authorization_pending')
      }
      back()
      server.clock.advance(5)
      const token = expectToken(await server.poll(code))
      expect(await server.deviceAuth.authenticate(token.access_token)).toBeDefined()
      expect(seen).toEqual(['answered'])
    },
  )

  it.each([35, 240])(
    'F-15 9700-4.14-2 for %d s after a rotation: the lost answer is given, and nothing ends',
    async (seconds) => {
      const { server, stall, back, seen } = stalling('rotateRefreshToken', 'throwAfter')
      const first = await server.signIn()
      const refresh = server.refresh(first.refresh_token ?? '')
      await Promise.resolve()
      stall()
      expectError(await refresh, 'temporarily_unavailable', 503)
      for (let waited = 0; waited < seconds; waited += 5) {
        server.clock.advance(5)
        expectError(await server.refresh(first.refresh_token ?? ''), 'temporarily_unavailable', 503)
      }
      back()
      server.clock.advance(5)
      const second = expectToken(await server.refresh(first.refresh_token ?? ''))
      expectToken(await server.refresh(second.refresh_token ?? ''))
      expect(seen).toEqual(['answered'])
    },
  )

  it('9700-4.14-2 a stall that is over gives a thief no longer grace', async () => {
    const { server, stall, back, seen } = stalling('findToken', 'throw')
    const first = await server.signIn()
    stall()
    expectError(await server.refresh(first.refresh_token ?? ''), 'temporarily_unavailable', 503)
    back()
    server.clock.advance(60)
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    await server.deviceAuth.authenticate(second.access_token)
    server.clock.advance(30)
    expectError(await server.refresh(first.refresh_token ?? ''), 'invalid_grant')
    expect(seen).toEqual(['reuse'])
  })

  it('a grace begins after the last failure, at most five minutes after the step', () => {
    const clock = testClock(0)
    const { note, answerableFrom } = createStalls(clock)
    expect(answerableFrom(5)).toBe(5)
    clock.advance(100)
    note()
    expect([0, 99_999, 100_000, 200_000].map(answerableFrom)).toEqual([100_000, 100_000, 100_000, 200_000])
    clock.advance(900)
    note()
    expect([0, 700_000, 999_999].map(answerableFrom)).toEqual([300_000, 1_000_000, 1_000_000])
  })
})

describe('a step that has timed out', () => {
  it.each(['findToken', 'findDeviceCredential', 'pollDeviceCredential'] as const)(
    '9700-4.14-2 6749-10.5-1 %s, whose answer comes later, ends nothing',
    async (step) => {
      let answer = (): void => {}
      const delayed = new Promise<void>((resolve) => {
        answer = resolve
      })
      let slow = false
      const store = faultyStore(new MemoryStore(), (called) => (slow && called === step ? { delayed } : undefined))
      const server = createTestServer({ store, timeout: 0.005 })
      const { device_code: code, user_code: userCode } = await server.start()
      await server.approve(userCode)
      const first = expectToken(await server.poll(code))
      const second = expectToken(await server.refresh(first.refresh_token ?? ''))
      const third = expectToken(await server.refresh(second.refresh_token ?? ''))
      await server.deviceAuth.authenticate(third.access_token)
      server.clock.advance(45)
      slow = true
      const late = await (step === 'pollDeviceCredential'
        ? server.poll(code)
        : server.refresh((step === 'findToken' ? second : first).refresh_token ?? ''))
      expect(['authorization_pending', 'temporarily_unavailable']).toContain(server.json(late).error)
      slow = false
      answer()
      await new Promise((resolve) => setTimeout(resolve, 5))
      expectToken(await server.refresh(third.refresh_token ?? ''))
    },
  )
})
