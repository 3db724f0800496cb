import { createHash, hash, timingSafeEqual } from 'node:crypto'

/**
 * Hashes a device code or a token for the store: SHA-256, in base64url. A plain hash is enough for 256 random bits; do
 * not use it for passwords.
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Compares two secrets in constant time: the duration does not depend on where they differ. */
export function secretsEqual(a: string, b: string): boolean {
  // of digests, because the comparison needs two values of one length
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
