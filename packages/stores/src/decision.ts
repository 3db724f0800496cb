import type { DecideResult } from '@device-auth/core'
import { isKnown, type StoredRecord } from './record.ts'

/** Why a record cannot be decided; `undefined`: it can. Without a subject, it is the application itself that decides. */
export function refusedDecision(
  record: StoredRecord | undefined,
  subject: string,
  now: number,
): Exclude<DecideResult, 'decided'> | undefined {
  if (record === undefined || !isKnown(record, now) || record.ended) return 'unknown'
  const owner = record.boundSubject ?? record.claimedBy
  if (owner !== undefined && subject !== '' && subject !== owner) return 'unknown'
  if (now >= record.expiresAt) return 'expired'
  return record.userGrant === undefined ? undefined : 'alreadyDecided'
}
