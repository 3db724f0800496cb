import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Client, type DeviceAuthOptions, deviceClient, type OAuthResponse } from '@device-auth/core'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import { expect } from 'vitest'
import { issuer, keyOf, start, startServer, type TestServer } from '../server.ts'

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** A key pair that no server knows. */
export const stranger: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** The public key of a private one, as a JWK with members. */
export function publicJwk(key: KeyObject, more: object = {}): Readonly<Record<string, unknown>> {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, ...more }))
}

/** The client whose id is `tv`; it signs with ES256. */
export const tv: Client = deviceClient({
  client_id: 'tv',
  scope: 'profile',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [publicJwk(keyOf('ES256'), { kid: 'one' })] },
})

let count = 0

/** The parts of an assertion that a test changes: `undefined` leaves a claim out. */
export interface Changes {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Partial<JWTHeaderParameters>
  readonly key?: Parameters<SignJWT['sign']>[0]
}

/** An assertion of the client `tv`, right unless it is changed. */
export function assertionJwt({ claims, header, key = keyOf('ES256') }: Changes = {}): Promise<string> {
  const now = start / 1000
  const payload = { iss: 'tv', sub: 'tv', aud: issuer, iat: now, exp: now + 60, jti: `id-${++count}`, ...claims }
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key)
}

/** The parameters of a request that an assertion authenticates. */
export function withAssertion(jwt: string): Record<string, string> {
  return { client_assertion_type: assertionType, client_assertion: jwt }
}

/** A server for the client `tv`. */
export function serverFor(
  clientAuthentication: NonNullable<DeviceAuthOptions['clientAuthentication']>,
  client: Client = tv,
  options: Partial<DeviceAuthOptions> = {},
): TestServer {
  return startServer({ clients: [client], scopes: { profile: '' }, clientAuthentication, ...options })
}

/** Asks for codes with an assertion. */
export function ask(server: TestServer, jwt: string, more: Record<string, string> = {}): Promise<OAuthResponse> {
  return server.post('/device_authorization', { ...withAssertion(jwt), ...more })
}

/** Expects the refusal of a client. */
export function expectInvalidClient({ status, body }: OAuthResponse): void {
  expect({ status, error: JSON.parse(body).error }).toEqual({ status: 401, error: 'invalid_client' })
}
