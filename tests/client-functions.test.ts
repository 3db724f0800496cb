import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  none,
  pollDeviceToken,
  refreshTokens,
  requestDeviceAuthorization,
} from '@device-auth/client'
import { createDeviceAuth, type DeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const secret = 'a:b%+ ü&='
const local = { dangerouslyAllowHttp: true }

let server: Server
let issuer: string
let deviceAuth: DeviceAuth
beforeEach(async () => {
  let handler: RequestListener = () => {}
  server = createServer((req, res) => handler(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  deviceAuth = createDeviceAuth({
    issuer,
    clients: [
      deviceClient({ client_id: 'tv', scope: 'profile' }),
      deviceClient({ client_id: 'printer', client_secret: secret, scope: 'profile' }),
      deviceClient({
        client_id: 'kiosk',
        client_secret: secret,
        scope: 'profile',
        token_endpoint_auth_method: 'client_secret_post',
      }),
    ],
  })
  handler = toNodeHandler(deviceAuth)
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

describe('the functions against our server', () => {
  it.each<[string, string, ClientAuthentication]>([
    ['tv', 'none', none()],
    ['printer', 'client_secret_basic', clientSecretBasic(secret)],
    ['kiosk', 'client_secret_post', clientSecretPost(secret)],
  ])('%s with %s: codes, pending, tokens, refresh', async (clientId, _method, authentication) => {
    const client = { clientId, authentication }
    const codes = await requestDeviceAuthorization(
      { ...client, address: `${issuer}/device_authorization`, scope: 'profile' },
      local,
    )
    expect(codes).toMatchObject({ ok: true, interval: 5, expiresIn: 600, verificationUri: `${issuer}/device` })
    if (!codes.ok) return
    const poll = { ...client, address: `${issuer}/token`, deviceCode: codes.deviceCode }
    expect(await pollDeviceToken(poll, local)).toMatchObject({ ok: false, error: 'authorization_pending', status: 400 })
    expect(await pollDeviceToken(poll, local)).toMatchObject({ ok: false, error: 'slow_down', interval: 10 })
    await deviceAuth.approve(codes.userCode, { subject: 'ada' })
    const token = await pollDeviceToken(poll, local)
    expect(token).toMatchObject({ ok: true, scope: 'profile', tokenType: 'Bearer' })
    if (!token.ok) return
    expect(token.headers.Authorization).toBe(`Bearer ${token.accessToken}`)
    const refreshed = await refreshTokens(
      { ...client, address: `${issuer}/token`, refreshToken: token.refreshToken ?? '' },
      local,
    )
    expect(refreshed).toMatchObject({ ok: true, refreshToken: expect.any(String) })
    for (const [result, hidden] of [
      [codes, codes.deviceCode],
      [token, token.accessToken],
      [token, token.refreshToken ?? ''],
    ] as const) {
      expect(`${inspect(result)}${JSON.stringify(result)}${String(result)}`).not.toContain(hidden)
    }
  })
})
