import { describe, expect, it } from 'vitest'
import { jsonResponse, type OAuthResponse } from '../../src/http.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE, deviceClient } from '../../src/protocol.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  issuer,
  postSecret,
  type TestServer,
} from '../server.ts'

const path = '/.well-known/oauth-authorization-server'

it('8414-2-1 8414-2-2 8414-2-3 8628-4-1 8628-4-2 says everything there is', async () => {
  const { deviceAuth, get, json } = createTestServer({ scopes: { profile: 'Name', email: 'Address' } })
  const response = await get(path)
  expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
  expect(json(response)).toEqual({
    issuer,
    device_authorization_endpoint: `${issuer}/device_authorization`,
    device_authorization_poll_wait_max: 25,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    introspection_endpoint: `${issuer}/introspect`,
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    // REQUIRED, although section 3.2 wants empty lists left out; no grant here has a response type
    response_types_supported: [],
    scopes_supported: ['profile', 'email'],
    refresh_token_expiration_types_supported: ['token_timeout'],
  })
  expect(json(response)).toEqual(deviceAuth.metadata)
})

it('8414-2.1-1 signed_metadata is not offered, nor anything else that is not there', () => {
  const { metadata } = createTestServer({
    paths: { revocation: false, introspection: false },
    clients: () => undefined,
  }).deviceAuth
  for (const name of [
    'signed_metadata',
    'jwks_uri',
    'authorization_endpoint',
    'registration_endpoint',
    'revocation_endpoint',
    'revocation_endpoint_auth_methods_supported',
    'introspection_endpoint',
    'introspection_endpoint_auth_methods_supported',
    'scopes_supported',
  ]) {
    expect(metadata).not.toHaveProperty(name)
  }
})

describe('issuers', () => {
  it.each([
    ['https://example.com', 'https://example.com/token', path],
    ['https://example.com/', 'https://example.com/token', path],
    ['https://example.com/oauth', 'https://example.com/oauth/token', `${path}/oauth`],
    ['https://example.com/oauth/', 'https://example.com/oauth/token', `${path}/oauth`],
    ['https://example.com/a/b', 'https://example.com/a/b/token', `${path}/a/b`],
    ['https://example.com:8443/oauth', 'https://example.com:8443/oauth/token', `${path}/oauth`],
  ])('8414-2-1 8414-3-1 %s', async (given, token, atRoot) => {
    const { deviceAuth, get, json } = createTestServer({ issuer: given })
    const appended = await get(path)
    // byte for byte what was configured
    expect(json(appended)).toMatchObject({ issuer: given, token_endpoint: token })
    expect(deviceAuth.pathAtRoot).toBe(atRoot)
    const endpoint = deviceAuth.routeAtRoot('GET', atRoot)
    expect(
      await endpoint?.({
        method: 'GET',
        path: atRoot,
        query: new URLSearchParams(),
        headers: {},
        form: new URLSearchParams(),
        ip: undefined,
        native: {},
      }),
    ).toEqual(appended)
    expect(deviceAuth.routeAtRoot('GET', `${atRoot}/x`)).toBeUndefined()
    expect(deviceAuth.routeAtRoot('POST', '/token')).toBeUndefined()
  })

  it('8414-2-1 F-37 no header has a say', async () => {
    const { get, json, start } = createTestServer()
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-proto': 'http',
    }
    const response = await get(path, { headers })
    expect(response.body).not.toMatch('evil')
    expect(json(response).issuer).toBe(issuer)
    expect((await start({ client_id: 'tv' }, { headers })).verification_uri).toBe(`${issuer}/device`)
  })

  it('6749-3.1-2 no endpoint has a fragment or a query', () => {
    for (const [name, value] of Object.entries(createTestServer().deviceAuth.metadata)) {
      if (name.endsWith('_endpoint')) expect(value).toMatch(/^https:\/\/[^?#]+$/)
    }
  })
})

it('8414-3.2-1 GET alone, and open to other origins', async () => {
  const server = createTestServer()
  expect((await server.get(path)).headers['access-control-allow-origin']).toBe('*')
  const refused = await server.post(path, {})
  expectError(refused, 'invalid_request', 405)
  expect(refused.headers.allow).toBe('GET, HEAD')
})

it('F-62 8414-3.2-1 no other document is open to other origins', async () => {
  const server = createTestServer()
  const responses = [
    await server.deviceAuthorization(),
    await server.poll('x'),
    await server.revoke({ client_id: 'tv', token: 'x' }),
    await server.introspect('x'),
    await server.deviceAuthorization({}),
  ]
  for (const { headers } of responses) expect(headers).not.toHaveProperty('access-control-allow-origin')
})

describe('the lists equal what the endpoints accept', () => {
  const pk: Client = { ...deviceClient({ client_id: 'pk' }), token_endpoint_auth_method: 'private_key_jwt' }
  const make = (): TestServer =>
    createTestServer({
      clients: [...clients, pk],
      clientAuthentication: {
        private_key_jwt: {
          identify: ({ parameters }) => parameters.get('client_assertion'),
          verify: () => true,
        },
      },
      grants: { 'urn:example:grant': { parameters: [], respond: () => jsonResponse(200, { granted: true }) } },
    })

  /** Requests that are fine, by the method that they authenticate with. */
  const ways: Record<string, { parameters: Record<string, string>; headers: Record<string, string> }> = {
    none: { parameters: { client_id: 'tv' }, headers: {} },
    client_secret_basic: { parameters: {}, headers: basic('conf', confSecret) },
    client_secret_post: { parameters: { client_id: 'post', client_secret: postSecret }, headers: {} },
    private_key_jwt: { parameters: { client_assertion: 'pk' }, headers: {} },
  }

  it.each([
    [
      'token_endpoint_auth_methods_supported',
      '/token',
      { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: 'x' },
      'invalid_grant',
    ],
    ['token_endpoint_auth_methods_supported', '/device_authorization', {}, undefined],
    ['revocation_endpoint_auth_methods_supported', '/revoke', { token: 'x' }, undefined],
    ['introspection_endpoint_auth_methods_supported', '/introspect', { token: 'x' }, undefined],
  ])('8414-2-3 %s at %s', async (name, at, own, error) => {
    const server = make()
    const supported = server.deviceAuth.metadata[name]
    expect(supported).toEqual(expect.arrayContaining(['client_secret_basic', 'client_secret_post', 'private_key_jwt']))
    for (const [method, { parameters, headers }] of Object.entries(ways)) {
      const response: OAuthResponse = await server.post(at, { ...own, ...parameters }, { headers })
      const listed = Array.isArray(supported) && supported.includes(method)
      if (!listed) expectError(response, 'invalid_client', 401)
      else if (error === undefined) expect(response.status).toBe(200)
      else expectError(response, error)
    }
    for (const method of supported as string[]) expect(Object.keys(ways)).toContain(method)
  })

  it('8414-2-3 8628-4-1 grant_types_supported', async () => {
    const server = make()
    expect(server.deviceAuth.metadata.grant_types_supported).toEqual([
      DEVICE_CODE_GRANT_TYPE,
      'refresh_token',
      'urn:example:grant',
    ])
    const { refresh_token: refreshToken } = await server.signIn()
    expectToken(await server.refresh(refreshToken!))
    // the third one is known, and not tv's
    expectError(await server.token({ grant_type: 'urn:example:grant', client_id: 'tv' }), 'unauthorized_client')
    for (const grantType of ['authorization_code', 'password', 'client_credentials', 'implicit', 'device_code']) {
      expectError(await server.token({ grant_type: grantType, client_id: 'tv' }), 'unsupported_grant_type')
    }
  })

  it('8414-2-3 without refresh tokens their grant is neither listed nor taken', async () => {
    const server = createTestServer({ refreshToken: false })
    expect(server.deviceAuth.metadata.grant_types_supported).toEqual([DEVICE_CODE_GRANT_TYPE])
    expect(await server.signIn()).not.toHaveProperty('refresh_token')
    expectError(await server.refresh('x'), 'unsupported_grant_type')
  })

  it('8414-2-3 a further grant answers its clients', async () => {
    const own: Client = { client_id: 'own', token_endpoint_auth_method: 'none', grant_types: ['urn:example:grant'] }
    const server = createTestServer({
      clients: [own],
      grants: {
        'urn:example:grant': {
          parameters: ['proof'],
          respond: ({ client, parameters }) =>
            jsonResponse(200, { client: client.client_id, proof: parameters.get('proof') }),
        },
      },
    })
    const parameters = { grant_type: 'urn:example:grant', client_id: 'own', proof: 'p' }
    expect(server.json(await server.token(parameters))).toEqual({ client: 'own', proof: 'p' })
    expectError(await server.token([...Object.entries(parameters), ['proof', 'q']]), 'invalid_request')
  })
})

it('the function `clients` adds to the metadata, and replaces nothing', () => {
  const metadata = { client_id_metadata_document_supported: true, issuer: 'https://other.example' }
  const server = createTestServer({ clients: Object.assign(() => undefined, { metadata }) })
  expect(server.deviceAuth.metadata).toMatchObject({ client_id_metadata_document_supported: true, issuer })
})
