import type { StoredRecord } from '../../src/lifecycle/record.ts'

/** The record of a code that lives from second 0 to second 600. */
export function storedRecord(given: Partial<StoredRecord> = {}): StoredRecord {
  return {
    id: 'id',
    clientId: 'tv',
    scope: 'profile',
    userCodeHash: 'hash',
    createdAt: 0,
    expiresAt: 600_000,
    interval: 5,
    lastSlowedAt: undefined,
    leaseOwner: undefined,
    leaseUntil: undefined,
    ended: false,
    family: undefined,
    ...given,
  }
}
