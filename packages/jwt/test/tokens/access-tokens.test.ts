import { createPublicKey, sign } from 'node:crypto'
import { MemoryStore } from '@device-auth/core'
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { type JwtAccessTokenOptions, jwtAccessTokens } from '../../src/index.ts'
import { apiAuthorization, audience, authentication, issuer, keyOf, start, startServer } from '../server.ts'

const es256 = keyOf('ES256')
const jwtServer = (options: Partial<JwtAccessTokenOptions> = {}) =>
  startServer({ accessToken: jwtAccessTokens({ keys: es256, audience, ...options }) })

describe('JWT access tokens', () => {
  it.each(['ES256', 'EdDSA', 'RS256', 'PS256'] as const)(
    '9068-2.1-1 are signed by %s, with `typ` at+jwt and the kid of /jwks',
    async (alg) => {
      const key = keyOf(alg)
      const server = jwtServer({ keys: { key, alg } })
      const { access_token = '' } = await server.signIn('videos')
      const { protectedHeader } = await compactVerify(access_token, createPublicKey(key))
      const { keys } = JSON.parse((await server.get('/jwks')).body)
      expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: keys[0].kid })
      expect(keys[0]).toMatchObject({ alg, use: 'sig' })
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(keys[0]).not.toHaveProperty(secret)
    },
  )

  it('9068-2.2-1, 9068-2.2.3-1 have the required claims, and the granted scope', async () => {
    const server = jwtServer()
    const { access_token = '', expires_in } = await server.signIn('videos profile', {}, 'videos')
    expect(expires_in).toBe(300)
    expect(decodeJwt(access_token)).toEqual({
      iss: issuer,
      sub: 'ada',
      aud: audience,
      client_id: 'tv',
      iat: start / 1000,
      exp: start / 1000 + 300,
      jti: expect.any(String),
      scope: 'videos',
      auth_time: authentication.time / 1000,
      acr: 'loa2',
      amr: ['pwd', 'otp'],
    })
    const second = await server.signIn('videos')
    expect(decodeJwt(second.access_token ?? '').jti).not.toBe(decodeJwt(access_token).jti)
  })

  it('9068-2.2.1-1 tell the same log-in after a refresh', async () => {
    const server = jwtServer()
    const { refresh_token = '' } = await server.signIn('videos')
    server.now += 3_600_000
    const form = { client_id: 'tv', grant_type: 'refresh_token', refresh_token }
    const { access_token } = JSON.parse((await server.post('/token', form)).body)
    expect(decodeJwt(access_token)).toMatchObject({
      auth_time: authentication.time / 1000,
      acr: 'loa2',
      amr: ['pwd', 'otp'],
      iat: server.now / 1000,
    })
  })

  it('have the claims of the hook, which cannot change those of the server', async () => {
    const server = jwtServer({ claims: ({ userGrant }) => ({ roles: [`role of ${userGrant.subject}`] }) })
    const { access_token = '' } = await server.signIn('videos')
    expect(decodeJwt(access_token).roles).toEqual(['role of ada'])
    const format = jwtAccessTokens({ keys: es256, audience, claims: () => ({ sub: 'root' }) })
    const approved = {
      grantType: 'refresh_token',
      grantId: 'g',
      client: { client_id: 'tv' },
      userGrant: { subject: 'ada', approved: true, scope: '' },
      scope: '',
      request: {} as never,
    }
    await expect(format.issue(approved, { issuer, now: start })).rejects.toThrow(/`claims` may not return sub/)
  })

  it.each([['https://a.example'], [['https://a.example', 'https://b.example']]])(
    '9068-3-1 have the audience of the option: %s',
    async (given) => {
      const { access_token = '' } = await jwtServer({ audience: given }).signIn('videos')
      expect(decodeJwt(access_token).aud).toEqual(given)
    },
  )

  it('9068-3-1 8707-2.2-2 have the requested resources as their audience, in place of that of the option', async () => {
    const [photos, music] = ['https://photos.example/', 'https://music.example/']
    const resources = { [photos]: '', [music]: '' }
    const server = startServer({ accessToken: jwtAccessTokens({ keys: es256, audience }), resources })
    const one = await server.signIn('videos', { resource: photos })
    expect(decodeJwt(one.access_token ?? '').aud).toBe(photos)
    const introspected = await server.post('/introspect', { token: one.access_token ?? '' }, apiAuthorization)
    expect(JSON.parse(introspected.body).aud).toBe(photos)
    const form = { client_id: 'tv', grant_type: 'refresh_token', refresh_token: one.refresh_token ?? '' }
    expect(JSON.parse((await server.post('/token', { ...form, resource: music })).body).error).toBe('invalid_target')
    const refreshed = JSON.parse((await server.post('/token', { ...form, resource: photos })).body)
    expect(decodeJwt(refreshed.access_token).aud).toBe(photos)
    expect(decodeJwt((await server.signIn('videos')).access_token ?? '').aud).toBe(audience)
  })

  it('9396-9.1-1 have the granted authorization details', async () => {
    const authorizationDetails = { payment: { validate: () => true, describe: () => 'Pay' } }
    const server = startServer({ accessToken: jwtAccessTokens({ keys: es256, audience }), authorizationDetails })
    const authorization_details = '[{"type":"payment","amount":"12.50"}]'
    const { access_token = '' } = await server.signIn('videos', { authorization_details })
    expect(decodeJwt(access_token).authorization_details).toEqual(JSON.parse(authorization_details))
  })

  it('9068-3-1 have an audience of one in a list as a text', async () => {
    expect(decodeJwt((await jwtServer({ audience: [audience] }).signIn('videos')).access_token ?? '').aud).toBe(
      audience,
    )
  })

  it('authenticate at the server itself, are introspected, and end there when they are revoked', async () => {
    const server = jwtServer()
    const { access_token: token = '' } = await server.signIn('videos')
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'ada', scope: 'videos' })
    const introspect = async () => JSON.parse((await server.post('/introspect', { token }, apiAuthorization)).body)
    expect(await introspect()).toMatchObject({ active: true, sub: 'ada', client_id: 'tv' })
    expect((await server.post('/revoke', { client_id: 'tv', token })).status).toBe(200)
    expect(await introspect()).toEqual({ active: false })
    expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
  })

  it('take the place of opaque tokens, which go on until they expire', async () => {
    const store = new MemoryStore()
    const { access_token: opaque = '' } = await startServer({ store }).signIn('videos')
    const server = startServer({ store, accessToken: jwtAccessTokens({ keys: es256, audience }) })
    expect(await server.deviceAuth.authenticate(opaque)).toMatchObject({ subject: 'ada' })
    expect(JSON.parse((await server.post('/introspect', { token: opaque }, apiAuthorization)).body).active).toBe(true)
  })

  it('are refused by the server with any change, also with one that a library would accept', async () => {
    const server = jwtServer()
    const { access_token = '' } = await server.signIn('videos')
    const [header = '', payload = '', signature = ''] = access_token.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const forged = [`${none}.${payload}.`, `${none}.${payload}.${signature}`, `${header}.${payload}.AAAA`]
    for (const token of [...forged, `${access_token}=`, '..', 'a.b.c', `${'a'.repeat(20_000)}.b.c`])
      expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
  })
})

describe('keys that sign by a function', () => {
  const remote = (format: 'ieee-p1363' | 'der') => ({
    alg: 'ES256' as const,
    publicKey: createPublicKey(es256),
    sign: async (data: Uint8Array) => sign('sha256', data, { key: es256, dsaEncoding: format }),
  })

  it('make tokens that verify by /jwks', async () => {
    const { access_token = '' } = await jwtServer({ keys: remote('ieee-p1363') }).signIn('videos')
    await compactVerify(access_token, createPublicKey(es256))
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  })

  it('are told when the signature is DER, and the device polls on', async () => {
    const failures: unknown[] = []
    const server = startServer({
      accessToken: jwtAccessTokens({ keys: remote('der'), audience }),
      hooks: { onError: (error) => failures.push(error) },
    })
    expect(await server.signIn('videos')).toMatchObject({ error: 'authorization_pending' })
    expect(String(failures[0])).toMatch(/64 for ES256, not DER/)
  })
})

describe('/jwks', () => {
  it('may be kept by caches for five minutes, and is named in the metadata', async () => {
    const server = jwtServer()
    const { headers, status } = await server.get('/jwks')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=300',
      'content-type': 'application/jwk-set+json',
    })
    expect(headers).not.toHaveProperty('pragma')
    expect(server.deviceAuth.metadata.jwks_uri).toBe(`${issuer}/jwks`)
  })

  it('is not there without keys', () => {
    const { deviceAuth } = startServer({})
    expect(deviceAuth.route('GET', '/jwks')).toBeUndefined()
    expect(deviceAuth.metadata).not.toHaveProperty('jwks_uri')
  })
})
