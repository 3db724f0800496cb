import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceStore } from '../../src/contract/store.ts'
import { hashSecret } from '../../src/crypto/secrets.ts'
import type { OAuthRequest, OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, expectToken, formRequest, issuer, type TestServerOptions } from '../server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const path = '/decision_events'

/** A request that has been sent, and its answer once there is one. */
interface Sent {
  readonly answer: Promise<OAuthResponse>
  readonly seen: { response?: OAuthResponse }
}

/** A server with the endpoint, on a memory store whose steps and watches are counted. */
function createScene(options: TestServerOptions = {}, memory: DeviceStore = new MemoryStore()) {
  const counts = { steps: 0, watches: 0 }
  const store: DeviceStore = {
    ...faultyStore(memory, () => {
      counts.steps++
      return undefined
    }),
    watch: (id, listener) => {
      counts.watches++
      return memory.watch?.(id, listener)
    },
  }
  const server = createTestServer({ store, ...options, paths: { decisionEvents: path } })
  const listen = (query: string, extras: Partial<OAuthRequest> = {}): Sent => {
    const endpoint = server.deviceAuth.route('GET', path)
    if (endpoint === undefined) throw new Error('no route')
    const seen: Sent['seen'] = {}
    const answer = endpoint({ ...formRequest(path, {}, { query }), method: 'GET', ...extras })
    void answer.then((response) => {
      seen.response = response
    })
    return { answer, seen }
  }
  const follow = (code: string, extras?: Partial<OAuthRequest>): Sent => listen(`id=${hashSecret(code)}`, extras)
  const pass = async (seconds: number): Promise<void> => {
    // the requests come as far as their waits first
    await vi.advanceTimersByTimeAsync(0)
    server.clock.advance(seconds)
    await vi.advanceTimersByTimeAsync(seconds * 1000)
  }
  return { ...server, counts, listen, follow, pass }
}

function expectHeld({ seen }: Sent): void {
  expect(seen.response).toBeUndefined()
}

function expectStream(response: OAuthResponse, body: string): void {
  expect(response).toEqual({
    status: 200,
    headers: {
      'content-type': 'text/event-stream',
      'x-content-type-options': 'nosniff',
      'content-length': String(body.length),
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    },
    body,
  })
}

const event = 'id: decided\nevent: decision\ndata: decided\n\n'
const comeAgain = (milliseconds: number): string => `: no decision yet\nretry: ${milliseconds}\n\n`
const expectOver = (response: OAuthResponse): void =>
  expect(response).toEqual({
    status: 204,
    headers: { 'cache-control': 'no-store', 'access-control-allow-origin': '*' },
    body: '',
  })

describe('the events of a decision', () => {
  it.each(['approve', 'deny'] as const)(
    '%s: the event comes at once, is the same for both, and a poll says more',
    async (decide) => {
      const { start, follow, pass, deviceAuth, poll } = createScene()
      const { device_code: code, user_code: userCode } = await start()
      const sent = follow(code)
      await pass(3)
      expectHeld(sent)
      await (decide === 'approve' ? deviceAuth.approve(userCode, { subject: 'alice' }) : deviceAuth.deny(userCode))
      expectStream(await sent.answer, event)
      const answer = await poll(code)
      if (decide === 'approve') expectToken(answer)
      else expectError(answer, 'access_denied')
    },
  )

  it('are there for a request that comes after the decision, once: with Last-Event-ID there is nothing more', async () => {
    const { start, follow, approve } = createScene()
    const { device_code: code, user_code: userCode } = await start()
    await approve(userCode)
    expectStream(await follow(code).answer, event)
    expectOver(await follow(code, { headers: { 'last-event-id': 'decided' } }).answer)
  })

  it('find a decision that falls between the two look-ups', async () => {
    let decide = async (): Promise<void> => {}
    const memory = new MemoryStore()
    const between: DeviceStore = {
      ...faultyStore(memory, () => undefined),
      watch: (id, listener) => {
        void decide()
        return memory.watch(id, listener)
      },
    }
    const { start, follow, approve } = createScene({}, between)
    const { device_code: code, user_code: userCode } = await start()
    decide = () => approve(userCode)
    const sent = follow(code)
    await vi.advanceTimersByTimeAsync(0)
    expectStream(await sent.answer, event)
  })

  it('when the time is over, the EventSource is told to come again at once, and is held again', async () => {
    const { start, follow, pass } = createScene()
    const { device_code: code } = await start()
    const sent = follow(code)
    await pass(24.9)
    expectHeld(sent)
    await pass(0.1)
    expectStream(await sent.answer, comeAgain(100))
    const again = follow(code)
    await pass(1)
    expectHeld(again)
  })

  it('a wait that is shorter than an interval brings no more requests than polls would', async () => {
    const { start, follow, pass } = createScene({ longPolling: { maxWait: 2 } })
    const sent = follow((await start()).device_code)
    await pass(2)
    expectStream(await sent.answer, comeAgain(5000))
  })

  it('cost three look-ups and one watch for a known id, and no poll of it is too fast', async () => {
    const { start, follow, pass, poll, counts } = createScene()
    const { device_code: code } = await start()
    const before = counts.steps
    const sent = follow(code)
    await pass(25)
    await sent.answer
    expect([counts.steps - before, counts.watches]).toEqual([3, 1])
    expectError(await poll(code), 'authorization_pending')
  })

  it('end with the code: there is nothing more', async () => {
    const { start, follow, pass } = createScene({ expiresIn: 30 })
    const { device_code: code } = await start()
    await pass(10)
    const sent = follow(code)
    await pass(19.9)
    expectHeld(sent)
    await pass(0.2)
    expectOver(await sent.answer)
    expectOver(await follow(code).answer)
  })

  it('end when the application ends the request', async () => {
    const { start, follow, pass, deviceAuth } = createScene()
    const { device_code: code } = await start()
    const sent = follow(code)
    await pass(1)
    await deviceAuth.devices.revokeByClient('tv')
    expectOver(await sent.answer)
    expectOver(await follow(code).answer)
  })

  it('are announced in the metadata', () => {
    const { metadata } = createScene().deviceAuth
    expect(metadata.device_authorization_decision_events_endpoint).toBe(`${issuer}${path}`)
  })
})

describe('strangers', () => {
  it('an unknown id costs one look-up: no watch, no place', async () => {
    const { listen, counts, follow, start, pass } = createScene({ longPolling: { maxHeld: 1 } })
    const { device_code: code } = await start()
    const before = counts.steps
    for (let i = 0; i < 3; i++) expectOver(await listen(`id=${hashSecret(String(i))}`).answer)
    expect([counts.steps - before, counts.watches]).toEqual([3, 0])
    const sent = follow(code)
    await pass(1)
    expectHeld(sent)
  })

  it.each([
    '',
    'id=',
    'id=short',
    `id=${'a'.repeat(44)}`,
    `id=${'%2f'.repeat(43)}`,
    `id=${'a'.repeat(43)}&id=${'a'.repeat(43)}`,
  ])('a request with %j is refused without a look-up', async (query) => {
    const { listen, counts } = createScene()
    expectError(await listen(query).answer, 'invalid_request')
    expect(counts.steps).toBe(0)
  })

  it('neither the device code nor the user code finds a request', async () => {
    const { listen, start } = createScene()
    const { device_code: code, user_code: userCode } = await start()
    for (const text of [userCode, code]) expect((await listen(`id=${text}`).answer).body).not.toContain('decided')
  })
})

describe('the bounds of held requests', () => {
  it('are those of held polls, and count both together: one more comes again after an interval', async () => {
    const { start, follow, pass, post } = createScene({ longPolling: { maxHeld: 2 } })
    const [first, second, third] = [await start(), await start(), await start()]
    const held = follow(first.device_code)
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: second.device_code }
    void post('/token', { ...form, client_id: 'tv' }, { headers: { prefer: 'wait=20' } })
    await pass(1)
    expectStream(await follow(third.device_code).answer, comeAgain(5000))
    await pass(24)
    expectStream(await held.answer, comeAgain(100))
    const again = follow(third.device_code)
    await pass(1)
    expectHeld(again)
  })

  it('a client that closes the connection frees its place and costs no further look-up', async () => {
    const { start, follow, pass, counts } = createScene({ longPolling: { maxHeld: 1 } })
    const { device_code: code } = await start()
    let close = (): void => {}
    const sent = follow(code, {
      aborted: (onAborted) => {
        if (onAborted !== undefined) close = onAborted
        return false
      },
    })
    await pass(1)
    const steps = counts.steps
    close()
    await sent.answer
    expect(counts.steps).toBe(steps)
    const next = follow(code)
    await pass(1)
    expectHeld(next)
  })

  it('maxConcurrentRequests does not count requests while they are held', async () => {
    const { start, follow, deviceAuthorization } = createScene({ maxConcurrentRequests: 1 })
    const codes = [await start(), await start()]
    for (const { device_code } of codes) follow(device_code)
    await vi.advanceTimersByTimeAsync(0)
    expect((await deviceAuthorization()).status).toBe(200)
  })

  it('drain answers all who wait: they come again to another process', async () => {
    const { start, follow, pass, deviceAuth } = createScene()
    const { device_code: code } = await start()
    const sent = follow(code)
    await pass(1)
    deviceAuth.drain()
    const response = await sent.answer
    expect(response.headers.connection).toBe('close')
    expect(response.body).toBe(comeAgain(5000))
  })
})

describe('a server that cannot tell of decisions', () => {
  it('whose store has no watch at the moment answers at once', async () => {
    const memory = new MemoryStore()
    const { start, follow } = createScene({}, { ...faultyStore(memory, () => undefined), watch: () => undefined })
    expectStream(await follow((await start()).device_code).answer, comeAgain(5000))
  })

  it('by its options is not made: the error says why', () => {
    expect(() => createScene({ longPolling: false })).toThrow(/paths\.decisionEvents.*longPolling is false/)
    expect(() => createScene({ hooks: { queryUserGrant: async () => undefined } })).toThrow(
      /paths\.decisionEvents.*hooks of yours decide polls/,
    )
  })

  it('F-60 has no such endpoint unless it is asked for', () => {
    expect(createTestServer().deviceAuth.route('GET', path)).toBeUndefined()
  })

  it('whose store fails says so, and onError is told', async () => {
    const memory = new MemoryStore()
    const broken = faultyStore(memory, (step) => (step === 'findDeviceCredential' ? 'throw' : undefined))
    const { start, follow, errors } = createScene({}, broken)
    const response = await follow((await start()).device_code).answer
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(errors).toHaveLength(1)
  })
})
