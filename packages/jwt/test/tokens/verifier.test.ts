import { generateKeyPairSync } from 'node:crypto'
import { checkToken } from '@device-auth/core'
import { createRemoteJWKSet, customFetch, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { jwtAccessTokens, jwtVerifier, openIdConnect, type RotatingKeys } from '../../src/index.ts'
import { endlessResponses } from '../endless.ts'
import { audience, issuer, keyOf, start, startServer, type TestServer } from '../server.ts'

const es256 = keyOf('ES256')
const startIssuer = () =>
  startServer({ accessToken: jwtAccessTokens({ keys: es256, audience }), openid: openIdConnect({ keys: es256 }) })

/** A `fetch` that reaches the server. */
const fetchFrom =
  (server: TestServer): typeof fetch =>
  async (input) => {
    const { pathname } = new URL(String(input instanceof Request ? input.url : input))
    const endpoint = server.deviceAuth.routeAtRoot('GET', pathname)
    const { status, body } =
      endpoint === undefined
        ? await server.get(pathname.replace('/oauth', ''))
        : { status: 200, body: JSON.stringify(server.deviceAuth.metadata) }
    return new Response(body, { status })
  }

const verifierOf = (server: TestServer, more: { readonly audience?: string; readonly issuer?: string } = {}) =>
  jwtVerifier({ issuer, audience, clock: () => server.now, fetch: fetchFrom(server), ...more })

/** A token with the claims of a genuine one, changed, and signed again. */
async function changed(
  server: TestServer,
  claims: Readonly<Record<string, unknown>>,
  header: Partial<JWTHeaderParameters> = {},
  key: Parameters<SignJWT['sign']>[0] = es256,
): Promise<string> {
  const [{ kid }] = JSON.parse((await server.get('/jwks')).body).keys
  const payload = {
    iss: issuer,
    sub: 'ada',
    aud: audience,
    client_id: 'tv',
    iat: start / 1000,
    exp: start / 1000 + 300,
    jti: 'one',
    scope: 'videos',
    ...claims,
  }
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header }).sign(key)
}

/** A verifier that has read the keys, and whose server does not answer 301 seconds later: it uses the last keys. */
async function verifierInOutage(server: TestServer, token: string) {
  let answer = fetchFrom(server)
  const clock = () => Date.now()
  const authority = jwtVerifier({ issuer, audience, clock, fetch: (...request) => answer(...request) })
  expect(await authority.authenticate(token)).toMatchObject({ subject: 'ada' })
  vi.setSystemTime(start + 301_000)
  answer = async () => Promise.reject(new Error('down'))
  expect(await authority.authenticate(token)).toMatchObject({ subject: 'ada' })
  const answerBy = (next: typeof fetch): void => {
    answer = next
  }
  return { authority, answerBy }
}

describe('jwtVerifier', () => {
  it('finds the keys by the issuer alone, and gives the claims', async () => {
    const server = startIssuer()
    const { access_token = '' } = await server.signIn('videos')
    const headers = { authorization: `Bearer ${access_token}` }
    expect(await checkToken(verifierOf(server), headers, { scope: 'videos' })).toMatchObject({
      claims: {
        subject: 'ada',
        clientId: 'tv',
        scope: 'videos',
        audience: [audience],
        issuedAt: start,
        expiresAt: start + 300_000,
      },
    })
    expect(await checkToken(verifierOf(server), headers, { scope: 'email' })).toMatchObject({
      response: { status: 403 },
    })
  })

  it('9470-6.1 a guard may ask for the class and the age of the log-in that the token tells of', async () => {
    const server = startIssuer()
    const status = async (claims: Readonly<Record<string, unknown>>, demands: object): Promise<number> => {
      const headers = { authorization: `Bearer ${await changed(server, claims)}` }
      const check = await checkToken(verifierOf(server), headers, demands)
      return 'claims' in check ? 200 : check.response.status
    }
    const auth_time = start / 1000 - 60
    expect(await status({ auth_time, acr: 'gold' }, { acrValues: 'gold', maxAge: 60 })).toBe(200)
    expect(await status({ auth_time, acr: 'gold' }, { maxAge: 59 })).toBe(401)
    expect(await status({ auth_time }, { acrValues: 'gold' })).toBe(401)
    expect(await status({ acr: 'gold' }, { acrValues: 'gold' })).toBe(200)
    // a log-in whose time the token does not tell, or tells as a text
    expect(await status({ acr: 'gold' }, { maxAge: 1e9 })).toBe(401)
    expect(await status({ acr: 'gold', auth_time: String(auth_time) }, { maxAge: 1e9 })).toBe(401)
  })

  it('accepts a token made by hand, so that each refusal below is for its own reason', async () => {
    const server = startIssuer()
    expect(await verifierOf(server).authenticate(await changed(server, {}))).toMatchObject({ subject: 'ada' })
  })

  it.each<[string, Readonly<Record<string, unknown>>, Partial<JWTHeaderParameters>]>([
    ['another issuer', { iss: 'https://evil.example' }, {}],
    ['another audience', { aud: 'https://other.example' }, {}],
    ['no audience', { aud: undefined }, {}],
    ['expired', { exp: start / 1000 - 6 }, {}],
    ['no exp', { exp: undefined }, {}],
    ['no sub', { sub: undefined }, {}],
    ['no client_id', { client_id: undefined }, {}],
    ['a scope that is no text', { scope: ['videos'] }, {}],
    ['not yet valid', { nbf: start / 1000 + 60 }, {}],
    ['the type JWT', {}, { typ: 'JWT' }],
    ['an unknown kid', {}, { kid: 'unknown' }],
  ])('9068-4-1 refuses %s with invalid_token', async (_name, claims, header) => {
    const server = startIssuer()
    const headers = { authorization: `Bearer ${await changed(server, claims, header)}` }
    const checked = await checkToken(verifierOf(server), headers)
    expect('response' in checked && checked.response.status).toBe(401)
    expect('response' in checked && checked.response.headers['www-authenticate']).toMatch(/error="invalid_token"/)
  })

  it('9068-4-1 refuses an id_token, `alg` none, HMAC with the public key, `crit` and another key', async () => {
    const server = startIssuer()
    const { id_token = '', access_token = '' } = await server.signIn('openid videos')
    const [, payload = '', signature = ''] = access_token.split('.')
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [publicKey] = JSON.parse((await server.get('/jwks')).body).keys
    const hmac = new TextEncoder().encode(JSON.stringify(publicKey))
    const forged = [
      id_token,
      `${header({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      `${header({ alg: 'none', typ: 'at+jwt' })}.${payload}.${signature}`,
      await changed(server, {}, { alg: 'HS256' }, hmac),
      `${header({ alg: 'ES256', typ: 'at+jwt', kid: publicKey.kid, crit: ['x'], x: 1 })}.${payload}.${signature}`,
      await changed(server, {}, { alg: 'RS256' }, keyOf('RS256')),
      await changed(server, {}, { alg: 'EdDSA' }, keyOf('EdDSA')),
      `${access_token.slice(0, -4)}AAAA`,
      'opaque',
    ]
    for (const token of forged) expect(await verifierOf(server).authenticate(token)).toBeUndefined()
  })

  it('says 503 and not 401 if the keys cannot be fetched, and tries again with the next token', async () => {
    const server = startIssuer()
    const { access_token = '' } = await server.signIn('videos')
    const answers = vi
      .fn<typeof fetch>(fetchFrom(server))
      .mockRejectedValueOnce(new Error('down'))
      .mockRejectedValueOnce(new Error('down'))
    const authority = jwtVerifier({ issuer, audience, clock: () => server.now, fetch: answers })
    const headers = { authorization: `Bearer ${access_token}` }
    expect(await checkToken(authority, headers)).toMatchObject({ response: { status: 503 } })
    expect(await checkToken(authority, headers)).toMatchObject({ claims: { subject: 'ada' } })
  })

  it('an injected fetch may answer without a body, by json() alone', async () => {
    const server = startIssuer()
    const { access_token = '' } = await server.signIn('videos')
    const bodiless: typeof fetch = async (...request) =>
      Object.defineProperty(await fetchFrom(server)(...request), 'body', { value: undefined })
    const authority = jwtVerifier({ issuer, audience, clock: () => server.now, fetch: bodiless })
    expect(await authority.authenticate(access_token)).toMatchObject({ subject: 'ada' })
  })

  it.each(['/.well-known/', '/jwks'])(
    'an answer without end at %s is not read to its end, and is a 503',
    async (path) => {
      const server = startIssuer()
      const { access_token = '' } = await server.signIn('videos')
      const { respond, bytesRead } = endlessResponses()
      const endless: typeof fetch = async (...request) =>
        String(request[0]).includes(path) ? respond() : fetchFrom(server)(...request)
      const authority = jwtVerifier({ issuer, audience, clock: () => server.now, fetch: endless })
      const refused = await checkToken(authority, { authorization: `Bearer ${access_token}` })
      expect(refused).toMatchObject({ response: { status: 503 } })
      // the metadata have two addresses
      expect(bytesRead()).toBeLessThan(2_000_000)
    },
  )

  it('uses the last keys for an hour while the server does not answer, and asks it every 30 seconds', async () => {
    vi.useFakeTimers({ now: start, toFake: ['Date'] })
    try {
      const server = startIssuer()
      const { access_token = '' } = await server.signIn('videos')
      const long = await changed(server, { exp: start / 1000 + 10_000 }, {})
      const unknown = await changed(server, { exp: start / 1000 + 10_000 }, { kid: 'new' })
      let isDown = false
      const answers = vi.fn<typeof fetch>(async (...request) => {
        if (isDown) throw new Error('down')
        return fetchFrom(server)(...request)
      })
      const authority = jwtVerifier({ issuer, audience, clock: () => Date.now(), fetch: answers })
      const valid = { subject: 'ada' }
      expect(await authority.authenticate(access_token)).toMatchObject(valid)
      isDown = true
      vi.setSystemTime(start + 301_000)
      const before = answers.mock.calls.length
      for (let count = 0; count < 20; count++) expect(await authority.authenticate(long)).toMatchObject(valid)
      expect(answers).toHaveBeenCalledTimes(before + 1)
      // a key that is not among them may be a new one
      await expect(authority.authenticate(unknown)).rejects.toThrow('down')
      expect(await authority.authenticate(`${long.slice(0, -4)}AAAA`)).toBeUndefined()
      vi.setSystemTime(start + 332_000)
      expect(await authority.authenticate(long)).toMatchObject(valid)
      expect(answers).toHaveBeenCalledTimes(before + 2)
      vi.setSystemTime(start + 3_601_000)
      await expect(authority.authenticate(long)).rejects.toThrow('down')
      isDown = false
      expect(await authority.authenticate(long)).toMatchObject(valid)
    } finally {
      vi.useRealTimers()
    }
  })

  it('one token waits for a server that is silent, and the others are verified by the last keys', async () => {
    vi.useFakeTimers({ now: start, toFake: ['Date'] })
    try {
      const server = startIssuer()
      const long = await changed(server, { exp: start / 1000 + 10_000 })
      const valid = { subject: 'ada' }
      const { authority, answerBy } = await verifierInOutage(server, long)
      vi.setSystemTime(start + 332_000)
      let giveUp = (_: Error): void => {}
      answerBy(() => new Promise((_, reject) => (giveUp = reject)))
      const waiting = authority.authenticate(long)
      for (let count = 0; count < 20; count++) expect(await authority.authenticate(long)).toMatchObject(valid)
      giveUp(new Error('silent'))
      expect(await waiting).toMatchObject(valid)
    } finally {
      vi.useRealTimers()
    }
  })

  it('a wrong token does not keep the last keys in use when the server answers again', async () => {
    vi.useFakeTimers({ now: start, toFake: ['Date'] })
    try {
      const server = startIssuer()
      const exp = start / 1000 + 10_000
      const { authority, answerBy } = await verifierInOutage(server, await changed(server, { exp }))

      // it comes back with another key
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const key = { ...publicKey.export({ format: 'jwk' }), kid: 'new', alg: 'ES256' }
      answerBy(async () => Response.json({ keys: [key] }))
      vi.setSystemTime(start + 332_000)
      expect(await authority.authenticate(await changed(server, { exp }, { kid: 'unknown' }))).toBeUndefined()
      const signedAnew = await changed(server, { exp }, { kid: 'new' }, privateKey)
      expect(await authority.authenticate(signedAnew)).toMatchObject({ subject: 'ada' })
    } finally {
      vi.useRealTimers()
    }
  })

  it('RFC 8414 section 3.3: refuses the metadata of another issuer', async () => {
    const server = startIssuer()
    const { access_token = '' } = await server.signIn('videos')
    const other = verifierOf(server, { issuer: 'https://auth.example.com/other' })
    await expect(other.authenticate(access_token)).rejects.toThrow(/no metadata with jwks_uri/)
  })

  it.each([
    [{ issuer: 'auth.example.com', audience }, /`issuer` is/],
    [{ issuer, audience: '' }, /audience/],
    [{ issuer, audience, audiences: [] }, /did you mean `audience`/],
  ])('refuses wrong options: %j', (options, message) => {
    expect(() => jwtVerifier(options as Parameters<typeof jwtVerifier>[0])).toThrow(message)
  })
})

describe('a key rotation', () => {
  it('jose verifies every token by /jwks alone, with the published cache time', async () => {
    vi.useFakeTimers({ now: start, toFake: ['Date'] })
    try {
      let keys: RotatingKeys = { current: es256 }
      const server = startServer({ accessToken: jwtAccessTokens({ keys: () => keys, audience }) })
      const fetched = vi.fn<typeof fetch>(fetchFrom(server))
      const keySet = createRemoteJWKSet(new URL(`${issuer}/jwks`), { cacheMaxAge: 300_000, [customFetch]: fetched })
      const steps: readonly [minute: number, keys: RotatingKeys][] = [
        [10, { current: es256, next: keyOf('EdDSA') }],
        [20, { current: keyOf('EdDSA'), retired: [es256] }],
        [30, { current: keyOf('EdDSA') }],
      ]
      const algs = new Set<unknown>()
      const alive: string[] = []
      for (let minute = 0; minute < 40; minute++) {
        server.now = start + minute * 60_000
        vi.setSystemTime(server.now)
        keys = steps.find(([at]) => at === minute)?.[1] ?? keys
        alive.push((await server.signIn('videos')).access_token ?? '')
        for (const token of alive.slice(-5)) {
          const { protectedHeader } = await jwtVerify(token, keySet, { issuer, audience, typ: 'at+jwt' })
          algs.add(protectedHeader.alg)
        }
      }
      expect([...algs]).toEqual(['ES256', 'EdDSA'])
      // every five minutes, and no more: no token had an unknown `kid`
      expect(fetched.mock.calls.length).toBeLessThanOrEqual(8)
    } finally {
      vi.useRealTimers()
    }
  })
})
