import type { Failure } from '../http/failure.ts'
import { type EndpointRequest, post, type RequestOptions } from '../http/post.ts'
import { failureOf } from '../http/response.ts'

/** @see https://www.rfc-editor.org/rfc/rfc7009#section-2.1 */
export interface RevokeTokenRequest extends EndpointRequest {
  /** A refresh or access token; where the server takes it, the device code of a sign-in that is given up. */
  readonly token: string
  readonly tokenTypeHint?: 'access_token' | 'refresh_token' | (string & {}) | undefined
}

/** Revoked, or why not. A token that the server does not know counts as revoked. */
export type RevokeTokenResult = { readonly ok: true; readonly error?: never; readonly interval?: never } | Failure

/**
 * Revokes a token: one exchange, and a result rather than an exception.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2
 */
export async function revokeToken(
  request: RevokeTokenRequest,
  options: RequestOptions = {},
): Promise<RevokeTokenResult> {
  const { token, tokenTypeHint: token_type_hint } = request
  const answer = await post(request, { token, token_type_hint }, options)
  if (!answer.ok) return answer
  return answer.status >= 200 && answer.status < 300 ? { ok: true } : failureOf(answer, answer.members, options.profile)
}
