import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, type Parameters } from '../client.ts'
import { type Device, prepare, refresh, signIn, signInWithRefreshToken } from '../device.ts'
import { check, expectStatus, expectTokens, type Tokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { sameScope } from '../scope.ts'
import { skip } from '../target.ts'
import { audiencesOf, expectAsymmetric, expectSigned, type ReadJwt, readJwt } from '../verify.ts'

const needs = ['jwtAccessTokens'] as const
const logInClaims = ['auth_time', 'acr', 'amr'] as const

/** Reads an access token. Fails if it is no JWT. */
function readToken(accessToken: string): ReadJwt {
  const jwt = readJwt(accessToken)
  check(jwt !== undefined, 'an access token that is a signed JWT')
  return jwt
}

type SignedIn = Device & { readonly tokens: Tokens; readonly jwt: ReadJwt }

async function signInForJwt(t: ConformanceContext, parameters: Parameters = {}): Promise<SignedIn> {
  const device = await signIn(t, client(t, 'public'), parameters)
  return { ...device, jwt: readToken(device.tokens.access_token) }
}

function expectAudience({ claims }: ReadJwt, expected: readonly string[]): void {
  const found = audiencesOf(claims.aud)
  const isEqual = found.length === expected.length && expected.every((one) => found.includes(one))
  check(isEqual, `aud ${expected.join(' and ')}, not ${found.join(' and ') || 'none'}`)
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Fails unless the token has each required claim, of its type. */
function expectClaims(t: ConformanceContext, { client: who, jwt: { claims } }: SignedIn): void {
  const { iss, sub, client_id, iat, exp, jti } = claims
  check(iss === t.target.issuer, `iss ${t.target.issuer}, not ${String(iss)}`)
  check(isText(sub), 'sub, a text')
  check(client_id === who.client_id, `client_id ${who.client_id}, not ${String(client_id)}`)
  check(isText(jti), 'jti, a text')
  const now = t.pacing.now()
  check(typeof iat === 'number' && Math.abs(iat - now) < 300, 'iat, now in seconds since the epoch')
  check(typeof exp === 'number' && exp > now, 'exp, a later time in seconds since the epoch')
  const audience = audiencesOf(claims.aud)
  check(audience.length > 0 && audience.every(isText), 'aud, a text or a list of texts')
}

const tokenCases: readonly ConformanceCase[] = [
  conformanceCase('9068-2.1-1', 'MUST', 'the typ of an access token is at+jwt', needs, async (t) => {
    const { typ } = (await signInForJwt(t)).jwt.header
    const isType = typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ)
    check(isType, `typ at+jwt, not ${String(typ)}`)
  }),
  conformanceCase('9068-2.1-1', 'MUST NOT', 'the alg of an access token is not none', needs, async (t) => {
    expectAsymmetric((await signInForJwt(t)).jwt)
  }),
  conformanceCase('9068-2.1-1', 'MUST', 'a key at jwks_uri verifies an access token', [...needs, 'keys'], async (t) => {
    const { tokens, jwt } = await signInForJwt(t)
    await expectSigned(t, tokens.access_token, jwt)
  }),
  conformanceCase(
    '9068-2.2-1',
    'REQUIRED',
    'an access token has iss, exp, aud, sub, client_id, iat and jti',
    needs,
    async (t) => expectClaims(t, await signInForJwt(t)),
  ),
  conformanceCase('9068-2.2-1', 'REQUIRED', 'each access token has its own jti', needs, async (t) => {
    const first = await signInForJwt(t)
    const second = await signInForJwt(t)
    check(first.jwt.claims.jti !== second.jwt.claims.jti, 'another jti for each token')
  }),
  conformanceCase('9068-2.2.3-1', 'SHOULD', 'scope is the granted scope', needs, async (t) => {
    const { tokens, jwt, client: who } = await signInForJwt(t)
    const granted = tokens.scope ?? who.scope ?? ''
    const { scope } = jwt.claims
    const isGranted = typeof scope === 'string' && sameScope(scope, granted)
    check(isGranted, `scope '${granted}', not '${String(scope)}'`)
  }),
  conformanceCase('9068-2.2.1-1', 'MAY', 'the log-in is the same after a refresh', needs, async (t) => {
    const { client: who, tokens, refreshToken } = await signInWithRefreshToken(t)
    const before = readToken(tokens.access_token).claims
    if (logInClaims.every((name) => before[name] === undefined))
      throw skip('needs access tokens with auth_time, acr or amr')
    const refreshed = await prepare('a refresh', async () => expectTokens(await refresh(t, who, refreshToken)))
    const after = readToken(refreshed.access_token).claims
    for (const name of logInClaims)
      check(JSON.stringify(after[name]) === JSON.stringify(before[name]), `${name} as before the refresh`)
  }),
]

const audienceCases: readonly ConformanceCase[] = [
  conformanceCase('9068-3-1', 'MUST', 'without a resource, aud is the default audience', needs, async (t) => {
    const { audience = [] } = t.target.jwtAccessTokens ?? {}
    expectAudience((await signInForJwt(t)).jwt, [audience].flat())
  }),
  conformanceCase(
    '9068-3-1',
    'SHOULD',
    'aud is the resource that was asked for',
    [...needs, 'resources'],
    async (t) => {
      const [resource] = t.target.resources ?? []
      if (resource === undefined) throw skip('needs a resource in target.resources')
      expectAudience((await signInForJwt(t, { resource })).jwt, [resource])
    },
  ),
]

function getResource(t: ConformanceContext, token: string): Promise<HttpResponse> {
  const url = t.target.protectedResource?.url ?? ''
  return t.send({ method: 'GET', url, headers: [['Authorization', `Bearer ${token}`]] })
}

/** Makes sure that the resource accepts the right token, so that a refusal is about the fault of the next one. */
async function acceptedToken(t: ConformanceContext): Promise<string> {
  const { access_token } = (await signInForJwt(t)).tokens
  await prepare('a resource that accepts a right token', async () => {
    const response = await getResource(t, access_token)
    check(response.status >= 200 && response.status < 300, '2xx', response)
  })
  return access_token
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Tokens that were changed by somebody without the key. */
const forged: readonly (readonly [what: string, change: (token: string) => string])[] = [
  [
    'with another sub and the old signature',
    (token) => {
      const [header = '', , signature = ''] = token.split('.')
      return `${header}.${encode({ ...readToken(token).claims, sub: 'conformance' })}.${signature}`
    },
  ],
  [
    'with the alg none',
    (token) => `${encode({ ...readToken(token).header, alg: 'none' })}.${token.split('.')[1] ?? ''}.`,
  ],
]

const resourceCases: readonly ConformanceCase[] = [
  ...forged.map(([what, change]) =>
    conformanceCase(
      '9068-4-1',
      'MUST',
      `a resource refuses an access token ${what}`,
      [...needs, 'protectedResource'],
      async (t) => {
        expectStatus(await getResource(t, change(await acceptedToken(t))), 401)
      },
    ),
  ),
  conformanceCase(
    '9068-4-1',
    'MUST',
    'a resource refuses an id_token',
    [...needs, 'protectedResource', 'openid'],
    async (t) => {
      await acceptedToken(t)
      const { id_token } = (await signIn(t, client(t, 'openid'))).tokens.content
      if (typeof id_token !== 'string') throw skip('needs an id_token')
      expectStatus(await getResource(t, id_token), 401)
    },
  ),
]

export const rfc9068Cases: readonly ConformanceCase[] = [...tokenCases, ...audienceCases, ...resourceCases]
