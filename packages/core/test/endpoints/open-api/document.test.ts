import { describe, expect, it } from 'vitest'
import type { DeviceAuth } from '../../../src/contract/device-auth.ts'
import type { OpenApiMethod, OpenApiOperation } from '../../../src/contract/open-api.ts'
import { toFetchHandler } from '../../../src/fetch.ts'
import { memoryRegisteredClients } from '../../../src/stores/memory/registered-clients.ts'
import { createTestServer, type TestServerOptions } from '../../server.ts'

const everything: TestServerOptions = {
  scopes: { profile: '', email: '', openid: '' },
  tokenExchange: { expiresIn: 60 },
  verificationApi: { origins: ['https://app.example.com'] },
  openid: { keys: { list: () => [], maxAge: 60 }, metadata: {}, issue: () => 'an.id.token', userInfo: () => ({}) },
  signals: { authenticate: () => true, verify: () => undefined, endSessions: () => undefined },
  registration: { store: memoryRegisteredClients(), initialAccessTokens: ['x'.repeat(32)] },
  paths: { decisionEvents: '/events', globalTokenRevocation: '/global-revocation', securityEvents: '/security-events' },
}

/** The methods and paths that a server answers: a method that it does not know gets the endpoint that refuses. */
function served({ paths, route }: DeviceAuth): readonly string[] {
  const methods = ['GET', 'POST', 'PUT', 'DELETE']
  return paths.flatMap((path) =>
    methods.filter((method) => route(method, path) !== route('TRACE', path)).map((method) => `${method} ${path}`),
  )
}

function documented(deviceAuth: DeviceAuth): readonly string[] {
  return Object.entries(deviceAuth.openApi().paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

function operationsOf(deviceAuth: DeviceAuth): readonly OpenApiOperation[] {
  return Object.values(deviceAuth.openApi().paths).flatMap((operations) => Object.values(operations))
}

const pages = ['GET /device', 'POST /device', 'GET /devices', 'POST /devices']

describe('the OpenAPI document', () => {
  it('has each route of a server with all options on, without the pages, and nothing else', () => {
    const { deviceAuth } = createTestServer(everything)
    const routes = served(deviceAuth)
    expect(routes).toEqual(expect.arrayContaining(['PUT /register', 'GET /jwks', 'POST /userinfo', ...pages]))
    expect(documented(deviceAuth).toSorted()).toEqual(routes.filter((route) => !pages.includes(route)).toSorted())
  })

  it('leaves out what is off, also the grant types', () => {
    const { deviceAuth } = createTestServer({ refreshToken: false, paths: { introspection: false } })
    expect(documented(deviceAuth).toSorted()).toEqual(
      served(deviceAuth)
        .filter((route) => !pages.includes(route))
        .toSorted(),
    )
    expect(documented(deviceAuth)).not.toContain('POST /register')
    expect(grantTypesOf(deviceAuth)).toEqual(['urn:ietf:params:oauth:grant-type:device_code'])
  })

  it('has each grant type of the token endpoint, those of the application too', () => {
    const { deviceAuth } = createTestServer({
      ...everything,
      grants: { 'urn:example:own': { parameters: [], respond: () => expect.unreachable() } },
    })
    expect(grantTypesOf(deviceAuth)).toEqual(deviceAuth.metadata.grant_types_supported)
    expect(grantTypesOf(deviceAuth)).toContain('urn:ietf:params:oauth:grant-type:token-exchange')
    expect(grantTypesOf(deviceAuth)).toContain('urn:example:own')
  })

  it('has own paths below the issuer, and ids that are not repeated', () => {
    const { deviceAuth } = createTestServer({ ...everything, paths: { ...everything.paths, registration: '/clients' } })
    const { paths, servers } = deviceAuth.openApi()
    expect(servers).toEqual([{ url: deviceAuth.issuer }])
    expect(Object.keys(paths['/clients'] ?? {}).toSorted()).toEqual(['delete', 'get', 'post', 'put'])
    const ids = operationsOf(deviceAuth).map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('deviceAuth_token')
    expect(ids).toContain('deviceAuth_registration_put')
  })

  it('names only members and security schemes that it has, and describes each answer', () => {
    const { deviceAuth } = createTestServer(everything)
    const { components } = deviceAuth.openApi()
    for (const { security = [], requestBody, responses } of operationsOf(deviceAuth)) {
      for (const scheme of security.flatMap(Object.keys)) expect(components.securitySchemes).toHaveProperty(scheme)
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)]
      for (const { schema } of contents.flatMap((content) => Object.values(content ?? {}))) {
        expect(Object.keys(schema.properties ?? {})).toEqual(expect.arrayContaining([...(schema.required ?? [])]))
      }
      for (const { description } of Object.values(responses)) expect(description).toMatch(/\.$/)
    }
  })
})

describe('each documented operation', () => {
  const { deviceAuth } = createTestServer(everything)
  const { paths, servers } = deviceAuth.openApi()
  const issuer = servers[0]?.url ?? ''
  const handle = toFetchHandler(deviceAuth, { prefix: new URL(issuer).pathname })
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method as OpenApiMethod, operation })),
  )

  it.each(operations)('$method $path documents its answer to wrong bodies', async ({ path, method, operation }) => {
    const [type = 'text/plain'] = Object.keys(operation.requestBody?.content ?? {})
    const bodies: readonly { type: string; body?: string; encoding?: string }[] =
      operation.requestBody === undefined
        ? [{ type }]
        : [
            { type: 'text/plain', body: 'x' },
            { type, body: 'x' },
            { type, body: 'x', encoding: 'gzip' },
            { type, body: 'x'.repeat(100_000) },
          ]
    for (const { type, body, encoding = 'identity' } of bodies) {
      const headers = { 'content-type': type, 'content-encoding': encoding }
      const init = { method: method.toUpperCase(), headers, ...(body !== undefined && { body }) }
      const { status } = await handle(new Request(issuer + path, init))
      expect(Object.keys(operation.responses), `${status}`).toContain(String(status))
    }
  })
})

function grantTypesOf(deviceAuth: DeviceAuth): readonly string[] | undefined {
  const content = deviceAuth.openApi().paths['/token']?.post?.requestBody?.content
  return content?.['application/x-www-form-urlencoded']?.schema.properties?.grant_type?.enum
}
