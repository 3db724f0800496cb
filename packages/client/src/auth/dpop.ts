import { randomText, sha256 } from './base64url.ts'
import { type DpopKey, newKeyPair, proofKeyOf } from './dpop-key.ts'
import { signJwt } from './jwt.ts'

/** Makes DPoP proofs, and keeps the nonce that the server wants in them. */
export interface DpopProver {
  /**
   * The JWK thumbprint of the key, by SHA-256: `jkt` of the tokens that are bound to it.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-6 RFC 9449 section 6}
   */
  readonly thumbprint: string
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

/**
 * Makes a prover that binds tokens to a key. Use the same prover for all requests of a sign-in.
 *
 * @param key - A key pair, or a signer for a key in hardware. Default: a new key pair that cannot be exported, and ends with this process;
 * {@link dpopKeys} has one that a token store keeps.
 * @throws {TypeError} that names a member of the key that is missing, misspelt or wrong.
 * @example
 * const flow = new DeviceFlow({ issuer, clientId: 'tv', dpop: await createDpopProver() })
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4 RFC 9449 section 4}
 */
export async function createDpopProver(key?: DpopKey): Promise<DpopProver> {
  const given = key ?? (await newKeyPair())
  const { jwk, algorithm: alg, sign, thumbprint } = await proofKeyOf('createDpopProver', given)
  let nonce: string | undefined
  return {
    thumbprint,
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
      return signJwt({ typ: 'dpop+jwt', alg, jwk }, claims, sign)
    },
    remember(fresh) {
      nonce = fresh ?? nonce
    },
  }
}
