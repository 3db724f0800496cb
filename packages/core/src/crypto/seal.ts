import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto'
import { randomNonce } from './random.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Derives a key of 256 bits for one purpose from a secret that has several: HKDF-SHA-256.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5869#section-2 RFC 5869 section 2}
 */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `device-auth ${purpose}`, 32))
}

/**
 * Derives a key from a secret that is random itself, such as a device code: one hash over counter, secret and purpose. HKDF,
 * which takes several and costs ten times as much, is for keys that are derived once.
 *
 * @see {@link https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-56Cr2.pdf NIST SP 800-56C Rev. 2 section 4}
 */
export function deriveKeyFast(secret: string, purpose: string): Buffer {
  return hash('sha256', `\0\0\0\u0001${secret}device-auth ${purpose}`, 'buffer')
}

/** The keys of one purpose: the key of the current secret, then those of previous secrets. */
export type Keys = readonly [current: Buffer, ...previous: Buffer[]]

/** The secrets of a server: the current one, then previous ones, whose codes, forms and tokens are still accepted. */
export type Secrets = readonly [current: string, ...previous: string[]]

/** Derives a key from each secret. */
export function deriveKeys([current, ...previous]: Secrets, purpose: string): Keys {
  return [deriveKey(current, purpose), ...previous.map((secret) => deriveKey(secret, purpose))]
}

/** Encrypts and authenticates a text: AES-256-GCM, in base64url. */
export function seal(key: Buffer, text: string): string {
  const nonce = randomNonce(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const [sealed, end] = [cipher.update(text, 'utf8'), cipher.final()]
  return Buffer.concat([nonce, sealed, end, cipher.getAuthTag()]).toString('base64url')
}

/** Opens a sealed text. `undefined` if it was not sealed with this key, or was changed. */
export function unseal(key: Buffer, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  // Node ignores other characters in base64url, so one sealed text would have many spellings
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
    const text = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
