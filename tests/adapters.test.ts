// openid-client, a client of another project, signs in through every adapter.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deviceClient } from '@device-auth/core'
import {
  allowInsecureRequests,
  discovery,
  fetchProtectedResource,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client'
import { describe, expect, it } from 'vitest'
import { adapters } from './adapters.ts'

describe.each(Object.entries(adapters))('openid-client through %s', (_name, adapt) => {
  it('discovers, signs in, uses, refreshes and revokes its tokens', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const issuer = `${origin}/oauth`
    const clients = [deviceClient({ client_id: 'tv', scope: 'profile' })]
    const { deviceAuth, listener } = adapt({ issuer, interval: 1, clients, scopes: { profile: 'Name', admin: 'All' } })
    server.on('request', listener)

    const config = await discovery(new URL(issuer), 'tv', undefined, None(), {
      algorithm: 'oauth2',
      execute: [allowInsecureRequests],
    })
    const response = await initiateDeviceAuthorization(config, { scope: 'profile' })
    expect(await deviceAuth.approve(response.user_code, { subject: 'ann' })).toBe('decided')
    const tokens = await pollDeviceAuthorizationGrant(config, response)
    expect(tokens.scope).toBe('profile')
    const use = (accessToken: string, path: string): Promise<number> =>
      fetchProtectedResource(config, accessToken, new URL(path, origin), 'GET').then(
        ({ status }) => status,
        (error: { status: number }) => error.status,
      )
    expect([await use(tokens.access_token, '/api'), await use(tokens.access_token, '/admin')]).toEqual([200, 403])

    const refreshed = await refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(await use(refreshed.access_token, '/api')).toBe(200)
    await tokenRevocation(config, refreshed.refresh_token ?? '')
    expect(await use(refreshed.access_token, '/api')).toBe(401)
    server.closeAllConnections()
    server.close()
  })
})
