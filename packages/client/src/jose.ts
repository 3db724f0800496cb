import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { discover } from './endpoints/metadata.ts'
import type { RequestOptions } from './http/post.ts'

/** Whose id_tokens are accepted. */
export interface IdTokenVerifierOptions extends RequestOptions {
  readonly issuer: string
  readonly clientId: string
  /** Where the keys are; default: as the issuer's metadata say. */
  readonly jwksUri?: string | undefined
}

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * Checks signatures of id_tokens with the keys of their issuer; for `verifyIdToken` of a flow. Needs `jose`.
 *
 * @returns A function that rejects what is not signed by the issuer, or not for the client.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export function idTokenVerifier(options: IdTokenVerifierOptions): (idToken: string) => Promise<void> {
  const { issuer, clientId: audience } = options
  let keys: JWTVerifyGetKey | undefined
  return async (idToken) => {
    keys ??= createRemoteJWKSet(await keysAddress(options))
    await jwtVerify(idToken, keys, { issuer, audience, algorithms, clockTolerance: 300 })
  }
}

async function keysAddress(options: IdTokenVerifierOptions): Promise<URL> {
  if (options.jwksUri !== undefined) return new URL(options.jwksUri)
  const found = await discover(options.issuer, options)
  if (!found.ok) throw new Error(`The keys of the issuer were not found: ${found.error}.`)
  const { jwks_uri: uri } = found.document
  if (typeof uri !== 'string') throw new Error('The issuer names no keys.')
  return new URL(uri)
}
