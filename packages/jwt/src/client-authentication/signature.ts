import type { KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'

/**
 * True if one of the keys made the signature of a JWT.
 *
 * @param alg - The only algorithm that is accepted. It has to be checked against the key before.
 */
export async function isSignedBy(
  jwt: string,
  keys: readonly (KeyObject | Uint8Array)[],
  alg: string,
): Promise<boolean> {
  for (const key of keys) {
    try {
      await compactVerify(jwt, key, { algorithms: [alg] })
      return true
    } catch {
      // another key may fit
    }
  }
  return false
}
