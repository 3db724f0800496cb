import { createHash, createPublicKey } from 'node:crypto'
import { createDeviceAuth, deviceClient, OptionError } from '@device-auth/core'
import { decodeJwt, jwtVerify } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { type ClaimsRequest, jwtAccessTokens, type OpenIdOptions, openIdConnect } from '../../src/index.ts'
import { audience, authentication, issuer, keyOf, start, startServer } from '../server.ts'

const es256 = keyOf('ES256')
const startOpenId = (options: Partial<OpenIdOptions> = {}) =>
  startServer({ openid: openIdConnect({ keys: es256, ...options }) })

describe('id_token', () => {
  it.each(['ES256', 'EdDSA', 'RS256', 'PS256'] as const)('OIDC-2-1, OIDC-2-6 is signed by %s', async (alg) => {
    const key = keyOf(alg)
    const server = startOpenId({ keys: { key, alg } })
    const { id_token = '', access_token = '' } = await server.signIn('openid', { nonce: 'n-0S6_WzA2Mj' })
    const options = { issuer, audience: 'tv', typ: 'JWT', currentDate: new Date(start) }
    const { payload, protectedHeader } = await jwtVerify(id_token, createPublicKey(key), options)
    expect(protectedHeader.alg).toBe(alg)
    const hash = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
      .update(access_token)
      .digest()
    expect(payload).toEqual({
      iss: issuer,
      sub: 'ada',
      aud: 'tv',
      azp: 'tv',
      iat: start / 1000,
      exp: start / 1000 + 3600,
      auth_time: authentication.time / 1000,
      acr: 'loa2',
      amr: ['pwd', 'otp'],
      nonce: 'n-0S6_WzA2Mj',
      at_hash: hash.subarray(0, hash.length / 2).toString('base64url'),
      sid: expect.any(String),
    })
  })

  it('OIDC-2-2 comes only if `openid` was granted', async () => {
    const server = startOpenId()
    expect(await server.signIn('profile')).not.toHaveProperty('id_token')
    expect(await server.signIn('openid profile', {}, 'profile')).not.toHaveProperty('id_token')
    expect(await server.signIn('openid profile', {}, 'openid')).toHaveProperty('id_token')
  })

  it('OIDC-12.2-1 comes with a refresh: the same user, client, session and log-in, and no nonce', async () => {
    const server = startOpenId()
    const first = await server.signIn('openid offline_access videos', { nonce: 'once' })
    server.now += 3_600_000
    const form = { client_id: 'tv', grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' }
    const second = JSON.parse((await server.post('/token', form)).body)
    const { nonce, ...before } = decodeJwt(first.id_token ?? '')
    const after = decodeJwt(second.id_token)
    expect(nonce).toBe('once')
    expect(after).toEqual({
      ...before,
      iat: server.now / 1000,
      exp: server.now / 1000 + 3600,
      at_hash: expect.not.stringMatching(String(before.at_hash)),
    })
    const narrower = { ...form, refresh_token: second.refresh_token, scope: 'videos' }
    const third = JSON.parse((await server.post('/token', narrower)).body)
    expect(third).not.toHaveProperty('id_token')
    expect(third).toHaveProperty('refresh_token')
  })

  it('OIDC-2-4 a nonce that no database keeps is refused', async () => {
    const server = startOpenId()
    for (const nonce of ['n'.repeat(256), 'a\u0000b', 'ä']) {
      const { status, body } = await server.post('/device_authorization', { client_id: 'tv', scope: 'openid', nonce })
      expect([status, JSON.parse(body).error]).toEqual([400, 'invalid_request'])
    }
  })

  it('OIDC-2-1 is not made for a subject that is too long or not ASCII', async () => {
    const { issue } = openIdConnect({ keys: es256 })
    const token = { access_token: 'a', token_type: 'Bearer', expires_in: 1, scope: 'openid' }
    const approvedBy = (subject: string) => ({
      grantType: 'refresh_token',
      grantId: 'g',
      client: { client_id: 'tv' },
      userGrant: { subject, approved: true, scope: 'openid' },
      scope: 'openid',
      request: {} as never,
    })
    const server = { issuer, now: start }
    await expect(issue(approvedBy('a'.repeat(256)), token, server)).rejects.toThrow(/255 characters of ASCII/)
    await expect(issue(approvedBy('ädä'), token, server)).rejects.toThrow(/255 characters of ASCII/)
    await expect(issue(approvedBy('a'.repeat(255)), token, server)).resolves.toEqual(expect.any(String))
  })
})

describe('offline_access', () => {
  it.each([
    ['openid', 'openid', false],
    ['openid offline_access', 'openid offline_access', true],
    ['openid offline_access', 'openid', false],
    ['videos', 'videos', true],
  ])('OIDC-11-1 asked for %j, granted %j: a refresh token is %s', async (asked, granted, expected) => {
    const answer = await startOpenId().signIn(asked, {}, granted)
    expect(Object.hasOwn(answer, 'refresh_token')).toBe(expected)
  })
})

describe('/userinfo', () => {
  const claims = ({ target }: ClaimsRequest) => ({
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    plan: 'gold',
    ...(target === 'id_token' ? { only: 'here' } : {}),
  })

  it.each([
    ['opaque', undefined],
    ['JWT', jwtAccessTokens({ keys: es256, audience })],
  ])(
    'gives the claims of the granted scopes by GET and POST, for an access token that is %s',
    async (_name, format) => {
      const server = startServer({
        openid: openIdConnect({ keys: es256, claims }),
        ...(format && { accessToken: format }),
      })
      const { access_token, id_token = '' } = await server.signIn('openid profile')
      const authorization = `Bearer ${access_token}`
      const answers = [await server.get('/userinfo', authorization), await server.post('/userinfo', {}, authorization)]
      for (const { status, body, headers } of answers) {
        expect([status, JSON.parse(body)]).toEqual([200, { sub: 'ada', name: 'Ada Lovelace', plan: 'gold' }])
        expect(headers['cache-control']).toBe('no-store')
      }
      expect(decodeJwt(id_token)).toMatchObject({ name: 'Ada Lovelace', plan: 'gold', only: 'here' })
      expect(decodeJwt(id_token)).not.toHaveProperty('email')
    },
  )

  it('refuses no token, an id_token, and an access token without `openid`', async () => {
    const server = startOpenId()
    const { id_token } = await server.signIn('openid')
    const { access_token } = await server.signIn('profile')
    expect((await server.get('/userinfo')).status).toBe(401)
    expect((await server.get('/userinfo', `Bearer ${id_token}`)).status).toBe(401)
    expect((await server.get('/userinfo', `Bearer ${access_token}`)).status).toBe(403)
  })

  it('answers 500 if the hook fails or returns a claim of the server, and tells the application', async () => {
    for (const wrong of [() => Promise.reject(new Error('down')), () => ({ iss: 'https://evil.example' })]) {
      const failures: unknown[] = []
      const openid = openIdConnect({ keys: es256, claims: (request) => (request.target === 'userinfo' ? wrong() : {}) })
      const server = startServer({ openid, hooks: { onError: (error) => failures.push(error) } })
      const { access_token } = await server.signIn('openid')
      expect((await server.get('/userinfo', `Bearer ${access_token}`)).status).toBe(500)
      expect(failures).toHaveLength(1)
    }
  })
})

describe('discovery', () => {
  it('OpenID Connect Discovery section 3: both documents have the same members', async () => {
    const server = startOpenId()
    const documents = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
    const [first, second] = await Promise.all(documents.map(async (path) => JSON.parse((await server.get(path)).body)))
    expect(first).toEqual(second)
    expect(first).toMatchObject({
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })
})

describe('the scope openid without the option openid', () => {
  const device = deviceClient({ client_id: 'tv', scope: 'openid profile' })

  it('is refused at construction, with the name of the package', () => {
    expect(() => createDeviceAuth({ issuer, clients: [device] })).toThrow(OptionError)
    expect(() => createDeviceAuth({ issuer, clients: [device] })).toThrow(/clients\[0\]\.scope.*@device-auth\/jwt/)
  })

  it('is granted without an id_token, after a warning that names the package, if the application names the scope itself', async () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const server = startServer({ clients: [device], scopes: { openid: 'Sign in', profile: 'Your profile' } })
    expect(emitted.mock.calls.flat().join()).toMatch(/`scopes` has openid.*@device-auth\/jwt/)
    emitted.mockRestore()
    const token = await server.signIn('openid')
    expect(token).toMatchObject({ scope: 'openid' })
    expect(token).not.toHaveProperty('id_token')
  })

  it.each([
    ['for a client that a function finds', {}],
    ['also if a hook allows it', { validateRequestedScope: () => 'openid' }],
  ])('is refused with invalid_scope %s', async (_name, hooks) => {
    const server = startServer({ clients: () => device, hooks: { onError: () => undefined, ...hooks } })
    for (const scope of [{ scope: 'openid' }, {}]) {
      const { status, body } = await server.post('/device_authorization', { client_id: 'tv', ...scope })
      expect(status).toBe(400)
      expect(JSON.parse(body)).toEqual({
        error: 'invalid_scope',
        error_description: expect.stringContaining('@device-auth/jwt'),
      })
    }
  })
})
