import { createHash, hash, timingSafeEqual } from 'node:crypto'
import { requireText } from '../checks.ts'

/**
 * Hashes a device code or a token for the store: SHA-256, in base64url. A plain hash is enough for 256 random bits; do
 * not use it for passwords.
 * @throws {TypeError} if it is no string.
 */
export function hashSecret(secret: string): string {
  requireText('hashSecret', 'first argument', secret, true)
  return hash('sha256', secret, 'base64url')
}

/**
 * Compares two secrets in constant time: the duration does not depend on where they differ.
 * @throws {TypeError} if one is no string: a secret that is not there must not be compared.
 */
export function secretsEqual(a: string, b: string): boolean {
  requireText('secretsEqual', 'first argument', a, true)
  requireText('secretsEqual', 'second argument', b, true)
  // of digests, because the comparison needs two values of one length
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
