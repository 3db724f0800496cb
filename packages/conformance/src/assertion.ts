import type { ConformanceContext } from './case.ts'
import { post } from './client.ts'
import type { HttpResponse } from './http.ts'
import { importSigningKey, signJwt } from './signing.ts'
import { type ConformanceKeyClient, skip } from './target.ts'

type Members = Readonly<Record<string, unknown>>

/** The parts of an assertion that a case makes wrong. A claim with the value `undefined` is left out. */
export interface AssertionChanges {
  readonly header?: Members
  readonly claims?: Members
}

/** A client of the target that signs assertions. Skips the case if there is none. */
export function keyClient(
  t: ConformanceContext,
  name: 'privateKeyJwt' | 'privateKeyJwtByUri' = 'privateKeyJwt',
): ConformanceKeyClient {
  const found = t.target.clients[name]
  if (found === undefined) throw skip(`needs clients.${name}`)
  return found
}

/**
 * An assertion of a client for the authorization server.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-3 RFC 7523 section 3}
 */
export async function createAssertion(
  t: ConformanceContext,
  { client_id, privateKey }: ConformanceKeyClient,
  { header = {}, claims = {} }: AssertionChanges = {},
): Promise<string> {
  const iat = Math.floor(t.pacing.now())
  const standard = {
    iss: client_id,
    sub: client_id,
    aud: t.target.issuer,
    iat,
    exp: iat + 60,
    jti: crypto.randomUUID(),
  }
  const kid = typeof privateKey.kid === 'string' ? { kid: privateKey.kid } : {}
  const key = await importSigningKey(privateKey)
  return signJwt({ alg: 'ES256', ...kid, ...header }, { ...standard, ...claims }, key)
}

/** Sends a device authorization request that an assertion authenticates. */
export function requestByAssertion(
  t: ConformanceContext,
  { scope }: ConformanceKeyClient,
  assertion: string,
  more: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  return post(t, t.endpoints.deviceAuthorization, {
    ...(scope === undefined ? {} : { scope }),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...more,
  })
}
