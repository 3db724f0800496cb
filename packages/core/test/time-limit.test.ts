import { describe, expect, it } from 'vitest'
import { type DeviceStore, StoreFullError } from '../src/contract/store.ts'
import { OAuthError } from '../src/errors.ts'
import { type StoreStep, storeSteps } from '../src/stores/forward-steps.ts'
import { MemoryStore } from '../src/stores/memory/memory-store.ts'
import { faultyStore } from '../src/testing/faulty-store.ts'
import { guard, guardStore, OperationFailure } from '../src/time-limit.ts'
import { createTestServer, expectError } from './server.ts'

const never = new Promise<never>(() => {})

describe('guard', () => {
  it('returns a value at once, and passes arguments on', () => {
    expect(guard('x', 'hook', 20, (a: number, b: number) => a + b)(1, 2)).toBe(3)
  })

  it('returns the value of a promise, or of any object with then', async () => {
    expect(await guard('x', 'hook', 1000, async () => 5)()).toBe(5)
    // biome-ignore lint/suspicious/noThenProperty: query builders look like this
    const query: PromiseLike<number> = { then: (done) => Promise.resolve(6).then(done) }
    expect(await guard('x', 'hook', 1000, () => query)()).toBe(6)
  })

  it('ends when a revoked proxy is thrown, which cannot be compared with a class', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const failure = expect.objectContaining({ operation: 'beforeIssue', cause: expect.any(TypeError) })
    const throwing = guard('beforeIssue', 'hook', 1000, (): number => {
      throw proxy
    })
    expect(throwing).toThrow(failure)
    await expect(guard('beforeIssue', 'hook', 1000, () => Promise.reject(proxy))()).rejects.toEqual(failure)
  })

  it.each([new Error('boom'), 'boom', undefined, null, 5, { code: 'boom' }])(
    'names the step that threw %j',
    async (thrown) => {
      const sync = guard('beforeIssue', 'hook', 1000, (): number => {
        throw thrown
      })
      const failure = expect.objectContaining({
        name: 'OperationFailure',
        operation: 'beforeIssue',
        kind: 'hook',
        timedOut: false,
        cause: thrown,
      })
      expect(sync).toThrow(failure)
      const rejecting = guard('beforeIssue', 'hook', 1000, () => Promise.reject(thrown))
      await expect(rejecting()).rejects.toEqual(failure)
    },
  )

  it('F-64 a promise that never resolves fails after the timeout', async () => {
    const failure = await Promise.resolve(guard('redeem', 'store', 20, () => never)()).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OperationFailure)
    expect(failure).toMatchObject({ operation: 'redeem', kind: 'store', timedOut: true })
    expect(failure).toHaveProperty('cause.message', 'no answer within 20 ms')
  })

  it('F-64 a promise that rejects after the timeout has no effect', async () => {
    let fail: (error: Error) => void = () => {}
    const late = new Promise<never>((_resolve, reject) => {
      fail = reject
    })
    await expect(guard('x', 'hook', 5, () => late)()).rejects.toBeInstanceOf(OperationFailure)
    fail(new Error('too late'))
    // an unhandled rejection would fail the run
    await expect(late).rejects.toThrow('too late')
  })

  it('an error that is thrown on purpose is passed on unchanged', async () => {
    for (const deliberate of [new OAuthError('access_denied'), new StoreFullError('full')]) {
      const throwing = guard('x', 'hook', 1000, (): number => {
        throw deliberate
      })
      expect(throwing).toThrow(deliberate)
      await expect(guard('x', 'hook', 1000, () => Promise.reject(deliberate))()).rejects.toBe(deliberate)
    }
  })
})

describe('guardStore', () => {
  it('has every step of the contract, and keeps `this`', async () => {
    const members = Object.getOwnPropertyNames(MemoryStore.prototype).filter((name) => name !== 'constructor')
    // a watch is no step: it returns at once, and is not called on every store
    expect([...storeSteps, 'watch'].sort()).toEqual(members.sort())
    const guarded = guardStore(new MemoryStore(), 1000)
    expect(await guarded.findByUserCode('x', 0)).toBeUndefined()
    expect(guarded.shared).toBe(false)
  })

  it.each(storeSteps)('an error of %s is a failure of the store', async (step) => {
    const guarded = guardStore(
      faultyStore(new MemoryStore(), () => 'throw'),
      1000,
    )
    const call = async (): Promise<unknown> => Reflect.apply(guarded[step], undefined, [])
    await expect(call()).rejects.toMatchObject({ name: 'OperationFailure', operation: step, kind: 'store' })
  })
})

describe('endpoints with a failing store', () => {
  const failing = (step: StoreStep, fault: 'throw' | 'hang'): ReturnType<typeof createTestServer> =>
    createTestServer({
      store: faultyStore(new MemoryStore(), (at) => (at === step ? fault : undefined)),
      timeout: 0.02,
    })

  it.each(['throw', 'hang'] as const)(
    'F-64 7009-2.2.1-1 %s: device authorization and revocation are 503 with Retry-After',
    async (fault) => {
      for (const [step, path, parameters] of [
        ['createDeviceCredential', '/device_authorization', { client_id: 'tv' }],
        ['pollDeviceCredential', '/revoke', { client_id: 'tv', token: 'x' }],
      ] as const) {
        const server = failing(step, fault)
        const events: unknown[] = []
        server.deviceAuth.on('failed', (event) => events.push(event))
        const response = await server.post(path, parameters)
        expectError(response, 'temporarily_unavailable', 503)
        expect(response.headers['retry-after']).toBe('5')
        expect(events).toEqual([{ at: server.clock(), operation: step, error: server.errors[0] }])
        expect(server.errors).toHaveLength(1)
      }
    },
  )

  it.each(['throw', 'hang'] as const)('F-64 %s: a poll is pending by default, 503 by option', async (fault) => {
    for (const [onStoreFailure, error, status] of [
      ['pending', 'authorization_pending', 400],
      ['unavailable', 'temporarily_unavailable', 503],
    ] as const) {
      const store = faultyStore(new MemoryStore(), (at) => (at === 'pollDeviceCredential' ? fault : undefined))
      const server = createTestServer({ store, timeout: 0.02, onStoreFailure })
      const { device_code: deviceCode } = await server.start()
      expectError(await server.poll(deviceCode), error, status)
      expect(server.errors).toHaveLength(1)
    }
  })

  it('clients in a database that fails, hangs or returns null', async () => {
    const down = createTestServer({ clients: () => Promise.reject(new Error('db')), timeout: 0.02 })
    expectError(await down.deviceAuthorization(), 'temporarily_unavailable', 503)
    expectError(await down.poll('x'), 'authorization_pending')
    const slow = createTestServer({ clients: () => never, timeout: 0.02 })
    expectError(await slow.deviceAuthorization(), 'temporarily_unavailable', 503)
    // a database may return null
    const empty = createTestServer({ clients: () => JSON.parse('null') })
    expectError(await empty.deviceAuthorization(), 'invalid_client', 401)
    expect(empty.errors).toEqual([])
  })

  it('a full store is answered 503 with the event limited, and is not a failure', async () => {
    const server = createTestServer({ store: new MemoryStore({ maxRecords: 1 }) })
    const events: unknown[] = []
    server.deviceAuth.on('limited', (event) => events.push(event))
    const { device_code: deviceCode } = await server.start()
    const refused = await server.deviceAuthorization({ client_id: 'tv' }, { ip: '192.0.2.9' })
    expectError(refused, 'temporarily_unavailable', 503)
    expect(refused.headers['retry-after']).toBe('5')
    expect(events).toEqual([{ at: server.clock(), limit: 'store', ip: '192.0.2.9' }])
    expect(server.errors).toEqual([])
    expectError(await server.poll(deviceCode), 'authorization_pending')
  })
})

describe('check', () => {
  const check = (store: DeviceStore) => createTestServer({ store, timeout: 0.05 }).deviceAuth.check()

  it('resolves without warnings for a store that has no check', async () => {
    await expect(check(new MemoryStore())).resolves.toEqual([])
  })

  it('returns the warnings of the store, from a value or a promise', async () => {
    await expect(check(Object.assign(new MemoryStore(), { check: () => ['may evict'] }))).resolves.toEqual([
      'may evict',
    ])
    await expect(check(Object.assign(new MemoryStore(), { check: async () => ['slow'] }))).resolves.toEqual(['slow'])
  })

  it('rejects with the error of the store, unchanged', async () => {
    const problem = new Error('the tables are missing')
    for (const failing of [() => Promise.reject(problem), () => fail(problem)]) {
      await expect(check(Object.assign(new MemoryStore(), { check: failing }))).rejects.toBe(problem)
    }
  })

  it('rejects after the timeout', async () => {
    await expect(check(Object.assign(new MemoryStore(), { check: () => never }))).rejects.toThrow(
      'no answer within 50 ms',
    )
  })
})

function fail(error: Error): never {
  throw error
}
