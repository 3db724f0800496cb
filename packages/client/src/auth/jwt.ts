import { base64url, randomText } from './base64url.ts'
import type { ClientAuthentication } from './client-authentication.ts'

/** A private key of WebCrypto. */
export type SigningKey = Parameters<typeof crypto.subtle.sign>[1]

type Claims = Readonly<Record<string, unknown>>

const algorithms = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  EdDSA: { name: 'Ed25519' },
} as const

/** A signed JWT. */
export async function signJwt(
  header: Claims & { readonly alg: keyof typeof algorithms },
  claims: Claims,
  key: SigningKey,
): Promise<string> {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign(algorithms[header.alg], key, new TextEncoder().encode(input))
  return `${input}.${base64url(new Uint8Array(signature))}`
}

/** How a client signs its assertions. */
export type PrivateKeyJwtOptions = {
  /** Default: the endpoint that is asked. Most servers want their issuer. */
  readonly audience?: string
} & (
  | {
      readonly key: SigningKey
      readonly algorithm: keyof typeof algorithms
      readonly keyId?: string
    }
  /** Signs elsewhere: with `jose`, or in a key store. */
  | { readonly sign: (claims: Claims) => string | Promise<string> }
)

/**
 * The client signs an assertion for each request, valid for a minute.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuthentication {
  return async ({ address, clientId, form }) => {
    const iat = Math.floor(Date.now() / 1000)
    const aud = options.audience ?? address
    const claims = { iss: clientId, sub: clientId, aud, jti: randomText(), iat, exp: iat + 60 }
    form.set('client_id', clientId)
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    form.set('client_assertion', await signed(options, claims))
  }
}

async function signed(options: PrivateKeyJwtOptions, claims: Claims): Promise<string> {
  if ('sign' in options) return options.sign(claims)
  const { key, algorithm: alg, keyId } = options
  return signJwt({ alg, ...(keyId === undefined ? {} : { kid: keyId }) }, claims, key)
}
