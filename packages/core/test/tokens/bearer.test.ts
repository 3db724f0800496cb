import { describe, expect, it } from 'vitest'
import type { TokenClaims } from '../../src/contract/device-auth.ts'
import { OAuthError } from '../../src/errors.ts'
import type { OAuthResponse, RequestHeaders } from '../../src/http.ts'
import { type AccessControl, checkToken, readBearer } from '../../src/tokens/bearer.ts'

const claims: TokenClaims = {
  subject: 'ann',
  clientId: 'tv',
  scope: 'profile videos',
  issuedAt: 0,
  expiresAt: 1,
  grantId: 'g',
}

const issuer = 'https://example.com/oauth'
const deviceAuth = {
  issuer,
  authenticate: async (token: string): Promise<TokenClaims | undefined> => (token === 'good' ? claims : undefined),
}

async function refusal(headers: RequestHeaders, access: AccessControl = {}): Promise<OAuthResponse> {
  const check = await checkToken(deviceAuth, headers, access)
  if (!('response' in check)) throw new Error('the token was taken')
  return check.response
}

const bearer = (token: string): RequestHeaders => ({ authorization: `Bearer ${token}` })
const formType = { 'content-type': 'application/x-www-form-urlencoded' }

describe('the headers of checkToken', () => {
  it('6750-2.1-1 are an object as of Node, or the pairs of a Headers or a Map', async () => {
    const given = bearer('good')
    for (const headers of [
      given,
      new Headers({ authorization: 'Bearer good' }),
      new Map([['authorization', 'Bearer good']]),
    ])
      expect(await checkToken(deviceAuth, headers)).toEqual({ claims })
  })
})

describe('readBearer', () => {
  it('6750-2.1-1 reads the Authorization header; the scheme is case-insensitive', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect(readBearer({ authorization: `${scheme} aZ09-._~+/==` })).toEqual({ token: 'aZ09-._~+/==' })
    }
  })

  it('6750-2.1-1 F-61 a header with no token, several tokens, or characters that a token may not have is malformed', () => {
    for (const value of [
      'Bearer',
      'Bearer ',
      'Bearer  ',
      'Bearer a b',
      'Bearer a, Bearer b',
      'Bearer a,b',
      'Bearer =',
      'Bearer a=b',
      'Bearer "a"',
      'Bearer \u00e9',
      'Bearer a\u0000',
      'Bearer\ta',
      'Bearer token="a"',
    ]) {
      expect(readBearer({ authorization: value }), value).toBe('malformed')
    }
  })

  it('ignores other schemes', () => {
    for (const value of ['Basic YTpi', 'DPoP a', 'Bearers a', 'Basic YTpi, Bearer a', '']) {
      expect(readBearer({ authorization: value }), value).toBe('absent')
    }
    expect(readBearer({})).toBe('absent')
  })
})

describe('the header', () => {
  it.each(['Bearer  good', 'bearer    good'])(
    '6750-2.1-1 %j: spaces after the scheme may be several',
    (authorization) => {
      expect(readBearer({ authorization })).toEqual({ token: 'good' })
    },
  )
})

describe('checkToken', () => {
  it('returns the claims of a valid token', async () => {
    expect(await checkToken(deviceAuth, bearer('good'))).toEqual({ claims })
  })

  it.each(['admin', 5, () => true, ['admin'], { scopes: 'admin' }, { scope: 5 }, { scope: { admin: true } }])(
    'refuses the rule %j, which it does not understand, by a message',
    async (access) => {
      const call = (): Promise<unknown> => Reflect.apply(checkToken, undefined, [deviceAuth, bearer('good'), access])
      await expect(call()).rejects.toThrow(/^checkToken: `access/)
    },
  )

  it.each([
    [[undefined, {}], 'authority'],
    [[null, {}], 'authority'],
    [[{}, {}], 'authority'],
    [[deviceAuth], 'headers'],
    [[deviceAuth, null], 'headers'],
    [[deviceAuth, 'Bearer good'], 'headers'],
  ])('names the argument of %o that is wrong', async (given, name) => {
    const call = (): Promise<unknown> => Reflect.apply(checkToken, undefined, given)
    await expect(call()).rejects.toThrow(`checkToken: \`${name}\` must`)
  })

  it.each([null, { scope: null }, { audience: null, realm: null }])('%j is no rule', async (access) => {
    const check: unknown = await Reflect.apply(checkToken, undefined, [deviceAuth, bearer('good'), access])
    expect(check).toEqual({ claims })
  })

  it('6750-3-1 challenges a request without credentials, without an error code', async () => {
    for (const headers of [{}, { authorization: 'Basic YTpi' }]) {
      const { status, headers: answered, body } = await refusal(headers)
      expect([status, answered['www-authenticate'], body]).toEqual([401, `Bearer realm="${issuer}"`, ''])
    }
  })

  it('6750-3.1-1 answers invalid_request 400, invalid_token 401, insufficient_scope 403 with the scope', async () => {
    const answers: [RequestHeaders, AccessControl, number, string, string][] = [
      [{ authorization: 'Bearer a b' }, {}, 400, 'invalid_request', ''],
      [bearer('bad'), {}, 401, 'invalid_token', ''],
      [bearer('good'), { scope: 'profile admin' }, 403, 'insufficient_scope', ', scope="profile admin"'],
      [bearer('good'), { scope: ['admin'] }, 403, 'insufficient_scope', ', scope="admin"'],
    ]
    for (const [headers, access, status, error, scope] of answers) {
      const response = await refusal(headers, access)
      const { error_description: description, ...rest } = JSON.parse(response.body)
      expect([response.status, rest]).toEqual([status, { error }])
      expect(response.headers['www-authenticate']).toBe(
        `Bearer realm="${issuer}", error="${error}", error_description="${description}"${scope}`,
      )
      expect(response.headers['cache-control']).toBe('no-store')
    }
  })

  it.each<[AccessControl['audience'], readonly string[] | undefined, boolean]>([
    ['https://a.example', ['https://a.example'], true],
    ['https://a.example', ['https://b.example', 'https://a.example'], true],
    [['https://a.example', 'https://b.example'], ['https://b.example'], true],
    [undefined, ['https://b.example'], true],
    ['https://a.example', ['https://b.example'], false],
    ['https://a.example', ['https://a.example/'], false],
    ['https://a.example', [], false],
    ['https://a.example', undefined, false],
    [[], ['https://a.example'], false],
  ])('9068-4-1 with the audience %j, a token for %j is taken: %j', async (required, audience, taken) => {
    const own = audience === undefined ? claims : { ...claims, audience }
    const authority = { issuer, authenticate: () => own }
    const check = await checkToken(authority, bearer('good'), required === undefined ? {} : { audience: required })
    if (taken) expect(check).toEqual({ claims: own })
    else {
      expect(check).toMatchObject({ response: { status: 401 } })
      const { response } = check as { response: OAuthResponse }
      expect(response.headers['www-authenticate']).toContain('error="invalid_token"')
      expect(JSON.parse(response.body).error_description).toBe('The access token is not for this resource server.')
    }
  })

  it('accepts a token that has all required scopes', async () => {
    for (const scope of [undefined, '', [], 'videos', ' videos  profile ', ['profile', 'videos']]) {
      expect(await checkToken(deviceAuth, bearer('good'), scope === undefined ? {} : { scope })).toEqual({ claims })
    }
    expect((await refusal(bearer('good'), { scope: 'prof' })).status).toBe(403)
  })

  it('6750-2-1 refuses a request with one token in the header and one in the form', async () => {
    const headers = { ...bearer('good'), ...formType }
    expect((await refusal(headers, { body: { access_token: 'good' } })).status).toBe(400)
    const fine = [headers, { ...bearer('good'), 'content-type': 'application/json' }] as const
    expect(await checkToken(deviceAuth, fine[0], { body: { token: 'good' } })).toEqual({ claims })
    expect(await checkToken(deviceAuth, fine[0], { body: undefined })).toEqual({ claims })
    // in JSON, access_token may be a member of the API
    expect(await checkToken(deviceAuth, fine[1], { body: { access_token: 'other' } })).toEqual({ claims })
  })

  it('6750-2.2-1 ignores a token in the form', async () => {
    const { status, body } = await refusal(formType, { body: { access_token: 'good' } })
    expect([status, body]).toEqual([401, ''])
  })

  it('6750-3-2 F-58 sends each parameter once, and no character that could end its string', async () => {
    const response = await refusal(bearer('bad'), { realm: 'a "b"\\ \r\nx: y\u00e9' })
    const challenge = String(response.headers['www-authenticate'])
    expect(challenge).toMatch(/^Bearer realm="a \?b\?\? \?\?x: y\?", error="invalid_token", error_description="[^"]*"$/)
    const scoped = String((await refusal(bearer('good'), { scope: ['a"b'] })).headers['www-authenticate'])
    expect(scoped).toMatch(/scope="a\?b"$/)
  })

  it('6750-3-2 the response repeats nothing of the request', async () => {
    for (const authorization of ['Bearer evil-token', 'Bearer <evil>, evil']) {
      expect(JSON.stringify(await refusal({ authorization }))).not.toContain('evil')
    }
  })

  it('answers 503 with Retry-After if the store fails', async () => {
    const failing = { issuer, authenticate: () => Promise.reject(new Error('redis://user:secret@host')) }
    const check = await checkToken(failing, bearer('good'))
    const response = 'response' in check ? check.response : undefined
    expect([response?.status, response?.headers['retry-after']]).toEqual([503, '5'])
    expect(JSON.parse(response?.body ?? '').error).toBe('temporarily_unavailable')
    expect(JSON.stringify(response)).not.toContain('secret')
  })

  it('answers with an OAuthError that was thrown', async () => {
    const refusing = { issuer, authenticate: () => Promise.reject(new OAuthError('access_denied', 'Locked.')) }
    const check = await checkToken(refusing, bearer('good'))
    expect('response' in check && JSON.parse(check.response.body)).toEqual({
      error: 'access_denied',
      error_description: 'Locked.',
    })
  })
})

it('checkToken keeps the cause of a 503 for the application, and tells the client nothing of it', async () => {
  const cause = new Error('the database is down')
  const authority = { issuer: 'https://example.com', authenticate: () => Promise.reject(cause) }
  const check = await checkToken(authority, { authorization: 'Bearer abc' })
  expect(check).toMatchObject({ cause, response: { status: 503 } })
  expect(JSON.stringify('response' in check && check.response)).not.toContain('database')
})
