import type { FoundToken, TokenFamily } from '@device-auth/core'
import { isKnown, NEVER, type StoredRecord, type StoredToken, USE_RESOLUTION } from './record.ts'

/** The token family of a redeemed record. */
export function toFamily(record: StoredRecord): TokenFamily {
  return {
    id: record.id,
    clientId: record.clientId,
    subject: record.userGrant?.subject ?? '',
    username: record.userGrant?.username,
    scope: record.userGrant?.scope ?? '',
    requester: record.requester,
    name: record.name,
    createdAt: record.redeemedAt ?? record.createdAt,
    lastUsedAt: record.lastUsedAt,
  }
}

export function foundToken(record: StoredRecord, hash: string, now: number): FoundToken | undefined {
  if (record.redeemedAt === undefined || record.ended || !isKnown(record, now)) return undefined
  const found = (type: 'access_token' | 'refresh_token', token: StoredToken): FoundToken => {
    const { scope, issuedAt, expiresAt } = token
    return { type, family: toFamily(record), scope, issuedAt, expiresAt: expiresAt === NEVER ? Infinity : expiresAt }
  }
  const accessToken = record.accessTokens.find((token) => token.hash === hash)
  if (accessToken !== undefined) return now < accessToken.expiresAt ? found('access_token', accessToken) : undefined
  const { refreshToken, rotated } = record
  if (refreshToken?.hash === hash && now < refreshToken.expiresAt) return found('refresh_token', refreshToken)
  if (rotated?.hash !== hash) return undefined
  return {
    type: 'rotated',
    family: toFamily(record),
    rotatedAt: rotated.rotatedAt,
    sealedResponse: rotated.sealedResponse,
  }
}

/** Whether the use of an access token is to be noted (again). */
export function useIsNews({ lastUsedAt }: StoredRecord, now: number): boolean {
  return lastUsedAt === undefined || now - lastUsedAt > USE_RESOLUTION
}
