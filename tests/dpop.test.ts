// Clients with DPoP and nonces, ours and those of others: sign in, refresh, call an API, introspect and revoke, in each framework.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeviceFlow } from '@device-auth/client'
import { createDpopProver } from '@device-auth/client/dpop'
import { deviceClient } from '@device-auth/core'
import { dpop } from '@device-auth/jwt'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterEach, describe, expect, it } from 'vitest'
import { type Adapted, adapters } from './adapters.ts'

const secret = 'the-secret-of-the-resource-server'
const user = { subject: 'ada', username: 'Ada Lovelace' }

let server: Server
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

interface Started {
  readonly issuer: string
  readonly api: URL
  readonly deviceAuth: Adapted['deviceAuth']
}

async function start(adapter: string): Promise<Started> {
  server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = `${origin}/oauth`
  const clients = [
    deviceClient({ client_id: 'tv', scope: 'profile', dpop_bound_access_tokens: true }),
    { client_id: 'api', client_secret: secret, grant_types: [], resource_server: true },
  ]
  const adapt = adapters[adapter]
  if (adapt === undefined) throw new Error(`there is no ${adapter}`)
  const { deviceAuth, listener } = adapt({ issuer, clients, interval: 1, keyBinding: dpop({ nonces: true }) })
  server.on('request', listener)
  return { issuer, api: new URL('/api', origin), deviceAuth }
}

/** The answer of introspection to the resource server. */
async function introspect(issuer: string, token: string): Promise<openid.IntrospectionResponse> {
  const execute = [openid.allowInsecureRequests]
  const api = await openid.discovery(new URL(issuer), 'api', {}, openid.ClientSecretBasic(secret), {
    algorithm: 'oauth2',
    execute,
  })
  return openid.tokenIntrospection(api, token)
}

describe.each(['Express 5', 'Koa 3', 'Fastify 5', 'Nest 12 on Express', 'Hono', 'node:http'])('%s', (adapter) => {
  it('our client: the grant is bound to its key from the first request', async () => {
    const { issuer, api, deviceAuth } = await start(adapter)
    const prover = await createDpopProver()
    const flow = new DeviceFlow({ issuer, clientId: 'tv', dpop: prover, pkce: true })
    const codes = await flow.getDeviceCode()
    if (!codes.ok) throw new Error(codes.errorDescription)
    expect(codes.deviceCode).toMatch(/~c[\w-]{43}~j[\w-]{43}$/)
    await deviceAuth.approve(codes.userCode, user)
    flow.startPolling()
    expect(await flow.finished()).toMatchObject({ ok: true, tokenType: 'DPoP' })
    expect(await flow.refreshTokens()).toMatchObject({ ok: true, tokenType: 'DPoP' })

    const call = async (): Promise<Response> => {
      const response = await fetch(await flow.prepare(new Request(api)))
      prover.remember(response.headers.get('dpop-nonce'))
      return response
    }
    expect((await call()).status).toBe(200)
    const bearer = await fetch(api, { headers: { authorization: `Bearer ${flow.token}` } })
    expect(bearer.status).toBe(401)
    expect(bearer.headers.get('www-authenticate')).toMatch(/DPoP algs="ES256/)
    const bound = { active: true, token_type: 'DPoP', cnf: { jkt: codes.deviceCode.slice(-43) } }
    expect(await introspect(issuer, flow.token ?? '')).toMatchObject(bound)
    flow.close()
  })

  it('openid-client: the tokens are bound, refreshed, used, introspected and revoked', async () => {
    const { issuer, api, deviceAuth } = await start(adapter)
    const execute = [openid.allowInsecureRequests]
    const client = await openid.discovery(new URL(issuer), 'tv', {}, openid.None(), { algorithm: 'oauth2', execute })
    const handle = openid.getDPoPHandle(client, await openid.randomDPoPKeyPair('ES256'))
    const dpop_jkt = await handle.calculateThumbprint()
    const codes = await openid.initiateDeviceAuthorization(client, { scope: 'profile', dpop_jkt })
    expect(codes.device_code).toMatch(new RegExp(`~j${dpop_jkt}$`))
    await deviceAuth.approve(codes.user_code, user)
    const tokens = await openid.pollDeviceAuthorizationGrant(client, codes, undefined, { DPoP: handle })
    expect(tokens.token_type).toBe('dpop')
    const refreshed = await openid.refreshTokenGrant(client, tokens.refresh_token ?? '', undefined, { DPoP: handle })
    const { access_token } = refreshed
    const resource = { DPoP: handle }
    const answer = await openid.fetchProtectedResource(client, access_token, api, 'GET', null, undefined, resource)
    expect(answer.status).toBe(200)
    expect(await introspect(issuer, access_token)).toMatchObject({ active: true, cnf: { jkt: dpop_jkt } })
    const thief = openid.getDPoPHandle(client, await openid.randomDPoPKeyPair('ES256'))
    const stolen = openid.refreshTokenGrant(client, refreshed.refresh_token ?? '', undefined, { DPoP: thief })
    await expect(stolen).rejects.toMatchObject({ error: 'invalid_grant' })
    await openid.tokenRevocation(client, refreshed.refresh_token ?? '')
    expect(await introspect(issuer, access_token)).toEqual({ active: false })
  })

  it('oauth4webapi: the same, with the nonces asked for', async () => {
    const { issuer, api, deviceAuth } = await start(adapter)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const discovered = await oauth.discoveryRequest(new URL(issuer), { ...insecure, algorithm: 'oauth2' })
    const as = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
    expect(as.dpop_signing_alg_values_supported).toContain('ES256')
    const client: oauth.Client = { client_id: 'tv' }
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const form = new URLSearchParams({ scope: 'profile' })
    const asked = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), form, insecure)
    const codes = await oauth.processDeviceAuthorizationResponse(as, client, asked)
    await deviceAuth.approve(codes.user_code, user)
    const grant = () => oauth.deviceCodeGrantRequest(as, client, oauth.None(), codes.device_code, { ...insecure, DPoP })
    const refused = await oauth.processDeviceCodeResponse(as, client, await grant()).catch((error) => error)
    expect(oauth.isDPoPNonceError(refused)).toBe(true)
    const tokens = await oauth.processDeviceCodeResponse(as, client, await grant())
    expect(tokens.token_type).toBe('dpop')
    const renewal = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? '', {
      ...insecure,
      DPoP,
    })
    const renewed = await oauth.processRefreshTokenResponse(as, client, renewal)
    const call = () =>
      oauth.protectedResourceRequest(renewed.access_token, 'GET', api, undefined, null, { ...insecure, DPoP })
    const answer = await call().catch((error) => {
      if (!oauth.isDPoPNonceError(error)) throw error
      return call()
    })
    expect(answer.status).toBe(200)
    const revoked = await oauth.revocationRequest(as, client, oauth.None(), renewed.access_token, insecure)
    await oauth.processRevocationResponse(revoked)
    expect(await introspect(issuer, renewed.access_token)).toEqual({ active: false })
  })
})
