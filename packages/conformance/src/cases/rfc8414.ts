import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, deviceCodeGrantType } from '../client.ts'
import { appendedMetadataUrl, insertedMetadataUrl } from '../context.ts'
import { requestDevice } from '../device.ts'
import { check, expectJson, expectJsonType, expectStatus } from '../expect.ts'
import { skip } from '../target.ts'
import { expectMethodNotAllowed } from './requests.ts'

const needs = ['metadata'] as const
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function endpointsIn(metadata: Readonly<Record<string, unknown>>): readonly (readonly [name: string, url: string])[] {
  return Object.entries(metadata)
    .filter(([name]) => /_(endpoint|uri)$/.test(name))
    .map(([name, value]) => [name, String(value)] as const)
}

async function readMetadata(t: ConformanceContext, headers: readonly (readonly [string, string])[] = []) {
  const response = await t.sendRaw({ method: 'GET', url: t.endpoints.metadata ?? '', headers })
  expectStatus(response, 200)
  return { response, content: expectJson(response) }
}

/** Each listed method has to work for the clients that use it, and each method in use has to be listed. */
async function expectListedMethods(t: ConformanceContext): Promise<void> {
  const { token_endpoint_auth_methods_supported = ['client_secret_basic'] } = (await readMetadata(t)).content
  const listed = listOf(token_endpoint_auth_methods_supported)
  for (const [name, method] of [
    ['public', 'none'],
    ['confidentialBasic', 'client_secret_basic'],
    ['confidentialPost', 'client_secret_post'],
  ] as const) {
    if (t.target.clients[name] === undefined) continue
    // a public client does not authenticate, so some servers do not list `none`
    const hasToBeListed = t.strict || method !== 'none'
    if (hasToBeListed)
      check(listed.includes(method), `${method} in token_endpoint_auth_methods_supported, because ${name} uses it`)
    if (listed.includes(method)) expectStatus(await requestDevice(t, client(t, name)), 200)
  }
}

export const rfc8414Cases: readonly ConformanceCase[] = [
  conformanceCase('8628-4-1', 'MUST', 'grant_types_supported includes the device grant', needs, async (t) => {
    const { content, response } = await readMetadata(t)
    check(
      listOf(content.grant_types_supported).includes(deviceCodeGrantType),
      `${deviceCodeGrantType} in grant_types_supported`,
      response,
    )
  }),
  conformanceCase(
    '8628-4-2',
    'MAY',
    'device_authorization_endpoint is the URL of a working endpoint',
    needs,
    async (t) => {
      const { content, response } = await readMetadata(t)
      const url = content.device_authorization_endpoint
      check(typeof url === 'string' && URL.canParse(url), 'device_authorization_endpoint, an absolute URL', response)
      const endpoints = { ...t.endpoints, deviceAuthorization: url }
      expectStatus(await requestDevice({ ...t, endpoints }, client(t, 'public')), 200)
    },
  ),
  conformanceCase(
    '8414-2-1',
    'REQUIRED',
    'issuer is exactly the configured one, without query or fragment',
    needs,
    async (t) => {
      const { content, response } = await readMetadata(t)
      check(content.issuer === t.target.issuer, `issuer ${t.target.issuer}, not ${String(content.issuer)}`, response)
      check(!/[?#]/.test(t.target.issuer), 'an issuer without query and fragment')
    },
  ),
  conformanceCase('8414-2-1', 'own', 'the Host header does not change the metadata', needs, async (t) => {
    const answer = await t.sendRaw({
      method: 'GET',
      url: t.endpoints.metadata ?? '',
      headers: [['Host', 'evil.example']],
    })
    if (!t.strict && answer.status >= 400 && answer.status < 500) return
    const { content, response } = await readMetadata(t, [['Host', 'evil.example']])
    check(
      content.issuer === t.target.issuer && !response.text.includes('evil.example'),
      `issuer ${t.target.issuer}`,
      response,
    )
  }),
  conformanceCase(
    '8414-2-2',
    'REQUIRED',
    'the metadata has token_endpoint and response_types_supported',
    needs,
    async (t) => {
      const { content, response } = await readMetadata(t)
      check(typeof content.token_endpoint === 'string', 'token_endpoint', response)
      check(Array.isArray(content.response_types_supported), 'response_types_supported, an array', response)
    },
  ),
  conformanceCase(
    '8414-2-3',
    'MUST NOT',
    'the lists contain strings, and clients cannot authenticate with the signature algorithm none',
    needs,
    async (t) => {
      const { content, response } = await readMetadata(t)
      for (const [name, value] of Object.entries(content)) {
        if (!name.endsWith('_supported') || typeof value === 'boolean') continue
        check(
          Array.isArray(value) && value.every((item) => typeof item === 'string'),
          `${name}, an array of strings`,
          response,
        )
        if (name.endsWith('auth_signing_alg_values_supported'))
          check(!value.includes('none'), `${name} without none`, response)
      }
    },
  ),
  conformanceCase(
    '8414-2-3',
    'MAY',
    'the listed client authentication methods are those that work',
    needs,
    expectListedMethods,
  ),
  conformanceCase(
    '8414-2-3',
    'MAY',
    'the metadata has the revocation and introspection endpoints',
    ['metadata', 'device-auth'],
    async (t) => {
      const { content, response } = await readMetadata(t)
      check(content.revocation_endpoint === t.endpoints.revocation, 'revocation_endpoint', response)
      check(content.introspection_endpoint === t.endpoints.introspection, 'introspection_endpoint', response)
      check(listOf(content.scopes_supported).length > 0, 'scopes_supported', response)
    },
  ),
  conformanceCase(
    '8414-3-1',
    'MUST',
    'the metadata is at the well-known path between host and path of the issuer',
    needs,
    async (t) => {
      if (t.endpoints.metadata?.includes('/.well-known/openid-configuration'))
        throw skip('needs RFC 8414 metadata; this server has only OpenID Connect Discovery')
      const response = await t.send({ method: 'GET', url: insertedMetadataUrl(t.target.issuer) })
      expectStatus(response, 200)
      check(expectJson(response).issuer === t.target.issuer, `issuer ${t.target.issuer}`, response)
    },
  ),
  conformanceCase(
    '8414-3-1',
    'own',
    'the metadata is also below the path of the issuer, where a mounted application can serve it',
    ['metadata', 'device-auth'],
    async (t) => {
      const response = await t.send({ method: 'GET', url: appendedMetadataUrl(t.target.issuer) })
      expectStatus(response, 200)
      check(expectJson(response).issuer === t.target.issuer, `issuer ${t.target.issuer}`, response)
    },
  ),
  conformanceCase('8414-3.2-1', 'MUST', 'the metadata is sent as JSON with 200 to GET', needs, async (t) => {
    expectJsonType((await readMetadata(t)).response)
    if (!t.strict) return
    for (const method of ['POST', 'PUT', 'DELETE'])
      await expectMethodNotAllowed(t, t.endpoints.metadata ?? '', method, {}, 'GET')
  }),
  conformanceCase('6749-3.1-2', 'MUST NOT', 'no endpoint has a fragment', needs, async (t) => {
    const { content, response } = await readMetadata(t)
    for (const [name, url] of endpointsIn(content)) {
      check(URL.canParse(url) && !url.includes('#'), `${name}, an absolute URL without fragment, not ${url}`, response)
    }
  }),
  conformanceCase('9700-2.6-1', 'RECOMMENDED', 'metadata is published', [], async (t) => {
    check(
      t.metadata !== undefined,
      `metadata at ${insertedMetadataUrl(t.target.issuer)} or ${appendedMetadataUrl(t.target.issuer)}`,
    )
  }),
]
