import { describe, expect, it } from 'vitest'
import type { Confirmation, KeyBinding } from '../../src/contract/key-binding.ts'
import type { AccessTokenFormat } from '../../src/contract/tokens.ts'
import { ACCESS_TOKEN_TYPE, deviceClient, TOKEN_EXCHANGE_GRANT_TYPE, type TokenResponse } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { opaqueTokens } from '../../src/tokens/access-token.ts'
import {
  clients,
  createTestServer,
  expectError,
  expectToken,
  type TestServer,
  type TestServerOptions,
} from '../server.ts'

const [photos, music] = ['https://photos.example/', 'https://music.example/']

function mayExchange(clientId: string, scope = 'profile email') {
  const client = deviceClient({ client_id: clientId, scope })
  return { ...client, grant_types: [...(client.grant_types ?? []), TOKEN_EXCHANGE_GRANT_TYPE] }
}

function exchangeServer(options: TestServerOptions = {}): TestServer {
  const own = [mayExchange('cli'), mayExchange('cli2'), ...clients]
  return createTestServer({ clients: own, tokenExchange: { expiresIn: 300 }, ...options })
}

type Parameters = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

function exchange(
  server: TestServer,
  token: string,
  parameters: Parameters = {},
  headers: Readonly<Record<string, string>> = {},
) {
  const usual = {
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    client_id: 'cli',
    subject_token: token,
    subject_token_type: ACCESS_TOKEN_TYPE,
  }
  const given = Symbol.iterator in parameters ? [...parameters] : Object.entries(parameters)
  const names = given.map(([name]) => name)
  const all = [...Object.entries(usual).filter(([name]) => !names.includes(name)), ...given]
  return server.token(
    all.filter(([, value]) => value !== ''),
    { headers },
  )
}

const signIn = (server: TestServer, parameters: Readonly<Record<string, string>> = {}): Promise<TokenResponse> =>
  server.signIn({ client_id: 'cli', ...parameters })

describe('token exchange', () => {
  it('8693-2.2.1-1 8693-2.1-1 gives an access token with fewer scopes and a shorter life, and no refresh token', async () => {
    const server = exchangeServer()
    const exchanged: unknown[] = []
    server.deviceAuth.on('exchanged', (event) => exchanged.push(event))
    const { access_token } = await signIn(server)
    const narrow = expectToken(await exchange(server, access_token, { scope: 'email' }))
    expect(narrow).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'email',
    })
    const claims = await server.deviceAuth.authenticate(narrow.access_token)
    expect(claims).toMatchObject({ scope: 'email', clientId: 'cli', subject: 'alice' })
    expect(server.json(await server.introspect(narrow.access_token))).toMatchObject({
      active: true,
      scope: 'email',
      client_id: 'cli',
      exp: Math.floor(server.clock() / 1000) + 300,
    })
    expect(exchanged).toEqual([expect.objectContaining({ clientId: 'cli', subject: 'alice', scope: 'email' })])
    server.clock.advance(300)
    expect(await server.deviceAuth.authenticate(narrow.access_token)).toBeUndefined()
    expect(await server.deviceAuth.authenticate(access_token)).toBeDefined()
  })

  it('8693-2.1-2 a narrow token is exchanged for nothing wider, and for no longer life', async () => {
    const server = exchangeServer()
    const refusals: string[] = []
    server.deviceAuth.on('refused', ({ reason }) => refusals.push(reason))
    const { access_token } = await signIn(server)
    const narrow = expectToken(await exchange(server, access_token, { scope: 'email' })).access_token
    expectError(await exchange(server, narrow, { scope: 'profile' }), 'invalid_scope')
    expectError(await exchange(server, narrow, { scope: 'profile email' }), 'invalid_scope')
    expectError(await exchange(server, narrow, { scope: 'a"b' }), 'invalid_scope')
    server.clock.advance(100)
    const again = expectToken(await exchange(server, narrow))
    expect(again).toMatchObject({ scope: 'email', expires_in: 200 })
    expect(refusals).toEqual(['exchangeScope', 'exchangeScope'])
    server.clock.advance(199.5)
    expectError(await exchange(server, narrow), 'invalid_request')
  })

  it('8693-2.1-3 8693-2.2.2-2 resource and audience name some of the resource servers of the token, and no others', async () => {
    const server = exchangeServer({ resources: { [photos]: '', [music]: '' } })
    const started = await server.start([
      ['client_id', 'cli'],
      ['resource', photos],
      ['resource', music],
    ])
    await server.approve(started.user_code)
    const { access_token } = expectToken(await server.poll(started.device_code, { client_id: 'cli' }))
    for (const name of ['resource', 'audience']) {
      const narrow = expectToken(await exchange(server, access_token, { [name]: music })).access_token
      expect((await server.deviceAuth.authenticate(narrow))?.audience).toEqual([music])
      expect(server.json(await server.introspect(narrow)).aud).toBe(music)
      expectError(await exchange(server, narrow, { [name]: photos }), 'invalid_target')
      expectError(await exchange(server, access_token, { [name]: 'https://other.example/' }), 'invalid_target')
    }
    const both = [
      ['audience', photos],
      ['audience', music],
    ] as const
    expectToken(await exchange(server, access_token, both))
    expectError(await exchange(server, access_token, { resource: photos, audience: photos }), 'invalid_target')
  })

  it('8693-2.1-3 the default audience is narrowed too', async () => {
    const server = exchangeServer({ accessToken: opaqueTokens({ audience: [photos, music] }) })
    const { access_token } = await signIn(server)
    const narrow = expectToken(await exchange(server, access_token, { audience: photos })).access_token
    expect((await server.deviceAuth.authenticate(narrow))?.audience).toEqual([photos])
    expectError(await exchange(server, narrow, { audience: music }), 'invalid_target')
    const again = expectToken(await exchange(server, narrow)).access_token
    expect((await server.deviceAuth.authenticate(again))?.audience).toEqual([photos])
  })

  it('8693-2.1-3 8693-2.2.2-2 resource narrows the default audience like audience, and is not ignored without the option resources', async () => {
    const server = exchangeServer({ accessToken: opaqueTokens({ audience: [photos, music] }) })
    const { access_token } = await signIn(server)
    const narrow = expectToken(await exchange(server, access_token, { resource: photos })).access_token
    expect((await server.deviceAuth.authenticate(narrow))?.audience).toEqual([photos])
    expectError(await exchange(server, narrow, { resource: music }), 'invalid_target')
    expectError(await exchange(server, access_token, { resource: 'https://other.example/' }), 'invalid_target')
    expectError(await exchange(server, access_token, { resource: photos, audience: photos }), 'invalid_target')
    const plain = exchangeServer()
    expectError(await exchange(plain, (await signIn(plain)).access_token, { resource: photos }), 'invalid_target')
  })

  it.each([
    ['a missing subject_token', { subject_token: '' }],
    ['a missing subject_token_type', { subject_token_type: '' }],
    ['an id_token', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['a refresh token', { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['another requested type', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['an actor', { actor_token: 'x', actor_token_type: ACCESS_TOKEN_TYPE }],
    ['the type of an actor alone', { actor_token_type: ACCESS_TOKEN_TYPE }],
    ['a made-up token', { subject_token: 'x' }],
  ])('8693-2.2.2-1 %s is invalid_request', async (_, parameters) => {
    const server = exchangeServer()
    const { access_token } = await signIn(server)
    expectError(await exchange(server, access_token, parameters), 'invalid_request')
    expectToken(await exchange(server, access_token, { requested_token_type: ACCESS_TOKEN_TYPE }))
  })

  it('8693-2.2.2-1 a refresh token, a device code or the token of another client is invalid_request', async () => {
    const server = exchangeServer()
    const token = await signIn(server)
    const { device_code } = await server.start({ client_id: 'cli' })
    for (const wrong of [token.refresh_token ?? '', device_code])
      expectError(await exchange(server, wrong), 'invalid_request')
    expectError(await exchange(server, token.access_token, { client_id: 'cli2' }), 'invalid_request')
    expectToken(await exchange(server, token.access_token))
  })

  it('8693-2.1-1 6749-5.2-5 only clients with the grant may use it, and only with the option', async () => {
    const server = exchangeServer()
    const { access_token } = await server.signIn({ client_id: 'tv' })
    expectError(await exchange(server, access_token, { client_id: 'tv' }), 'unauthorized_client')
    const off = exchangeServer({ tokenExchange: false })
    expectError(await exchange(off, (await signIn(off)).access_token), 'unsupported_grant_type')
  })

  it('8693-2.1-4 the narrow token ends with its family, and its own end leaves the family', async () => {
    const server = exchangeServer()
    const token = await signIn(server)
    const [one = '', two = ''] = [
      expectToken(await exchange(server, token.access_token)).access_token,
      expectToken(await exchange(server, token.access_token)).access_token,
    ]
    await server.revoke({ client_id: 'cli', token: one })
    expect(await server.deviceAuth.authenticate(one)).toBeUndefined()
    expect(await server.deviceAuth.authenticate(two)).toBeDefined()
    await server.revoke({ client_id: 'cli', token: token.access_token })
    expect(await server.deviceAuth.authenticate(two)).toBeDefined()
    expectToken(await server.refresh(token.refresh_token ?? '', { client_id: 'cli' }))
    await server.deviceAuth.devices.revokeBySubject('alice')
    expect(await server.deviceAuth.authenticate(two)).toBeUndefined()
    expectError(await exchange(server, two), 'invalid_request')
  })

  it('8693-2.1-4 an account that is not active exchanges nothing', async () => {
    let active = true
    const server = exchangeServer({ hooks: { isUserActive: () => active } })
    const { access_token } = await signIn(server)
    active = false
    expectError(await exchange(server, access_token), 'invalid_request')
  })

  it('8693-2.2.1-1 what a hook adds does not lengthen the life, and no refresh token comes of it', async () => {
    const server = exchangeServer({
      hooks: { createTokenResponse: (token) => ({ ...token, expires_in: 9_999, refresh_token: 'x' }) },
    })
    const { access_token } = await signIn(server)
    const narrow = expectToken(await exchange(server, access_token))
    expect(narrow.expires_in).toBe(300)
    expect(narrow.refresh_token).toBeUndefined()
  })

  it('failing exchanges are limited, and do not lock a good token out', async () => {
    const server = exchangeServer({ limits: { refreshTokensPerAddress: 2 } })
    const { access_token } = await signIn(server)
    for (let time = 0; time < 2; time++) expectError(await exchange(server, 'wrong'), 'invalid_request')
    expectError(await exchange(server, 'wrong'), 'invalid_grant', 429)
    expectToken(await exchange(server, access_token))
  })
})

describe('token exchange of a bound token', () => {
  const [key, other] = ['k'.repeat(43), 'o'.repeat(43)]
  const binding: KeyBinding = {
    method: 'jkt',
    error: 'invalid_dpop_proof',
    metadata: {},
    read: ({ headers: { dpop } }) => (typeof dpop === 'string' ? { thumbprint: dpop } : undefined),
  }

  it('9449-5-1 needs the proof of its key, and gives a token that is bound to it', async () => {
    const server = exchangeServer({ keyBinding: binding })
    const started = await server.start({ client_id: 'cli' }, { headers: { dpop: key } })
    await server.approve(started.user_code)
    const bound = expectToken(await server.poll(started.device_code, { client_id: 'cli' }, { headers: { dpop: key } }))
    expectError(await exchange(server, bound.access_token), 'invalid_dpop_proof')
    expectError(await exchange(server, bound.access_token, {}, { dpop: other }), 'invalid_request')
    const narrow = expectToken(await exchange(server, bound.access_token, { scope: 'email' }, { dpop: key }))
    expect(narrow.token_type).toBe('DPoP')
    expect(server.json(await server.introspect(narrow.access_token)).cnf).toEqual({ jkt: key })
  })

  it('8693-2.2.2-1 the format of the token says its key, and the store is not asked about it without this key', async () => {
    const steps: string[] = []
    const { issue, ...opaque } = opaqueTokens()
    // the key is in another place than that of opaque tokens
    const keys = new Map<string, Confirmation>()
    const accessToken: AccessTokenFormat = {
      ...opaque,
      async issue(approved, issuer) {
        const { confirmation, ...unbound } = approved
        const token = await issue(unbound, issuer)
        if (confirmation !== undefined) keys.set(token, confirmation)
        return token
      },
      confirmation: (token) => keys.get(token),
    }
    const events = { storeCalled: ({ step }: { readonly step: string }) => void steps.push(step) }
    const server = exchangeServer({ keyBinding: binding, accessToken, events })
    const started = await server.start({ client_id: 'cli' }, { headers: { dpop: key } })
    await server.approve(started.user_code)
    const bound = expectToken(await server.poll(started.device_code, { client_id: 'cli' }, { headers: { dpop: key } }))
    steps.length = 0
    expectError(await exchange(server, bound.access_token), 'invalid_dpop_proof')
    expectError(await exchange(server, bound.access_token, {}, { dpop: other }), 'invalid_request')
    expect(steps).toEqual([])
    expect(expectToken(await exchange(server, bound.access_token, {}, { dpop: key })).token_type).toBe('DPoP')
  })

  it('8693-2.2.2-1 a bound token is invalid_request where no key can be checked any more', async () => {
    const store = new MemoryStore()
    const server = exchangeServer({ keyBinding: binding, store, secret: 'a secret of at least thirty-two characters' })
    const started = await server.start({ client_id: 'cli' }, { headers: { dpop: key } })
    await server.approve(started.user_code)
    const bound = expectToken(await server.poll(started.device_code, { client_id: 'cli' }, { headers: { dpop: key } }))
    const later = exchangeServer({ store, secret: 'a secret of at least thirty-two characters' })
    expectError(await exchange(later, bound.access_token, {}, { dpop: key }), 'invalid_request')
  })

  it('9449-5-1 a token that is not bound gives one that is, with a proof', async () => {
    const server = exchangeServer({ keyBinding: binding })
    const { access_token } = await signIn(server)
    const narrow = expectToken(await exchange(server, access_token, {}, { dpop: key }))
    expect(narrow.token_type).toBe('DPoP')
  })
})
