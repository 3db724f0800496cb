import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { ClientAuthentication, FindClient } from './clients.ts'
import type { UserCodeShape, UserCodeType } from './codes.ts'
import type { DeviceAuthEventName, DeviceAuthListener } from './events.ts'
import type { GrantHandler } from './grant.ts'
import type { Hooks } from './hooks.ts'
import type { PagesOptions, ResolvedPages } from './pages/options.ts'
import type { Policy, Risk } from './policy.ts'
import type { DeviceStore } from './store.ts'
import type { AccessTokenFormat } from './tokens.ts'

/** Where the endpoints are, below the mount point. `false` leaves one out. */
export interface Paths {
  /** @default '/device_authorization' */
  readonly deviceAuthorization: string
  /** @default '/token' */
  readonly token: string
  /** The page; `false` for an application that has its own. @default '/device' */
  readonly verification: string | false
  /** The page where users see and end what they have signed in. @default '/devices' */
  readonly devices: string | false
  /** @default '/revoke' */
  readonly revocation: string | false
  /** @default '/introspect' */
  readonly introspection: string | false
  /** @default '/.well-known/oauth-authorization-server' */
  readonly metadata: string
}

/** Attempts an hour. */
export interface Limits {
  /** User codes that one user may present and that turn out wrong. @default 10 */
  readonly userCodesPerUser: number
  /** The same in one browser. Who has presented fewer than four wrong ones goes on all the same. @default 5 */
  readonly userCodesPerBrowser: number
  /** The same from one address (a /64 with IPv6), with the same exception. @default 20 */
  readonly userCodesPerAddress: number
  /**
   * The same over the whole server; the second half is for who has presented fewer than four wrong ones.
   * Default: what the odds allow for `userCode` and `pending`: 2500, and 494 with `digital`.
   */
  readonly userCodes: number
  /** Wrong secrets for one client from one address. @default 20 */
  readonly clientSecretsPerAddress: number
  /** Requests for codes from one address (a /64 with IPv6). Private addresses are not counted here. @default 60 */
  readonly requestsPerAddress: number
  /** The same for one client, all its devices together. @default 60000 */
  readonly requestsPerClient: number
  /**
   * Requests that wait for a decision over the whole server, counted over the lifetime of a code: the live codes among
   * which a guess may hit one. Default: what the odds allow for `userCode` and `userCodes`: 10000, and 1976 with `digital`.
   */
  readonly pending: number
  /** Requests from one address that wait for a decision, counted over the lifetime of a code. @default 30 */
  readonly pendingPerAddress: number
  /** The same for one client. @default 10000 */
  readonly pendingPerClient: number
  /** Devices that one user may approve on the page. Default: 20, and 5 with high risk. */
  readonly approvalsPerUser: number
}

/** What `createDeviceAuth` takes. */
export interface DeviceAuthOptions<Native = unknown> {
  /** The https URL that names this server, without query or fragment: the only source of URLs. */
  readonly issuer: string
  /** The clients, or a function that finds one. */
  readonly clients: readonly Client[] | ((clientId: string) => Awaitable<Client | undefined>)
  /** The scopes there are, and what the page says of them. Default: those of the clients listed, by name. */
  readonly scopes?: Readonly<Record<string, string>>
  /**
   * Where someone who is not signed in is sent; `return_to`, a path on this origin, is added.
   * A function is given that path. Default: a page that asks to sign in first.
   */
  readonly loginUrl?: string | ((returnTo: string, request: OAuthRequest<Native>) => string)
  /** Default: a `MemoryStore`, which warns once in production. */
  readonly store?: DeviceStore
  /** At least 32 characters; keys what is hashed and sealed. Required with a shared store. Default: random. */
  readonly secret?: string
  /** Seconds that both codes live, 30 to 3600. Default: 600, and 300 with high risk. */
  readonly expiresIn?: number
  /** Seconds between two polls, 1 to 60. @default 5 */
  readonly interval?: number
  /** @default { type: 'string' } */
  readonly userCode?: { readonly type: UserCodeType } | { readonly charset: string; readonly mask: string }
  /** Whether to send `verification_uri_complete`; the confirm page stays in any case. @default true */
  readonly verificationUriComplete?: boolean
  /** Default: `opaqueTokens()`. */
  readonly accessToken?: AccessTokenFormat
  /** Seconds that an unused refresh token lives; `false` issues none. @default { expiresIn: 2592000 } */
  readonly refreshToken?: { readonly expiresIn: number } | false
  /** Seconds in which a lost answer is given again; 0 turns it off. @default 30 */
  readonly redemptionGrace?: number
  /** What a poll is answered when the store fails: most clients end the sign-in on a 5xx. @default 'pending' */
  readonly onStoreFailure?: 'pending' | 'unavailable'
  /** Seconds that the store or a hook may take. @default 5 */
  readonly timeout?: number
  readonly paths?: Partial<Paths>
  readonly limits?: Partial<Limits>
  readonly pages?: PagesOptions
  /**
   * What is at stake: `high` refuses approvals from another country, lets codes live half as long and a user approve fewer.
   * Default: `low`, with a warning in production.
   */
  readonly risk?: Risk
  /** Single rules in place of those that `risk` sets. */
  readonly policy?: Partial<Policy<Native>>
  readonly hooks?: Partial<Hooks<Native>>
  /** Listeners by event name; more by `deviceAuth.on`. */
  readonly events?: { readonly [Name in DeviceAuthEventName]?: DeviceAuthListener<Name> }
  /** Further grants, by grant type. */
  readonly grants?: Readonly<Record<string, GrantHandler<Native>>>
  /** Further client authentication methods, by their RFC 7591 names. */
  readonly clientAuthentication?: Readonly<Record<string, ClientAuthentication>>
  /** Epoch milliseconds; for tests. @default Date.now */
  readonly clock?: () => number
  /** Allows an http issuer that is not loopback. Codes and tokens then cross the network in clear. @default false */
  readonly dangerouslyAllowHttp?: boolean
}

type Given =
  | 'issuer'
  | 'scopes'
  | 'store'
  | 'secret'
  | 'expiresIn'
  | 'interval'
  | 'verificationUriComplete'
  | 'accessToken'
  | 'refreshToken'
  | 'redemptionGrace'
  | 'onStoreFailure'
  | 'timeout'
  | 'clock'
  | 'grants'
  | 'clientAuthentication'

/** The options with every default filled in, checked and frozen. */
export type ResolvedOptions<Native = unknown> = Required<Pick<DeviceAuthOptions<Native>, Given>> & {
  readonly loginUrl: DeviceAuthOptions<Native>['loginUrl']
  readonly userCode: UserCodeShape
  readonly paths: Paths
  readonly limits: Limits
  readonly pages: ResolvedPages
  readonly risk: Risk
  readonly policy: Policy<Native>
  readonly findClient: FindClient
}
