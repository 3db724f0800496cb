import type {
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  IncidentFilter,
  PollResult,
  PollStyle,
  UserGrant,
} from '../contract/store.ts'
import { addressKey } from '../ip-address.ts'
import type { StoredFamily } from './token-family.ts'

/**
 * Milliseconds by which a poll may be early, at most {@link TOLERATED_SHARE} of the interval. Clocks and networks are not
 * exact; without a tolerance, a device that polls steadily could be told to slow down again and again.
 */
export const POLL_TOLERANCE = 1_000

/** The largest share of the interval by which a poll may be early, so that an interval of a second is paced too. */
export const TOLERATED_SHARE = 0.5

/**
 * Milliseconds after a counted poll in which its twin may come. Some clients, among them all that are written with Go's
 * `x/oauth2`, do not know which authentication style a server accepts: after each error they send the same poll once more
 * in the other style, and only hear the second answer.
 */
export const TWIN_WINDOW = 1_000

/**
 * Seconds that `slow_down` adds to the interval.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export const SLOW_DOWN_STEP = 5

/** Seconds up to which `slow_down` raises the interval. A longer interval stays as it is. */
export const MAX_INTERVAL = 60

/** A credential as a store keeps it: what it hands out, and what the rules need besides. */
export interface StoredCredential extends DeviceCredential {
  /** The authentication styles of the last accepted poll: `both` after its twin has come, `undefined` for the form alone. */
  readonly lastPolledIn?: 'header' | 'both' | undefined
  /** Epoch milliseconds of the last poll that raised the interval. */
  readonly lastSlowedAt: number | undefined
  /** The owner of the last lease, even if that lease is over. */
  readonly leaseOwner: string | undefined
  /** Epoch milliseconds; the lease ends then. */
  readonly leaseUntil: number | undefined
  /** True after `revoke`: the device gave up or, if the code was redeemed, the token family was revoked. */
  readonly ended: boolean
  /** The token family, if the code is redeemed. A store that keeps families apart from credentials may leave it out. */
  readonly family?: StoredFamily | undefined
}

/** The changes that a poll of a pending credential makes: all members but `accepted` are written. */
export interface Pace {
  /** True if the poll was on time: the answer is `pending`, otherwise `slow_down`. */
  readonly accepted: boolean
  readonly interval: number
  readonly lastPolledAt: number | undefined
  readonly lastPolledIn?: StoredCredential['lastPolledIn']
  readonly lastSlowedAt: number | undefined
}

/** The decision that a store records for a code that two users presented in two browsers. */
export const SHARED_CODE_DENIAL: UserGrant = Object.freeze({ subject: '', approved: false, scope: '' })

/**
 * The end of a credential's tombstone time, in epoch milliseconds. A credential stays known for its lifetime once more
 * after it has expired, so that a late poll is told what happened.
 */
export function tombstoneEnd({ createdAt, expiresAt }: Pick<DeviceCredential, 'createdAt' | 'expiresAt'>): number {
  return 2 * expiresAt - createdAt
}

/** True if a poll is on time: the first one, and each that comes an interval (in seconds) after the last accepted one. */
export function isOnTime(lastPolledAt: number | undefined, interval: number, now: number): boolean {
  if (lastPolledAt === undefined) return true
  // after a clock was set back, `now` is before the last poll: the device must not wait until the clock has caught up
  return now < lastPolledAt || now >= lastPolledAt + interval * 1000 - pollTolerance(interval)
}

function pollTolerance(interval: number): number {
  return Math.min(POLL_TOLERANCE, interval * 1000 * TOLERATED_SHARE)
}

/**
 * True if a poll is the twin of the last accepted one: the first that comes in the other style, within a second of it. It is
 * not too fast. A second poll in the same style is.
 */
export function isTwin(
  { lastPolledAt, lastPolledIn }: Pick<StoredCredential, 'lastPolledAt' | 'lastPolledIn'>,
  style: PollStyle,
  now: number,
): boolean {
  if (lastPolledAt === undefined || lastPolledIn === 'both' || style === (lastPolledIn ?? 'form')) return false
  return now < lastPolledAt + TWIN_WINDOW
}

/** The style of an accepted poll as a store keeps it: nothing for the form. */
export function keptStyle(style: PollStyle): 'header' | undefined {
  return style === 'header' ? style : undefined
}

/** True if the interval was raised a moment ago: polls that come together raise it once. */
export function isSameBurst(lastSlowedAt: number | undefined, now: number): boolean {
  return lastSlowedAt !== undefined && now - lastSlowedAt < POLL_TOLERANCE
}

/** The interval after a `slow_down`, in seconds. */
export function raisedInterval(interval: number): number {
  return interval < MAX_INTERVAL ? Math.min(interval + SLOW_DOWN_STEP, MAX_INTERVAL) : interval
}

/** Judges a poll of a pending credential, for a store where no other poll can change the record meanwhile. */
export function pace(
  credential: Pick<StoredCredential, 'interval' | 'lastPolledAt' | 'lastPolledIn' | 'lastSlowedAt'>,
  now: number,
  style: PollStyle = 'form',
): Pace {
  const { interval, lastPolledAt, lastPolledIn, lastSlowedAt } = credential
  if (isOnTime(lastPolledAt, interval, now))
    return { accepted: true, interval, lastPolledAt: now, lastPolledIn: keptStyle(style), lastSlowedAt }
  const unchanged = { accepted: false, interval, lastPolledAt, lastPolledIn, lastSlowedAt }
  if (isTwin(credential, style, now)) return { ...unchanged, accepted: true, lastPolledIn: 'both' }
  if (isSameBurst(lastSlowedAt, now)) return unchanged
  return { ...unchanged, interval: raisedInterval(interval), lastSlowedAt: now }
}

/** True while the user can still answer. */
export function isUndecided(credential: StoredCredential, now: number): boolean {
  return now < credential.expiresAt && credential.userGrant === undefined && !credential.ended
}

/** True while the credential is found by its user code: until it expires or is ended, decided or not. */
export function holdsUserCode(credential: StoredCredential, now: number): boolean {
  return now < credential.expiresAt && !credential.ended
}

/** True while an approved code can be redeemed. */
export function isApproved(credential: StoredCredential, now: number): boolean {
  const { expiresAt, userGrant, ended, family } = credential
  return now < expiresAt && userGrant?.approved === true && !ended && family === undefined
}

/** True while tokens may still be issued for it. */
export function isOpen(credential: StoredCredential, now: number): boolean {
  return isUndecided(credential, now) || isApproved(credential, now)
}

/**
 * The status that a poll finds, before it is paced. The order is part of the contract: the expiry comes before the user's
 * decision. For a credential that is not redeemed; `pollResult` covers the others as well.
 */
export function pollStatus(
  credential: StoredCredential,
  now: number,
): Exclude<PollResult['status'], 'slow_down' | 'redeemed' | 'revoked'> {
  if (isUndecided(credential, now)) return 'pending'
  if (now >= tombstoneEnd(credential)) return 'unknown'
  if (credential.ended) return 'cancelled'
  if (now >= credential.expiresAt) return 'expired'
  if (credential.userGrant?.approved !== true) return 'denied'
  return leaseHolder(credential, now) === undefined ? 'approved' : 'redeeming'
}

/**
 * The result of a claim. The store then records the claimant for `claimed`, and {@link SHARED_CODE_DENIAL} as the user's
 * decision for `shared`.
 */
export function checkClaim(credential: StoredCredential, { subject, browser }: Claimant, now: number): ClaimResult {
  const { boundSubject, claimedBy, claimedIn } = credential
  if (!isUndecided(credential, now) || (boundSubject !== undefined && boundSubject !== subject)) return 'unknown'
  const isShared = claimedBy !== undefined && claimedBy !== subject && claimedIn !== browser
  return isShared ? 'shared' : 'claimed'
}

/**
 * The result of a decision of this subject; `''` is the application itself, whoever has claimed the credential. Not for a record that
 * `isKnown` says is over: that is `unknown`.
 */
export function checkDecision(credential: StoredCredential, subject: string, now: number): DecideResult {
  const owner = credential.boundSubject ?? credential.claimedBy
  const isOthers = owner !== undefined && subject !== '' && subject !== owner
  if (credential.ended || isOthers) return 'unknown'
  if (now >= credential.expiresAt) return 'expired'
  return credential.userGrant === undefined ? 'decided' : 'alreadyDecided'
}

/** The owner of the lease; `undefined` when there is none, or it is over. */
export function leaseHolder(credential: StoredCredential, now: number): string | undefined {
  const { leaseOwner, leaseUntil } = credential
  return leaseUntil !== undefined && now < leaseUntil ? leaseOwner : undefined
}

/** True if this owner may lease the credential, or renew the lease. */
export function mayLease(credential: StoredCredential, owner: string, now: number): boolean {
  return isApproved(credential, now) && (leaseHolder(credential, now) ?? owner) === owner
}

/** True if the code may be redeemed: by the owner of the lease or, while there is no lease, by nobody in particular. */
export function mayRedeem(credential: StoredCredential, owner: string | undefined, now: number): boolean {
  return isApproved(credential, now) && leaseHolder(credential, now) === owner
}

/** True if an incident is about this credential, redeemed or not. */
export function matchesFilter(credential: DeviceCredential, filter: IncidentFilter): boolean {
  const { clientId, requester, userGrant, claimedBy } = credential
  if ('subject' in filter) return (userGrant?.subject ?? claimedBy) === filter.subject
  if ('clientId' in filter) return clientId === filter.clientId
  const key = requester?.ip === undefined ? undefined : addressKey(requester.ip)
  return key !== undefined && key >= filter.requester.from && key <= filter.requester.to
}
