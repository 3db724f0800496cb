import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { readChallenges } from '../challenges.ts'
import { formType, type HeaderPairs } from '../client.ts'
import { signIn, wait } from '../device.ts'
import { check, expectStatus } from '../expect.ts'
import type { HttpResponse } from '../http.ts'

const needs = ['protectedResource'] as const

function getResource(
  t: ConformanceContext,
  headers: HeaderPairs,
  url: string = t.target.protectedResource?.url ?? '',
): Promise<HttpResponse> {
  return t.sendRaw({ method: 'GET', url, headers })
}

const authorization = (value: string): HeaderPairs => [['Authorization', value]]

/** The parameters of the Bearer challenge. Other schemes may have challenges beside it. */
function bearerParameters(response: HttpResponse): readonly (readonly [name: string, value: string])[] {
  const header = response.headers.get('www-authenticate') ?? ''
  const bearer = readChallenges(header).find(({ scheme }) => scheme === 'bearer')
  check(bearer !== undefined, `WWW-Authenticate: Bearer, not '${header}'`, response)
  return bearer.parameters
}

/** The value of a parameter of the Bearer challenge. */
function bearerParameter(response: HttpResponse, name: string): string | undefined {
  return bearerParameters(response).find(([other]) => other === name)?.[1]
}

function expectChallenge(response: HttpResponse, status: number, error: string): void {
  expectStatus(response, status)
  const found = bearerParameter(response, 'error')
  check(found === error, `error="${error}" in WWW-Authenticate, not '${found ?? ''}'`, response)
}

export const rfc6750Cases: readonly ConformanceCase[] = [
  conformanceCase(
    '6750-2.1-1',
    'MUST',
    'a token in the Authorization header is accepted, with the scheme in any letter case',
    needs,
    async (t) => {
      const { tokens } = await signIn(t)
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        const response = await getResource(t, authorization(`${scheme} ${tokens.access_token}`))
        check(response.status >= 200 && response.status < 300, '2xx', response)
      }
    },
  ),
  conformanceCase(
    '6750-2.1-1',
    'SHOULD',
    'a header with only the scheme, or with more than a token, is refused',
    needs,
    async (t) => {
      const { tokens } = await signIn(t)
      for (const value of [
        'Bearer',
        'Bearer ',
        `Bearer ${tokens.access_token} x`,
        `Bearer ${tokens.access_token}, Bearer x`,
      ]) {
        expectStatus(await getResource(t, authorization(value)), 400, 401)
      }
    },
  ),
  conformanceCase(
    '6750-2-1',
    'MUST NOT',
    'with one token in the header and another in the URL, the request is refused or the URL is ignored',
    needs,
    async (t) => {
      const { tokens } = await signIn(t)
      const url = new URL(t.target.protectedResource?.url ?? '')
      url.searchParams.set('access_token', 'conformance-unknown')
      const response = await getResource(t, authorization(`Bearer ${tokens.access_token}`), url.href)
      check(response.status === 400 || response.status < 300, '400 invalid_request or 2xx', response)
      url.searchParams.set('access_token', tokens.access_token)
      expectStatus(await getResource(t, authorization('Bearer conformance-unknown'), url.href), 400, 401)
    },
  ),
  conformanceCase('6750-2-1', 'MUST NOT', 'two Authorization headers are refused', needs, async (t) => {
    const { tokens } = await signIn(t)
    const headers: HeaderPairs = [
      ...authorization('Bearer conformance-unknown'),
      ...authorization(`Bearer ${tokens.access_token}`),
    ]
    expectStatus(await getResource(t, headers), 400, 401)
  }),
  conformanceCase('6750-2.2-1', 'SHOULD NOT', 'a token in the body is ignored', needs, async (t) => {
    const { tokens } = await signIn(t)
    const body = `access_token=${encodeURIComponent(tokens.access_token)}`
    const url = t.target.protectedResource?.url ?? ''
    expectStatus(await t.sendRaw({ method: 'GET', url, headers: [['Content-Type', formType]], body }), 400, 401)
  }),
  conformanceCase('6750-2.3-1', 'SHOULD NOT', 'a token in the URL is ignored', needs, async (t) => {
    const { tokens } = await signIn(t)
    const url = new URL(t.target.protectedResource?.url ?? '')
    url.searchParams.set('access_token', tokens.access_token)
    expectStatus(await getResource(t, [], url.href), 400, 401)
  }),
  conformanceCase(
    '6750-3-1',
    'MUST',
    'a request without a token gets 401 with a Bearer challenge that has a parameter',
    needs,
    async (t) => {
      const response = await getResource(t, [])
      expectStatus(response, 401)
      check(bearerParameters(response).length > 0, 'a parameter after Bearer in WWW-Authenticate', response)
    },
  ),
  conformanceCase('6750-3-1', 'SHOULD NOT', 'a request without a token gets no error code', needs, async (t) => {
    for (const headers of [[], authorization('Basic eDp5')]) {
      const response = await getResource(t, headers)
      expectStatus(response, 401)
      check(bearerParameter(response, 'error') === undefined, 'no error for a request without a token', response)
    }
  }),
  conformanceCase('6750-3-2', 'MUST NOT', 'the challenge has each parameter at most once', needs, async (t) => {
    const response = await getResource(t, authorization('Bearer conformance-unknown'))
    const names = bearerParameters(response).map(([name]) => name)
    check(new Set(names).size === names.length, `each parameter once, not ${names.join(', ')}`, response)
  }),
  conformanceCase('6750-3-2', 'own', 'the challenge repeats nothing from the request', needs, async (t) => {
    const response = await getResource(t, authorization('Bearer conformance",error="x'))
    expectStatus(response, 400, 401)
    const header = response.headers.get('www-authenticate') ?? ''
    check(!header.includes('conformance"'), 'a challenge that repeats nothing from the request', response)
  }),
  conformanceCase('6750-3.1-1', 'SHOULD', 'an unknown token gets 401 invalid_token', needs, async (t) => {
    expectChallenge(await getResource(t, authorization('Bearer conformance-unknown')), 401, 'invalid_token')
  }),
  conformanceCase(
    '6750-3.1-1',
    'SHOULD',
    'a malformed header gets 400 invalid_request',
    ['protectedResource', 'device-auth'],
    async (t) => {
      expectChallenge(await getResource(t, authorization('Bearer a b')), 400, 'invalid_request')
    },
  ),
  conformanceCase(
    '6750-3.1-1',
    'SHOULD',
    'an expired token gets 401 invalid_token',
    ['protectedResource', 'clock'],
    async (t) => {
      const { tokens } = await signIn(t)
      await wait(t, (tokens.expires_in ?? 3600) + 1)
      expectChallenge(await getResource(t, authorization(`Bearer ${tokens.access_token}`)), 401, 'invalid_token')
    },
  ),
  conformanceCase(
    '6750-3.1-1',
    'SHOULD',
    'a token without the required scope gets 403 insufficient_scope',
    ['protectedResource', 'insufficientScope'],
    async (t) => {
      const { tokens } = await signIn(t)
      const response = await getResource(
        t,
        authorization(`Bearer ${tokens.access_token}`),
        t.target.protectedResource?.insufficientScopeUrl,
      )
      expectChallenge(response, 403, 'insufficient_scope')
      if (t.strict) check(bearerParameter(response, 'scope') !== undefined, 'scope in WWW-Authenticate', response)
    },
  ),
  conformanceCase('6750-5.2-1', 'MUST', 'access tokens expire within an hour', ['device-auth'], async (t) => {
    const { tokens } = await signIn(t)
    check((tokens.expires_in ?? Number.POSITIVE_INFINITY) <= 3600, `expires_in up to 3600, not ${tokens.expires_in}`)
  }),
]
