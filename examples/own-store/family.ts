import type { FoundToken, TokenRecord } from '@device-auth/core'
import {
  ANSWER_USED,
  deriveAccessToken,
  firstTokens,
  leaseHolder,
  mayRedeem,
  NO_TOKENS,
  receivedRotation,
  rotateTokens,
  type StoredFamily,
  type StoredRecord,
  shouldNoteUse,
} from '@device-auth/core/stores'

const noLease = { leaseOwner: undefined, leaseUntil: undefined }

/** The record after its code was redeemed; `undefined` if it may not be. */
export function redeemed(
  record: StoredRecord,
  tokens: TokenRecord,
  sealedResponse: string,
  owner: string | undefined,
  now: number,
): StoredRecord | undefined {
  if (!mayRedeem(record, owner, now)) return undefined
  const family: StoredFamily = {
    ...firstTokens(tokens, record.userGrant?.scope ?? ''),
    redeemedAt: now,
    sealedResponse,
    lastUsedAt: undefined,
    name: undefined,
  }
  return { ...record, ...noLease, family }
}

/** The record after its refresh token was replaced; `undefined` if it may not be. */
export function rotated(
  record: StoredRecord,
  currentHash: string,
  tokens: TokenRecord,
  sealedResponse: string,
  owner: string | undefined,
  now: number,
): StoredRecord | undefined {
  const { family, userGrant } = record
  if (family === undefined || leaseHolder(record, now) !== owner) return undefined
  const next = rotateTokens(family, currentHash, tokens, sealedResponse, userGrant?.scope ?? '', now)
  return next && { ...record, ...noLease, family: { ...family, ...next } }
}

/** The record after one more access token was derived; `undefined` if none may be. */
export function derived(
  record: StoredRecord,
  subjectHash: string,
  tokens: TokenRecord,
  now: number,
): StoredRecord | undefined {
  const { family } = record
  const accessTokens = family && deriveAccessToken(family, subjectHash, tokens, now)
  return family && accessTokens && { ...record, family: { ...family, accessTokens } }
}

/** The record after the answer to its last rotation was given once more; `undefined` if it may not be. */
export function replayed(record: StoredRecord, replacedHash: string): StoredRecord | undefined {
  const { family } = record
  const last = family?.rotated
  if (family === undefined || last?.hash !== replacedHash || last.replaysLeft < 1) return undefined
  return { ...record, family: { ...family, rotated: { ...last, replaysLeft: last.replaysLeft - 1 } } }
}

/** The record after the use of this token; `undefined` if nothing has to be noted. */
export function used(
  record: StoredRecord,
  found: FoundToken | undefined,
  hash: string,
  now: number,
): StoredRecord | undefined {
  const { family } = record
  if (family === undefined || found?.type !== 'access_token') return undefined
  const received = receivedRotation(family, hash)
  if (received === undefined && !shouldNoteUse(family, now)) return undefined
  const answer = received && { ...received, replaysLeft: ANSWER_USED }
  return { ...record, family: { ...family, lastUsedAt: now, rotated: answer ?? family.rotated } }
}

/** The record without this access token; `undefined` if it has no such token. */
export function withoutAccessToken(record: StoredRecord, hash: string): StoredRecord | undefined {
  const { family } = record
  if (!family?.accessTokens.some((token) => token.hash === hash)) return undefined
  return { ...record, family: { ...family, accessTokens: family.accessTokens.filter((token) => token.hash !== hash) } }
}

/** The record after its end. A family that was revoked has no tokens, and no answer to give again. */
export function ended(record: StoredRecord): StoredRecord {
  const { family } = record
  return { ...record, ended: true, family: family && { ...family, ...NO_TOKENS, sealedResponse: '' } }
}
