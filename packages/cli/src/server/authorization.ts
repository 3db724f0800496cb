import type { StoredToken } from '@device-auth/client'
import type { DpopProver } from '@device-auth/client/dpop'

/** Tokens, and the prover of the key that they are bound to. */
export interface UsableToken extends StoredToken {
  readonly dpop?: DpopProver | undefined
}

/**
 * The value of the Authorization header for a token. `undefined` if its type is not `Bearer`, because any other needs more than a header,
 * or if the token has characters that a header must not have: they could control a terminal, or add a header to a request.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750 section 2.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-7.1 RFC 6749 section 7.1}
 */
export function authorizationOf({ tokenType, accessToken }: StoredToken): string | undefined {
  return /^bearer$/i.test(tokenType) && isVisible(accessToken) ? `Bearer ${accessToken}` : undefined
}

/**
 * The headers for one request with a token: Authorization, and DPoP if the token is bound to a key. `undefined` for a token of another type.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7.1 RFC 9449 section 7.1}
 */
export async function requestHeaders(
  token: UsableToken,
  method: string,
  url: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { tokenType, accessToken, dpop } = token
  if (dpop !== undefined && /^dpop$/i.test(tokenType) && isVisible(accessToken))
    return { Authorization: `DPoP ${accessToken}`, DPoP: await dpop.prove(method, url, accessToken) }
  const authorization = authorizationOf(token)
  return authorization === undefined ? undefined : { Authorization: authorization }
}

/**
 * True if a token is of visible ASCII.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 RFC 6749 appendix A.12}
 */
export function isVisible(token: string): boolean {
  return /^[\x20-\x7e]+$/.test(token)
}
