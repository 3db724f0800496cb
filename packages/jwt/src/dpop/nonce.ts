import { createHmac } from 'node:crypto'
import type { ProofServer } from '@device-auth/core'

/** Seconds after which the server gives another nonce. The one before is accepted as long again. */
const PERIOD = 120

/** The seconds in which a nonce may be accepted. */
export const NONCE_LIFETIME = 2 * PERIOD

/**
 * The nonce of this moment. It is calculated from the time and a key, so nothing has to be kept, and all processes accept it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-8 RFC 9449 section 8}
 */
export function currentNonce({ now, nonceKeys: [key] }: ProofServer): string {
  return nonceOf(periodAt(now), key)
}

/** True for the nonce of this period or of the one before, by the current key or a previous one. */
export function isNonce(nonce: unknown, { now, nonceKeys }: ProofServer): boolean {
  const at = periodAt(now)
  return nonceKeys.some((key) => nonce === nonceOf(at, key) || nonce === nonceOf(at - 1, key))
}

function periodAt(now: number): number {
  return Math.floor(now / (PERIOD * 1000))
}

function nonceOf(at: number, key: Buffer): string {
  return createHmac('sha256', key).update(`nonce ${at}`).digest().toString('base64url', 0, 16)
}
