import type { DeviceCredential } from '@device-auth/core'
import { addressKey, type StoredRecord, tokensEnd, tombstoneEnd } from '@device-auth/core/stores'
import type { Row } from './database.ts'

/** The record of a new credential. */
export function newRecord(credential: DeviceCredential): StoredRecord {
  return {
    ...credential,
    lastSlowedAt: undefined,
    leaseOwner: undefined,
    leaseUntil: undefined,
    ended: false,
    family: undefined,
  }
}

/** The key of a record's row. The rows of user codes and of attempts have other prefixes. */
export function recordKey(id: string): string {
  return `record:${id}`
}

/** The row of a record. */
export function toRow(record: StoredRecord): Row {
  const { id, clientId, requester, userGrant, claimedBy, family } = record
  const end = Math.max(tombstoneEnd(record), family === undefined ? 0 : tokensEnd(family))
  return {
    key: recordKey(id),
    value: JSON.stringify(record),
    // a refresh token may have no end, which is `Infinity`, and a column of whole numbers has none
    forgetAt: Math.min(end, Number.MAX_SAFE_INTEGER),
    subject: userGrant?.subject ?? claimedBy,
    clientId,
    address: requester?.ip === undefined ? undefined : addressKey(requester.ip),
  }
}

/** The record of a value that {@link toRow} made. */
export function toRecord(value: string): StoredRecord {
  const record: StoredRecord = JSON.parse(value)
  const { family } = record
  const refreshToken = family?.refreshToken
  // JSON turned `Infinity` into `null`
  if (family === undefined || refreshToken?.expiresAt !== null) return record
  return { ...record, family: { ...family, refreshToken: { ...refreshToken, expiresAt: Number.POSITIVE_INFINITY } } }
}
