// Clients that others wrote authenticate by assertions (RFC 7523), with all their checks on, through Express.
import type { webcrypto } from 'node:crypto'
import * as client from '@device-auth/client'
import { createDeviceAuth, type DeviceAuth, deviceAuthRouter, deviceClient, metadataRouter } from '@device-auth/express'
import { clientSecretJwt, privateKeyJwt } from '@device-auth/jwt'
import express from 'express'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, serve } from './serve.ts'

const scope = 'profile'
const user = { subject: 'ada', username: 'Ada Lovelace' }
const secret = 'a-secret-of-more-than-thirty-two-characters'

afterEach(closeServers)

const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  Ed25519: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
} as const

async function start(
  alg: keyof typeof algorithms,
  fetchJson: (url: URL) => Promise<unknown> = () => Promise.reject(new Error('not expected')),
): Promise<{ issuer: string; deviceAuth: DeviceAuth; privateKey: webcrypto.CryptoKey }> {
  const app = express()
  const origin = await serve(() => app)
  const issuer = `${origin}/oauth`
  const pair = (await crypto.subtle.generateKey(algorithms[alg], true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const publicKey = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), alg, kid: 'one' }
  const tv = deviceClient({
    client_id: 'tv',
    scope,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [publicKey] },
  })
  const { jwks: _, ...withoutKeys } = tv
  const remote = { ...withoutKeys, client_id: 'remote', jwks_uri: 'https://tv.example.com/jwks' }
  const api = { client_id: 'api', client_secret: secret, token_endpoint_auth_method: 'client_secret_jwt' }
  const deviceAuth = createDeviceAuth({
    issuer,
    interval: 1,
    clients: [tv, remote, { ...api, grant_types: [], resource_server: true }],
    clientAuthentication: { private_key_jwt: privateKeyJwt({ fetchJson }), client_secret_jwt: clientSecretJwt() },
  })
  app.use('/oauth', deviceAuthRouter(deviceAuth))
  app.use(metadataRouter(deviceAuth))
  return { issuer, deviceAuth, privateKey: pair.privateKey }
}

describe.each(['ES256', 'Ed25519', 'RS256'] as const)('7523-2.2-1 private_key_jwt with %s', (alg) => {
  it('openid-client: sign-in, refresh, introspection by client_secret_jwt, revocation', async () => {
    const { issuer, deviceAuth, privateKey } = await start(alg)
    const execute = [openid.allowInsecureRequests]
    const discover = (id: string, method: openid.ClientAuth) =>
      openid.discovery(new URL(issuer), id, {}, method, { execute, algorithm: 'oauth2' })
    const client = await discover('tv', openid.PrivateKeyJwt({ key: privateKey, kid: 'one' }))
    const codes = await openid.initiateDeviceAuthorization(client, { scope })
    expect(await deviceAuth.approve(codes.user_code, user)).toBe('decided')
    const tokens = await openid.pollDeviceAuthorizationGrant(client, codes)
    const refreshed = await openid.refreshTokenGrant(client, tokens.refresh_token ?? '')
    const api = await discover('api', openid.ClientSecretJwt(secret))
    expect(await openid.tokenIntrospection(api, refreshed.access_token)).toMatchObject({ active: true, sub: 'ada' })
    await openid.tokenRevocation(client, refreshed.refresh_token ?? '')
    expect(await openid.tokenIntrospection(api, refreshed.access_token)).toEqual({ active: false })
    const { token_endpoint_auth_signing_alg_values_supported: supported } = client.serverMetadata()
    expect(supported).toEqual(expect.arrayContaining([alg, 'HS256']))
  })

  it('oauth4webapi: sign-in; the same with another key, or another audience, is refused', async () => {
    const { issuer, deviceAuth, privateKey } = await start(alg)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const discovered = await oauth.discoveryRequest(new URL(issuer), { ...insecure, algorithm: 'oauth2' })
    const as = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
    const client: oauth.Client = { client_id: 'tv' }
    const authentication = oauth.PrivateKeyJwt({ key: privateKey, kid: 'one' })
    const request = (method: oauth.ClientAuth) =>
      oauth.deviceAuthorizationRequest(as, client, method, new URLSearchParams({ scope }), insecure)
    const codes = await oauth.processDeviceAuthorizationResponse(as, client, await request(authentication))
    expect(await deviceAuth.approve(codes.user_code, user)).toBe('decided')
    const answer = await oauth.deviceCodeGrantRequest(as, client, authentication, codes.device_code, insecure)
    expect(await oauth.processDeviceCodeResponse(as, client, answer)).toMatchObject({ token_type: 'bearer', scope })

    const other = (await crypto.subtle.generateKey(algorithms[alg], true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair
    const elsewhere = {
      [oauth.modifyAssertion]: (_: object, claims: object) => void Object.assign(claims, { aud: 'x' }),
    }
    const forged = [
      oauth.PrivateKeyJwt({ key: other.privateKey, kid: 'one' }),
      oauth.PrivateKeyJwt({ key: privateKey, kid: 'two' }),
      oauth.PrivateKeyJwt({ key: privateKey, kid: 'one' }, elsewhere),
    ]
    for (const method of forged) {
      const response = await request(method)
      expect({ status: response.status, body: await response.json() }).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      })
    }
  })
})

it('7523-2.2-1 our own client signs in by its key, and by a function that signs', async () => {
  const { issuer, deviceAuth, privateKey } = await start('ES256')
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const sign = async (claims: object): Promise<string> => {
    const text = `${encode({ alg: 'ES256', kid: 'one' })}.${encode(claims)}`
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Buffer.from(text))
    return `${text}.${Buffer.from(signature).toString('base64url')}`
  }
  const ways = [
    client.privateKeyJwt({ key: privateKey, algorithm: 'ES256', keyId: 'one', audience: issuer }),
    client.privateKeyJwt({ sign, audience: issuer }),
  ]
  for (const authentication of ways) {
    const tv = { clientId: 'tv', authentication }
    const codes = await client.requestDeviceAuthorization({ ...tv, address: `${issuer}/device_authorization` })
    if (!codes.ok) throw new Error(codes.message)
    expect(await deviceAuth.approve(codes.userCode, user)).toBe('decided')
    const polled = { ...tv, address: `${issuer}/token`, deviceCode: codes.deviceCode }
    expect(await client.pollDeviceToken(polled)).toMatchObject({ ok: true, scope })
  }
})

it('7523-3-6 keys at a jwks_uri, with a key that is new there', async () => {
  let keys: object[] = []
  const { issuer, deviceAuth, privateKey } = await start('ES256', async () => ({ keys }))
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', privateKey)
  const authentication = client.privateKeyJwt({ key: privateKey, algorithm: 'ES256', keyId: 'one', audience: issuer })
  const remote = { clientId: 'remote', authentication, address: `${issuer}/device_authorization` }
  keys = [{ kty, crv, x, y, kid: 'one' }]
  expect(await client.requestDeviceAuthorization(remote)).toMatchObject({ ok: true })
  const other = client.privateKeyJwt({ key: privateKey, algorithm: 'ES256', keyId: 'two', audience: issuer })
  expect(await client.requestDeviceAuthorization({ ...remote, authentication: other })).toMatchObject({
    ok: false,
    error: 'invalid_client',
  })
  expect(deviceAuth.metadata.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
})
