import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { formType, type HeaderPairs } from '../client.ts'
import { signIn } from '../device.ts'
import { check, expectStatus } from '../expect.ts'
import type { HttpResponse } from '../http.ts'

const resource = ['protectedResource'] as const

function get(
  t: ConformanceContext,
  headers: HeaderPairs,
  url: string = t.target.protectedResource?.url ?? '',
): Promise<HttpResponse> {
  return t.sendRaw({ method: 'GET', url, headers })
}

const authorization = (value: string): HeaderPairs => [['Authorization', value]]

/** The attributes of a Bearer challenge; fails for another scheme, none at all, or one named twice. */
function challenge(response: HttpResponse): ReadonlyMap<string, string> {
  const header = response.headers.get('www-authenticate') ?? ''
  check(/^Bearer(\s|$)/i.test(header), `WWW-Authenticate: Bearer, not '${header}'`, response)
  const attributes = new Map<string, string>()
  for (const [, name = '', value = ''] of header.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/gi)) {
    check(!attributes.has(name), `${name} once in '${header}'`, response)
    attributes.set(name, value)
  }
  check(attributes.size > 0, `an attribute in '${header}'`, response)
  return attributes
}

function expectChallenge(response: HttpResponse, status: number, error: string): void {
  expectStatus(response, status)
  const attributes = challenge(response)
  check(
    attributes.get('error') === error,
    `error="${error}" in WWW-Authenticate, not '${attributes.get('error') ?? ''}'`,
    response,
  )
}

/** 3-1: without credentials nothing is said of an error. */
async function expectAskedFor(response: HttpResponse): Promise<void> {
  expectStatus(response, 401)
  check(!challenge(response).has('error'), 'no error attribute for a request without a token', response)
}

export const rfc6750Cases: readonly ConformanceCase[] = [
  conformanceCase(
    '6750-2.1-1',
    'MUST',
    'a token in the Authorization header is taken; the scheme in any case',
    resource,
    async (t) => {
      const { tokens } = await signIn(t)
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        const response = await get(t, authorization(`${scheme} ${tokens.access_token}`))
        check(response.status >= 200 && response.status < 300, '2xx', response)
      }
    },
  ),
  conformanceCase(
    '6750-2.1-1',
    'MUST',
    'a header with the scheme alone, or with more than a token, is refused',
    resource,
    async (t) => {
      const { tokens } = await signIn(t)
      for (const value of [
        'Bearer',
        'Bearer ',
        `Bearer ${tokens.access_token} x`,
        `Bearer ${tokens.access_token}, Bearer x`,
      ]) {
        expectStatus(await get(t, authorization(value)), 400, 401)
      }
    },
  ),
  conformanceCase(
    '6750-2-1',
    'MUST NOT',
    'a token in the header and another in the address is refused, or the address ignored',
    resource,
    async (t) => {
      const { tokens } = await signIn(t)
      const url = new URL(t.target.protectedResource?.url ?? '')
      url.searchParams.set('access_token', 'conformance-unknown')
      const response = await get(t, authorization(`Bearer ${tokens.access_token}`), url.href)
      check(response.status === 400 || response.status < 300, '400 invalid_request or 2xx', response)
      url.searchParams.set('access_token', tokens.access_token)
      expectStatus(await get(t, authorization('Bearer conformance-unknown'), url.href), 400, 401)
    },
  ),
  conformanceCase('6750-2-1', 'MUST NOT', 'two Authorization headers are not two chances', resource, async (t) => {
    const { tokens } = await signIn(t)
    const headers: HeaderPairs = [
      ...authorization('Bearer conformance-unknown'),
      ...authorization(`Bearer ${tokens.access_token}`),
    ]
    expectStatus(await get(t, headers), 400, 401)
  }),
  conformanceCase('6750-2.2-1', 'SHOULD NOT', 'a token in the body is ignored', resource, async (t) => {
    const { tokens } = await signIn(t)
    const body = `access_token=${encodeURIComponent(tokens.access_token)}`
    const url = t.target.protectedResource?.url ?? ''
    expectStatus(await t.sendRaw({ method: 'GET', url, headers: [['Content-Type', formType]], body }), 401)
  }),
  conformanceCase('6750-2.3-1', 'SHOULD NOT', 'a token in the address is ignored', resource, async (t) => {
    const { tokens } = await signIn(t)
    const url = new URL(t.target.protectedResource?.url ?? '')
    url.searchParams.set('access_token', tokens.access_token)
    await expectAskedFor(await get(t, [], url.href))
  }),
  conformanceCase(
    '6750-3-1',
    'MUST',
    'without a token: 401 with a Bearer challenge and no error',
    resource,
    async (t) => {
      await expectAskedFor(await get(t, []))
      await expectAskedFor(await get(t, authorization('Basic eDp5')))
    },
  ),
  conformanceCase(
    '6750-3-2',
    'MUST NOT',
    'each attribute of the challenge at most once, and nothing of the request in it',
    resource,
    async (t) => {
      const response = await get(t, authorization('Bearer conformance",error="x'))
      expectStatus(response, 400, 401)
      challenge(response)
      check(
        !(response.headers.get('www-authenticate') ?? '').includes('conformance'),
        'a challenge that repeats nothing',
        response,
      )
    },
  ),
  conformanceCase('6750-3.1-1', 'SHOULD', 'a token that is not good is invalid_token, 401', resource, async (t) => {
    expectChallenge(await get(t, authorization('Bearer conformance-unknown')), 401, 'invalid_token')
  }),
  conformanceCase(
    '6750-3.1-1',
    'SHOULD',
    'a malformed header is invalid_request, 400',
    ['protectedResource', 'device-auth'],
    async (t) => {
      expectChallenge(await get(t, authorization('Bearer a b')), 400, 'invalid_request')
    },
  ),
  conformanceCase(
    '6750-3.1-1',
    'SHOULD',
    'an expired token is invalid_token, 401',
    ['protectedResource', 'clock'],
    async (t) => {
      const { tokens } = await signIn(t)
      await t.target.advance?.((tokens.expires_in ?? 3600) + 1)
      expectChallenge(await get(t, authorization(`Bearer ${tokens.access_token}`)), 401, 'invalid_token')
    },
  ),
  conformanceCase(
    '6750-3.1-1',
    'SHOULD',
    'a token that lacks the scope is insufficient_scope, 403, and told which',
    ['protectedResource', 'insufficientScope'],
    async (t) => {
      const { tokens } = await signIn(t)
      const response = await get(
        t,
        authorization(`Bearer ${tokens.access_token}`),
        t.target.protectedResource?.insufficientScopeUrl,
      )
      expectChallenge(response, 403, 'insufficient_scope')
      check(challenge(response).has('scope'), 'scope in WWW-Authenticate', response)
    },
  ),
  conformanceCase('6750-5.2-1', 'MUST', 'access tokens live an hour at most', ['device-auth'], async (t) => {
    const { tokens } = await signIn(t)
    check((tokens.expires_in ?? Number.POSITIVE_INFINITY) <= 3600, `expires_in up to 3600, not ${tokens.expires_in}`)
  }),
]
