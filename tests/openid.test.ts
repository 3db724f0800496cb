// Clients of OpenID Connect that others wrote, with all their checks on, against JWT access tokens and id_tokens through Express.
import { generateKeyPairSync } from 'node:crypto'
import {
  createDeviceAuth,
  type DeviceAuth,
  deviceAuthRouter,
  deviceClient,
  metadataRouter,
  requireToken,
} from '@device-auth/express'
import { jwtAccessTokens, jwtVerifier, openIdConnect } from '@device-auth/jwt'
import express from 'express'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, serve } from './serve.ts'

const audience = 'https://api.example.com'
const scope = 'openid profile offline_access'
const secret = 'the-secret-of-the-resource-server'
const user = { subject: 'ada', username: 'Ada Lovelace', authentication: { time: Date.now() - 60_000, amr: ['pwd'] } }

afterEach(closeServers)

async function start(alg: 'ES256' | 'EdDSA' | 'RS256'): Promise<{ issuer: string; deviceAuth: DeviceAuth }> {
  const app = express()
  const origin = await serve(() => app)
  const issuer = `${origin}/oauth`
  const pair = {
    ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: () => generateKeyPairSync('ed25519'),
    RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }
  const keys = { current: pair[alg]().privateKey }
  const deviceAuth = createDeviceAuth({
    issuer,
    interval: 1,
    clients: [
      deviceClient({ client_id: 'tv', scope }),
      { client_id: 'api', client_secret: secret, grant_types: [], resource_server: true },
    ],
    accessToken: jwtAccessTokens({ keys, audience }),
    openid: openIdConnect({ keys, claims: () => ({ name: 'Ada Lovelace' }) }),
  })
  app.use('/oauth', deviceAuthRouter(deviceAuth))
  app.use(metadataRouter(deviceAuth))
  app.get('/api', requireToken(deviceAuth, { scope: 'profile' }), (req, res) => void res.json(req.deviceToken))
  const elsewhere = requireToken(jwtVerifier({ issuer, audience }), { scope: 'profile' })
  app.get('/elsewhere', elsewhere, (_req, res) => void res.json({ verified: true }))
  return { issuer, deviceAuth }
}

describe.each(['ES256', 'EdDSA', 'RS256'] as const)('%s', (alg) => {
  it('openid-client: id_token with its signature, userinfo, refresh, resources, introspection, revocation', async () => {
    const { issuer, deviceAuth } = await start(alg)
    const execute = [openid.allowInsecureRequests, openid.enableNonRepudiationChecks]
    const discover = (id: string, method: openid.ClientAuth) =>
      openid.discovery(new URL(issuer), id, { id_token_signed_response_alg: alg }, method, { execute })
    const client = await discover('tv', openid.None())
    const codes = await openid.initiateDeviceAuthorization(client, { scope, nonce: 'n-0S6_WzA2Mj' })
    expect(await deviceAuth.approve(codes.user_code, user)).toBe('decided')
    const tokens = await openid.pollDeviceAuthorizationGrant(client, codes)
    expect(tokens.claims()).toMatchObject({ sub: 'ada', azp: 'tv', nonce: 'n-0S6_WzA2Mj', name: 'Ada Lovelace' })
    expect(await openid.fetchUserInfo(client, tokens.access_token, 'ada')).toEqual({ sub: 'ada', name: 'Ada Lovelace' })

    const refreshed = await openid.refreshTokenGrant(client, tokens.refresh_token ?? '')
    expect(refreshed.claims()).toMatchObject({ sub: 'ada', sid: tokens.claims()?.sid, amr: ['pwd'] })
    for (const path of ['/api', '/elsewhere']) {
      const resource = new URL(path, issuer)
      expect((await openid.fetchProtectedResource(client, refreshed.access_token, resource, 'GET')).status).toBe(200)
    }
    const api = await discover('api', openid.ClientSecretBasic(secret))
    const introspected = await openid.tokenIntrospection(api, refreshed.access_token)
    expect(introspected).toMatchObject({ active: true, sub: 'ada', client_id: 'tv', iss: issuer })
    await openid.tokenRevocation(client, refreshed.refresh_token ?? '')
    expect(await openid.tokenIntrospection(api, refreshed.access_token)).toEqual({ active: false })
  })

  it('oauth4webapi: validates the JWT access token and the id_token by the keys of the server', async () => {
    const { issuer, deviceAuth } = await start(alg)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const discovered = await oauth.discoveryRequest(new URL(issuer), { ...insecure, algorithm: 'oidc' })
    const as = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
    const client: oauth.Client = { client_id: 'tv', id_token_signed_response_alg: alg }
    const asked = await oauth.deviceAuthorizationRequest(
      as,
      client,
      oauth.None(),
      new URLSearchParams({ scope }),
      insecure,
    )
    const codes = await oauth.processDeviceAuthorizationResponse(as, client, asked)
    expect(await deviceAuth.approve(codes.user_code, user)).toBe('decided')
    const answer = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), codes.device_code, insecure)
    const tokens = await oauth.processDeviceCodeResponse(as, client, answer)
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ iss: issuer, sub: 'ada', aud: 'tv' })
    await oauth.validateApplicationLevelSignature(as, answer, insecure)

    const request = new Request('https://api.example.com/videos', {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    const claims = await oauth.validateJwtAccessToken(as, request, audience, { ...insecure, signingAlgorithms: [alg] })
    expect(claims).toMatchObject({ iss: issuer, sub: 'ada', client_id: 'tv', scope })
    const idToken = new Request(request, { headers: { authorization: `Bearer ${tokens.id_token}` } })
    await expect(oauth.validateJwtAccessToken(as, idToken, audience, insecure)).rejects.toThrow()

    const renewed = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token ?? '', insecure)
    expect(oauth.getValidatedIdTokenClaims(await oauth.processRefreshTokenResponse(as, client, renewed))?.sub).toBe(
      'ada',
    )
  })
})
