import { createHash, hash, timingSafeEqual } from 'node:crypto'

/** SHA-256, base64url: how device codes and tokens, 256 random bits each, are kept. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Compares two secrets without telling by time where they differ. */
export function secretsEqual(a: string, b: string): boolean {
  // digests have one length, whatever the secrets' are
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
