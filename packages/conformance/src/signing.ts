import type { webcrypto } from 'node:crypto'

type Members = Readonly<Record<string, unknown>>
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A pair of keys for ES256 that the kit makes for one case. */
export interface SigningKey {
  readonly privateKey: webcrypto.CryptoKey
  /** The members of the public key as a JWK. */
  readonly publicJwk: Members
  /** The same with the private member `d`, for the case that sends it by mistake. */
  readonly privateJwk: Members
}

/** Makes a new key. */
export async function createSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return { privateKey: pair.privateKey, publicJwk: { kty, crv, x, y }, privateJwk: { kty, crv, x, y, d } }
}

/** Reads the private key of a client, a JWK on the curve P-256. */
export async function importSigningKey(jwk: Members): Promise<webcrypto.CryptoKey> {
  const { x, y, d } = jwk
  if (typeof x !== 'string' || typeof y !== 'string' || typeof d !== 'string')
    throw new TypeError('the privateKey of a client must be a private JWK on the curve P-256, with x, y and d')
  return crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y, d }, algorithm, false, ['sign'])
}

const encode = (value: Members): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * A JWT in its compact form, signed by ES256. `header` may claim another algorithm, for the cases that expect a refusal:
 * with `none` there is no signature, with `HS256` it is an HMAC whose key is the header.
 */
export async function signJwt(header: Members, claims: Members, key: webcrypto.CryptoKey): Promise<string> {
  const input = `${encode(header)}.${encode(claims)}`
  const bytes = new TextEncoder().encode(input)
  const { alg = 'ES256' } = header
  if (alg === 'none') return `${input}.`
  if (alg === 'HS256') {
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const secret = new TextEncoder().encode(JSON.stringify(header.jwk ?? header))
    const symmetric = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign'])
    return `${input}.${Buffer.from(await crypto.subtle.sign(hmac, symmetric, bytes)).toString('base64url')}`
  }
  return `${input}.${Buffer.from(await crypto.subtle.sign(algorithm, key, bytes)).toString('base64url')}`
}

/** The SHA-256 of a text in base64url, as the claim `ath` has it. */
export async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64url')
}
