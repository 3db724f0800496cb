import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { createTestServer, expectError, issuer } from '../server.ts'

describe('allowed_networks', () => {
  const tv = { client_id: 'tv', scope: 'profile' }
  const networks = ['192.0.2.0/24', '2001:db8:1::/48']

  it.each([[[]], [['x']], ['192.0.2.0/24'], [[5]], [['192.0.2.0/24', '192.0.2.0/99']]])(
    'XD-6.1.8 %j is refused at construction',
    (allowed_networks) => {
      const client = deviceClient({ ...tv, ...Object({ allowed_networks }) })
      const create = (): unknown => createDeviceAuth({ issuer, clients: [client] })
      expect(create).toThrow(OptionError)
      expect(create).toThrow('clients[0].allowed_networks')
    },
  )

  it('XD-6.1.8 a request from another network gets unauthorized_client, and emits an event', async () => {
    const clients = [deviceClient({ ...tv, allowed_networks: networks })]
    const server = createTestServer({ clients })
    const refused: unknown[] = []
    server.deviceAuth.on('refused', (event) => refused.push(event))
    for (const ip of ['198.51.100.1', '2001:db8:2::1', 'unknown', '']) {
      expectError(await server.deviceAuthorization(undefined, { ip }), 'unauthorized_client')
    }
    expect(refused).toHaveLength(4)
    expect(refused[0]).toEqual({ at: server.clock(), reason: 'allowedNetworks', clientId: 'tv', ip: '198.51.100.1' })
    for (const ip of ['192.0.2.9', '::ffff:192.0.2.9', '2001:db8:1:ffff::1']) {
      expect((await server.deviceAuthorization(undefined, { ip })).status).toBe(200)
    }
  })

  it('XD-6.1.8 malformed networks of a client that a function finds are reported, and nobody is let in', async () => {
    const client = deviceClient({ ...tv, allowed_networks: ['192.0.2.0/24', 'everywhere'] })
    const server = createTestServer({ clients: () => client, scopes: { profile: 'Name' } })
    expectError(await server.deviceAuthorization(), 'invalid_client', 401)
    expect(String(server.errors[0])).toMatch('networks in CIDR notation')
  })

  it('XD-6.1.8 policy.deviceAuthorization gets the client, the address and the request', async () => {
    const seen: unknown[] = []
    const server = createTestServer({
      policy: {
        deviceAuthorization: async ({ client, ip, request }) => {
          seen.push([client.client_id, ip, request.path])
          return ip !== '198.51.100.1'
        },
      },
    })
    expectError(await server.deviceAuthorization(undefined, { ip: '198.51.100.1' }), 'unauthorized_client')
    expect((await server.deviceAuthorization()).status).toBe(200)
    expect(seen).toEqual([
      ['tv', '198.51.100.1', '/device_authorization'],
      ['tv', '192.0.2.1', '/device_authorization'],
    ])
  })

  it('F-64 policy.deviceAuthorization that returns nothing refuses; if it throws, the answer is server_error', async () => {
    const nothing = createTestServer({ policy: { deviceAuthorization: Object(() => undefined) } })
    expectError(await nothing.deviceAuthorization(), 'unauthorized_client')
    const broken = createTestServer({
      policy: { deviceAuthorization: () => Promise.reject(new Error('no list')) },
    })
    expectError(await broken.deviceAuthorization(), 'server_error', 500)
    expect(broken.errors).toEqual([new Error('no list')])
  })
})

describe('device_scope', () => {
  const client = { client_id: 'tv', scope: 'profile email offline_access' }
  const scopes = { profile: 'Name', email: 'Address', offline_access: 'Stay signed in' }

  it.each([[5], ['profile admin'], [['profile']]])('XD-6.1.9 %j is refused at construction', (device_scope) => {
    const clients = [deviceClient({ ...client, ...Object({ device_scope }) })]
    expect(() => createDeviceAuth({ issuer, clients, scopes })).toThrow('clients[0].device_scope')
  })

  it('XD-6.1.9 a scope outside device_scope is invalid_scope; without a scope, device_scope is the default', async () => {
    const server = createTestServer({ clients: [deviceClient({ ...client, device_scope: 'profile' })], scopes })
    expectError(await server.deviceAuthorization({ client_id: 'tv', scope: 'profile email' }), 'invalid_scope')
    expectError(await server.deviceAuthorization({ client_id: 'tv', scope: 'offline_access' }), 'invalid_scope')
    expect(await server.signIn()).toMatchObject({ scope: 'profile' })
    expect(await server.signIn({ client_id: 'tv', scope: 'profile' })).toMatchObject({ scope: 'profile' })
  })

  it('XD-6.1.9 a hook of the application cannot exceed device_scope', async () => {
    const server = createTestServer({
      clients: [deviceClient({ ...client, device_scope: 'profile' })],
      scopes,
      hooks: { validateRequestedScope: () => 'profile email' },
    })
    expectError(await server.deviceAuthorization(), 'invalid_scope')
  })
})
