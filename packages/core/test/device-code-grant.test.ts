import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../src/index.ts'
import { basic, confSecret, createTestServer, expectError, expectToken, type TestServer } from './server.ts'

type State = 'pending' | 'approved' | 'denied' | 'expired' | 'redeemed' | 'replayed late' | 'cancelled'

/** A code of `tv` in a state. */
async function codeIn(state: State, server: TestServer): Promise<string> {
  const { device_code: code, user_code: userCode } = await server.start()
  const actions: Record<State, () => Promise<unknown>> = {
    pending: async () => {},
    approved: () => server.approve(userCode),
    denied: () => server.deviceAuth.deny(userCode),
    expired: async () => server.clock.advance(600),
    redeemed: async () => {
      await server.approve(userCode)
      expectToken(await server.poll(code))
    },
    'replayed late': async () => {
      await actions.redeemed()
      server.clock.advance(31)
    },
    cancelled: () => server.revoke({ client_id: 'tv', token: code }),
  }
  await actions[state]()
  return code
}

const states: readonly State[] = ['pending', 'approved', 'denied', 'expired', 'redeemed', 'replayed late', 'cancelled']

describe('8628-3.5-1 8628-3.5-2 8628-3.5-7 8628-3.5-8 what a poll is answered, by state', () => {
  const answers: Record<State, string | undefined> = {
    pending: 'authorization_pending',
    approved: undefined,
    denied: 'access_denied',
    expired: 'expired_token',
    redeemed: undefined,
    'replayed late': 'invalid_grant',
    cancelled: 'expired_token',
  }

  it.each(states)('8628-3.5-1 %s', async (state) => {
    const server = createTestServer()
    const response = await server.poll(await codeIn(state, server))
    const error = answers[state]
    if (error === undefined) expectToken(response)
    else expectError(response, error)
  })

  it.each(states)(
    '8628-3.4-5 F-36 %s: another client gets the bytes of an unknown code, and changes nothing',
    async (state) => {
      const server = createTestServer()
      const code = await codeIn(state, server)
      const unknown = await server.poll('x'.repeat(43), { client_id: 'tv2' })
      expectError(unknown, 'invalid_grant')
      for (let time = 0; time < 3; time++) expect(await server.poll(code, { client_id: 'tv2' })).toEqual(unknown)
      expectError(await server.poll(code, { client_id: 'unknown' }), 'invalid_client', 401)
      expectError(await server.poll(code, { client_id: 'nogrant' }), 'unauthorized_client')
      const response = await server.poll(code)
      const error = answers[state]
      if (error === undefined) expectToken(response)
      else expectError(response, error)
    },
  )

  it.each(['pending', 'approved'] as const)(
    '8628-3.4-4 %s: without its secret a client learns and changes nothing',
    async (state) => {
      const server = createTestServer()
      const codes = await server.start({ scope: 'profile' }, { headers: basic('conf', confSecret) })
      if (state === 'approved') await server.approve(codes.user_code)
      expectError(await server.poll(codes.device_code, { client_id: 'conf' }), 'invalid_client', 401)
      expectError(await server.poll(codes.device_code, {}, { headers: basic('conf', 'wrong') }), 'invalid_client', 401)
      const response = await server.poll(codes.device_code, {}, { headers: basic('conf', confSecret) })
      if (state === 'approved') expectToken(response)
      else expectError(response, 'authorization_pending')
    },
  )

  it('8628-3.5-7 8628-3.5-8 denial and expiry stay told for another lifetime, then the code is unknown', async () => {
    const server = createTestServer()
    const denied = await codeIn('denied', server)
    const pending = await codeIn('pending', server)
    for (const elapsed of [0, 300, 299]) {
      server.clock.advance(elapsed)
      expectError(await server.poll(denied), 'access_denied')
    }
    for (const elapsed of [1, 300, 299]) {
      server.clock.advance(elapsed)
      expectError(await server.poll(pending), 'expired_token')
      expectError(await server.poll(denied), 'expired_token')
    }
    server.clock.advance(1)
    expectError(await server.poll(pending), 'invalid_grant')
    expectError(await server.poll(denied), 'invalid_grant')
  })

  it('F-07 an approval in time that is polled for too late is expired; one that comes too late is none', async () => {
    const server = createTestServer()
    const [early, late] = [await server.start(), await server.start()]
    server.clock.advance(599.999)
    await server.approve(early.user_code)
    server.clock.advance(0.001)
    expect(await server.deviceAuth.approve(late.user_code, { subject: 'alice' })).toBe('unknown')
    expectError(await server.poll(early.device_code), 'expired_token')
    expectError(await server.poll(late.device_code), 'expired_token')
  })

  it('8628-3.4-2 a missing, empty or repeated device_code is invalid_request', async () => {
    const server = createTestServer()
    const grant = 'urn:ietf:params:oauth:grant-type:device_code'
    expectError(await server.token({ grant_type: grant, client_id: 'tv' }), 'invalid_request')
    expectError(await server.poll(''), 'invalid_request')
    const twice = [
      ['grant_type', grant],
      ['client_id', 'tv'],
      ['device_code', 'a'],
      ['device_code', 'a'],
    ] as const
    expectError(await server.token(twice), 'invalid_request')
  })

  it.each(['device_code', 'URN:IETF:PARAMS:OAUTH:GRANT-TYPE:DEVICE_CODE', 'password', 'toString'])(
    '8628-3.4-1 9700-2.4-1 the grant type %s is none',
    async (grantType) => {
      const server = createTestServer()
      expectError(await server.token({ grant_type: grantType, client_id: 'tv' }), 'unsupported_grant_type')
    },
  )
})

describe('pacing', () => {
  const interval = (response: OAuthResponse): number => {
    expectError(response, 'slow_down')
    return Number(JSON.parse(response.body).interval)
  }

  it('8628-3.5-4 each slow_down adds 5 seconds that are kept, up to 60', async () => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    expectError(await server.poll(code), 'authorization_pending')
    const told: number[] = []
    for (let poll = 0; poll < 13; poll++) {
      server.clock.advance(1)
      told.push(interval(await server.poll(code)))
    }
    expect(told).toEqual([10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60])
    server.clock.advance(60 - 13 - 2)
    interval(await server.poll(code))
    server.clock.advance(1)
    expectError(await server.poll(code), 'authorization_pending')
    server.clock.advance(58)
    interval(await server.poll(code))
  })

  it.each([5, 4])('F-10 a steady client that polls every %d seconds is never slowed down', async (seconds) => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    for (let elapsed = 0; elapsed + seconds < 600; elapsed += seconds) {
      expectError(await server.poll(code), 'authorization_pending')
      server.clock.advance(seconds)
    }
  })

  it('F-10 a burst raises the interval once', async () => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    const burst = await Promise.all(Array.from({ length: 5 }, () => server.poll(code)))
    const errors = burst.map((response) => JSON.parse(response.body))
    expect(errors.filter(({ error }) => error === 'authorization_pending')).toHaveLength(1)
    expect(errors.filter(({ interval }) => interval === 10)).toHaveLength(4)
  })

  it.each(['approve', 'deny', 'expire'] as const)('8628-3.5-3 pacing never hides a decision: %s', async (decision) => {
    const server = createTestServer()
    const { device_code: code, user_code: userCode } = await server.start()
    await server.poll(code)
    interval(await server.poll(code))
    if (decision === 'approve') await server.approve(userCode)
    if (decision === 'deny') await server.deviceAuth.deny(userCode)
    if (decision === 'expire') server.clock.advance(600)
    const response = await server.poll(code)
    if (decision === 'approve') expectToken(response)
    else expectError(response, decision === 'deny' ? 'access_denied' : 'expired_token')
  })

  it('8628-3.4-6 200 polls leave the request intact', async () => {
    const server = createTestServer()
    const { device_code: code, user_code: userCode } = await server.start()
    for (let poll = 0; poll < 200; poll++) {
      await server.poll(code)
      server.clock.advance(2)
    }
    await server.approve(userCode)
    expectToken(await server.poll(code))
  })

  it('F-39 a flood of one code reaches the store about once a second, and a decision is seen within one', async () => {
    const { MemoryStore } = await import('../src/index.ts')
    const store = new MemoryStore()
    let calls = 0
    const poll = store.pollDeviceCredential.bind(store)
    store.pollDeviceCredential = (...values) => {
      calls++
      return poll(...values)
    }
    const server = createTestServer({ store })
    const { device_code: code, user_code: userCode } = await server.start()
    for (let second = 0; second < 10; second++) {
      for (let request = 0; request < 100; request++) {
        const { status } = await server.poll(code)
        expect(status).toBe(400)
        server.clock.advance(0.01)
      }
    }
    expect(calls).toBeLessThan(30)
    await server.approve(userCode)
    server.clock.advance(1)
    expectToken(await server.poll(code))
  })

  it('F-25 a clock that steps back does not lock a device out', async () => {
    const server = createTestServer()
    const { device_code: code } = await server.start()
    await server.poll(code)
    server.clock.advance(-120)
    expectError(await server.poll(code), 'authorization_pending')
  })
})
