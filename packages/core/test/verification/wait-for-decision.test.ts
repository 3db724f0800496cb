import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hashSecret } from '../../src/crypto/secrets.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, type TestServer } from '../server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const { watch: _, ...withoutWatch } = faultyStore(new MemoryStore(), () => undefined)

const decisions: readonly [string, (server: TestServer, userCode: string) => unknown][] = [
  ['approved', ({ approve }, userCode) => approve(userCode)],
  ['denied', ({ deviceAuth }, userCode) => deviceAuth.deny(userCode)],
  ['ended', ({ deviceAuth }) => deviceAuth.devices.revokeByClient('tv')],
  ['expired', ({ clock }) => clock.advance(601)],
]

describe.each([
  ['a store that tells of decisions', undefined],
  ['a store that does not', withoutWatch],
])('waitForDecision on %s', (_name, store) => {
  it.each(decisions)('resolves with %s', async (decision, decide) => {
    const server = createTestServer(store === undefined ? {} : { store })
    const { user_code: userCode, device_code: code } = await server.start()
    const waits = [server.deviceAuth.waitForDecision(userCode), server.deviceAuth.waitForDecision(hashSecret(code))]
    await vi.advanceTimersByTimeAsync(0)
    await decide(server, userCode)
    await vi.advanceTimersByTimeAsync(decision === 'expired' ? 601_000 : 5_000)
    expect(await Promise.all(waits)).toEqual([decision, decision])
    expect(await server.deviceAuth.waitForDecision(hashSecret(code))).toBe(decision)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects with the reason of the signal, and when the server is closed', async () => {
    const server = createTestServer(store === undefined ? {} : { store })
    const { user_code: userCode } = await server.start()
    const controller = new AbortController()
    const { signal } = controller
    const aborted = expect(server.deviceAuth.waitForDecision(userCode, { signal })).rejects.toThrow('no more')
    const closed = expect(server.deviceAuth.waitForDecision(userCode)).rejects.toThrow('closed')
    await vi.advanceTimersByTimeAsync(0)
    controller.abort(new Error('no more'))
    await aborted
    await server.deviceAuth.close()
    await vi.advanceTimersByTimeAsync(5_000)
    await closed
    await expect(server.deviceAuth.waitForDecision(userCode, { signal })).rejects.toThrow('no more')
    expect(vi.getTimerCount()).toBe(0)
  })
})

it('waitForDecision knows an approval at once, without a timer', async () => {
  const { deviceAuth, start, approve } = createTestServer()
  const { user_code: userCode } = await start()
  const wait = deviceAuth.waitForDecision(userCode)
  await vi.advanceTimersByTimeAsync(0)
  await approve(userCode)
  expect(await wait).toBe('approved')
})

it('waitForDecision: nothing is known of other codes and ids', async () => {
  const { deviceAuth } = createTestServer()
  expect(await deviceAuth.waitForDecision('BCDF-GHJK')).toBe('unknown')
  expect(await deviceAuth.waitForDecision('x'.repeat(43))).toBe('unknown')
  await expect(deviceAuth.waitForDecision('')).rejects.toThrow('user code or id')
})

it.each([
  ['x', 'waitForDecision() needs an object of options, not "x"'],
  [{ singal: new AbortController().signal }, 'option `singal` is unknown; did you mean `signal`?'],
  [{ signal: 5 }, 'option `signal` is 5; expected an AbortSignal'],
])('the options %j are refused by name', async (options, message) => {
  const { deviceAuth } = createTestServer()
  await expect(Reflect.apply(deviceAuth.waitForDecision, undefined, ['BCDF-GHJK', options])).rejects.toThrow(message)
})

it.each([null, { signal: null }])('the options %j count as none', async (options) => {
  const { deviceAuth } = createTestServer()
  expect(await Reflect.apply(deviceAuth.waitForDecision, undefined, ['BCDF-GHJK', options])).toBe('unknown')
})
