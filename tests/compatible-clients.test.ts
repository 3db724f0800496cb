// Clients of providers that deviate from the RFCs sign in by the option `compatibility` alone: unmodified, over real HTTP.
import { generateKeyPairSync } from 'node:crypto'
import { PublicClientApplication } from '@azure/msal-node'
import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceAuthRouter,
  deviceClient,
  metadataRouter,
} from '@device-auth/express'
import { openIdConnect } from '@device-auth/jwt'
import { createOAuthDeviceAuth } from '@octokit/auth-oauth-device'
import { request as octokitRequest } from '@octokit/request'
import { createAuthClient } from 'better-auth/client'
import { deviceAuthorizationClient } from 'better-auth/client/plugins'
import express, { type Request } from 'express'
import * as openid from 'openid-client'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, serve } from './serve.ts'

const scope = 'profile'
const secret = 'printer-secret'
const user = { subject: 'ada' }

interface Target {
  readonly issuer: string
  readonly deviceAuth: DeviceAuth<Request>
  /** The errors that polls were answered with, in order; `token` for a success. */
  readonly heard: string[]
}

afterEach(closeServers)

async function start(options: Partial<DeviceAuthOptions<Request>>): Promise<Target> {
  const app = express()
  const origin = await serve(() => app)
  const issuer = `${origin}/oauth`
  const heard: string[] = []
  const deviceAuth = createDeviceAuth<Request>({
    issuer,
    interval: 1,
    clients: [
      deviceClient({ client_id: 'tv', scope: 'profile openid offline_access' }),
      deviceClient({ client_id: 'printer', client_secret: secret, scope }),
    ],
    hooks: {
      createTokenResponse: (token) => {
        heard.push('token')
        return token
      },
    },
    openid: openIdConnect({ keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    ...options,
  })
  app.use('/oauth', deviceAuthRouter(deviceAuth))
  app.use(metadataRouter(deviceAuth))
  return { issuer, deviceAuth, heard }
}

/** Approves after the device has polled at least once. */
async function approveLater({ deviceAuth }: Target, userCode: string): Promise<void> {
  for (;;) {
    const credential = await deviceAuth.find(userCode)
    if (credential?.lastPolledAt !== undefined) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(await deviceAuth.approve(userCode, user)).toBe('decided')
}

describe('openid-client, with its default discovery', () => {
  const execute = [openid.allowInsecureRequests]

  it.each([
    ['tv', openid.None()],
    ['printer', openid.ClientSecretBasic(secret)],
  ])('%s: finds the endpoints at openid-configuration, and signs in, refreshes, is denied', async (id, method) => {
    const target = await start({})
    const client = await openid.discovery(new URL(target.issuer), id, undefined, method, { execute })
    const codes = await openid.initiateDeviceAuthorization(client, { scope })
    const polled = openid.pollDeviceAuthorizationGrant(client, codes)
    const [token] = await Promise.all([polled, approveLater(target, codes.user_code)])
    expect((await openid.refreshTokenGrant(client, token.refresh_token ?? '')).access_token).toBeTruthy()
    const others = await openid.initiateDeviceAuthorization(client, { scope })
    await target.deviceAuth.deny(others.user_code)
    await expect(openid.pollDeviceAuthorizationGrant(client, others)).rejects.toMatchObject({ error: 'access_denied' })
  })

  it('finds the metadata at the root of the host as well, in the form of RFC 8414 section 5', async () => {
    const { issuer } = await start({})
    const { origin } = new URL(issuer)
    const atRoot = await fetch(`${origin}/.well-known/openid-configuration/oauth`)
    expect(await atRoot.json()).toMatchObject({ issuer })
  })
})

describe("GitHub's @octokit/auth-oauth-device, unmodified, with compatibility: ['github']", () => {
  it.each(['oauth-app', 'github-app'] as const)('%s: waits, is approved, is denied', async (clientType) => {
    const target = await start({ compatibility: ['github'] })
    const signIn = (decide: (userCode: string) => Promise<unknown>): Promise<object> => {
      const given = {
        clientId: 'tv',
        request: octokitRequest.defaults({ baseUrl: target.issuer }),
        onVerification: ({ user_code: userCode }: { user_code: string }) => void decide(userCode),
      }
      const auth =
        clientType === 'oauth-app'
          ? createOAuthDeviceAuth({ ...given, clientType, scopes: [scope] })
          : createOAuthDeviceAuth({ ...given, clientType })
      return auth({ type: 'oauth' })
    }
    const authentication = await signIn((userCode) => approveLater(target, userCode))
    expect(authentication).toMatchObject({ clientType, token: expect.any(String) })
    if (clientType === 'github-app') {
      expect(authentication).toMatchObject({
        refreshToken: expect.any(String),
        refreshTokenExpiresAt: expect.any(String),
      })
    }
    const denied = signIn((userCode) => target.deviceAuth.deny(userCode))
    await expect(denied).rejects.toMatchObject({ response: { data: { error: 'access_denied' } } })
  })
})

describe("Microsoft's @azure/msal-node, with compatibility: ['entra']", () => {
  it('shows the message, waits, is approved, is denied', async () => {
    const target = await start({ compatibility: ['entra'] })
    const authority = 'https://as.example.com'
    // MSAL demands https of an authority that it discovers, so a test hands it the metadata of this server
    const authorityMetadata = JSON.stringify({ ...target.deviceAuth.metadata, issuer: authority })
    const app = new PublicClientApplication({
      auth: { clientId: 'tv', authority, knownAuthorities: ['as.example.com'], authorityMetadata },
    })
    const messages: string[] = []
    const result = await app.acquireTokenByDeviceCode({
      scopes: [scope],
      deviceCodeCallback: ({ message, userCode }) => {
        messages.push(message)
        void approveLater(target, userCode)
      },
    })
    expect(result?.accessToken).toBeTruthy()
    expect(messages[0]).toContain('/oauth/device')
    const denied = app.acquireTokenByDeviceCode({
      scopes: [scope],
      deviceCodeCallback: ({ userCode }) => void target.deviceAuth.deny(userCode),
    })
    await expect(denied).rejects.toThrow('access_denied')
  })
})

describe("the client of better-auth, with compatibility: ['better-auth']", () => {
  it('is pending, is paced, is approved, is denied', async () => {
    const target = await start({ compatibility: ['better-auth'], interval: 5 })
    const client = createAuthClient({ baseURL: target.issuer, plugins: [deviceAuthorizationClient()] })
    const begin = async (): Promise<{ device_code: string; user_code: string }> => {
      const { data } = await client.device.code({ client_id: 'tv', scope })
      if (data === null) throw new Error('no codes')
      return data
    }
    const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
    const poll = (deviceCode: string) =>
      client.device.token({ grant_type: grantType, device_code: deviceCode, client_id: 'tv' })
    const codes = await begin()
    expect((await poll(codes.device_code)).error).toMatchObject({ error: 'authorization_pending' })
    expect((await poll(codes.device_code)).error).toMatchObject({ error: 'slow_down' })
    await target.deviceAuth.approve(codes.user_code, user)
    expect((await poll(codes.device_code)).data).toMatchObject({ access_token: expect.any(String), scope })
    const others = await begin()
    await target.deviceAuth.deny(others.user_code)
    expect((await poll(others.device_code)).error).toMatchObject({ error: 'access_denied' })
  })
})
