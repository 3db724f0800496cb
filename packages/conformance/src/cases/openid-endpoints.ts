import { isDeepStrictEqual } from 'node:util'
import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { readChallenges } from '../challenges.ts'
import type { HeaderPairs } from '../client.ts'
import { appendedMetadataUrl, insertedMetadataUrl } from '../context.ts'
import { prepare, signIn } from '../device.ts'
import { check, expectJson, expectJsonType, expectStatus } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { signInForIdToken } from '../id-token.ts'
import { scopesIn } from '../scope.ts'
import { skip } from '../target.ts'
import { fetchKeys } from '../verify.ts'

const needs = ['openid', 'userinfo'] as const

/** The claims of an answer. Skips the case if it is signed, as a client may ask for at its registration. */
function readUserInfo(response: HttpResponse): Readonly<Record<string, unknown>> {
  expectStatus(response, 200)
  if (/^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')) throw skip('needs userinfo as JSON')
  return expectJson(response)
}

function getUserInfo(t: ConformanceContext, token?: string): Promise<HttpResponse> {
  const headers: HeaderPairs = token === undefined ? [] : [['Authorization', `Bearer ${token}`]]
  return t.send({ method: 'GET', url: String(t.metadata?.userinfo_endpoint), headers })
}

const userInfoCases: readonly ConformanceCase[] = [
  conformanceCase('OIDC-5.3-1', 'MUST', 'userinfo answers the access token as JSON', needs, async (t) => {
    const response = await getUserInfo(t, (await signInForIdToken(t)).tokens.access_token)
    check(typeof readUserInfo(response).sub === 'string', 'sub, a text', response)
    expectJsonType(response)
  }),
  conformanceCase('OIDC-5.3.2-1', 'MUST', 'sub of userinfo is that of the id_token', needs, async (t) => {
    const { tokens, jwt } = await signInForIdToken(t)
    const { sub } = jwt.claims
    const response = await getUserInfo(t, tokens.access_token)
    const { sub: found } = await prepare('an answer of userinfo', async () => readUserInfo(response))
    check(found === sub, `sub ${String(sub)}, not ${String(found)}`)
  }),
  conformanceCase('OIDC-5.3.3-1', 'SHOULD', 'userinfo refuses an unknown token by a challenge', needs, async (t) => {
    const response = await getUserInfo(t, 'conformance-unknown')
    expectStatus(response, 401)
    const challenges = readChallenges(response.headers.get('www-authenticate') ?? '')
    check(challenges.length > 0, 'a challenge in WWW-Authenticate', response)
  }),
  conformanceCase('OIDC-5.3.3-1', 'own', 'userinfo refuses a request without a token', needs, async (t) => {
    expectStatus(await getUserInfo(t), 400, 401)
  }),
  conformanceCase('OIDC-5.3.3-1', 'own', 'userinfo refuses a token without the scope openid', needs, async (t) => {
    const { tokens, client: who } = await signIn(t)
    if (scopesIn(who.scope).includes('openid')) throw skip('needs clients.public.scope without openid')
    expectStatus(await getUserInfo(t, tokens.access_token), 401, 403)
  }),
]

type Document = Readonly<Record<string, unknown>>

async function readDocument(t: ConformanceContext, url: string): Promise<Document> {
  const response = await t.send({ method: 'GET', url })
  expectStatus(response, 200)
  return expectJson(response)
}

const readDiscovery = (t: ConformanceContext): Promise<Document> =>
  readDocument(t, appendedMetadataUrl(t.target.issuer, 'openid-configuration'))

/** The members that a server without an authorization endpoint has to have. */
const required = ['token_endpoint', 'jwks_uri'] as const
const requiredLists = [
  'response_types_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
] as const

const discoveryCases: readonly ConformanceCase[] = [
  conformanceCase(
    'OIDCD-4-1',
    'MUST',
    'the discovery document is below the issuer, with the same issuer',
    ['openid'],
    async (t) => {
      const { issuer } = await readDiscovery(t)
      check(issuer === t.target.issuer, `issuer ${t.target.issuer}, not ${String(issuer)}`)
    },
  ),
  conformanceCase('OIDCD-3-1', 'REQUIRED', 'the discovery document has the required members', ['openid'], async (t) => {
    const document = await prepare('a discovery document', () => readDiscovery(t))
    for (const name of required) check(typeof document[name] === 'string', `${name}, a text`)
    for (const name of requiredLists) check(Array.isArray(document[name]), `${name}, a list`)
  }),
  conformanceCase(
    'OIDCD-4-2',
    'own',
    'the discovery document and that of RFC 8414 do not differ',
    ['openid'],
    async (t) => {
      const discovery = await prepare('a discovery document', () => readDiscovery(t))
      const metadata = await prepare('RFC 8414 metadata', () => readDocument(t, insertedMetadataUrl(t.target.issuer)))
      const names = Object.keys({ ...discovery, ...metadata })
      // some servers leave out of one document what has no meaning there
      const compared = t.strict ? names : names.filter((name) => name in discovery && name in metadata)
      const different = compared.filter((name) => !isDeepStrictEqual(discovery[name], metadata[name]))
      check(different.length === 0, `the same ${different.join(', ')} in both documents`)
    },
  ),
]

/** The members of a JWK that are private, or a secret. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

const keyCases: readonly ConformanceCase[] = [
  conformanceCase('OIDCD-3-2', 'MUST NOT', 'the keys at jwks_uri have no private members', ['keys'], async (t) => {
    for (const key of await fetchKeys(t)) {
      const found = secretMembers.filter((name) => Object.hasOwn(key, name))
      check(found.length === 0, `public keys only, not ${found.join(', ')} in the key ${String(key.kid)}`)
    }
  }),
]

export const openidEndpointCases: readonly ConformanceCase[] = [...userInfoCases, ...discoveryCases, ...keyCases]
