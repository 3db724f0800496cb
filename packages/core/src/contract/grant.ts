import type { Awaitable, OAuthResponse } from '../http.ts'
import type { TokenRequest } from './hook-arguments.ts'

/**
 * A grant of the token endpoint. It is called after the client is authenticated and if its `grant_types` have the
 * grant.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.5 RFC 6749 section 4.5}
 */
export interface GrantHandler<Native = unknown> {
  /** The names of the parameters that it reads. A repeated one is answered `invalid_request`. */
  readonly parameters: readonly string[]
  /**
   * The parameter with the code or token that may be bound to a key. The proof is checked before `respond` is called. Default: no
   * parameter is; a proof that the request has is still checked.
   */
  readonly boundParameter?: string
  /**
   * The kind of that parameter. The format of access tokens says to which key an `accessToken` is bound; with another key the answer is
   * `invalid_request` instead of `invalid_grant`. @default 'code': a code or a refresh token
   * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.2.2 RFC 8693 section 2.2.2}
   */
  readonly boundKind?: 'code' | 'accessToken'
  /**
   * Answers a token request.
   *
   * @throws {OAuthError} to answer with an error.
   */
  respond(tokenRequest: TokenRequest<Native>): Awaitable<OAuthResponse>
}
