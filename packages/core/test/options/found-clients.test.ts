import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import { hashSecret } from '../../src/crypto/secrets.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE, deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { basic, createTestServer, expectError } from '../server.ts'

const secret = 'Zq3vT8mK1xW6rB0nY5cH9dL2sJ7pF4gA'
const base = { client_id: 'tv', token_endpoint_auth_method: 'none', grant_types: [DEVICE_CODE_GRANT_TYPE] }

/** Clients that nobody can use, and what is said about them. */
const faults: [string, object, string][] = [
  [
    'a secret of null',
    { ...base, token_endpoint_auth_method: null, client_secret: null },
    'client_secret` is null; expected a secret',
  ],
  ['the key scopes', { ...base, scopes: 'profile' }, 'scopes` is unknown; did you mean `scope`?'],
  ['the key clientName', { ...base, clientName: 'TV' }, 'clientName` is unknown; did you mean `client_name`?'],
  [
    'the key grantTypes',
    { ...base, grant_types: null, resource_server: true, grantTypes: [] },
    'grantTypes` is unknown; did you mean `grant_types`?',
  ],
  [
    'a short grant',
    { ...base, grant_types: ['device_code'] },
    `grant_types\` is "device_code"; expected the full name of the grant, '${DEVICE_CODE_GRANT_TYPE}'`,
  ],
  [
    'a scope as a list',
    { ...base, scope: ['profile'] },
    'scope` is an array of 1 element; expected a space-delimited string',
  ],
  [
    'a hash that is none',
    { ...base, client_secret_hash: secret },
    'client_secret_hash` is no hash; expected the SHA-256 of the secret',
  ],
  [
    'secret and hash',
    { ...base, client_secret: secret, client_secret_hash: hashSecret(secret) },
    'client_secret_hash` is given beside `client_secret`; give one of them.',
  ],
]

describe.each(faults)('a client with %s', (_name, client, message) => {
  it('is refused in a list', () => {
    const create = () =>
      Reflect.apply(createDeviceAuth, undefined, [{ issuer: 'https://example.com', clients: [client] }])
    expect(create).toThrow(OptionError)
    expect(create).toThrow(`option \`clients[0].${message}`)
    expect(create).not.toThrow(secret)
  })

  it('is reported once when a function finds it', async () => {
    const server = createTestServer({ clients: async (id) => (id === 'tv' ? (client as Client) : undefined) })
    for (let count = 0; count < 3; count++) await server.deviceAuthorization({ client_id: 'tv' })
    await server.deviceAuthorization({ client_id: 'unknown' })
    const [error, ...more] = server.errors.filter((one) => one instanceof OptionError)
    expect(more).toEqual([])
    expect(String(error)).toContain(`option \`clients("tv").${message}`)
  })
})

it('a client without grant_types is reported, because the default of RFC 7591 has no device sign-in', async () => {
  const { grant_types: _, ...client } = base
  const server = createTestServer({ clients: () => client })
  expectError(await server.deviceAuthorization({ client_id: 'tv' }), 'unauthorized_client')
  expect(String(server.errors[0])).toContain(
    'option `clients("tv").grant_types` is missing; expected an array of grant',
  )
})

it('nothing is said of a client that works, whatever else its record has', async () => {
  const row = {
    ...deviceClient({ client_id: 'tv', scope: 'profile' }),
    id: 7,
    redirect_uris: [],
    client_uri: 'https://x',
    scopes: 'x',
  }
  const server = createTestServer({ clients: () => row })
  await server.signIn({ client_id: 'tv' })
  expect(server.errors).toEqual([])
})

it('null counts as absent in every member of a client', async () => {
  const names = [
    'client_name',
    'logo_uri',
    'client_secret',
    'client_secret_hash',
    'allowed_networks',
    'device_scope',
    'number_matching',
    'resource_server',
  ]
  const row: object = { ...base, scope: 'profile', ...Object.fromEntries(names.map((name) => [name, null])) }
  for (const clients of [[row], () => row]) {
    const server = createTestServer({ clients: clients as never })
    const token = await server.signIn({ client_id: 'tv' })
    expect(token.scope).toBe('profile')
    expect(server.errors).toEqual([])
  }
  expect(deviceClient({ client_id: 'tv', client_secret: null as never })).toEqual(deviceClient({ client_id: 'tv' }))
})

it.each(['client_secret_basic', 'client_secret_post'])('%s is verified by the hash of the secret', async (method) => {
  const client = deviceClient({
    client_id: 'box',
    scope: 'profile',
    client_secret_hash: hashSecret(secret),
    token_endpoint_auth_method: method,
  })
  const server = createTestServer({ clients: [client] })
  const ask = (given: string) =>
    method === 'client_secret_basic'
      ? server.deviceAuthorization({}, { headers: basic('box', given) })
      : server.deviceAuthorization({ client_id: 'box', client_secret: given })
  expect((await ask(secret)).status).toBe(200)
  for (const wrong of [hashSecret(secret), '', `${secret}x`]) expectError(await ask(wrong), 'invalid_client', 401)
})

/** Members of a wrong type, as a database, a JSON file or a typing error brings them. */
const unusable: [string, object][] = [
  ['client_id', { client_id: 7 }],
  ['client_id', { client_id: undefined }],
  ['client_name', { client_name: { en: 'TV' } }],
  ['logo_uri', { logo_uri: 5 }],
  ['scope', { scope: ['profile'] }],
  ['scope', { scope: 5 }],
  ['scope', { scope: { profile: true } }],
  ['token_endpoint_auth_method', { token_endpoint_auth_method: ['none'] }],
  ['token_endpoint_auth_method', { token_endpoint_auth_method: 0 }],
  ['token_endpoint_auth_methods', { token_endpoint_auth_methods: 'none' }],
  ['token_endpoint_auth_methods', { token_endpoint_auth_methods: [5] }],
  ['device_authorization_endpoint_auth_method', { device_authorization_endpoint_auth_method: ['none'] }],
  ['client_secret_hash', { client_secret_hash: 5 }],
  ['allowed_networks', { allowed_networks: '0.0.0.0/0' }],
  ['allowed_networks', { allowed_networks: ['everywhere'] }],
  ['allowed_networks', { allowed_networks: { 0: '0.0.0.0/0' } }],
  ['device_scope', { device_scope: ['profile'] }],
  ['device_scope', { device_scope: 5 }],
  ['number_matching', { number_matching: 'yes' }],
  ['resource_server', { resource_server: 'no' }],
]

describe.each(unusable)(
  '6749-5.2-2 a found client whose %s is unusable (%j) counts as not registered',
  (member, change) => {
    const good = deviceClient({ client_id: 'tv', scope: 'profile' })
    const rs = { client_id: 'rs', client_secret: secret, resource_server: true }

    async function broken() {
      let client: object = good
      const server = createTestServer({
        clients: (id) => (id === 'rs' ? rs : id === 'tv' ? (client as Client) : undefined),
      })
      const waiting = await server.start({ client_id: 'tv' })
      const token = await server.signIn({ client_id: 'tv' })
      client = { ...good, ...change }
      return { server, waiting, token }
    }

    it('at every endpoint a device uses: invalid_client, never a 5xx, so that its polls end', async () => {
      const { server, waiting, token } = await broken()
      const { refresh_token: refreshToken = '' } = token
      expectError(await server.deviceAuthorization({ client_id: 'tv' }), 'invalid_client', 401)
      expectError(await server.poll(waiting.device_code), 'invalid_client', 401)
      expectError(await server.refresh(refreshToken), 'invalid_client', 401)
      expectError(await server.revoke({ client_id: 'tv', token: refreshToken }), 'invalid_client', 401)
      const introspected = await server.introspect(token.access_token, { headers: basic('rs', secret) })
      expect({ status: introspected.status, body: introspected.body }).toEqual({
        status: 200,
        body: '{"active":false}',
      })
      const reports = server.errors.map(String)
      expect(reports).toEqual([expect.stringContaining(`clients("tv").${member}`)])
    })

    it('also after an approval by the application', async () => {
      const { server, waiting } = await broken()
      await server.deviceAuth.approve(waiting.user_code, { subject: 'ada' })
      expectError(await server.poll(waiting.device_code), 'invalid_client', 401)
      expect(server.failures.map(String)).toEqual([expect.stringContaining(`clients("tv").${member}`)])
    })

    it('is refused in a list', () => {
      const create = () =>
        Reflect.apply(createDeviceAuth, undefined, [
          { issuer: 'https://example.com', clients: [{ ...good, ...change }] },
        ])
      expect(create).toThrow(OptionError)
      expect(create).toThrow(`clients[0].${member}`)
    })
  },
)

it('a client that a function finds and that is repaired is served again', async () => {
  let scope: unknown = ['profile']
  const server = createTestServer({ clients: () => ({ ...deviceClient({ client_id: 'tv' }), scope }) as Client })
  expectError(await server.deviceAuthorization({ client_id: 'tv' }), 'invalid_client', 401)
  scope = 'profile'
  expect((await server.deviceAuthorization({ client_id: 'tv' })).status).toBe(200)
})

it('an application that verifies secrets itself keeps them as it likes', async () => {
  const client = { ...base, token_endpoint_auth_method: 'client_secret_post', client_secret: { vault: 'a1' } }
  const clients = () => client as object as Client
  const server = createTestServer({ clients, hooks: { verifyClientSecret: () => true } })
  expect((await server.deviceAuthorization({ client_id: 'tv', client_secret: 'x' })).status).toBe(200)
  const refused = createTestServer({ clients })
  expectError(await refused.deviceAuthorization({ client_id: 'tv', client_secret: 'x' }), 'invalid_client', 401)
})

it.each([[DEVICE_CODE_GRANT_TYPE], [{ 0: DEVICE_CODE_GRANT_TYPE }], [[5]], [5]])(
  '6749-5.2-4 a found client whose grant_types is no list of texts (%j) has no grant',
  async (grantTypes) => {
    let client: object = deviceClient({ client_id: 'tv', scope: 'profile' })
    const server = createTestServer({ clients: () => client as Client })
    const waiting = await server.start({ client_id: 'tv' })
    const { refresh_token: refreshToken = '' } = await server.signIn({ client_id: 'tv' })
    client = { ...client, grant_types: grantTypes }
    expectError(await server.deviceAuthorization({ client_id: 'tv' }), 'unauthorized_client')
    expectError(await server.poll(waiting.device_code), 'unauthorized_client')
    expectError(await server.refresh(refreshToken), 'unauthorized_client')
  },
)
