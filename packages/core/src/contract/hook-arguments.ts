import type { OAuthRequest, ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { Confirmation } from './key-binding.ts'
import type { KnownDevice } from './known-device.ts'
import type { Authentication, DeviceCredential, UserGrant } from './store.ts'
import type { TokenTarget } from './target.ts'

/** The name of an endpoint, as in the options `paths`. */
export type EndpointName =
  | 'deviceAuthorization'
  | 'token'
  | 'verification'
  | 'devices'
  | 'decisionEvents'
  | 'revocation'
  | 'introspection'
  | 'metadata'
  | 'jwks'
  | 'userinfo'
  | 'globalTokenRevocation'
  | 'securityEvents'
  | 'registration'

/** A user who is signed in to the application. */
export interface User {
  /** The `sub` of the tokens: unique, and never given to another account. */
  readonly subject: string
  /** The name of the account on the pages, and the `username` of introspection. Default: the subject. */
  readonly username?: string
  /** The id of the log-in session. When it is given, a form works only in the session that it was made in. */
  readonly session?: string
  /** When and how the user logged in, for the claims `auth_time`, `acr` and `amr`. Default: the tokens do not tell it. */
  readonly authentication?: Authentication
}

/** A valid device authorization request, before its codes are issued. */
export interface DeviceAuthorizationContext<Native = unknown> {
  /** The authenticated client. */
  readonly client: Client
  /** The scope that `validateRequestedScope` returned, space-delimited. */
  readonly scope: string
  /** The key that the grant is bound to, with the option `keyBinding`. The device code ends with its thumbprint. Default: none. */
  readonly confirmation?: Confirmation
  /** The HTTP request; `request.native` is the framework's own. */
  readonly request: ParsedRequest<Native>
}

/**
 * Facts about an address, from the hook `describeRequester`. The pages show place, country and network with the address, and
 * `description` with what the device says of itself. Characters that cannot be seen are removed, and each text is cut at 200 characters.
 */
export interface RequesterDescription {
  /** The place of the address, such as `Rome, Italy`. */
  readonly place?: string
  /** The owner of the network, such as an Internet provider. */
  readonly network?: string
  /**
   * The country of the address: an ISO 3166-1 alpha-2 code such as `IT`. The policy rule `otherCountry` compares it with
   * the country of the approver.
   */
  readonly country?: string
  /** One more line of text for the pages, shown among the words of the device, as not verified. */
  readonly description?: string
}

/** The two codes in clear. They exist only while the request is answered: the store keeps hashes. */
export interface IssuedCodes {
  readonly deviceCode: string
  /** With its separators: `BCDF-GHJK`. */
  readonly userCode: string
}

/** A request at the token endpoint whose client is authenticated and registered for the grant. */
export interface TokenRequest<Native = unknown> {
  readonly client: Client
  /** The parameters that the grant reads, each once; empty ones are left out. */
  readonly parameters: ReadonlyMap<string, string>
  /** The HTTP request; `request.native` is the framework's own. */
  readonly request: ParsedRequest<Native>
  /** The key that the request proved, with the option `keyBinding`. The proof has been checked. Absent without a proof. */
  readonly confirmation?: Confirmation
}

/** An approval by a user, before it is stored. */
export interface GrantApproval<Native = unknown> {
  /** The user who approves, as the hook `authenticateUser` named them. */
  readonly user: User
  readonly client: Client
  /** The device authorization request. */
  readonly credential: DeviceCredential
  /** The granted scope, space-delimited. */
  readonly scope: string
  /** The device, if this user has approved it before; `undefined` if not. */
  readonly knownDevice: KnownDevice | undefined
  /** The HTTP request; `request.native` is the framework's own. */
  readonly request: OAuthRequest<Native>
}

/** An approved request, a refresh or a token exchange, before its tokens are made. */
export interface ApprovedGrant<Native = unknown> {
  /** The `grant_type` of the token request. */
  readonly grantType: string
  /** The id of the token family. It equals the id of the device credential, and stays the same with each refresh. */
  readonly grantId: string
  readonly client: Client
  /** The user's decision. */
  readonly userGrant: UserGrant
  /** The scope of the access token, space-delimited. A refresh may ask for less than the user granted. */
  readonly scope: string
  /**
   * The resources of the access token, and its details. A token request may ask for less than the user granted. Absent if none were
   * asked for.
   */
  readonly target?: TokenTarget
  /** The device authorization request. Present with the device code grant only. */
  readonly credential?: DeviceCredential
  /** The HTTP request; `request.native` is the framework's own. */
  readonly request: ParsedRequest<Native>
  /** The key that the access token is bound to: the one that this request proved. Absent for a token of the type Bearer. */
  readonly confirmation?: Confirmation
  /**
   * The latest end of the access token, in epoch milliseconds. Present with a token exchange only: the new token must not outlive the
   * one that it comes of. A format or hook that writes an end into the token has to keep it.
   */
  readonly expiresBy?: number
  /** The key that the refresh token is bound to. Absent if another key, or none, may refresh. */
  readonly refreshConfirmation?: Confirmation
}

/** The place where an error arose, for `onError`. */
export interface ErrorContext {
  /**
   * The endpoint; `event` for a listener of an event, `attempts` for an attempt that could not be given back at once, `health`
   * for the check of the store by `deviceAuth.health()`, `clients` for a client that the option `clients` found and nobody can use,
   * `hooks` for a result of a hook that has a wrong type and therefore refuses.
   */
  readonly endpoint: EndpointName | 'event' | 'attempts' | 'health' | 'clients' | 'hooks'
  /**
   * The number of errors of the same kind in the last second for which `onError` was not called: the same operation failed
   * with the same name, `code` and message. Absent if there are none.
   */
  readonly leftOut?: number
  /** The framework's request, for a trace id. The OAuth request is left out: its form holds secrets, and logs last. */
  readonly native?: unknown
}
