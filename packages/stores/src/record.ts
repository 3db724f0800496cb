import type { TokenFamily, TokenRecord } from '@device-auth/core'
import { type StoredCredential, type StoredRecord, toTokenFamily } from '@device-auth/core/stores'

/** The instant that stands for `Infinity`, the end of a token without an end: the largest whole number of a double. */
export const NEVER = Number.MAX_SAFE_INTEGER

/** An instant as databases keep it: whole epoch milliseconds. */
export function keptInstant(instant: number): number {
  return Math.min(Math.floor(instant), NEVER)
}

/** An end that {@link keptInstant} made. */
export function readEnd(kept: number): number {
  return kept >= NEVER ? Number.POSITIVE_INFINITY : kept
}

/** The kept styles of the last accepted poll; nothing is kept for the form. */
export function readStyles(kept: unknown): StoredCredential['lastPolledIn'] {
  return kept === 'header' || kept === 'both' ? kept : undefined
}

/** The kept end of the refresh token of a response; `undefined` if the response has none. */
export function refreshTokenEnd(tokens: TokenRecord): number | undefined {
  if (tokens.refreshTokenHash === undefined) return undefined
  return keptInstant(tokens.refreshTokenExpiresAt ?? Number.POSITIVE_INFINITY)
}

/** The part of a pending credential that databases keep. All members are required, so that the compiler asks every database for one that is added. */
type PendingCredential = Required<Omit<StoredRecord, 'userGrant' | 'leaseOwner' | 'leaseUntil' | 'ended' | 'family'>>

/** The record of a pending credential. It has all properties of other records, because V8 is fast with one shape of objects. */
export function pendingRecord(credential: PendingCredential): StoredRecord {
  return {
    id: credential.id,
    clientId: credential.clientId,
    scope: credential.scope,
    userCodeHash: credential.userCodeHash,
    createdAt: credential.createdAt,
    expiresAt: credential.expiresAt,
    interval: credential.interval,
    lastPolledAt: credential.lastPolledAt,
    lastPolledIn: credential.lastPolledIn,
    requester: credential.requester,
    bindingMessage: credential.bindingMessage,
    boundSubject: credential.boundSubject,
    claimedBy: credential.claimedBy,
    claimedIn: credential.claimedIn,
    userGrant: undefined,
    nonce: credential.nonce,
    target: credential.target,
    lastSlowedAt: credential.lastSlowedAt,
    leaseOwner: undefined,
    leaseUntil: undefined,
    ended: false,
    family: undefined,
  } satisfies Required<StoredRecord>
}

/** The token families of the records that have one. */
export function tokenFamilies(records: readonly StoredRecord[]): readonly TokenFamily[] {
  return records.flatMap((record) => (record.family === undefined ? [] : [toTokenFamily(record, record.family)]))
}
