import { type Failure, failure } from '../http/failure.ts'
import { failureOf } from '../http/oauth-response.ts'
import { requestChecks } from '../http/option-checks.ts'
import { type EndpointRequest, post, type RequestOptions } from '../http/post.ts'
import { checkRequest } from '../runtime/options.ts'

/**
 * A revocation request.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2.1 RFC 7009 section 2.1}
 */
export interface RevokeTokenRequest extends EndpointRequest {
  /** A refresh token or an access token; where the server accepts it, the device code of a sign-in that is given up. */
  readonly token: string
  /** The kind of the token, which lets the server find it faster. */
  readonly tokenTypeHint?: 'access_token' | 'refresh_token' | (string & {}) | undefined
}

/** The end of the token, or a failure. A token that the server does not know counts as revoked. */
export type RevokeTokenResult = { readonly ok: true; readonly error?: never; readonly interval?: never } | Failure

/**
 * Revokes a token: one HTTP exchange.
 *
 * @returns Success, or a failure.
 * @throws {TypeError} for a request without one of its texts, or an option that is misspelt or wrong; never rejects otherwise.
 * @example
 * await revokeToken({ address: revocationEndpoint, clientId: 'tv', token: refreshToken, tokenTypeHint: 'refresh_token' })
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
 */
export async function revokeToken(
  request: RevokeTokenRequest,
  options: RequestOptions = {},
): Promise<RevokeTokenResult> {
  const checked = checkRequest('revokeToken', request, options, requestChecks, 'token')
  const { token, tokenTypeHint: token_type_hint } = request
  const response = await post(request, { token, token_type_hint }, checked)
  if (!response.ok) return response
  const { status, members } = response
  if (status >= 200 && status < 300) return { ok: true }
  const refused = failureOf(response, members, checked.profile)
  if (status !== 401 || refused.error !== 'invalid_response') return refused
  // another attempt gets the same answer
  const errorDescription = 'The server does not let this client revoke tokens without authentication.'
  return failure('invalid_client', { status, raw: members, errorDescription })
}
