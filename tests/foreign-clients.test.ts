// Clients of other projects sign in through the Express router: unmodified, over real HTTP, at their own pace.
import {
  createDeviceAuth,
  type DeviceAuth,
  type DeviceAuthOptions,
  deviceAuthRouter,
  deviceClient,
  metadataRouter,
  requireToken,
} from '@device-auth/express'
import { createOAuthDeviceAuth } from '@octokit/auth-oauth-device'
import { request as octokitRequest } from '@octokit/request'
import express, { type Request } from 'express'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import * as openid5 from 'openid-client5'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, serve } from './serve.ts'

const scope = 'profile'
// with characters that Basic has to form-encode
const secret = 'a:b%+ ü&='
const user = { subject: 'ada', username: 'Ada Lovelace' }

interface TestServer {
  readonly issuer: string
  readonly deviceAuth: DeviceAuth<Request>
  /** Seconds. */
  advance(seconds: number): void
  /** The statuses that the token endpoint has answered. */
  readonly polls: number[]
  /** Resolves when a poll is answered with 400: from then on the client waits. */
  readonly pending: Promise<unknown>
}

afterEach(closeServers)

async function start(mount: '/oauth' | '/', options: Partial<DeviceAuthOptions<Request>> = {}): Promise<TestServer> {
  const app = express()
  const origin = await serve(() => app)
  const issuer = `${origin}${mount === '/' ? '' : mount}`
  let ahead = 0
  const deviceAuth = createDeviceAuth<Request>({
    issuer,
    interval: 1,
    clock: () => Date.now() + ahead,
    clients: [
      deviceClient({ client_id: 'tv', scope }),
      deviceClient({ client_id: 'printer', client_secret: secret, scope }),
      deviceClient({
        client_id: 'kiosk',
        client_secret: secret,
        scope,
        token_endpoint_auth_method: 'client_secret_post',
      }),
      { client_id: 'api', client_secret: secret, grant_types: [], resource_server: true },
    ],
    ...options,
  })
  const polls: number[] = []
  const pending = new Promise((resolve) => {
    app.use((req, res, next) => {
      res.on('finish', () => {
        if (req.originalUrl.endsWith(options.paths?.token ?? '/token')) polls.push(res.statusCode)
        if (polls.includes(400)) resolve(undefined)
      })
      next()
    })
  })
  app.use(mount, deviceAuthRouter(deviceAuth))
  app.use(metadataRouter(deviceAuth))
  app.get('/api', requireToken(deviceAuth, { scope }), (req, res) => void res.json(req.deviceToken))
  const advance = (seconds: number): void => {
    ahead += seconds * 1000
  }
  return { issuer, deviceAuth, advance, polls, pending }
}

async function callApi({ issuer }: TestServer, token: string): Promise<{ status: number; subject?: string }> {
  const response = await fetch(new URL('/api', issuer), { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, ...(response.ok ? ((await response.json()) as { subject: string }) : {}) }
}

/** Approves after the device was told to wait. */
async function approveLater({ deviceAuth, pending }: TestServer, userCode: string): Promise<void> {
  await pending
  expect(await deviceAuth.approve(userCode, user)).toBe('decided')
}

describe('openid-client 6', () => {
  const insecure: openid.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] }
  const discover = ({ issuer }: TestServer, id: string, method: openid.ClientAuth): Promise<openid.Configuration> =>
    openid.discovery(new URL(issuer), id, undefined, method, insecure)

  it.each([
    ['tv', 'no secret', openid.None()],
    ['printer', 'client_secret_basic', openid.ClientSecretBasic(secret)],
    ['kiosk', 'client_secret_post', openid.ClientSecretPost(secret)],
  ])('%s with %s: discovery, sign-in, refresh, introspection, revocation', async (id, _method, method) => {
    const target = await start('/oauth')
    const client = await discover(target, id, method)
    const codes = await openid.initiateDeviceAuthorization(client, { scope })
    const [token] = await Promise.all([
      openid.pollDeviceAuthorizationGrant(client, codes),
      approveLater(target, codes.user_code),
    ])
    expect(target.polls).toEqual([...target.polls.slice(1).fill(400), 200])
    expect(token).toMatchObject({ token_type: 'bearer', scope, expires_in: 3600 })
    expect(await callApi(target, token.access_token)).toMatchObject({ status: 200, subject: 'ada' })

    const refreshed = await openid.refreshTokenGrant(client, token.refresh_token ?? '')
    expect(refreshed.refresh_token).not.toBe(token.refresh_token)
    expect(await callApi(target, refreshed.access_token)).toMatchObject({ status: 200, subject: 'ada' })

    const resourceServer = await discover(target, 'api', openid.ClientSecretBasic(secret))
    expect(await openid.tokenIntrospection(resourceServer, refreshed.access_token)).toMatchObject({
      active: true,
      client_id: id,
      sub: 'ada',
      username: 'Ada Lovelace',
      scope,
    })
    await openid.tokenRevocation(client, refreshed.refresh_token ?? '')
    expect(await openid.tokenIntrospection(resourceServer, refreshed.access_token)).toEqual({ active: false })
    expect(await callApi(target, refreshed.access_token)).toEqual({ status: 401 })
  })

  it('gets the errors for a denial, a wrong secret and an unknown client', async () => {
    const target = await start('/oauth')
    const client = await discover(target, 'tv', openid.None())
    const codes = await openid.initiateDeviceAuthorization(client, { scope })
    await target.deviceAuth.deny(codes.user_code)
    await expect(openid.pollDeviceAuthorizationGrant(client, codes)).rejects.toMatchObject({ error: 'access_denied' })
    const wrong = await discover(target, 'printer', openid.ClientSecretBasic('wrong'))
    await expect(openid.initiateDeviceAuthorization(wrong, { scope })).rejects.toMatchObject({
      cause: [{ scheme: 'basic', parameters: { realm: target.issuer } }],
    })
    const stranger = await discover(target, 'stranger', openid.None())
    await expect(openid.initiateDeviceAuthorization(stranger, {})).rejects.toMatchObject({ error: 'invalid_client' })
  })
})

describe('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true } as const

  async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
    return oauth.processDiscoveryResponse(url, response)
  }

  it.each([
    ['tv', 'no secret', oauth.None()],
    ['printer', 'client_secret_basic', oauth.ClientSecretBasic(secret)],
    ['kiosk', 'client_secret_post', oauth.ClientSecretPost(secret)],
  ])('%s with %s: every step, with a poll that is too early', async (client_id, _method, method) => {
    const target = await start('/oauth', { interval: 5 })
    const as = await discover(target.issuer)
    const client: oauth.Client = { client_id }
    const asked = await oauth.deviceAuthorizationRequest(as, client, method, { scope }, insecure)
    const codes = await oauth.processDeviceAuthorizationResponse(as, client, asked)
    expect(codes).toMatchObject({ expires_in: 600, interval: 5, verification_uri: `${target.issuer}/device` })
    const poll = async (): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.deviceCodeGrantRequest(as, client, method, codes.device_code, insecure)
      return oauth.processDeviceCodeResponse(as, client, response)
    }
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending', status: 400 })
    await expect(poll()).rejects.toMatchObject({ error: 'slow_down', cause: { interval: 10 } })
    target.advance(10)
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await target.deviceAuth.approve(codes.user_code, user)
    const token = await poll()
    expect(await callApi(target, token.access_token)).toMatchObject({ status: 200, subject: 'ada' })

    const refreshing = await oauth.refreshTokenGrantRequest(as, client, method, token.refresh_token ?? '', insecure)
    const refreshed = await oauth.processRefreshTokenResponse(as, client, refreshing)
    expect(await callApi(target, refreshed.access_token)).toMatchObject({ status: 200 })

    const introspect = async (): Promise<oauth.IntrospectionResponse> => {
      const api: oauth.Client = { client_id: 'api' }
      const secretOfApi = oauth.ClientSecretBasic(secret)
      const answer = await oauth.introspectionRequest(as, api, secretOfApi, refreshed.access_token, insecure)
      return oauth.processIntrospectionResponse(as, api, answer)
    }
    expect(await introspect()).toMatchObject({ active: true, client_id, sub: 'ada', iss: target.issuer })
    const revoking = await oauth.revocationRequest(as, client, method, refreshed.access_token, insecure)
    expect(await oauth.processRevocationResponse(revoking)).toBeUndefined()
    expect(await introspect()).toEqual({ active: false })
  })

  it('can parse the challenge of the API', async () => {
    const target = await start('/oauth')
    const asked = oauth.protectedResourceRequest(
      'bad-token',
      'GET',
      new URL('/api', target.issuer),
      undefined,
      undefined,
      insecure,
    )
    await expect(asked).rejects.toMatchObject({
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token', realm: target.issuer } }],
    })
  })
})

describe('openid-client 5, an older code base that many applications still use', () => {
  it.each([
    ['tv', { token_endpoint_auth_method: 'none' }],
    ['printer', { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret }],
    ['kiosk', { token_endpoint_auth_method: 'client_secret_post', client_secret: secret }],
  ] as const)('%s: discovery, sign-in, refresh, revocation', async (client_id, metadata) => {
    const target = await start('/oauth')
    const issuer = await openid5.Issuer.discover(`${target.issuer}/.well-known/oauth-authorization-server`)
    const client = new issuer.Client({ client_id, response_types: [], ...metadata })
    const handle = await client.deviceAuthorization({ scope })
    const [token] = await Promise.all([handle.poll(), approveLater(target, handle.user_code)])
    expect(await callApi(target, token.access_token ?? '')).toMatchObject({ status: 200, subject: 'ada' })
    const refreshed = await client.refresh(token.refresh_token ?? '')
    expect(await callApi(target, refreshed.access_token ?? '')).toMatchObject({ status: 200, subject: 'ada' })
    await client.revoke(refreshed.refresh_token ?? '')
    expect(await callApi(target, refreshed.access_token ?? '')).toEqual({ status: 401 })
  })
})

describe("GitHub's @octokit/auth-oauth-device, with the paths of GitHub", () => {
  const paths = { deviceAuthorization: '/login/device/code', token: '/login/oauth/access_token' }

  /** GitHub's client sends JSON, but RFC 8628 demands a form, so this `fetch` converts the body. */
  function sendForm(url: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), 'content-type': 'application/x-www-form-urlencoded' }
    return fetch(url, { ...init, headers, body: new URLSearchParams(JSON.parse(String(init.body))) })
  }

  it('signs in at its own pace, and gets the error for a denial', async () => {
    const target = await start('/', { paths })
    const signIn = (decide: (userCode: string) => Promise<unknown>): Promise<{ token: string }> =>
      createOAuthDeviceAuth({
        clientType: 'oauth-app',
        clientId: 'tv',
        scopes: [scope],
        request: octokitRequest.defaults({ baseUrl: target.issuer, request: { fetch: sendForm } }),
        onVerification: ({ user_code }) => void decide(user_code),
      })({ type: 'oauth' })
    const { token } = await signIn((userCode) => approveLater(target, userCode))
    expect(target.polls.at(0)).toBe(400)
    expect(await callApi(target, token)).toMatchObject({ status: 200, subject: 'ada' })
    const denied = signIn((userCode) => target.deviceAuth.deny(userCode))
    await expect(denied).rejects.toMatchObject({ response: { data: { error: 'access_denied' } } })
  })
})
