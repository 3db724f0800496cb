import { base64url } from './base64url.ts'

/** A private key of WebCrypto. */
export type SigningKey = Parameters<typeof crypto.subtle.sign>[1]

/** The claims of a JWT, by their names in RFC 7519. */
export type Claims = Readonly<Record<string, unknown>>

/** The parameters of WebCrypto for a signature of each algorithm. */
export const algorithms = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  EdDSA: { name: 'Ed25519' },
} as const

/** The name of a signature algorithm, as in the header of a JWT. */
export type SigningAlgorithm = keyof typeof algorithms

/**
 * Makes a signed JWT.
 *
 * @param key - A private key, or a function that signs these bytes.
 */
export async function signJwt(
  header: Claims & { readonly alg: SigningAlgorithm },
  claims: Claims,
  key: SigningKey | ((data: Uint8Array) => Uint8Array | Promise<Uint8Array>),
): Promise<string> {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
  const data = new TextEncoder().encode(input)
  const signature = typeof key === 'function' ? key(data) : crypto.subtle.sign(algorithms[header.alg], key, data)
  return `${input}.${base64url(new Uint8Array(await signature))}`
}
