import { describe, expect, it } from 'vitest'
import { type Client, deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { checkToken } from '../../src/tokens/bearer.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  issuer,
  postSecret,
  type TestServer,
} from '../server.ts'

const inactive = '{"active":false}'

async function signInConf(server: TestServer): Promise<ReturnType<typeof expectToken>> {
  const headers = basic('conf', confSecret)
  const { device_code: deviceCode, user_code: userCode } = await server.start({}, { headers })
  await server.approve(userCode)
  return expectToken(await server.poll(deviceCode, {}, { headers }))
}

describe('a client that was removed', () => {
  const known = clients.filter(({ client_id: id }) => ['tv', 'rs', 'conf'].includes(id))

  it.each(['tv', 'conf'])('F-13 has no live tokens: %s', async (clientId) => {
    for (const missing of [undefined, null]) {
      let removed: string | undefined
      const find = (id: string): Client | undefined =>
        id === removed ? (missing as undefined) : known.find((client) => client.client_id === id)
      const server = createTestServer({ clients: find })
      const token = clientId === 'conf' ? await signInConf(server) : await server.signIn()
      const { access_token: accessToken, refresh_token: refreshToken = '' } = token
      const claims = await server.deviceAuth.authenticate(accessToken)
      expect(claims?.clientId).toBe(clientId)
      removed = clientId
      expect(await server.deviceAuth.authenticate(accessToken)).toBeUndefined()
      const headers = { authorization: `Bearer ${accessToken}` }
      const checked = await checkToken(server.deviceAuth, headers)
      expect(checked).toMatchObject({ response: { status: 401 } })
      expect((await server.introspect(accessToken)).body).toBe(inactive)
      expect((await server.introspect(refreshToken)).body).toBe(inactive)
      removed = undefined
      expect(await server.deviceAuth.authenticate(accessToken)).toEqual(claims)
    }
  })

  it('F-13 a token is not refused as invalid while the clients cannot be read', async () => {
    let down = false
    const find = (id: string): Client | undefined => {
      if (down) throw new Error('the table is locked')
      return known.find((client) => client.client_id === id)
    }
    const server = createTestServer({ clients: find, hooks: { onError: () => {} } })
    const { access_token: accessToken } = await server.signIn()
    down = true
    const checked = await checkToken(server.deviceAuth, { authorization: `Bearer ${accessToken}` })
    expect(checked).toMatchObject({ response: { status: 503 } })
    expectError(await server.introspect(accessToken), 'temporarily_unavailable', 503)
  })
})

describe('what is alive', () => {
  it('7662-2.2-1 7662-2.2-2 an access token, with everything there is to say', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start({ client_id: 'tv', scope: 'profile' })
    await server.deviceAuth.approve(userCode, { subject: '248289761001', username: 'Alice' })
    const issuedAt = Math.floor(server.clock() / 1000)
    const { access_token: token } = expectToken(await server.poll(deviceCode))
    server.clock.advance(10)
    const response = await server.introspect(token)
    expect(response.status).toBe(200)
    expect(server.json(response)).toEqual({
      active: true,
      scope: 'profile',
      client_id: 'tv',
      username: 'Alice',
      token_type: 'Bearer',
      exp: issuedAt + 3600,
      iat: issuedAt,
      sub: '248289761001',
      iss: issuer,
    })
  })

  it('7662-4-2 no cache keeps it', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    for (const presented of [token, 'unknown']) {
      expect((await server.introspect(presented)).headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        pragma: 'no-cache',
      })
    }
  })

  it('7662-2.2-2 no username given: the member is absent', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    expect(server.json(await server.introspect(token))).not.toHaveProperty('username')
  })

  it.each(['access_token', 'refresh_token', 'garbage'])('7662-2.1-1 the hint %s hides nothing', async (hint) => {
    const server = createTestServer()
    const tokens = await signInConf(server)
    for (const token of [tokens.access_token, tokens.refresh_token!]) {
      const headers = basic('conf', confSecret)
      const response = await server.post('/introspect', { token, token_type_hint: hint }, { headers })
      expect(server.json(response).active).toBe(true)
    }
  })

  it('a refresh token, to its own client: without a token_type, because it is no access token', async () => {
    const server = createTestServer()
    const { refresh_token: token } = await signInConf(server)
    const response = await server.introspect(token!, { headers: basic('conf', confSecret) })
    const content = server.json(response)
    expect(content).toMatchObject({ active: true, client_id: 'conf', sub: 'alice' })
    expect(content).not.toHaveProperty('token_type')
    expect(Number(content.exp) - Number(content.iat)).toBe(30 * 24 * 3600)
  })
})

describe('what is not', () => {
  it('7662-2.2-1 is {"active":false} and nothing else', async () => {
    const server = createTestServer()
    const { device_code: deviceCode, user_code: userCode } = await server.start()
    const madeUp = `${'A'.repeat(43)}.${'B'.repeat(43)}`
    for (const token of ['unknown', deviceCode, userCode, madeUp, `${madeUp}.${'C'.repeat(22)}`, '__proto__', 'ü']) {
      expect((await server.introspect(token)).body).toBe(inactive)
    }
  })

  it('7662-4-1 XD-6.1.10 an expired access token', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    server.clock.advance(3599)
    expect(server.json(await server.introspect(token)).active).toBe(true)
    server.clock.advance(1)
    expect((await server.introspect(token)).body).toBe(inactive)
  })

  it('7662-4-1 an expired refresh token', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 100 } })
    const { refresh_token: token } = await signInConf(server)
    server.clock.advance(101)
    expect((await server.introspect(token!, { headers: basic('conf', confSecret) })).body).toBe(inactive)
  })

  it('7662-4-1 a revoked token, a replaced refresh token', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    await server.revoke({ client_id: 'tv', token })
    expect((await server.introspect(token)).body).toBe(inactive)
    const { refresh_token: replaced } = await signInConf(server)
    const headers = basic('conf', confSecret)
    expectToken(await server.token({ grant_type: 'refresh_token', refresh_token: replaced! }, { headers }))
    expect((await server.introspect(replaced!, { headers })).body).toBe(inactive)
  })

  it('7662-4-1 V20 the tokens of an account that is locked', async () => {
    let active = true
    const server = createTestServer({ hooks: { isUserActive: (subject) => subject === 'alice' && active } })
    const { access_token: token } = await server.signIn()
    expect(server.json(await server.introspect(token)).active).toBe(true)
    active = false
    expect((await server.introspect(token)).body).toBe(inactive)
    active = true
    expect(server.json(await server.introspect(token)).active).toBe(true)
  })

  it('7662-2.2-1 a token of another client, to a client that is no resource server', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    expect((await server.introspect(token, { headers: basic('conf', confSecret) })).body).toBe(inactive)
    const response = await server.post('/introspect', { token, client_id: 'post', client_secret: postSecret })
    expect(response.body).toBe(inactive)
  })

  it('7662-4-1 a refresh token, to a resource server: it must not pass for an access token', async () => {
    const server = createTestServer()
    const { refresh_token: token } = await server.signIn()
    expect((await server.introspect(token!)).body).toBe(inactive)
  })
})

describe('the caller', () => {
  it('7662-2.1-2 7662-2.3-1 proves who it is', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    expectError(await server.introspect(token, {}), 'invalid_request')
    expectError(await server.introspect(token, { headers: basic('rs', 'wrong') }), 'invalid_client', 401)
    expectError(await server.introspect(token, { headers: basic('unknown', 'x') }), 'invalid_client', 401)
    expectError(await server.post('/introspect', { token, client_id: 'rs' }), 'invalid_client', 401)
  })

  it('7662-2.1-2 a public client is refused, its own tokens included', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn()
    expectError(await server.post('/introspect', { token, client_id: 'tv' }), 'invalid_client', 401)
    const response = await server.introspect(token, { headers: basic('tv', '') })
    expectError(response, 'invalid_client', 401)
    expect(response.headers['www-authenticate']).toBe(`Basic realm="${issuer}"`)
    const open: Client = { ...deviceClient({ client_id: 'open' }), resource_server: true }
    const odd = createTestServer({ clients: [...clients, open] })
    expectError(await odd.post('/introspect', { token, client_id: 'open' }), 'invalid_client', 401)
  })

  it('7662-2.1-1 sends one token, by POST, as a form', async () => {
    const server = createTestServer()
    expectError(await server.introspect(''), 'invalid_request')
    const headers = basic('conf', confSecret)
    expectError(await server.post('/introspect', {}, { headers }), 'invalid_request')
    expectError(
      await server.post(
        '/introspect',
        [
          ['token', 'a'],
          ['token', 'b'],
        ],
        { headers },
      ),
      'invalid_request',
    )
    const asJson = { ...headers, 'content-type': 'application/json' }
    expectError(await server.post('/introspect', { token: 'a' }, { headers: asJson }), 'invalid_request')
    const response = await server.get('/introspect', { headers, query: 'token=a' })
    expectError(response, 'invalid_request', 405)
    expect(response.headers.allow).toBe('POST')
  })

  it('a store that fails is 503, not an inactive token', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'findToken' ? 'throw' : undefined))
    const server = createTestServer({ store })
    const { access_token: token } = await server.signIn()
    expectError(await server.introspect(token), 'temporarily_unavailable', 503)
  })

  it('may find no such endpoint', () => {
    expect(
      createTestServer({ paths: { introspection: false } }).deviceAuth.route('POST', '/introspect'),
    ).toBeUndefined()
  })
})
