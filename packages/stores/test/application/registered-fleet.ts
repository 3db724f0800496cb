import {
  createDeviceAuth,
  type DeviceStore,
  type RegisteredClient,
  type RegisteredClientStore,
} from '@device-auth/core'
import { toFetchHandler } from '@device-auth/core/fetch'
import { expect } from 'vitest'
import { randomHash } from '../credentials.ts'

const fleetToken = 'fleet-token-of-32-random-letters'
const metadata = {
  client_name: 'Printer',
  scope: 'profile',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
  token_endpoint_auth_method: 'client_secret_post',
}

/** A record of a client, as the server makes it. */
export function newClient(changes: Partial<RegisteredClient> = {}): RegisteredClient {
  const client = { client_id: `registered-${randomHash()}`, client_name: 'Printer' }
  return { client, issuedAt: 1_767_225_600, tokenHash: randomHash(), revision: 0, ...changes }
}

/** The databases of one node. */
export interface FleetNode {
  readonly store: DeviceStore
  readonly clients: RegisteredClientStore
}

type Handle = (request: Request) => Promise<Response>

function serverOf({ store, clients }: FleetNode): Handle {
  const deviceAuth = createDeviceAuth({
    issuer: 'https://example.com/oauth',
    clients: [],
    scopes: { profile: 'See your name' },
    secret: 'a secret of at least thirty-two characters',
    store,
    registration: { store: clients, scope: 'profile', initialAccessTokens: [fleetToken] },
  })
  return toFetchHandler(deviceAuth, { prefix: '/oauth' })
}

async function send(handle: Handle, method: string, url: string, token: string, body?: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await handle(new Request(url, { method, headers, body: body ? JSON.stringify(body) : null }))
  return { status: response.status, body: JSON.parse((await response.text()) || '{}') }
}

/**
 * A device registers at one node, asks for codes at another one, is changed at both at the same time, and is removed at the first:
 * each node knows at once.
 */
export async function expectOneFleet(first: FleetNode, second: FleetNode): Promise<void> {
  const [one, other] = [serverOf(first), serverOf(second)]
  const registration = await send(one, 'POST', 'https://example.com/oauth/register', fleetToken, metadata)
  expect(registration.status).toBe(201)
  const { client_id, client_secret, registration_client_uri: uri, registration_access_token: token } = registration.body
  const ask = (handle: Handle) => {
    const body = new URLSearchParams({ client_id, client_secret, scope: 'profile' })
    return handle(new Request('https://example.com/oauth/device_authorization', { method: 'POST', body }))
  }
  expect((await ask(other)).status).toBe(200)
  const change = (handle: Handle, client_name: string) =>
    send(handle, 'PUT', uri, token, { ...metadata, client_id, client_name })
  const changes = await Promise.all([change(one, 'Plotter'), change(other, 'Scanner')])
  const done = changes.filter(({ status }) => status === 200)
  expect(changes.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([])
  const { client_name } = (await send(other, 'GET', uri, token)).body
  expect(done.map(({ body }) => body.client_name)).toContain(client_name)
  expect((await send(one, 'DELETE', uri, token)).status).toBe(204)
  expect((await ask(other)).status).toBe(401)
}
