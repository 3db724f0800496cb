import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import type { StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { basic, confSecret, createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

function expectRevoked(response: OAuthResponse): void {
  expect(response).toMatchObject({
    status: 200,
    body: '',
    headers: { 'content-length': '0', 'cache-control': 'no-store', pragma: 'no-cache' },
  })
}

async function isActive(server: TestServer, token: string): Promise<unknown> {
  return server.json(await server.introspect(token)).active
}

function revokedEvents(server: TestServer): unknown[] {
  const events: unknown[] = []
  server.deviceAuth.on('revoked', (event) => events.push(event))
  return events
}

/** A store whose answers do not change afterwards, as those of a database. The memory store hands out its own objects. */
function readsCopies(): MemoryStore {
  const store = new MemoryStore()
  const poll = store.pollDeviceCredential.bind(store)
  store.pollDeviceCredential = (...given) => {
    const result = poll(...given)
    return 'credential' in result ? { ...result, credential: { ...result.credential } } : result
  }
  return store
}

describe('tokens', () => {
  it('7009-2-1 7009-2.1-3 7009-2.1-4 a refresh token: at once it and the access tokens of its grant are over', async () => {
    const server = createTestServer()
    const events = revokedEvents(server)
    const { access_token: first, refresh_token: replaced } = await server.signIn()
    const { access_token: second, refresh_token: refreshToken } = expectToken(await server.refresh(replaced!))
    expectRevoked(await server.revoke({ client_id: 'tv', token: refreshToken! }))
    expectError(await server.refresh(refreshToken!), 'invalid_grant')
    for (const token of [first, second]) {
      expect(await isActive(server, token)).toBe(false)
      expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
    }
    expect(events).toEqual([{ at: server.clock(), grantId: first.split('.')[0], clientId: 'tv', by: 'client' }])
  })

  it('7009-2-1 7009-2.1-5 an access token: it is over, its grant goes on', async () => {
    const server = createTestServer()
    const { access_token: accessToken, refresh_token: refreshToken } = await server.signIn()
    expectRevoked(await server.revoke({ client_id: 'tv', token: accessToken }))
    expect(await isActive(server, accessToken)).toBe(false)
    expectToken(await server.refresh(refreshToken!))
  })

  it('a refresh token that was replaced still ends its grant', async () => {
    const server = createTestServer()
    const { refresh_token: replaced } = await server.signIn()
    const { access_token: accessToken, refresh_token: current } = expectToken(await server.refresh(replaced!))
    expectRevoked(await server.revoke({ client_id: 'tv', token: replaced! }))
    expect(await isActive(server, accessToken)).toBe(false)
    expectError(await server.refresh(current!), 'invalid_grant')
  })

  it('7009-2-1 a refresh token that has expired still ends the access tokens of its grant, and is not active', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 60 } })
    const { access_token: accessToken, refresh_token: expired } = await server.signIn()
    server.clock.advance(60)
    expect([await isActive(server, expired!), await isActive(server, accessToken)]).toEqual([false, true])
    expectRevoked(await server.revoke({ client_id: 'tv2', token: expired! }))
    expect(await isActive(server, accessToken)).toBe(true)
    expectRevoked(await server.revoke({ client_id: 'tv', token: expired! }))
    expect(await isActive(server, accessToken)).toBe(false)
  })

  it.each(['access_token', 'refresh_token', 'garbage', ''])(
    '7009-2.1-1 7009-2.2-1 the hint %j hides nothing',
    async (hint) => {
      const server = createTestServer()
      const { access_token: accessToken, refresh_token: refreshToken } = await server.signIn()
      expectRevoked(await server.revoke({ client_id: 'tv', token: accessToken, token_type_hint: hint }))
      expect(await isActive(server, accessToken)).toBe(false)
      expectRevoked(await server.revoke({ client_id: 'tv', token: refreshToken!, token_type_hint: hint }))
      expectError(await server.refresh(refreshToken!), 'invalid_grant')
    },
  )

  it('7009-2.1-1 no token is invalid_request', async () => {
    const server = createTestServer()
    expectError(await server.revoke({ client_id: 'tv' }), 'invalid_request')
    expectError(await server.revoke({ client_id: 'tv', token: '' }), 'invalid_request')
    expectError(
      await server.revoke([
        ['client_id', 'tv'],
        ['token', 'a'],
        ['token', 'a'],
      ]),
      'invalid_request',
    )
  })

  it('7009-2.2-1 unknown tokens are 200 and empty, and no event', async () => {
    const server = createTestServer()
    const events = revokedEvents(server)
    const madeUp = `${'A'.repeat(43)}.${'B'.repeat(43)}`
    for (const token of ['nope', madeUp, `${madeUp}.${'C'.repeat(22)}`, '__proto__', ' ', 'ü', 'x'.repeat(10_000)]) {
      expectRevoked(await server.revoke({ client_id: 'tv', token }))
    }
    expect(events).toEqual([])
    expect(server.errors).toEqual([])
  })

  it('revoking twice is the same as once', async () => {
    const server = createTestServer()
    const events = revokedEvents(server)
    const { refresh_token: token } = await server.signIn()
    expectRevoked(await server.revoke({ client_id: 'tv', token: token! }))
    expectRevoked(await server.revoke({ client_id: 'tv', token: token! }))
    expect(events).toHaveLength(1)
  })
})

describe('whose token it is', () => {
  it('7009-2.1-2 a public client learns nothing of others, and ends nothing', async () => {
    const server = createTestServer()
    const { access_token: accessToken, refresh_token: refreshToken } = await server.signIn()
    expectRevoked(await server.revoke({ client_id: 'tv2', token: accessToken }))
    expectRevoked(await server.revoke({ client_id: 'tv2', token: refreshToken! }))
    expect(await isActive(server, accessToken)).toBe(true)
    expectToken(await server.refresh(refreshToken!))
  })

  it('7009-2.1-2 nor by the calls of the store, which are those for an unknown token', async () => {
    const steps: StoreStep[] = []
    const server = createTestServer({ store: faultyStore(new MemoryStore(), (step) => void steps.push(step)) })
    const { access_token: accessToken, refresh_token: refreshToken = '' } = await server.signIn()
    for (const token of [accessToken, refreshToken]) {
      const stepsFor = async (presented: string) => {
        steps.length = 0
        expectRevoked(await server.revoke({ client_id: 'tv2', token: presented }))
        return [...steps]
      }
      const unknown = `${token.slice(0, 44)}${token[44] === 'A' ? 'B' : 'A'}${token.slice(45)}`
      expect(await stepsFor(token)).toEqual(await stepsFor(unknown))
    }
    expect(await isActive(server, accessToken)).toBe(true)
  })

  it('7009-2.1-2 a client that proves who it is is told, and ends nothing', async () => {
    const server = createTestServer()
    const { access_token: accessToken, refresh_token: refreshToken } = await server.signIn()
    const headers = basic('conf', confSecret)
    expectError(await server.revoke({ token: accessToken }, { headers }), 'invalid_grant')
    expectError(await server.revoke({ token: refreshToken! }, { headers }), 'invalid_grant')
    expect(await isActive(server, accessToken)).toBe(true)
  })

  it('7009-2.1-2 a confidential client authenticates first', async () => {
    const server = createTestServer()
    const { device_code: deviceCode, user_code: userCode } = await server.start(
      {},
      { headers: basic('conf', confSecret) },
    )
    await server.approve(userCode)
    const { access_token: token } = expectToken(
      await server.poll(deviceCode, {}, { headers: basic('conf', confSecret) }),
    )
    expectError(await server.revoke({ client_id: 'conf', token }), 'invalid_client', 401)
    expectError(await server.revoke({ token }, { headers: basic('conf', 'wrong') }), 'invalid_client', 401)
    expect(await isActive(server, token)).toBe(true)
    expectRevoked(await server.revoke({ token }, { headers: basic('conf', confSecret) }))
    expect(await isActive(server, token)).toBe(false)
  })
})

describe('a device that gives up', () => {
  it('ext-7009-1 its pending code is over: for the device, and for the user', async () => {
    const server = createTestServer()
    const events = revokedEvents(server)
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    const { id } = (await server.deviceAuth.find(userCode))!
    expectRevoked(await server.revoke({ client_id: 'tv', token: deviceCode }))
    expect(events).toEqual([{ at: server.clock(), grantId: id, clientId: 'tv', by: 'client' }])
    expect(await server.deviceAuth.find(userCode)).toBeUndefined()
    expect(await server.deviceAuth.approve(userCode, { subject: 'alice' })).toBe('unknown')
    expectError(await server.poll(deviceCode), 'expired_token')
  })

  it('ext-7009-1 after the approval as well, as long as no tokens were given', async () => {
    const server = createTestServer()
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    await server.approve(userCode)
    expectRevoked(await server.revoke({ client_id: 'tv', token: deviceCode }))
    expectError(await server.poll(deviceCode), 'expired_token')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it('ext-7009-1 another client ends nothing, and does not count as a poll', async () => {
    const server = createTestServer()
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    expectRevoked(await server.revoke({ client_id: 'tv2', token: deviceCode }))
    expectError(await server.poll(deviceCode), 'authorization_pending')
    await server.approve(userCode)
    expectToken(await server.poll(deviceCode))
  })

  it('ext-7009-1 a code that is over stays what it was', async () => {
    const server = createTestServer()
    const events = revokedEvents(server)
    const denied = await server.start()
    await server.deviceAuth.deny(denied.user_code)
    expectRevoked(await server.revoke({ client_id: 'tv', token: denied.device_code }))
    expectError(await server.poll(denied.device_code), 'access_denied')
    const expired = await server.start()
    server.clock.advance(601)
    expectRevoked(await server.revoke({ client_id: 'tv', token: expired.device_code }))
    expectError(await server.poll(expired.device_code), 'expired_token')
    expect(events).toEqual([])
  })

  it('ext-7009-1 a redeemed code does not end the tokens', async () => {
    const server = createTestServer()
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    await server.approve(userCode)
    const { access_token: accessToken } = expectToken(await server.poll(deviceCode))
    expectRevoked(await server.revoke({ client_id: 'tv', token: deviceCode }))
    expect(await isActive(server, accessToken)).toBe(true)
  })

  it('ext-7009-1 a code that is being redeemed ends with the tokens that were about to be given', async () => {
    let goOn = (): void => {}
    let saving = (): void => {}
    const reached = new Promise<void>((resolve) => {
      saving = resolve
    })
    const saveToken = (): Promise<void> =>
      new Promise((resolve) => {
        goOn = resolve
        saving()
      })
    const server = createTestServer({ hooks: { saveToken } })
    const events = revokedEvents(server)
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    await server.approve(userCode)
    const poll = server.poll(deviceCode)
    await reached
    expectRevoked(await server.revoke({ client_id: 'tv', token: deviceCode }))
    goOn()
    expectError(await poll, 'expired_token')
    expect(events).toHaveLength(1)
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it('ext-7009-1 no event where nothing ended, because another request was faster', async () => {
    class Ended extends MemoryStore {
      override revoke(): boolean {
        return false
      }
    }
    const server = createTestServer({ store: new Ended() })
    const events = revokedEvents(server)
    const { device_code: deviceCode } = await server.start()
    expectRevoked(await server.revoke({ client_id: 'tv', token: deviceCode }))
    expect(events).toEqual([])
  })

  it('ext-7009-1 an approval that lands just before the end: a sign-out, and the request is taken out of the counters once', async () => {
    const server: TestServer = createTestServer({
      store: faultyStore(readsCopies(), (step, count) =>
        step === 'revoke' && count === 1 ? { delayed: server.approve(codes.user_code) } : undefined,
      ),
      limits: { pendingPerClient: 2 },
    })
    const signedOut: unknown[] = []
    server.deviceAuth.on('signedOut', ({ subject, by }) => signedOut.push({ subject, by }))
    const codes = await server.start()
    await server.start()
    expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 429)
    expectRevoked(await server.revoke({ client_id: 'tv', token: codes.device_code }))
    expect(signedOut).toEqual([{ subject: 'alice', by: 'client' }])
    await server.start()
    expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 429)
  })

  it('a user code is no token', async () => {
    const server = createTestServer()
    const { user_code: userCode } = await server.start()
    expectRevoked(await server.revoke({ client_id: 'tv', token: userCode }))
    expect(await server.deviceAuth.find(userCode)).toMatchObject({ clientId: 'tv' })
  })
})

describe('the endpoint', () => {
  it.each(['findToken', 'revoke'] as const)(
    '7009-2.2.1-1 %s fails: 503, and the token lives',
    async (step: StoreStep) => {
      let down = false
      const store = faultyStore(new MemoryStore(), (at) => (down && at === step ? 'throw' : undefined))
      const server = createTestServer({ store })
      const { refresh_token: token } = await server.signIn()
      down = true
      const response = await server.revoke({ client_id: 'tv', token: token! })
      expectError(response, 'temporarily_unavailable', 503)
      expect(response.headers['retry-after']).toBe('5')
      down = false
      expectToken(await server.refresh(token!))
    },
  )

  it('7009-2.3-1 7009-2.2.1-1 GET is 405, with a callback as well; there is no JSONP', async () => {
    const server = createTestServer()
    const response = await server.get('/revoke', { query: 'token=x&callback=alert' })
    expectError(response, 'invalid_request', 405)
    expect(response.headers.allow).toBe('POST')
    expect(response.body).not.toMatch('alert')
  })

  it('7009-2.2.1-1 a body that is no form is invalid_request', async () => {
    const headers = { 'content-type': 'application/json' }
    expectError(await createTestServer().revoke({ client_id: 'tv', token: 'x' }, { headers }), 'invalid_request')
  })

  it('may be left out', () => {
    expect(createTestServer({ paths: { revocation: false } }).deviceAuth.route('POST', '/revoke')).toBeUndefined()
  })
})
