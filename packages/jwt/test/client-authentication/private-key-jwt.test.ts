import { DEVICE_CODE_GRANT_TYPE, MemoryStore } from '@device-auth/core'
import { describe, expect, it, vi } from 'vitest'
import { clientSecretJwt, type PrivateKeyJwtOptions, privateKeyJwt } from '../../src/index.ts'
import { issuer, keyOf, start } from '../server.ts'
import {
  ask,
  assertionJwt,
  assertionType,
  type Changes,
  expectInvalidClient,
  publicJwk,
  serverFor,
  stranger,
  tv,
  withAssertion,
} from './scene.ts'

const now = start / 1000
const make = (options?: PrivateKeyJwtOptions, client = tv) =>
  serverFor({ private_key_jwt: privateKeyJwt(options), client_secret_jwt: clientSecretJwt() }, client)

describe('private_key_jwt', () => {
  it('7523-2.2-1 signs a device in without client_id, with a new assertion for each request', async () => {
    const server = make()
    const codes = JSON.parse((await ask(server, await assertionJwt())).body)
    const poll = async (changes?: Changes) =>
      server.post('/token', {
        grant_type: DEVICE_CODE_GRANT_TYPE,
        device_code: codes.device_code,
        ...withAssertion(await assertionJwt(changes)),
      })
    expect(JSON.parse((await poll()).body).error).toBe('authorization_pending')
    await server.deviceAuth.approve(codes.user_code, { subject: 'ada' })
    // a wrong proof does not touch the approved code
    expectInvalidClient(await poll({ key: stranger }))
    const tokens = JSON.parse((await poll()).body)
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'profile' })
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const refreshed = await server.post('/token', { ...refresh, ...withAssertion(await assertionJwt()) })
    expect(refreshed.status).toBe(200)
    const revoke = { token: tokens.refresh_token, ...withAssertion(await assertionJwt()) }
    expect((await server.post('/revoke', revoke)).status).toBe(200)
  })

  it.each<[string, Changes]>([
    ['7523-3-1 another iss', { claims: { iss: 'other' } }],
    ['7523-3-1 no iss', { claims: { iss: undefined } }],
    ['7523-3-1 another sub', { claims: { sub: 'other' } }],
    ['7523-3-2 the audience of another server', { claims: { aud: 'https://other.example.com' } }],
    ['7523-3-2 the token endpoint as the audience', { claims: { aud: `${issuer}/token` } }],
    ['7523-3-2 the endpoint that is asked as the audience', { claims: { aud: `${issuer}/device_authorization` } }],
    ['7523-3-2 a foreign audience beside the issuer', { claims: { aud: [issuer, 'https://other.example.com'] } }],
    ['7523-3-2 the issuer in a list', { claims: { aud: [issuer] } }],
    ['7523-3-2 the issuer with a slash', { claims: { aud: `${issuer}/` } }],
    ['7523-3-2 no audience', { claims: { aud: undefined } }],
    ['7523-3-3 no exp', { claims: { exp: undefined } }],
    ['7523-3-3 exp -61 s', { claims: { exp: now - 61 } }],
    ['7523-3-3 exp +25 h', { claims: { exp: now + 25 * 3600 } }],
    ['7523-3-3 an exp of text', { claims: { exp: `${now + 60}` } }],
    ['7523-3-4 of the future by nbf', { claims: { nbf: now + 61 } }],
    ['7523-3-4 of the future by iat', { claims: { iat: now + 61 } }],
    ['7523-3-4 no jti', { claims: { jti: undefined } }],
    ['7523-3-4 an empty jti', { claims: { jti: '' } }],
    ['7523-3-4 a jti that is no text', { claims: { jti: 7 } }],
    ['7523-3-5 an unknown kid', { header: { kid: 'two' } }],
    ['7523-3-5 a kid that is no text', { header: { kid: 1 as never } }],
    ['7523-3-5 another key', { key: stranger }],
    ['7523-3-5 another algorithm with its own key', { header: { alg: 'RS256' }, key: keyOf('RS256') }],
    ['an access token as an assertion', { header: { typ: 'at+jwt' } }],
    ['a DPoP proof as an assertion', { header: { typ: 'dpop+jwt' } }],
    ['an oversized assertion', { claims: { padding: 'x'.repeat(8192) } }],
  ])('7523-3.2-1 %s: refused with invalid_client', async (_name, changes) => {
    const response = await ask(make(), await assertionJwt(changes), { client_id: 'tv' })
    // a client_id that is not that of the assertion is a wrong request, before any proof is looked at
    if (changes.claims?.sub === 'other') expect(JSON.parse(response.body).error).toBe('invalid_request')
    else expectInvalidClient(response)
    const withoutId = await ask(make(), await assertionJwt(changes))
    expect(withoutId.status).not.toBe(200)
    if (JSON.parse(withoutId.body).error !== 'invalid_request') expectInvalidClient(withoutId)
  })

  it.each<[string, Changes]>([
    ['as the tests change it', {}],
    ['exp -29 s', { claims: { exp: now - 29 } }],
    ['nbf +29 s', { claims: { nbf: now + 29, iat: now + 29 } }],
    ['exp +1 h', { claims: { exp: now + 3600 } }],
    ['no iat', { claims: { iat: undefined } }],
    ['no kid', { header: { kid: undefined as never } }],
    ['typ JWT', { header: { typ: 'JWT' } }],
    ['typ client-authentication+jwt', { header: { typ: 'client-authentication+jwt' } }],
    ['typ with its prefix', { header: { typ: 'application/Client-Authentication+JWT' } }],
  ])('accepts an assertion: %s', async (_name, changes) => {
    expect((await ask(make(), await assertionJwt(changes))).status).toBe(200)
  })

  it('7523-2.2-1 refuses a wrong client_assertion_type, none, and a repeated assertion', async () => {
    const server = make()
    const types = ['urn:ietf:params:oauth:client-assertion-type:saml2-bearer', '', `${assertionType} `]
    for (const client_assertion_type of types) {
      const form = { client_id: 'tv', client_assertion: await assertionJwt(), client_assertion_type }
      expectInvalidClient(await server.post('/device_authorization', form))
    }
  })

  it('7523-3-5 refuses alg none, the public key as an HMAC secret, crit, b64 and what is no JWT', async () => {
    const server = make()
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [, payload = '', signature = ''] = (await assertionJwt()).split('.')
    const key = publicJwk(keyOf('ES256'), { kid: 'one' })
    const hmac = (text: string) => assertionJwt({ header: { alg: 'HS256' }, key: new TextEncoder().encode(text) })
    const forged = [
      `${encode({ alg: 'none', kid: 'one' })}.${payload}.`,
      `${encode({ alg: 'none', kid: 'one' })}.${payload}.${signature}`,
      `${encode({ alg: 'ES256', kid: 'one' })}.${payload}.`,
      `${encode({ kid: 'one' })}.${payload}.${signature}`,
      await hmac(JSON.stringify(key)),
      await hmac(keyOf('ES256').export({ type: 'pkcs8', format: 'pem' }).toString()),
      await assertionJwt({ header: { crit: ['exp'], exp: 1 } as never }).catch(() => 'jose refuses to make it'),
      `${encode({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })}.${payload}.${signature}`,
      `${encode({ alg: 'ES256', kid: 'one', b64: false })}.${payload}.${signature}`,
      `${encode([])}.${payload}.${signature}`,
      `${encode({ alg: 'ES256' })}.${encode({ sub: ['tv'] })}.${signature}`,
      'x.y.z',
      'tv',
    ]
    for (const jwt of forged) expectInvalidClient(await ask(server, jwt, { client_id: 'tv' }))
  })

  it('7523-3-5 HMAC with the RSA key is refused, although the client has both methods', async () => {
    const secret = 'a-secret-of-thirty-two-characters'
    const both = {
      ...tv,
      token_endpoint_auth_methods: ['private_key_jwt', 'client_secret_jwt'],
      client_secret: secret,
      jwks: { keys: [publicJwk(keyOf('RS256'), { kid: 'one' })] },
    }
    const server = make({}, both)
    const pem = new TextEncoder().encode(JSON.stringify(both.jwks.keys[0]))
    expectInvalidClient(await ask(server, await assertionJwt({ header: { alg: 'HS256' }, key: pem })))
    const right = new TextEncoder().encode(secret)
    expect((await ask(server, await assertionJwt({ header: { alg: 'HS256' }, key: right }))).status).toBe(200)
    const rsa = await assertionJwt({ header: { alg: 'PS256' }, key: keyOf('PS256') })
    expect((await ask(server, rsa)).status).toBe(200)
  })

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])(
    '7523-3-5 a client with token_endpoint_auth_signing_alg %s may use that alone',
    async (alg) => {
      const keys = ['ES256', 'RS256', 'EdDSA'].map((name) => publicJwk(keyOf(name)))
      const server = make({}, { ...tv, jwks: { keys }, token_endpoint_auth_signing_alg: alg })
      for (const other of ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519']) {
        const key = keyOf(other === 'Ed25519' ? 'EdDSA' : other)
        const jwt = await assertionJwt({ header: { alg: other, kid: undefined as never }, key })
        const response = await ask(server, jwt)
        if (other === alg) expect(response.status).toBe(200)
        else expectInvalidClient(response)
      }
    },
  )

  it('accepts the algorithms of the option alone, and names them in the metadata', async () => {
    const server = make({ algorithms: ['RS256'] })
    expectInvalidClient(await ask(server, await assertionJwt()))
    const { metadata } = serverFor({ private_key_jwt: privateKeyJwt({ algorithms: ['RS256', 'ES256'] }) }).deviceAuth
    for (const endpoint of ['token', 'revocation', 'introspection']) {
      expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual(['RS256', 'ES256'])
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt')
    }
  })

  it('7523-3-4 an assertion works once, also for two requests at the same moment and at another endpoint', async () => {
    const server = make()
    const jwt = await assertionJwt()
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server, jwt)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) expectInvalidClient(answer)
    expectInvalidClient(await server.post('/revoke', { token: 'x', ...withAssertion(jwt) }))
  })

  it('7523-3-4 an assertion is remembered until the clocks that differ most have passed its end', async () => {
    const server = make({ clockTolerance: 60 })
    const jwt = await assertionJwt({ claims: { exp: now + 600 } })
    expect((await ask(server, jwt)).status).toBe(200)
    for (const seconds of [599, 601, 659, 660, 700]) {
      server.now = start + seconds * 1000
      expectInvalidClient(await ask(server, jwt))
    }
  })

  it('a wrong assertion does not use up its jti: an attacker who knows it cannot lock the client out', async () => {
    const server = make()
    expectInvalidClient(await ask(server, await assertionJwt({ claims: { jti: 'known' }, key: stranger })))
    expectInvalidClient(await ask(server, await assertionJwt({ claims: { jti: 'known', aud: 'x' } })))
    expect((await ask(server, await assertionJwt({ claims: { jti: 'known' } }))).status).toBe(200)
  })

  it('two clients may use one jti, and ids that join to one text are two', async () => {
    const keys = { keys: [publicJwk(keyOf('ES256'), { kid: 'one' })] }
    const clients = ['tv', 'tv","a'].map((client_id) => ({ ...tv, client_id, jwks: keys }))
    const server = serverFor({ private_key_jwt: privateKeyJwt() }, tv, { clients })
    for (const [id, jti] of [
      ['tv', 'a","b'],
      ['tv","a', 'b'],
    ] as const) {
      const jwt = await assertionJwt({ claims: { iss: id, sub: id, jti } })
      expect((await ask(server, jwt)).status).toBe(200)
    }
  })

  it('endpointAudience accepts the token endpoint and the endpoint that is asked, but no other one', async () => {
    const server = make({ endpointAudience: true })
    const right = [issuer, `${issuer}/token`, `${issuer}/device_authorization`, [issuer, `${issuer}/token`]]
    for (const aud of right) expect((await ask(server, await assertionJwt({ claims: { aud } }))).status).toBe(200)
    const wrong = [
      `${issuer}/introspect`,
      `${issuer}/token/`,
      [issuer, 'https://other.example.com'],
      [],
      [[issuer]],
      {},
    ]
    for (const aud of wrong) expectInvalidClient(await ask(server, await assertionJwt({ claims: { aud } })))
  })

  it('a failure of the store is not the fault of the client: 503, and 401 for no assertion', async () => {
    const store = new MemoryStore()
    const server = serverFor({ private_key_jwt: privateKeyJwt() }, tv, { store, hooks: { onError: () => {} } })
    vi.spyOn(store, 'takeAttempts').mockImplementation(() => {
      throw new Error('down')
    })
    const { status, body } = await ask(server, await assertionJwt())
    expect({ status, error: JSON.parse(body).error }).toEqual({ status: 503, error: 'temporarily_unavailable' })
  })

  it('a poll of a client without it has no further call of the store', async () => {
    const store = new MemoryStore()
    const own = { ...tv, token_endpoint_auth_method: 'none' }
    const server = serverFor({ private_key_jwt: privateKeyJwt() }, own, { store })
    const taken = vi.spyOn(store, 'takeAttempts')
    const codes = JSON.parse((await server.post('/device_authorization', { client_id: 'tv' })).body)
    taken.mockClear()
    const form = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code, client_id: 'tv' }
    expect(JSON.parse((await server.post('/token', form)).body).error).toBe('authorization_pending')
    expect(taken).not.toHaveBeenCalled()
  })
})

describe('the keys of a client', () => {
  it.each<[string, object]>([
    ['for encryption', { use: 'enc' }],
    ['for other operations', { key_ops: ['sign'] }],
    ['for another algorithm', { alg: 'ES384' }],
    ['of another curve', { crv: 'P-384' }],
    ['of another type', { kty: 'RSA' }],
    ['that is no point of the curve', { x: 'AAAA' }],
  ])('a key %s is not used', async (_name, more) => {
    const server = make({}, { ...tv, jwks: { keys: [publicJwk(keyOf('ES256'), { kid: 'one', ...more })] } })
    expectInvalidClient(await ask(server, await assertionJwt()))
  })

  it('a private key that was given by mistake, and unfit keys beside it, do no harm', async () => {
    const own = { ...keyOf('ES256').export({ format: 'jwk' }), kid: 'one' }
    const keys = [{ kty: 'oct', k: 'AAAA', kid: 'one' }, {}, { kty: 'EC', crv: 'P-256', kid: 'one' }, own]
    const server = make({}, { ...tv, jwks: { keys } })
    expect((await ask(server, await assertionJwt())).status).toBe(200)
  })

  it.each([[undefined], [{}], [{ keys: 'x' }], [{ keys: [1] }], [{ keys: Array.from({ length: 33 }, () => ({})) }]])(
    'a listed client with a wrong key set is refused at construction: %j',
    (jwks) => {
      expect(() => make({}, { ...tv, jwks } as never)).toThrow('clients[0].jwks')
    },
  )

  it('a client that a function finds is refused, and reported', async () => {
    const errors: unknown[] = []
    const client = { ...tv, jwks: { keys: Array.from({ length: 33 }, () => publicJwk(keyOf('ES256'))) } }
    const server = serverFor({ private_key_jwt: privateKeyJwt() }, tv, {
      clients: () => client,
      hooks: { onError: (error) => void errors.push(error) },
    })
    expectInvalidClient(await ask(server, await assertionJwt({ header: { kid: undefined as never } })))
    expect(String(errors[0])).toContain('jwks')
  })

  it.each([
    [{ algorithms: ['HS256'] }, /algorithms/],
    [{ algorithms: [] }, /algorithms/],
    [{ algorithms: ['none'] }, /algorithms/],
    [{ clockTolerance: 61 }, /clockTolerance/],
    [{ endpointAudience: 'yes' }, /endpointAudience/],
    [{ algorithm: 'ES256' }, /did you mean `algorithms`/],
  ])('refuses wrong options: %j', (options, message) => {
    expect(() => privateKeyJwt(options as never)).toThrow(message)
  })
})
