import type { ClientAuthentication, RequestDraft } from '../auth/client-authentication.ts'
import type { DpopProver } from '../auth/dpop.ts'
import type { DeviceAuthorizationRequest } from '../endpoints/device-authorization.ts'
import type { ServerOptions } from '../endpoints/server.ts'
import type { Parameters } from '../http/post.ts'
import type { PollOptions } from '../polling/loop.ts'

/** Which request is being made. */
export type Stage = 'authorization' | 'token' | 'refresh'

/** When a request carries a `nonce`: with the scope `openid`, always, never. */
export type NonceMode = 'automatic' | 'enabled' | 'disabled'

/** What a sign-in needs to know; `issuer` or endpoints, and `clientId`, at least. */
export interface DeviceFlowOptions extends ServerOptions, Omit<PollOptions, 'onPoll'> {
  readonly clientId: string
  /** Default: `none()`. */
  readonly authentication?: ClientAuthentication | undefined
  /** Nothing is added to it. */
  readonly scope?: DeviceAuthorizationRequest['scope']
  /** Resource indicators (RFC 8707), sent with all requests. */
  readonly resource?: string | readonly string[] | undefined
  /** Further parameters of the first request and of the polls, as `audience`. */
  readonly parameters?: Parameters | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly dpop?: DpopProver | undefined
  /** Sends a code challenge and its verifier (RFC 7636), for servers that know it here; default `false`. */
  readonly pkce?: boolean | undefined
  /** Default `automatic`. */
  readonly nonceMode?: NonceMode | undefined
  /** Adds to or changes a request, last of all. */
  readonly onRequest?: ((draft: RequestDraft, stage: Stage) => void | Promise<void>) | undefined
  /** Checks the signature of an id_token; its claims have been checked. Reject to refuse it. */
  readonly verifyIdToken?: ((idToken: string) => void | Promise<void>) | undefined
  /** Refreshes the tokens when they are about to expire; default `false`. */
  readonly autoRefresh?: boolean | undefined
  /** Seconds before expiry; default 0, that is 5 % of the lifetime. */
  readonly refreshLeadTime?: number | undefined
  /** `renew` asks for new codes when they expire, as for a TV whose screen must not show a dead one; default `fail`. */
  readonly onExpired?: 'fail' | 'renew' | undefined
  /** How often codes are renewed; default 3. */
  readonly maxRenewals?: number | undefined
  /** Attempts at the requests before and after the polls while the network fails; default 5. */
  readonly maxAttempts?: number | undefined
}

/** Where a flow stands. `temporaryCredentialsReceived`: there is a code to be shown. */
export type FlowStatus = 'notAuthenticated' | 'temporaryCredentialsReceived' | 'granted' | 'refreshingToken'
