// RFC 7591 and 7592 over HTTP through every adapter, with the client that openid-client makes of the answer.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryRegisteredClients } from '@device-auth/core'
import express from 'express'
import * as openid from 'openid-client'
import { afterEach, expect, it } from 'vitest'
import { type Adapted, adapters } from './adapters.ts'

const fleetToken = 'fleet-token-of-32-random-letters'
const metadata = {
  client_name: 'Printer',
  scope: 'profile',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  // that of openid-client, which knows no secret yet
  token_endpoint_auth_method: 'client_secret_post',
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function start(adapter: string, parsesJson = false): Promise<Adapted & { readonly issuer: string }> {
  const server = createServer()
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}/oauth`
  const adapted = adapters[adapter]?.({
    issuer,
    clients: [],
    scopes: { profile: 'See your name' },
    loginUrl: '/login',
    registration: { store: memoryRegisteredClients(), scope: 'profile', initialAccessTokens: [fleetToken] },
  })
  if (adapted === undefined) throw new Error(`There is no adapter ${adapter}.`)
  server.on('request', parsesJson ? express().use(express.json(), adapted.listener) : adapted.listener)
  return { ...adapted, issuer }
}

it.each(Object.keys(adapters))(
  '7591-3.2.1-1 7592-2.3-1 %s: a device registers, signs in, changes and removes its registration',
  async (adapter) => {
    const { issuer, deviceAuth } = await start(adapter)
    const config = await openid.dynamicClientRegistration(new URL(issuer), metadata, undefined, {
      algorithm: 'oauth2',
      initialAccessToken: fleetToken,
      execute: [openid.allowInsecureRequests],
    })
    const registered = config.clientMetadata()
    const codes = await openid.initiateDeviceAuthorization(config, { scope: 'profile' })
    await deviceAuth.approve(codes.user_code, { subject: 'ada' })
    const { access_token } = await openid.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 })
    const guarded = (): Promise<Response> =>
      fetch(new URL('/api', issuer), { headers: { authorization: `Bearer ${access_token}` } })
    expect((await guarded()).status).toBe(200)

    const manage = (method: string, body?: object): Promise<Response> =>
      fetch(String(registered.registration_client_uri), {
        method,
        headers: {
          authorization: `Bearer ${registered.registration_access_token}`,
          // many clients send it without a body too
          'content-type': 'application/json',
        },
        ...(body && { body: JSON.stringify(body) }),
      })
    expect(await (await manage('GET')).json()).toMatchObject({
      client_id: registered.client_id,
      client_name: 'Printer',
    })
    const changed = { ...metadata, client_id: registered.client_id, client_name: 'Plotter' }
    expect(await (await manage('PUT', changed)).json()).toMatchObject({ client_name: 'Plotter' })
    const removed = await manage('DELETE')
    expect([removed.status, await removed.text()]).toEqual([204, ''])
    expect((await guarded()).status).toBe(401)
    expect((await manage('GET')).status).toBe(401)
  },
)

it('7591-3.1-1 a body that express.json() has read before is the same', async () => {
  const { issuer } = await start('Express 5', true)
  const register = (body: string): Promise<Response> =>
    fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fleetToken}`, 'content-type': 'application/json' },
      body,
    })
  expect((await register(JSON.stringify(metadata))).status).toBe(201)
  for (const body of [
    '[]',
    '{"grant_types":"x"}',
    JSON.stringify({ ...metadata, jwks: { keys: 'x'.repeat(20_000) } }),
  ]) {
    const { status } = await register(body)
    expect([400, 413]).toContain(status)
  }
})
