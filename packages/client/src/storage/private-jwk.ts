import type { webcrypto } from 'node:crypto'
import { type DpopKeyPair, newKey } from '../auth/dpop-key.ts'

/** A private key as a file has it. */
export type PrivateJwk = webcrypto.JsonWebKey

/** Makes a new key on P-256 for a file. */
export async function newPrivateJwk(): Promise<PrivateJwk> {
  const { privateKey } = await crypto.subtle.generateKey(newKey, true, ['sign', 'verify'])
  return crypto.subtle.exportKey('jwk', privateKey)
}

/**
 * The key pair of a file. Code in this process cannot export the private key from it again.
 *
 * @returns `undefined` when it is no private key on P-256.
 */
export async function keyPairOf({
  kty = '',
  crv = '',
  x = '',
  y = '',
  d = '',
}: PrivateJwk): Promise<DpopKeyPair | undefined> {
  try {
    return {
      privateKey: await crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, newKey, false, ['sign']),
      publicKey: await crypto.subtle.importKey('jwk', { kty, crv, x, y }, newKey, true, ['verify']),
    }
  } catch {
    // a broken file is as good as none
    return undefined
  }
}
