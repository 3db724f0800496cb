import { randomFillSync } from 'node:crypto'

// random bytes for many codes, filled by one call to the CSPRNG; each byte is used once
const pool = Buffer.alloc(4096)
let used = pool.length

/** Takes bytes from the pool, and returns the position of the first. */
function takeBytes(count: number): number {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return used - count
}

/** Makes a token of 256 random bits: 43 characters of base64url. */
export function randomToken(): string {
  const start = takeBytes(32)
  return pool.toString('base64url', start, start + 32)
}

/** Makes a nonce of so many random bytes. */
export function randomNonce(bytes: number): Buffer {
  const start = takeBytes(bytes)
  return Buffer.from(pool.subarray(start, start + bytes))
}

/**
 * Draws a whole number from 0 to `count` - 1, without bias.
 *
 * @param count - At most 256.
 */
export function randomIndex(count: number): number {
  const limit = 256 - (256 % count)
  for (;;) {
    const byte = pool[takeBytes(1)] ?? 0
    if (byte < limit) return byte % count
  }
}
