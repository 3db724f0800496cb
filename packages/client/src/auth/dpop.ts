import { checkOptions, isObject } from '../runtime/options.ts'
import { randomText, sha256 } from './base64url.ts'
import { type SigningKey, signJwt } from './jwt.ts'

/** Makes DPoP proofs, and keeps the nonce that the server wants in them. */
export interface DpopProver {
  /**
   * Makes the proof for one request.
   *
   * @param method - The HTTP method, such as `POST`.
   * @param url - The URL of the request; its query and fragment do not go into the proof.
   * @param accessToken - The access token of the request, if it carries one.
   */
  prove(method: string, url: string, accessToken?: string): Promise<string>
  /**
   * Keeps the nonce for the next proofs. Called with the `DPoP-Nonce` header of each response.
   *
   * @param nonce - `null` when the response has no such header: the nonce stays as it is.
   */
  remember(nonce: string | null): void
}

/** An ECDSA key pair on P-256: `crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, ...)`. */
export interface DpopKeyPair {
  readonly privateKey: SigningKey
  readonly publicKey: SigningKey
}

/**
 * Makes a prover that binds tokens to a key. Use the same prover for all requests of a sign-in.
 *
 * @param keyPair - Default: a new key pair that cannot be exported.
 * @throws {TypeError} that names a key that is missing, misspelt or wrong.
 * @example
 * const flow = new DeviceFlow({ issuer, clientId: 'tv', dpop: await createDpopProver() })
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4 RFC 9449 section 4}
 */
export async function createDpopProver(keyPair?: DpopKeyPair): Promise<DpopProver> {
  if (keyPair)
    checkOptions('createDpopProver', keyPair, { privateKey: isObject, publicKey: isObject }, [
      'privateKey',
      'publicKey',
    ])
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
