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
  ['a scope as a list', { ...base, scope: ['profile'] }, 'scope` is an array of 1; expected a space-delimited string'],
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
    'option `clients("tv").grant_types` is undefined; expected an array of grant',
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
