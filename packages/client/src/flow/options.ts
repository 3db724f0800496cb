import type { ClientCredentials, RequestDraft } from '../auth/client-authentication.ts'
import type { DpopProver } from '../auth/dpop.ts'
import type { ServerOptions } from '../endpoints/authorization-server.ts'
import type { DeviceAuthorizationRequest } from '../endpoints/device-authorization.ts'
import type { Parameters } from '../http/post.ts'
import type { PollOptions } from '../polling/loop.ts'

/** The request that is being made: that for the metadata, the device authorization request, a poll, or a refresh. */
export type Stage = 'discovery' | 'authorization' | 'token' | 'refresh'

/**
 * The device authorization requests that carry a `nonce`. `automatic` (default): those with the scope `openid`. `enabled`: all.
 * `disabled`: none of them.
 */
export type NonceMode = 'automatic' | 'enabled' | 'disabled'

/** The options of a sign-in. `clientId` is required, and either `issuer` or the endpoints. */
export interface DeviceFlowOptions extends ServerOptions, Omit<PollOptions, 'onPoll'>, ClientCredentials {
  readonly clientId: string
  /** The scopes to ask for. Nothing is added to them: `openid` and `offline_access` have to be named. */
  readonly scope?: DeviceAuthorizationRequest['scope']
  /**
   * The resources (APIs) that the tokens are for; sent with all requests.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
   */
  readonly resource?: string | readonly string[] | undefined
  /** Further parameters of the device authorization request and of the polls, such as `audience`. */
  readonly parameters?: Parameters | undefined
  /** Further headers of all requests. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Binds the tokens to a key; see {@link createDpopProver} of `@device-auth/client/dpop`. */
  readonly dpop?: DpopProver | undefined
  /**
   * Sends a code challenge, and its verifier with the polls; for servers that support PKCE in this grant. Default `false`.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4 RFC 7636 section 4}
   */
  readonly pkce?: boolean | undefined
  /** Decides if a `nonce` is sent; default `automatic`. */
  readonly nonceMode?: NonceMode | undefined
  /**
   * Changes a request just before it is sent, after the client authentication.
   *
   * @example
   * onRequest: ({ form }, stage) => {
   *   if (stage === 'authorization') form.set('device_name', 'Living room')
   * }
   */
  readonly onRequest?: ((draft: RequestDraft, stage: Stage) => void | Promise<void>) | undefined
  /**
   * Verifies the signature of an id_token, after its claims were checked. Reject to refuse the id_token. Default: not verified, because
   * the TLS connection to the token endpoint stands for the signature.
   *
   * @example
   * verifyIdToken: idTokenVerifier({ issuer: 'https://as.example.com', clientId: 'tv' })
   */
  readonly verifyIdToken?: ((idToken: string) => void | Promise<void>) | undefined
  /**
   * Refuses a sign-in with the scope `openid` whose token response has no id_token; default `false`, because many servers send none in
   * this grant: the result then has the warning `id_token_missing`.
   */
  readonly requireIdToken?: boolean | undefined
  /**
   * Refreshes the tokens shortly before the access token expires; default `false`. If that fails for now, it is tried again after a
   * minute, and then after pauses that grow to 5 minutes, or as long as the server asks for. `refreshTokens()` does not wait.
   */
  readonly autoRefresh?: boolean | undefined
  /** Seconds between the refresh and the end of the access token; default 0, which means 5 % of the lifetime. */
  readonly refreshLeadTime?: number | undefined
  /** `renew` requests new codes when the codes expire, for a screen that must never show dead codes. Default `fail`. */
  readonly onExpired?: 'fail' | 'renew' | undefined
  /** The number of renewals with `onExpired: 'renew'`; default 3. */
  readonly maxRenewals?: number | undefined
  /**
   * Seconds for the whole sign-in, from the first request to the last poll: renewals, pauses and whatever the server asks to wait count.
   * Default: until the codes expire.
   */
  readonly timeLimit?: number | undefined
  /** The number of attempts at each request other than a poll while the network fails; default 5. */
  readonly maxAttempts?: number | undefined
}

/**
 * The status of a flow: no tokens; codes that wait for approval; tokens; a refresh under way. The names are those of `QAbstractOAuth`.
 */
export type FlowStatus = 'notAuthenticated' | 'temporaryCredentialsReceived' | 'granted' | 'refreshingToken'
