import {
  type DeviceCredential,
  MAX_INTERVAL,
  POLL_TOLERANCE,
  type PollResult,
  SLOW_DOWN_STEP,
  type TokenRecord,
  tombstoneEnd,
} from '@device-auth/core'

/** Instants are kept as whole numbers that a double holds exactly; a token without an end ends then. */
export const NEVER = Number.MAX_SAFE_INTEGER
/** Access tokens of one grant that live at a time, as in core's `MemoryStore`. */
export const MAX_ACCESS_TOKENS = 10
/** Milliseconds between two notes of a grant's use. */
export const USE_RESOLUTION = 60_000

export interface StoredToken {
  readonly hash: string
  readonly scope: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What a database keeps of one request, from the request to the end of its tokens. */
export interface StoredRecord extends DeviceCredential {
  readonly lastSlowedAt: number | undefined
  readonly leaseOwner: string | undefined
  readonly leaseUntil: number | undefined
  /** Given up by the device or, once it is redeemed, revoked. */
  readonly ended: boolean
  readonly redeemedAt: number | undefined
  readonly sealedResponse: string
  readonly accessTokens: readonly StoredToken[]
  /** With the scope of the grant. */
  readonly refreshToken: StoredToken | undefined
  readonly rotated: { readonly hash: string; readonly rotatedAt: number; readonly sealedResponse: string } | undefined
  readonly lastUsedAt: number | undefined
  readonly name: string | undefined
}

/** A record of which nothing has become yet; with every property, because V8 goes by the shape of objects. */
export function pendingRecord(
  credential: Omit<DeviceCredential, 'userGrant'> & Pick<StoredRecord, 'lastSlowedAt'>,
): StoredRecord {
  return {
    id: credential.id,
    clientId: credential.clientId,
    scope: credential.scope,
    userCodeHash: credential.userCodeHash,
    createdAt: credential.createdAt,
    expiresAt: credential.expiresAt,
    interval: credential.interval,
    lastPolledAt: credential.lastPolledAt,
    requester: credential.requester,
    bindingMessage: credential.bindingMessage,
    boundSubject: credential.boundSubject,
    claimedBy: credential.claimedBy,
    claimedIn: credential.claimedIn,
    userGrant: undefined,
    lastSlowedAt: credential.lastSlowedAt,
    leaseOwner: undefined,
    leaseUntil: undefined,
    ended: false,
    redeemedAt: undefined,
    sealedResponse: '',
    accessTokens: [],
    refreshToken: undefined,
    rotated: undefined,
    lastUsedAt: undefined,
    name: undefined,
  }
}

/** What an accepted or an early poll leaves behind. */
export interface Pace {
  readonly accepted: boolean
  readonly interval: number
  readonly lastPolledAt: number | undefined
  readonly lastSlowedAt: number | undefined
}

/** The contract's pacing, for whoever has the record that no other poll changes meanwhile. */
export function pace(record: StoredRecord, now: number): Pace {
  const { interval, lastPolledAt: last, lastSlowedAt } = record
  // a clock that was set back must not lock the device out until it has caught up
  if (last === undefined || now < last || now >= last + interval * 1000 - POLL_TOLERANCE) {
    return { accepted: true, interval, lastPolledAt: now, lastSlowedAt }
  }
  const sameBurst = lastSlowedAt !== undefined && now - lastSlowedAt < POLL_TOLERANCE
  if (sameBurst) return { accepted: false, interval, lastPolledAt: last, lastSlowedAt }
  const raised = Math.max(interval, Math.min(interval + SLOW_DOWN_STEP, MAX_INTERVAL))
  return { accepted: false, interval: raised, lastPolledAt: last, lastSlowedAt: now }
}

/** Whether somebody has to know of it still. */
export function isKnown(record: StoredRecord, now: number): boolean {
  return now < Math.max(tombstoneEnd(record), record.redeemedAt === undefined ? 0 : tokensEnd(record))
}

export function isUndecided(record: StoredRecord, now: number): boolean {
  return now < record.expiresAt && record.userGrant === undefined && !record.ended
}

/** Whether a token of it can still be used, or may still come of it. */
export function isAlive(record: StoredRecord, now: number): boolean {
  if (record.redeemedAt !== undefined) return isLiveGrant(record, now)
  return !record.ended && now < record.expiresAt && record.userGrant?.approved !== false
}

/** Whether a token of it can still be used. */
export function isLiveGrant(record: StoredRecord, now: number): boolean {
  return record.redeemedAt !== undefined && !record.ended && now < tokensEnd(record)
}

/** When the last token ends (epoch milliseconds); 0 without any. */
export function tokensEnd({ accessTokens, refreshToken }: StoredRecord): number {
  return Math.max(0, refreshToken?.expiresAt ?? 0, ...accessTokens.map(({ expiresAt }) => expiresAt))
}

/** What the poll finds in a record as it was before the poll. */
export function pollResult(record: StoredRecord | undefined, now: number): PollResult {
  if (record === undefined || !isKnown(record, now)) return { status: 'unknown' }
  if (record.redeemedAt !== undefined) return redeemedResult(record, record.redeemedAt)
  if (record.ended) return { status: 'cancelled' }
  if (now >= record.expiresAt) return { status: 'expired', credential: toCredential(record) }
  if (record.userGrant === undefined) {
    const paced = pace(record, now)
    return { status: paced.accepted ? 'pending' : 'slow_down', credential: toCredential(record, paced) }
  }
  const leased = record.leaseUntil !== undefined && now < record.leaseUntil
  const approved = leased ? 'redeeming' : 'approved'
  return { status: record.userGrant.approved ? approved : 'denied', credential: toCredential(record) }
}

function redeemedResult(record: StoredRecord, redeemedAt: number): PollResult {
  if (record.ended) return { status: 'revoked' }
  const redemption = { sealedResponse: record.sealedResponse, redeemedAt, used: record.lastUsedAt !== undefined }
  return { status: 'redeemed', credential: toCredential(record), redemption }
}

/** The part of a record that is handed out. */
export function toCredential(
  record: StoredRecord,
  { interval, lastPolledAt }: Pick<StoredRecord, 'interval' | 'lastPolledAt'> = record,
): DeviceCredential {
  return {
    id: record.id,
    clientId: record.clientId,
    scope: record.scope,
    userCodeHash: record.userCodeHash,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
    interval,
    lastPolledAt,
    requester: record.requester,
    bindingMessage: record.bindingMessage,
    boundSubject: record.boundSubject,
    claimedBy: record.claimedBy,
    claimedIn: record.claimedIn,
    userGrant: record.userGrant,
  }
}

/** When the refresh token of a response ends. */
export function refreshEnd({ refreshTokenHash, refreshTokenExpiresAt }: TokenRecord): number | undefined {
  return refreshTokenHash === undefined ? undefined : Math.floor(refreshTokenExpiresAt ?? NEVER)
}
