import type { AddressRange } from '../address.ts'
import type { Awaitable } from '../http.ts'

/** What a device says of itself: bounded, free of control characters, never verified. */
export interface DeviceDescriptor {
  readonly name?: string
  readonly model?: string
}

/** What is known of whoever asked for the codes; untrusted, shown to the user as such. */
export interface Requester {
  readonly ip?: string
  /** Bounded and free of control characters. */
  readonly userAgent?: string
  /** What the `describeRequester` hook adds. */
  readonly description?: string
  /** Where the address is, by the same hook. */
  readonly place?: string
  /** Who owns the address, by the same hook. */
  readonly network?: string
  /** ISO 3166-1 alpha-2 in upper case, by the same hook. */
  readonly country?: string
  readonly device?: DeviceDescriptor
}

/** The user's decision about a device authorization request. */
export interface UserGrant {
  /** Who decided: the `sub` of the tokens. */
  readonly subject: string
  readonly approved: boolean
  /** Space-delimited; what the user grants, within what was requested. */
  readonly scope: string
  /** For introspection's `username`. */
  readonly username?: string
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
  /** Epoch milliseconds; both codes end then. */
  readonly expiresAt: number
  /** Seconds that the device has to wait between two polls; grows with each `slow_down`. */
  readonly interval: number
  /** Epoch milliseconds of the last accepted poll. */
  readonly lastPolledAt?: number | undefined
  readonly requester?: Requester | undefined
  /** Words that the device shows as well, for the user to compare. */
  readonly bindingMessage?: string | undefined
  /** Bound in advance: nobody but this subject finds, claims or decides it; `''` is nobody. */
  readonly boundSubject?: string | undefined
  /** The subject that presented the user code; nobody else may decide. */
  readonly claimedBy?: string | undefined
  /** The browser in which it was presented last: SHA-256 of the page's cookie, base64url. */
  readonly claimedIn?: string | undefined
  readonly userGrant?: UserGrant | undefined
}

/** How a redeemed code was answered, for a device that lost the answer. */
export interface Redemption {
  /** The token response, sealed under a key that only the device code yields. */
  readonly sealedResponse: string
  /** Epoch milliseconds. */
  readonly redeemedAt: number
  /** Whether an access token of the grant has been used since. */
  readonly used: boolean
}

/**
 * What a poll finds. `redeeming`: another poll holds the lease. `cancelled`: the device gave up.
 * `revoked`: the tokens that came of it are revoked. `unknown`: no such code, or another client's.
 */
export type PollResult =
  | { readonly status: 'unknown' | 'revoked' | 'cancelled' }
  | {
      readonly status: 'pending' | 'slow_down' | 'approved' | 'denied' | 'expired' | 'redeeming'
      readonly credential: DeviceCredential
    }
  | { readonly status: 'redeemed'; readonly credential: DeviceCredential; readonly redemption: Redemption }

/** Who presents a user code, and where. */
export interface Claimant {
  readonly subject: string
  /** SHA-256 of the page's cookie, base64url. */
  readonly browser: string
}

/** What became of a claim. `shared`: it was another user's in another browser, and is closed by this step: denied. */
export type ClaimResult = 'claimed' | 'shared' | 'unknown'

/** What became of a decision. Another user's claim, or binding in advance, looks like `unknown`. */
export type DecideResult = 'decided' | 'alreadyDecided' | 'expired' | 'unknown'

/** The tokens of one response, as they are kept: hashes only. */
export interface TokenRecord {
  /** SHA-256, base64url. */
  readonly accessTokenHash: string
  /** Epoch milliseconds. */
  readonly issuedAt: number
  /** Epoch milliseconds. */
  readonly accessTokenExpiresAt: number
  /** Space-delimited scope of the access token. */
  readonly scope: string
  /** SHA-256, base64url. */
  readonly refreshTokenHash?: string | undefined
  /** Epoch milliseconds. */
  readonly refreshTokenExpiresAt?: number | undefined
}

/** A token family: what came of an approved and redeemed device authorization request. */
export interface TokenFamily {
  readonly id: string
  readonly clientId: string
  readonly subject: string
  readonly username?: string | undefined
  /** Space-delimited; what the user granted. */
  readonly scope: string
  readonly requester?: Requester | undefined
  /** Given by the user. */
  readonly name?: string | undefined
  /** Epoch milliseconds of the redemption. */
  readonly createdAt: number
  /** Epoch milliseconds, to the minute. */
  readonly lastUsedAt?: number | undefined
}

/** What an incident is about: an account, a client, or the addresses that asked for codes. */
export type IncidentFilter =
  | { readonly subject: string }
  | { readonly clientId: string }
  | { readonly requester: AddressRange }

/** A token that was found. `rotated`: the refresh token before the current one, with the answer that replaced it. */
export type FoundToken =
  | {
      readonly type: 'access_token' | 'refresh_token'
      readonly family: TokenFamily
      readonly scope: string
      readonly issuedAt: number
      readonly expiresAt: number
    }
  | {
      readonly type: 'rotated'
      readonly family: TokenFamily
      readonly rotatedAt: number
      readonly sealedResponse: string
    }

/** So many attempts in a window, counted under a key. */
export interface AttemptBudget {
  readonly key: string
  readonly limit: number
  /** Seconds; a window begins with its first attempt. */
  readonly window: number
}

/** Why an attempt was not counted. */
export interface AttemptRefusal {
  /** Which of the budgets had nothing left: the first one that had not, by its place. */
  readonly index: number
  /** Seconds until its window ends. */
  readonly retryAfter: number
}

/** Throw it from `createDeviceCredential` when the store's bound is reached. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}

/**
 * Where credentials, tokens and counters are kept. Every step is atomic and touches one record, or counters alone;
 * nothing is left to a read and a later write. `now` is in epoch milliseconds throughout.
 * `@device-auth/core/testing` proves an implementation: see `storeContract`.
 */
export interface DeviceStore {
  /** Whether other processes see the same records; then the `secret` option is required. */
  readonly shared: boolean

  /** Keeps a new credential; `false` when a live one holds the user code. */
  createDeviceCredential(credential: DeviceCredential): Awaitable<boolean>
  /** Reads a credential in whatever state, without pacing. */
  findDeviceCredential(id: string, now: number): Awaitable<DeviceCredential | undefined>
  /** Reads, paces and answers in one round trip. Pacing changes nothing but `lastPolledAt` and `interval`. */
  pollDeviceCredential(id: string, clientId: string, now: number): Awaitable<PollResult>
  /** Live, undecided credentials only. */
  findByUserCode(userCodeHash: string, now: number): Awaitable<DeviceCredential | undefined>
  /**
   * Binds an undecided credential to whoever presents its code. Who shares the subject or the browser with the claim
   * before takes it over; anyone else denies it, for no subject (`''`). `unknown`: gone, or bound in advance to another.
   */
  claim(id: string, claimant: Claimant, now: number): Awaitable<ClaimResult>
  /** pending -> approved or denied, once. */
  decide(id: string, userGrant: UserGrant, now: number): Awaitable<DecideResult>
  /** Takes an approved credential for one owner until then (epoch milliseconds); `false`: another owner has it. */
  lease(id: string, owner: string, until: number, now: number): Awaitable<boolean>
  /** Gives the lease back, if it is still this owner's. */
  release(id: string, owner: string): Awaitable<void>
  /**
   * approved -> redeemed together with the tokens; `false`: not approved any more, expired, or leased to
   * an owner other than this one.
   */
  redeem(id: string, tokens: TokenRecord, sealedResponse: string, now: number, owner?: string): Awaitable<boolean>

  /** A live token by its hash; notes the use of an access token. */
  findToken(id: string, tokenHash: string, now: number): Awaitable<FoundToken | undefined>
  /** Replaces the current refresh token; `false` when `currentHash` is not it any more, or has expired. */
  rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: number,
  ): Awaitable<boolean>
  /** Ends one access token of a grant. */
  revokeAccessToken(id: string, tokenHash: string): Awaitable<void>
  /** Ends a grant with all its tokens, or a request that is not redeemed yet; `false`: nothing was alive. */
  revoke(id: string, now: number): Awaitable<boolean>
  /** The live grants of a user. */
  listFamilies(subject: string, now: number): Awaitable<readonly TokenFamily[]>
  /** The ids of live grants and of requests that are not redeemed yet; a request has the subject that claimed or approved it. */
  findIds(filter: IncidentFilter, now: number): Awaitable<readonly string[]>
  /** Names a live grant of this user; `false`: there is none. */
  renameFamily(id: string, subject: string, name: string, now: number): Awaitable<boolean>

  /**
   * Counts one more attempt in each of these budgets, of different keys, or in none when one has nothing left: nobody
   * holds an attempt of a budget that is everybody's with their own one spent. One round trip.
   */
  takeAttempts(budgets: readonly AttemptBudget[], now: number): Awaitable<AttemptRefusal | undefined>
  /** Takes one counted attempt back under each of these keys. */
  giveBackAttempts(keys: readonly string[], now: number): Awaitable<void>

  /**
   * Whether the database will do, for a health check and at the start: warnings, such as of a server that may evict live
   * sign-ins. Rejects when it does not answer, is too old, or has no tables. A store that has none is always fit.
   */
  check?(): Awaitable<readonly string[]>
  /** Forgets what has been over for its tombstone time; returns how many records went. */
  sweep(now: number): Awaitable<number>
  close(): Awaitable<void>
}
