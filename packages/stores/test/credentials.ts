import { randomBytes } from 'node:crypto'
import type { DeviceCredential, TokenRecord } from '@device-auth/core'

export function randomHash(): string {
  return randomBytes(32).toString('base64url')
}

export function newCredential(now: number = Date.now(), given: Partial<DeviceCredential> = {}): DeviceCredential {
  return {
    id: randomHash(),
    clientId: 'tv',
    scope: 'profile',
    userCodeHash: randomHash(),
    createdAt: now,
    expiresAt: now + 600_000,
    interval: 5,
    requester: { ip: '192.0.2.2', userAgent: 'television' },
    ...given,
  }
}

export function newTokens(now: number = Date.now()): TokenRecord {
  return {
    accessTokenHash: randomHash(),
    issuedAt: now,
    accessTokenExpiresAt: now + 3_600_000,
    scope: 'profile',
    refreshTokenHash: randomHash(),
    refreshTokenExpiresAt: now + 30 * 86_400_000,
  }
}

export function approval(subject: string) {
  return { subject, approved: true, scope: 'profile' }
}
