import { describe, expect, it } from 'vitest'
import type { KeyBinding, KeyMethod } from '../../src/contract/key-binding.ts'
import { type Client, deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { createTestServer, issuer } from '../server.ts'

const key = 'k'.repeat(43)
const secret = 'a secret of at least 128 random bits'

const keyBinding = (['jkt', 'x5t#S256'] as const).map(
  (method): KeyBinding => ({
    method,
    error: 'invalid_dpop_proof',
    metadata: {},
    read: ({ headers }) => (headers.proof === method ? { thumbprint: key } : undefined),
  }),
)

/** The key that is kept with a request of this client; `proof` is the method by which it proves the key. */
async function keptKey(client: Partial<Client>, proof: KeyMethod | 'none' = 'jkt', form = {}): Promise<unknown> {
  const server = createTestServer({
    clients: [deviceClient({ client_id: 'tv', scope: 'profile', ...client })],
    keyBinding,
  })
  const { client_secret } = client
  const given = client_secret === undefined ? {} : { client_secret }
  const { user_code } = await server.start({ client_id: 'tv', ...given, ...form }, { headers: { proof } })
  return (await server.deviceAuth.find(user_code))?.requester?.key
}

const confidential = { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' }
const certified = { tls_client_certificate_bound_access_tokens: true }

describe('the key of a device', () => {
  it.each<[string, Partial<Client>, KeyMethod, unknown]>([
    ['the DPoP key of a public client', {}, 'jkt', { jkt: key }],
    ['the certificate of a public client', certified, 'x5t#S256', { 'x5t#S256': key }],
    ['the DPoP key of a client with device_keys', { ...confidential, device_keys: true }, 'jkt', { jkt: key }],
  ])('XD-6.1.7 is %s', async (_name, client, proof, expected) => {
    expect(await keptKey(client, proof)).toEqual(expected)
  })

  it.each<[string, Partial<Client>]>([
    ['a client with a secret, which may be one service for all devices', confidential],
    ['a public client with device_keys: false', { device_keys: false }],
  ])('XD-6.1.7 is not that of %s', async (_name, client) => {
    expect(await keptKey(client)).toBeUndefined()
  })

  it('XD-6.1.7 is kept only if the request proves it', async () => {
    expect(await keptKey({}, 'none')).toBeUndefined()
    expect(await keptKey({}, 'none', { dpop_jkt: key })).toBeUndefined()
    expect(await keptKey({}, 'jkt', { dpop_jkt: key })).toEqual({ jkt: key })
  })

  it('XD-6.1.7 comes from no hook of the application', async () => {
    const describeRequester = () => Object({ place: 'Rome', key: { jkt: key } })
    const server = createTestServer({ hooks: { describeRequester } })
    const { user_code } = await server.start()
    expect((await server.deviceAuth.find(user_code))?.requester).toEqual({ ip: '192.0.2.1', place: 'Rome' })
  })
})

it.each(['yes', 1, {}])('%j as device_keys is refused at construction', (device_keys) => {
  const client: Client = Object({ ...deviceClient({ client_id: 'tv' }), device_keys })
  expect(() => createDeviceAuth({ issuer, clients: [client] })).toThrow('`clients[0].device_keys` is')
})
