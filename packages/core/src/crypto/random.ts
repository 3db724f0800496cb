import { randomFillSync } from 'node:crypto'

// One call to the CSPRNG fills many codes; each byte is handed out once.
const pool = Buffer.alloc(4096)
let used = pool.length

function take(count: number): number {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return used - count
}

/** 256 random bits, base64url: 43 characters. */
export function randomToken(): string {
  const start = take(32)
  return pool.toString('base64url', start, start + 32)
}

/** A whole number from 0 to `count` - 1 (at most 256), without bias. */
export function randomIndex(count: number): number {
  const limit = 256 - (256 % count)
  for (;;) {
    const byte = pool[take(1)] ?? 0
    if (byte < limit) return byte % count
  }
}
