import type { Awaitable } from '../http.ts'
import type { AddressRange } from '../ip-address.ts'
import type { AttemptBudget, AttemptRefusal } from './attempts.ts'
import type { Requester } from './requester.ts'
import type { RequestTarget, TokenTarget } from './target.ts'

/** The log-in of a user to the application, as tokens tell it to others. */
export interface Authentication {
  /** Epoch milliseconds at which the user proved who they are: before the approval, often by days. */
  readonly time: number
  /**
   * The class of the log-in, such as `urn:mace:incommon:iap:silver`.
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken OpenID Connect Core section 2}
   */
  readonly acr?: string
  /**
   * The methods of the log-in, such as `['pwd', 'otp']`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8176#section-2 RFC 8176 section 2}
   */
  readonly amr?: readonly string[]
}

/** The user's decision about a device authorization request. */
export interface UserGrant {
  /** The user who decided: the `sub` of the tokens. `''` if it was no user: the application denied, or the code was shared. */
  readonly subject: string
  readonly approved: boolean
  /** Space-delimited; what the user grants, within what was requested. */
  readonly scope: string
  /** For introspection's `username`. */
  readonly username?: string
  /** The log-in in which the user decided. Absent if the application does not tell it. */
  readonly authentication?: Authentication
  /** The granted resources and details, within what was requested. Absent: all of what was requested. */
  readonly target?: TokenTarget
  /** Data of the application's own, such as the workspace that the user chose: JSON, at most 4,096 bytes. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** The record of one device authorization request, from the request to its end. */
export interface DeviceCredential {
  /** SHA-256 of the device code, base64url. The token family that comes of it has the same id. */
  readonly id: string
  readonly clientId: string
  /** Space-delimited, fixed when the codes are issued. */
  readonly scope: string
  /** HMAC-SHA-256 of the canonical user code, base64url. */
  readonly userCodeHash: string
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** Epoch milliseconds; the device code and the user code end then. */
  readonly expiresAt: number
  /** Seconds that the device has to wait between two polls. Each `slow_down` raises it. */
  readonly interval: number
  /** Epoch milliseconds of the last accepted poll. */
  readonly lastPolledAt?: number | undefined
  readonly requester?: Requester | undefined
  /** Words that the device shows as well, so that the user can compare them. */
  readonly bindingMessage?: string | undefined
  /** Only this subject may find, claim and decide the request. `''`: nobody may, except the application itself. */
  readonly boundSubject?: string | undefined
  /** The subject that presented the user code; no other subject may decide. */
  readonly claimedBy?: string | undefined
  /** The browser in which the user code was presented last: SHA-256 of the page's cookie, base64url. */
  readonly claimedIn?: string | undefined
  readonly userGrant?: UserGrant | undefined
  /** The parameter `nonce` of the request, for the first id_token. */
  readonly nonce?: string | undefined
  /** The requested resources, details and log-in, fixed when the codes are issued. */
  readonly target?: RequestTarget | undefined
  /** True after `revoke`: nobody can answer the request any more, and no token of it is good. */
  readonly ended?: boolean | undefined
}

/** The answer to a redeemed code, kept for a device that did not receive it. */
export interface Redemption {
  /** The token response, encrypted with a key that is derived from the device code. */
  readonly sealedResponse: string
  /** Epoch milliseconds. */
  readonly redeemedAt: number
  /** True after an access token or the refresh token of the family was used. */
  readonly used: boolean
}

/** The place of the client's credentials in a poll: the `Authorization` header, or the form (also without a secret). */
export type PollStyle = 'header' | 'form'

/**
 * The result of a poll.
 *
 * - `unknown`: no such code, or that of another client.
 * - `pending`: the user has not decided, and the poll was on time.
 * - `slow_down`: the user has not decided, and the poll was too early.
 * - `approved`, `denied`: the user's decision.
 * - `redeeming`: approved, and another poll has the lease.
 * - `redeemed`: tokens were issued.
 * - `expired`: the code ended before it was redeemed.
 * - `cancelled`: the device gave up, or the application ended the request.
 * - `revoked`: tokens were issued and revoked.
 */
export type PollResult =
  | { readonly status: 'unknown' | 'revoked' | 'cancelled' }
  | {
      readonly status: 'pending' | 'slow_down' | 'approved' | 'denied' | 'expired' | 'redeeming'
      readonly credential: DeviceCredential
    }
  | { readonly status: 'redeemed'; readonly credential: DeviceCredential; readonly redemption: Redemption }

/** A user who presents a user code, and the browser. */
export interface Claimant {
  readonly subject: string
  /** SHA-256 of the page's cookie, base64url. */
  readonly browser: string
}

/**
 * The result of a claim.
 *
 * - `claimed`: the credential is bound to the claimant.
 * - `shared`: another user has claimed it in another browser. The request is now denied.
 * - `unknown`: no pending request, or one that is bound to another subject in advance.
 */
export type ClaimResult = 'claimed' | 'shared' | 'unknown'

/** The result of a claim by user code, with the credential that it changed. */
export type UserCodeClaim =
  | {
      readonly result: 'claimed' | 'shared'
      /** The credential before or after the claim: `claimedBy`, `claimedIn` and `userGrant` may not show it yet. */
      readonly credential: DeviceCredential
    }
  | { readonly result: 'unknown' }

/**
 * The result of a decision. `unknown` is also the result when another user has claimed the request, or it is bound to
 * another subject in advance.
 */
export type DecideResult = 'decided' | 'alreadyDecided' | 'expired' | 'unknown'

/** The tokens of one response as a store keeps them: only their hashes. */
export interface TokenRecord {
  /** SHA-256, base64url. */
  readonly accessTokenHash: string
  /** Epoch milliseconds. */
  readonly issuedAt: number
  /** Epoch milliseconds. */
  readonly accessTokenExpiresAt: number
  /** Space-delimited scope of the access token. */
  readonly scope: string
  /** The resources and details of the access token. */
  readonly target?: TokenTarget | undefined
  /** SHA-256, base64url; `undefined`: no refresh token was issued. */
  readonly refreshTokenHash?: string | undefined
  /** Epoch milliseconds; `undefined`: the refresh token lives until it is revoked. */
  readonly refreshTokenExpiresAt?: number | undefined
}

/** A token family: all tokens that come of one approved and redeemed device authorization request. */
export interface TokenFamily {
  /** The id of the credential that it came of. */
  readonly id: string
  readonly clientId: string
  readonly subject: string
  readonly username?: string | undefined
  /** The log-in in which the user approved the device. It stays the same with each refresh. */
  readonly authentication?: Authentication | undefined
  /** Space-delimited; what the user granted. */
  readonly scope: string
  /** The resources and details that the user granted. */
  readonly target?: TokenTarget | undefined
  /** Data of the application's own, given with the approval. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
  readonly requester?: Requester | undefined
  /** Given by the user. */
  readonly name?: string | undefined
  /** Epoch milliseconds of the redemption. */
  readonly createdAt: number
  /** Epoch milliseconds, to the minute. */
  readonly lastUsedAt?: number | undefined
}

/** The subject of an incident: an account, a client, or the addresses that requested codes. */
export type IncidentFilter =
  | { readonly subject: string }
  | { readonly clientId: string }
  | { readonly requester: AddressRange }

/**
 * A token that was found. `rotated` is the refresh token before the current one; `expired` is the current one after its end, in a family
 * that is still known.
 */
export type FoundToken =
  | {
      readonly type: 'access_token' | 'refresh_token'
      readonly family: TokenFamily
      /** Space-delimited. */
      readonly scope: string
      /** The resources and details of the token: of an access token its own, of a refresh token those of the family. */
      readonly target?: TokenTarget | undefined
      /** Epoch milliseconds. */
      readonly issuedAt: number
      /** Epoch milliseconds; `Infinity` for a refresh token without an end. */
      readonly expiresAt: number
      /** The error for which the use was not noted. The token is valid all the same; the error is reported. */
      readonly noteFailure?: unknown
    }
  | {
      readonly type: 'rotated'
      readonly family: TokenFamily
      /** Epoch milliseconds. */
      readonly rotatedAt: number
      /** True after the use of the access token that came in the same answer as the current refresh token. */
      readonly used: boolean
    }
  | { readonly type: 'expired'; readonly family: TokenFamily }

/** Thrown by `createDeviceCredential` when the store's bound is reached. The request is answered 503. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}

/** Recognizes the error of another copy of this package too, and of one whose classes a bundler has renamed. */
export function isStoreFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'StoreFullError'
}

/**
 * The time of a step: epoch milliseconds; or `undefined` for the store's own clock at the moment in which it executes the step.
 * Nodes pass `undefined` to a store that has a {@link StoreClock}, so that the clock of no node decides about a record. A store without
 * one takes `undefined` for `Date.now()`: only `sweep()` and `storeContract` leave the time out then.
 */
export type Now = number | undefined

/**
 * The news about a watched credential.
 *
 * - `changed`: it was decided, denied because its code was shared, or ended.
 * - `down`: the store cannot tell of changes any more, so that one may have been missed.
 */
export type WatchNews = 'changed' | 'down'

/** Called with the news about a watched credential. */
export type WatchListener = (news: WatchNews) => void

/** The clock of a database, as one node knows it. The deadlines of records are computed from it, whatever the clock of the node says. */
export interface StoreClock {
  /** The time of the database, estimated, in epoch milliseconds. Before the first measurement: the time of the node. */
  now(): number
  /**
   * Measures the clock of the database if that is necessary: at first, later every 30 seconds, and after the clock of the node
   * was set or the machine was suspended. Cheap otherwise.
   *
   * @returns `undefined` if {@link now} can be used at once. Rejects if the database does not answer.
   */
  synchronize(): Awaitable<void>
  /** Milliseconds that the clock of the database is ahead of that of the node, as measured last; `undefined` before the first measurement. */
  readonly offset: number | undefined
}

/**
 * The store of credentials, tokens and counters. Every step is atomic: a step that reads and writes later loses races. A step
 * touches one record, or only counters. Instants are epoch milliseconds. Texts are equal if all their characters are: a subject in
 * capitals is another user.
 *
 * A step rejects (or throws) with any error when the store fails, and the server answers 503, or
 * `authorization_pending` to a poll. Nothing else is an error, except where a step says so.
 *
 * `storeContract` of `@device-auth/core/testing` tests an implementation, and `@device-auth/core/stores` has the rules as
 * functions.
 */
export interface DeviceStore {
  /** True if other processes see the same records. The `secret` option is required then. */
  readonly shared: boolean
  /** The clock of the database. A store that leaves it out is given the time of the node with each step. */
  readonly clock?: StoreClock

  /**
   * Keeps a new credential.
   *
   * @returns `false` if the id is known, or a live and undecided credential has the same user code
   * @throws {@link StoreFullError} when the store's bound is reached.
   */
  createDeviceCredential(credential: DeviceCredential): Awaitable<boolean>
  /**
   * Reads a credential in whatever state, redeemed or not. Does not count as a poll.
   *
   * @returns `undefined` if the id is unknown, or the record is over: after its tombstone time and the end of its last token
   */
  findDeviceCredential(id: string, now: Now): Awaitable<DeviceCredential | undefined>
  /**
   * Paces a poll and returns what it finds, in one round trip. A poll changes `lastPolledAt` and `interval` of a pending
   * credential, and nothing else. The twin of a counted poll, the same poll once more within a second in the other
   * style, is pending and changes neither.
   *
   * @param style - The authentication style of the poll. @default 'form'
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
   */
  pollDeviceCredential(id: string, clientId: string, now: Now, style?: PollStyle): Awaitable<PollResult>
  /**
   * Raises the interval of a pending credential after a poll that the application calls too fast: by 5 seconds, up to 60,
   * and not again within a second of the last raise. A poll that the store itself answered `slow_down` has raised it already.
   *
   * @returns the interval from now on, in seconds; `undefined` if this client has no such pending credential
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
   */
  slowDown(id: string, clientId: string, now: Now): Awaitable<number | undefined>
  /**
   * Watches an undecided credential: calls `listener` when any process has decided it, denied it because its code was shared, or
   * revoked it. Polls that wait (the option `longPolling`) are answered then. The watch begins before the function returns: no
   * change that comes later is missed. It may call more than once, and not for changes of the pace. It holds no connection for each watch. A
   * store that cannot tell of changes leaves the function out.
   *
   * @returns the function that ends the watch; `undefined` while the store cannot tell of changes, for example because its
   * connection is lost
   */
  watch?(id: string, listener: WatchListener): (() => void) | undefined
  /**
   * Reads the credential that was created last with this user code. It is found until it expires or is ended by `revoke`,
   * decided or not: `userGrant` says which.
   *
   * @returns `undefined` if there is none
   */
  findByUserCode(userCodeHash: string, now: Now): Awaitable<DeviceCredential | undefined>
  /**
   * Binds an undecided credential to the user who presents its code. If it is claimed already, a claimant with the same
   * subject or the same browser takes it over. Any other claimant closes it: the request is denied, with the subject `''`.
   */
  claim(id: string, claimant: Claimant, now: Now): Awaitable<ClaimResult>
  /**
   * Counts an attempt as `takeAttempts` does and, if it is counted, claims the credential with the user code as `claim` does. An
   * attempt that is refused looks up nothing. The two are one step for the caller, so that a store needs few round trips; a
   * process that dies between them leaves an attempt that counts, never a claim without one.
   *
   * @param userCodeHashes the hashes of one user code, one for each secret of the server; the first that can be claimed is
   * @param budgets of different keys
   * @param until as for `takeAttempts`
   * @returns the refusal, or the result of the claim. A code that nobody has takes as long as one that is bound to somebody else.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
   */
  claimByUserCode(
    userCodeHashes: readonly string[],
    claimant: Claimant,
    budgets: readonly AttemptBudget[],
    now: Now,
    until?: number,
  ): Awaitable<AttemptRefusal | UserCodeClaim>
  /** Records the user's decision, once. The subject `''` is the application itself, whoever has claimed the request. */
  decide(id: string, userGrant: UserGrant, now: Now): Awaitable<DecideResult>
  /**
   * Reserves an approved credential for one owner, who may renew the lease; or a token family, for the rotation of its
   * refresh token.
   *
   * @param until epoch milliseconds; the lease ends then
   * @param refreshTokenHash the current refresh token of the token family; `undefined`: the credential is not redeemed yet
   * @returns `false` if the credential cannot be redeemed, or the refresh token is not the current one or has expired, or
   * another owner has the lease
   */
  lease(id: string, owner: string, until: number, now: Now, refreshTokenHash?: string): Awaitable<boolean>
  /** Gives a lease of either kind back. Does nothing if another owner has it. */
  release(id: string, owner: string): Awaitable<void>
  /**
   * Turns an approved credential into a token family: redemption and tokens are one write. The lease ends.
   *
   * @param sealedResponse kept for a device that does not receive the answer
   * @param owner the owner of the lease; `undefined`: there must be no lease
   * @returns `false` if the credential is not approved any more, expired, redeemed already, or leased to another owner
   */
  redeem(id: string, tokens: TokenRecord, sealedResponse: string, now: Now, owner?: string): Awaitable<boolean>

  /**
   * Finds a token of a family by its hash, and notes the use of an access token. Reading needs no write: if the use cannot be noted,
   * for example on a read-only database, the token is found, with `noteFailure` the first time.
   *
   * @returns `undefined` if the family has no such token, or the access token has ended
   */
  findToken(id: string, tokenHash: string, now: Now): Awaitable<FoundToken | undefined>
  /**
   * Replaces the current refresh token by the tokens of a new response. The lease ends.
   *
   * @param sealedResponse the token response, encrypted with a key that is derived from the replaced refresh token; kept for
   * a device that does not receive the answer
   * @param owner the owner of the lease; `undefined`: there must be no lease
   * @returns `false` if `currentHash` is not the current refresh token, or that has expired, or another owner has the lease
   */
  rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: Now,
    owner?: string,
  ): Awaitable<boolean>
  /**
   * Takes one repetition of the answer to the last rotation, for a device that did not receive it. There are two, and none
   * after the use of the access token that the answer has (`findToken` finds it), or of its refresh token (the next rotation).
   *
   * @param replacedHash the refresh token that the rotation replaced
   * @param until as for `takeAttempts`: a repetition that nobody waits for any longer is not taken
   * @returns the sealed response of the rotation; `undefined` if there is no repetition left, or no such rotation
   */
  replayRotation(id: string, replacedHash: string, now: Now, until?: number): Awaitable<string | undefined>
  /**
   * Adds an access token to a living family, derived from another one of it. The record has no refresh token. The token of the last
   * redemption or rotation stays the one whose use shows that the answer was received. A family has at most ten access tokens: the
   * oldest others end.
   *
   * @param subjectHash the access token that it is derived from
   * @returns `false` if the family has ended, or `subjectHash` is not a live access token of it, or would end before the new one
   * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 section 2.1}
   */
  deriveAccessToken(id: string, subjectHash: string, tokens: TokenRecord, now: Now): Awaitable<boolean>
  /** Ends one access token of a family. @returns `false` if there is no such token, because it has ended already */
  revokeAccessToken(id: string, tokenHash: string): Awaitable<boolean>
  /** Ends a token family with all its tokens, or a request that is not redeemed yet. @returns `false` if nothing was alive */
  revoke(id: string, now: Now): Awaitable<boolean>
  /** Lists the live token families of a user, oldest first. */
  listFamilies(subject: string, now: Now): Awaitable<readonly TokenFamily[]>
  /**
   * Finds everything alive that an incident is about.
   *
   * @returns the ids of live token families, and of requests that are not redeemed yet. The subject of a request is the
   * one that approved it or, before that, the one that claimed it.
   */
  findIds(filter: IncidentFilter, now: Now): Awaitable<readonly string[]>
  /** Names a live token family. @returns `false` if this user has no such family */
  renameFamily(id: string, subject: string, name: string, now: Now): Awaitable<boolean>

  /**
   * Counts one attempt in each of these budgets, or in none if one of them has nothing left: an attempt that is refused
   * must not use up the other budgets. One round trip.
   *
   * @param budgets of different keys
   * @param until the instant at which the caller gives up, by the `clock` of the store; the server gives none to a store without one.
   *   A database that was frozen does all waiting steps when it wakes: an attempt that it begins after this instant counts
   *   nothing, and the step rejects
   * @returns `undefined` if the attempt was counted
   */
  takeAttempts(budgets: readonly AttemptBudget[], now: Now, until?: number): Awaitable<AttemptRefusal | undefined>
  /** Takes one counted attempt back under each of these keys. */
  giveBackAttempts(keys: readonly string[], now: Now): Awaitable<void>

  /**
   * Checks the database, for a health check and when the application starts. A store that cannot check leaves it out.
   *
   * @returns warnings, for example that the server may evict live sign-ins. Rejects if the database does not answer, is too
   * old, or has no tables.
   */
  check?(): Awaitable<readonly string[]>
  /**
   * Forgets records that are over, after the tombstone time and the end of the last token, and counters whose windows have ended.
   *
   * @returns the number of records, without the counters
   */
  sweep(now?: Now): Awaitable<number>
  /** Ends what the store does by itself, such as sweeps. The client of the database belongs to the application, which closes it. */
  close(): Awaitable<void>
}
