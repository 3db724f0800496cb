import type { StoredToken } from '@device-auth/client'

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
 * True if a token is of visible ASCII.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 RFC 6749 appendix A.12}
 */
export function isVisible(token: string): boolean {
  return /^[\x20-\x7e]+$/.test(token)
}
