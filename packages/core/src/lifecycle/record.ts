import type { DeviceCredential, FoundToken, PollResult, PollStyle } from '../contract/store.ts'
import { isOpen, leaseHolder, pace, pollStatus, type StoredCredential, tombstoneEnd } from './credential.ts'
import {
  type FamilyTokens,
  liveRefreshToken,
  lookUpToken,
  type StoredFamily,
  tokensEnd,
  toRedemption,
} from './token-family.ts'

/**
 * A device authorization request and all that came of it in one record, as a database keeps it: from the request to the
 * end of its last token.
 */
export interface StoredRecord extends StoredCredential {
  /** The token family; `undefined` until the code is redeemed. */
  readonly family: StoredFamily | undefined
}

/** True as long as the record must be kept, because somebody may ask for it. */
export function isKnown(record: StoredRecord, now: number): boolean {
  return now < tombstoneEnd(record) || (record.family !== undefined && now < tokensEnd(record.family))
}

/** True if a token of it can still be used, or may still come of it. */
export function isAlive(record: StoredRecord, now: number): boolean {
  return record.family === undefined ? isOpen(record, now) : hasLiveFamily(record, now)
}

/** True if a token of it can still be used. */
export function hasLiveFamily(record: StoredRecord, now: number): record is StoredRecord & { family: StoredFamily } {
  return record.family !== undefined && !record.ended && now < tokensEnd(record.family)
}

/**
 * The result of a poll.
 *
 * @param record as it was before the poll; `undefined`: this client has no such credential
 * @param now epoch milliseconds
 */
export function pollResult(record: StoredRecord | undefined, now: number, style?: PollStyle): PollResult {
  if (record === undefined || !isKnown(record, now)) return { status: 'unknown' }
  const { family } = record
  if (family !== undefined) {
    if (record.ended) return { status: 'revoked' }
    return { status: 'redeemed', credential: toCredential(record), redemption: toRedemption(family) }
  }
  const status = pollStatus(record, now)
  if (status === 'unknown' || status === 'cancelled') return { status }
  if (status !== 'pending') return { status, credential: toCredential(record) }
  const paced = pace(record, now, style)
  return { status: paced.accepted ? 'pending' : 'slow_down', credential: toCredential(record, paced) }
}

/** The token of this hash in the record; `undefined` if there is none, or it is over. */
export function foundToken(record: StoredRecord | undefined, hash: string, now: number): FoundToken | undefined {
  if (record?.family === undefined || record.ended || !isKnown(record, now)) return undefined
  return lookUpToken(record, record.family, hash, now)
}

/** True if this owner may lease the family for the rotation of this refresh token, or renew the lease. */
export function mayLeaseFamily(
  credential: StoredCredential,
  family: FamilyTokens,
  owner: string,
  refreshTokenHash: string,
  now: number,
): boolean {
  return liveRefreshToken(family, now)?.hash === refreshTokenHash && (leaseHolder(credential, now) ?? owner) === owner
}

/**
 * The part of a record that a store hands out. `Required` makes the compiler ask for a member that is added, although it may be `undefined`.
 *
 * @param paced the interval and the time of the last poll, if a poll has changed them
 */
export function toCredential(
  record: DeviceCredential,
  paced: Pick<DeviceCredential, 'interval' | 'lastPolledAt'> = record,
): DeviceCredential {
  return {
    id: record.id,
    clientId: record.clientId,
    scope: record.scope,
    userCodeHash: record.userCodeHash,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
    interval: paced.interval,
    lastPolledAt: paced.lastPolledAt,
    requester: record.requester,
    bindingMessage: record.bindingMessage,
    boundSubject: record.boundSubject,
    claimedBy: record.claimedBy,
    claimedIn: record.claimedIn,
    userGrant: record.userGrant,
    nonce: record.nonce,
    target: record.target,
    ended: record.ended === true ? true : undefined,
  } satisfies Required<DeviceCredential>
}
