import { createHash } from 'node:crypto'
import type { Algorithm } from '../keys/signing-key.ts'

/**
 * The claim `at_hash`: the left half of the hash of the access token. The hash is that of the signature: SHA-512 for EdDSA with
 * Ed25519, SHA-256 for the others.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken OpenID Connect Core section 3.1.3.6}
 */
export function accessTokenHash(accessToken: string, alg: Algorithm): string {
  const hash = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
    .update(accessToken, 'ascii')
    .digest()
  return hash.toString('base64url', 0, hash.length / 2)
}
