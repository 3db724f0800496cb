import { base64url, randomText } from './base64url.ts'
import { type SigningKey, signJwt } from './jwt.ts'

/** Makes DPoP proofs, and keeps the nonces that servers give. */
export interface DpopProver {
  /** A proof for one request, and for one access token when there is one. */
  prove(method: string, url: string, accessToken?: string): Promise<string>
  /** Told of each `DPoP-Nonce` header. */
  remember(nonce: string | null): void
}

/** A key pair of `crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, ...)`. */
export interface DpopKeyPair {
  readonly privateKey: SigningKey
  readonly publicKey: SigningKey
}

/**
 * Binds tokens to a key (RFC 9449); give the same one to all requests of a sign-in.
 *
 * @param keyPair - Default: a new one, ECDSA on P-256, that cannot be exported.
 */
export async function createDpopProver(keyPair?: DpopKeyPair): Promise<DpopProver> {
  const { privateKey, publicKey } =
    keyPair ?? (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']))
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  let nonce: string | undefined
  return {
    async prove(method, url, accessToken) {
      const { origin, pathname } = new URL(url)
      const claims = {
        jti: randomText(),
        htm: method,
        htu: origin + pathname,
        iat: Math.floor(Date.now() / 1000),
        ...(nonce === undefined ? {} : { nonce }),
        ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
      }
      return signJwt({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }, claims, privateKey)
    },
    remember(given) {
      nonce = given ?? nonce
    },
  }
}

/** SHA-256 of a text, in base64url. */
export async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}
