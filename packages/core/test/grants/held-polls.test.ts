import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceStore, WatchListener } from '../../src/contract/store.ts'
import type { OAuthRequest, OAuthResponse } from '../../src/http.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import {
  createTestServer,
  expectError,
  expectToken,
  formRequest,
  type TestServer,
  type TestServerOptions,
} from '../server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A poll that has been sent, and its answer once there is one. */
interface Sent {
  readonly answer: Promise<OAuthResponse>
  readonly seen: { response?: OAuthResponse }
}

/** A server on a memory store, with the number of its polls. */
function createScene(options: TestServerOptions = {}, memory: DeviceStore = new MemoryStore()) {
  const polls = { count: 0 }
  const store = faultyStore(memory, (step) => {
    if (step === 'pollDeviceCredential') polls.count++
    return undefined
  })
  const server = createTestServer({ store, ...options })
  const send = (code: string, prefer = 'wait=10', extras: Partial<OAuthRequest> = {}): Sent => {
    const endpoint = server.deviceAuth.route('POST', '/token')
    if (endpoint === undefined) throw new Error('no route')
    const form = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: code, client_id: 'tv' }
    const seen: Sent['seen'] = {}
    const answer = endpoint({ ...formRequest('/token', form, { headers: { prefer } }), ...extras })
    void answer.then((response) => {
      seen.response = response
    })
    return { answer, seen }
  }
  const pass = async (seconds: number): Promise<void> => {
    // the requests come as far as their waits first
    await vi.advanceTimersByTimeAsync(0)
    server.clock.advance(seconds)
    await vi.advanceTimersByTimeAsync(seconds * 1000)
  }
  return { ...server, polls, send, pass }
}

function expectHeld({ seen }: Sent): void {
  expect(seen.response).toBeUndefined()
}

const applied = (response: OAuthResponse): unknown => response.headers['preference-applied']

describe('a poll with Prefer: wait', () => {
  it('8628-3.5-1 is answered with the tokens when the user approves, after two calls of the store', async () => {
    const { start, send, pass, approve, polls } = createScene()
    const { device_code: code, user_code: userCode } = await start()
    const sent = send(code)
    await pass(3)
    expectHeld(sent)
    await approve(userCode)
    const response = await sent.answer
    expectToken(response)
    expect(applied(response)).toBe('wait=10')
    expect(polls.count).toBe(2)
  })

  it.each<[string, string, (server: TestServer, userCode: string) => Promise<unknown>]>([
    ['8628-3.5-7 denies', 'access_denied', ({ deviceAuth }, userCode) => deviceAuth.deny(userCode)],
    [
      '8628-3.5-8 has the request ended by the application',
      'expired_token',
      async ({ deviceAuth }) => expect(await deviceAuth.devices.revokeByClient('tv')).toBe(1),
    ],
  ])('when the user %s, the answer is %s at once', async (_, error, decide) => {
    const scene = createScene()
    const { device_code: code, user_code: userCode } = await scene.start()
    const sent = scene.send(code)
    await scene.pass(1)
    await decide(scene, userCode)
    expectError(await sent.answer, error)
  })

  it('8628-3.5-2 is pending when the time is over, after one call; the next poll is on time at once', async () => {
    const { start, send, pass, polls } = createScene()
    const { device_code: code } = await start()
    const first = send(code)
    await pass(9.9)
    expectHeld(first)
    await pass(0.1)
    const response = await first.answer
    expectError(response, 'authorization_pending')
    expect(applied(response)).toBe('wait=10')
    expect(polls.count).toBe(1)
    const second = send(code)
    await pass(10)
    expectError(await second.answer, 'authorization_pending')
  })

  it('8628-3.5-3 counts as one poll from its arrival: the next one after two seconds is too fast', async () => {
    const { start, send, pass, poll } = createScene()
    const { device_code: code } = await start()
    const sent = send(code, 'wait=2')
    await pass(2)
    expectError(await sent.answer, 'authorization_pending')
    expectError(await poll(code), 'slow_down')
  })

  it('8628-3.5-3 is answered at once if it is too fast', async () => {
    const { start, send, poll } = createScene()
    const { device_code: code } = await start()
    await poll(code)
    const { answer } = send(code)
    expectError(await answer, 'slow_down')
  })

  it('8628-3.5-8 hears expired_token when the code expires', async () => {
    const { start, send, pass, clock } = createScene({ expiresIn: 30 })
    const { device_code: code } = await start()
    clock.advance(26)
    const sent = send(code)
    await pass(3.9)
    expectHeld(sent)
    await pass(0.2)
    expectError(await sent.answer, 'expired_token')
  })

  it('waits no longer than maxWait, and says so', async () => {
    const { start, send, pass, deviceAuth } = createScene({ longPolling: { maxWait: 7 } })
    expect(deviceAuth.metadata.device_authorization_poll_wait_max).toBe(7)
    const { device_code: code } = await start()
    const sent = send(code, 'wait=600')
    await pass(7)
    const response = await sent.answer
    expectError(response, 'authorization_pending')
    expect(applied(response)).toBe('wait=7')
  })

  it('finds a decision that was stored while the first call was on its way', async () => {
    let release = (): void => {}
    const reached = new Promise<void>((resolve) => {
      release = resolve
    })
    const memory = new MemoryStore()
    const store = faultyStore(memory, (step, count) =>
      step === 'pollDeviceCredential' && count === 1 ? { late: reached } : undefined,
    )
    const { start, send, approve } = createScene({}, store)
    const { device_code: code, user_code: userCode } = await start()
    const { answer } = send(code)
    await vi.advanceTimersByTimeAsync(0)
    await approve(userCode)
    release()
    expectToken(await answer)
  })

  it('two held polls of one code get one token family', async () => {
    const { start, send, approve, deviceAuth, clock } = createScene()
    const { device_code: code, user_code: userCode } = await start()
    const first = send(code)
    clock.advance(5)
    const second = send(code)
    await vi.advanceTimersByTimeAsync(0)
    await approve(userCode)
    const answers = [expectToken(await first.answer), expectToken(await second.answer)]
    expect(answers[0]).toEqual(answers[1])
    expect(await deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('F-17 a client that was held for longer than clients wait for an answer still gets its tokens', async () => {
    const { start, send, approve } = createScene({ longPolling: { maxWait: 60 } })
    const { device_code: code, user_code: userCode } = await start()
    const sent = send(code, 'wait=60', { arrivedAt: performance.now() - 45_000 })
    await vi.advanceTimersByTimeAsync(0)
    await approve(userCode)
    expectToken(await sent.answer)
  })
})

describe('a client that closes the connection', () => {
  it('F-17 frees its place, costs no second call, and gets its tokens with the next poll', async () => {
    const { start, send, approve, poll, polls, clock } = createScene({ longPolling: { maxHeld: 1 } })
    const { device_code: code, user_code: userCode } = await start()
    let closed = false
    let close = (): void => {}
    const aborted = (onAborted?: () => void): boolean => {
      if (onAborted !== undefined) close = onAborted
      return closed
    }
    const sent = send(code, 'wait=10', { aborted })
    await vi.advanceTimersByTimeAsync(0)
    expectHeld(sent)
    closed = true
    close()
    await sent.answer
    expect(polls.count).toBe(1)
    clock.advance(5)
    const next = send(code)
    await vi.advanceTimersByTimeAsync(0)
    expectHeld(next)
    await approve(userCode)
    expectToken(await next.answer)
    expectToken(await poll(code))
  })
})

describe('the bounds', () => {
  it.each([
    ['maxHeld', { maxHeld: 2 }],
    ['maxHeldPerClient', { maxHeldPerClient: 2 }],
    ['maxHeldPerAddress', { maxHeldPerAddress: 2 }],
  ] as const)('%s: one more is answered at once, and held again when a place is free', async (_, longPolling) => {
    const { start, send, pass } = createScene({ longPolling })
    const ip = '198.51.100.7'
    const codes = await Promise.all([start(), start(), start(), start()])
    const held = codes.slice(0, 2).map(({ device_code }) => send(device_code, 'wait=10', { ip }))
    const refused = await send(codes[2]?.device_code ?? '', 'wait=10', { ip }).answer
    expectError(refused, 'authorization_pending')
    expect(applied(refused)).toBeUndefined()
    await pass(10)
    for (const { answer } of held) expect(applied(await answer)).toBe('wait=10')
    const again = send(codes[3]?.device_code ?? '', 'wait=10', { ip })
    await pass(1)
    expectHeld(again)
  })

  it('a poll beyond a bound, or with an unknown code, takes no place from others', async () => {
    const { start, send, pass } = createScene({ longPolling: { maxHeld: 1 } })
    for (let i = 0; i < 3; i++) expectError(await send('unknown').answer, 'invalid_grant')
    const sent = send((await start()).device_code)
    await pass(1)
    expectHeld(sent)
  })

  it('maxConcurrentRequests does not count polls while they are held', async () => {
    const { start, send, deviceAuthorization } = createScene({ maxConcurrentRequests: 1 })
    const codes = [await start(), await start()]
    for (const { device_code } of codes) send(device_code)
    await vi.advanceTimersByTimeAsync(0)
    expect((await deviceAuthorization()).status).toBe(200)
  })
})

describe('the end of the process', () => {
  it.each(['drain', 'close'] as const)('%s answers all who wait, and holds no poll any more', async (end) => {
    const { start, send, deviceAuth } = createScene()
    const [first, second] = [await start(), await start()]
    const sent = send(first.device_code)
    await vi.advanceTimersByTimeAsync(0)
    void deviceAuth[end]()
    const response = await sent.answer
    expectError(response, 'authorization_pending')
    expect(response.headers.connection).toBe('close')
    expectError(await send(second.device_code).answer, 'authorization_pending')
  })
})

describe('a store whose wake-up is down', () => {
  it('answers those who wait and all later ones at once; two events say so, each once', async () => {
    const seen: string[] = []
    const events = { wakeUpDown: () => seen.push('down'), wakeUpRestored: () => seen.push('restored') }
    const memory = new MemoryStore()
    const state = { up: true, listeners: new Set<WatchListener>() }
    const store = faultyStore(memory, () => undefined)
    const watched: DeviceStore = {
      ...store,
      watch(id, listener) {
        if (!state.up) return undefined
        state.listeners.add(listener)
        return memory.watch(id, listener)
      },
    }
    const { start, send, polls, pass } = createScene({ events }, watched)
    const codes = await Promise.all(Array.from({ length: 5 }, () => start()))
    const held = codes.slice(0, 2).map(({ device_code }) => send(device_code))
    await pass(1)
    state.up = false
    for (const listener of state.listeners) listener('down')
    for (const { answer } of held) expectError(await answer, 'authorization_pending')
    expect(polls.count).toBe(2)
    for (const { device_code } of codes.slice(2, 4)) {
      const response = await send(device_code).answer
      expectError(response, 'authorization_pending')
      expect(applied(response)).toBeUndefined()
    }
    expect(seen).toEqual(['down'])
    state.up = true
    expectHeld(send(codes[4]?.device_code ?? ''))
    await pass(1)
    expect(seen).toEqual(['down', 'restored'])
  })

  it('a watch that throws is reported, and the poll is answered at once', async () => {
    const memory = new MemoryStore()
    const broken: DeviceStore = {
      ...faultyStore(memory, () => undefined),
      watch: () => {
        throw new Error('no wake-up')
      },
    }
    const { start, send, errors } = createScene({}, broken)
    expectError(await send((await start()).device_code).answer, 'authorization_pending')
    expect(errors).toEqual([new Error('no wake-up')])
  })
})

describe('a server that holds no polls', () => {
  const { watch: _, ...plain } = faultyStore(new MemoryStore(), () => undefined)
  it.each<[string, TestServerOptions]>([
    ['by its option', { longPolling: false }],
    ['because its store cannot tell of decisions', { store: plain }],
    ['because a hook decides', { hooks: { queryUserGrant: async () => undefined } }],
  ])('%s: answers at once and announces nothing', async (_name, options) => {
    const { start, send, deviceAuth } = createScene(options)
    expect(deviceAuth.metadata).not.toHaveProperty('device_authorization_poll_wait_max')
    const response = await send((await start()).device_code).answer
    expectError(response, 'authorization_pending')
    expect(applied(response)).toBeUndefined()
  })
})

it('a store that fails when a held poll is woken does not end the sign-in', async () => {
  const memory = new MemoryStore()
  const store = faultyStore(memory, (step, count) =>
    step === 'pollDeviceCredential' && count === 2 ? 'throw' : undefined,
  )
  const { start, send, approve, poll } = createScene({}, store)
  const { device_code: code, user_code: userCode } = await start()
  const sent = send(code)
  await vi.advanceTimersByTimeAsync(0)
  await approve(userCode)
  expectError(await sent.answer, 'authorization_pending')
  expectToken(await poll(code))
})
