import { afterEach, expect, it, vi } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { memoryRegisteredClients } from '../../src/stores/memory/registered-clients.ts'
import { createTestServer, expectError } from '../server.ts'

afterEach(() => void vi.useRealTimers())

/** A store whose check and steps the test decides about. */
class CheckedStore extends MemoryStore {
  checks = 0
  answer: () => Promise<readonly string[]> = async () => []

  check(): Promise<readonly string[]> {
    this.checks++
    return this.answer()
  }
}

it('a store that works: ready, with the warnings of its check', async () => {
  const store = new CheckedStore()
  store.answer = async () => ['maxmemory-policy may evict sign-ins']
  const { deviceAuth } = createTestServer({ store })
  expect(await deviceAuth.health()).toEqual({
    live: true,
    ready: true,
    store: 'ok',
    warnings: ['maxmemory-policy may evict sign-ins'],
  })
})

it('the store of registered clients is checked too', async () => {
  const store = new CheckedStore()
  const clients = { ...memoryRegisteredClients(), check: vi.fn(async () => ['no room for many clients']) }
  const registration = { store: clients, authorize: () => true }
  const { deviceAuth, clock } = createTestServer({ store, registration })
  expect(await deviceAuth.check()).toEqual(['no room for many clients'])
  clients.check.mockRejectedValue(new Error('a right is missing'))
  await expect(deviceAuth.check()).rejects.toThrow('a right is missing')
  expect(await deviceAuth.health()).toMatchObject({ ready: true, store: 'failing' })
  clock.advance(1)
  clients.check.mockResolvedValue([])
  expect(await deviceAuth.health()).toMatchObject({ store: 'ok', warnings: [] })
})

it('a store without a check counts as working', async () => {
  expect(await createTestServer().deviceAuth.health()).toMatchObject({ ready: true, store: 'ok', warnings: [] })
})

it('a node whose database is away stays ready while polls are answered pending, and says why', async () => {
  const store = new CheckedStore()
  const server = createTestServer({ store })
  const { device_code: deviceCode } = await server.start()
  const down = (): never => {
    throw new Error('ECONNREFUSED')
  }
  store.answer = down
  store.pollDeviceCredential = down
  expect(await server.deviceAuth.health()).toEqual({
    live: true,
    ready: true,
    store: 'failing',
    warnings: ['Error: ECONNREFUSED'],
  })
  expectError(await server.poll(deviceCode), 'authorization_pending')
  expect(server.errors.map(String)).toContain('Error: ECONNREFUSED')
})

it('with onStoreFailure: unavailable, a node whose database is away is not ready until it is back', async () => {
  const store = new CheckedStore()
  store.answer = () => Promise.reject(new Error('down'))
  const { deviceAuth, clock } = createTestServer({ store, onStoreFailure: 'unavailable' })
  expect(await deviceAuth.health()).toMatchObject({ live: true, ready: false, store: 'failing' })
  store.answer = async () => []
  clock.advance(1)
  expect(await deviceAuth.health()).toMatchObject({ ready: true, store: 'ok' })
})

it.each([1, 7, 1000])('%i calls at once probe the store once a second', async (calls) => {
  const store = new CheckedStore()
  const { deviceAuth, clock } = createTestServer({ store })
  for (let tenths = 0; tenths < 30; tenths++) {
    await Promise.all(Array.from({ length: calls }, () => deviceAuth.health()))
    clock.advance(0.1)
  }
  expect(store.checks).toBe(3)
})

it('a store that hangs is reported after a second, and not probed again before the time limit', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const store = new CheckedStore()
  store.answer = () => new Promise(() => {})
  const { deviceAuth, clock } = createTestServer({ store, timeout: 5 })
  for (let second = 0; second < 4; second++) {
    const asked = deviceAuth.health()
    await vi.advanceTimersByTimeAsync(1000)
    clock.advance(1)
    expect(await asked).toMatchObject({ live: true, ready: true, store: 'failing' })
  }
  expect(store.checks).toBe(1)
  await vi.advanceTimersByTimeAsync(1000)
  store.answer = async () => []
  expect(await deviceAuth.health()).toMatchObject({ store: 'ok' })
  expect(store.checks).toBe(2)
})

it('a clock that is set back does not keep an old result', async () => {
  const store = new CheckedStore()
  const { deviceAuth, clock } = createTestServer({ store })
  await deviceAuth.health()
  clock.advance(-3600)
  store.answer = () => Promise.reject(new Error('down'))
  expect(await deviceAuth.health()).toMatchObject({ store: 'failing' })
})

it.each(['drain', 'close'] as const)('after %s it is alive and not ready, and still answers', async (end) => {
  const server = createTestServer()
  const { device_code: deviceCode } = await server.start()
  await server.deviceAuth[end]()
  expect(await server.deviceAuth.health()).toMatchObject({ live: true, ready: false, store: 'ok' })
  expectError(await server.poll(deviceCode), 'authorization_pending')
})
