import type { Awaitable, OAuthResponse } from '../http.ts'
import type { TokenRequest } from './hooks.ts'

/** One grant at the token endpoint. Its client is authenticated and registered for the grant. */
export interface GrantHandler<Native = unknown> {
  /** The parameters it reads; a repeated one is refused before it is called. */
  readonly parameters: readonly string[]
  /** Answers, or throws an `OAuthError`. */
  handle(tokenRequest: TokenRequest<Native>): Awaitable<OAuthResponse>
}
