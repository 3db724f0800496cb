import type {
  Authentication,
  DeviceCredential,
  Requester,
  TokenRecord,
  TokenTarget,
  UserGrant,
} from '@device-auth/core'
import {
  addressKey,
  type RotatedToken,
  type StoredFamily,
  type StoredRecord,
  type StoredToken,
  tombstoneEnd,
} from '@device-auth/core/stores'
import { keptInstant, readEnd, readStyles, refreshTokenEnd } from '../record.ts'
import type { SqlRow, SqlValue } from './client.ts'

/** The columns of a new credential, in the order of {@link credentialValues}. */
export const credentialColumns = [
  'id',
  'client_id',
  'scope',
  'user_code_hash',
  'live_user_code',
  'created_at',
  'expires_at',
  'forget_at',
  'poll_interval',
  'last_polled_at',
  'requester',
  'address_key',
  'binding_message',
  'bound_subject',
  'claimed_by',
  'claimed_in',
  'subject',
  'approved',
  'granted_scope',
  'username',
  'authentication',
  'granted',
  'nonce',
  'target',
] as const

/** The columns that polls read in the first version of the function of a migration: they never change, whatever columns are added. */
export const firstPolledColumns = [
  'id',
  'client_id',
  'scope',
  'user_code_hash',
  'created_at',
  'expires_at',
  'poll_interval',
  'last_polled_at',
  'requester',
  'binding_message',
  'bound_subject',
  'claimed_by',
  'claimed_in',
  'subject',
  'approved',
  'granted_scope',
  'username',
  'last_polled_in',
  'last_slowed_at',
  'lease_owner',
  'lease_until',
  'ended',
  'redeemed_at',
  'sealed_response',
  'access_tokens',
  'refresh_hash',
  'refresh_issued_at',
  'refresh_expires_at',
  'rotated_hash',
  'rotated_at',
  'rotated_response',
  'last_used_at',
  'device_name',
] as const

/** The columns that polls read in the second version of that function. They never change. */
export const secondPolledColumns = [...firstPolledColumns, 'authentication', 'nonce'] as const

/** The columns of a record that polls read now. */
export const polledColumns = [...secondPolledColumns, 'granted', 'target'] as const

/** The columns that {@link recordFromRow} reads. */
export const recordColumns = [...polledColumns, 'replays_left'] as const

/** The values of a new row, in the order of {@link credentialColumns}. */
export function credentialValues(credential: DeviceCredential): readonly SqlValue[] {
  const { requester, userGrant, lastPolledAt } = credential
  return [
    credential.id,
    credential.clientId,
    credential.scope,
    credential.userCodeHash,
    credential.userCodeHash,
    keptInstant(credential.createdAt),
    keptInstant(credential.expiresAt),
    keptInstant(tombstoneEnd(credential)),
    credential.interval,
    lastPolledAt === undefined ? null : keptInstant(lastPolledAt),
    json(requester),
    (requester?.ip !== undefined && addressKey(requester.ip)) || null,
    credential.bindingMessage ?? null,
    credential.boundSubject ?? null,
    credential.claimedBy ?? null,
    credential.claimedIn ?? null,
    ...(userGrant === undefined ? [null, null, null, null, null, null] : userGrantValues(userGrant)),
    credential.nonce ?? null,
    json(credential.target),
  ]
}

/** The columns `subject`, `approved`, `granted_scope`, `username`, `authentication` and `granted`. */
export function userGrantValues(userGrant: UserGrant): readonly SqlValue[] {
  const { subject, approved, scope, username, authentication, target, data } = userGrant
  const granted = target === undefined && data === undefined ? undefined : { target, data }
  return [subject, approved ? 1 : 0, scope, username ?? null, json(authentication), json(granted)]
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** The tokens of one response, as the columns have them. */
export function tokenValues(tokens: TokenRecord): {
  /** One element of `access_tokens`, as JSON. */
  readonly accessToken: string
  /** The columns `refresh_hash`, `refresh_issued_at` and `refresh_expires_at`. */
  readonly refreshToken: readonly SqlValue[]
  /** The end of the last of both tokens. */
  readonly end: number
} {
  const { accessTokenHash, scope, target } = tokens
  const issuedAt = keptInstant(tokens.issuedAt)
  const expiresAt = keptInstant(tokens.accessTokenExpiresAt)
  const refreshExpiresAt = refreshTokenEnd(tokens)
  return {
    accessToken: JSON.stringify([accessTokenHash, scope, issuedAt, expiresAt, target]),
    refreshToken: [
      tokens.refreshTokenHash ?? null,
      refreshExpiresAt === undefined ? null : issuedAt,
      refreshExpiresAt ?? null,
    ],
    end: Math.max(expiresAt, refreshExpiresAt ?? 0),
  }
}

/** The record that a row holds. */
export function recordFromRow(row: SqlRow): StoredRecord {
  const userGrant = toUserGrant(row)
  return {
    id: text(row.id),
    clientId: text(row.client_id),
    scope: text(row.scope),
    userCodeHash: text(row.user_code_hash),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    interval: Number(row.poll_interval),
    lastPolledAt: optionalNumber(row.last_polled_at),
    lastPolledIn: readStyles(row.last_polled_in),
    requester: row.requester == null ? undefined : (JSON.parse(text(row.requester)) as Requester),
    bindingMessage: optionalText(row.binding_message),
    boundSubject: optionalText(row.bound_subject),
    claimedBy: optionalText(row.claimed_by),
    claimedIn: optionalText(row.claimed_in),
    userGrant,
    nonce: optionalText(row.nonce),
    target: row.target == null ? undefined : (JSON.parse(text(row.target)) as TokenTarget),
    lastSlowedAt: optionalNumber(row.last_slowed_at),
    leaseOwner: optionalText(row.lease_owner),
    leaseUntil: optionalNumber(row.lease_until),
    ended: Number(row.ended) === 1,
    family: row.redeemed_at == null ? undefined : toFamily(row, userGrant?.scope ?? ''),
  } satisfies Required<StoredRecord>
}

function toFamily(row: SqlRow, scope: string): StoredFamily {
  return {
    redeemedAt: Number(row.redeemed_at),
    sealedResponse: text(row.sealed_response),
    accessTokens: toAccessTokens(text(row.access_tokens)),
    refreshToken: toRefreshToken(row, scope),
    rotated: toRotated(row),
    lastUsedAt: optionalNumber(row.last_used_at),
    name: optionalText(row.device_name),
  }
}

function toUserGrant(row: SqlRow): UserGrant | undefined {
  if (row.approved == null) return undefined
  const username = optionalText(row.username)
  const login = optionalText(row.authentication)
  return {
    subject: text(row.subject),
    approved: Number(row.approved) === 1,
    scope: text(row.granted_scope),
    ...(username === undefined ? {} : { username }),
    ...(login === undefined ? {} : { authentication: JSON.parse(login) as Authentication }),
    ...(row.granted == null ? {} : (JSON.parse(text(row.granted)) as Pick<UserGrant, 'target' | 'data'>)),
  }
}

function toAccessTokens(json: string): readonly StoredToken[] {
  if (json === '[]') return []
  const tokens = JSON.parse(json) as readonly (readonly [string, string, number, number, (TokenTarget | null)?])[]
  return tokens.map(([hash, scope, issuedAt, expiresAt, target]) => ({
    hash,
    scope,
    issuedAt,
    expiresAt,
    ...(target == null ? {} : { target }),
  }))
}

function toRefreshToken(row: SqlRow, scope: string): StoredToken | undefined {
  if (row.refresh_hash == null) return undefined
  const [issuedAt, expiresAt] = [Number(row.refresh_issued_at), readEnd(Number(row.refresh_expires_at))]
  return { hash: text(row.refresh_hash), scope, issuedAt, expiresAt }
}

function toRotated(row: SqlRow): RotatedToken | undefined {
  if (row.rotated_hash == null) return undefined
  return {
    hash: text(row.rotated_hash),
    rotatedAt: Number(row.rotated_at),
    sealedResponse: text(row.rotated_response),
    // polls do not read it
    replaysLeft: Number(row.replays_left ?? 0),
  }
}

function text(value: unknown): string {
  return value == null ? '' : String(value)
}

function optionalText(value: unknown): string | undefined {
  return value == null ? undefined : String(value)
}

// drivers return 64-bit numbers as texts, bigints or numbers
function optionalNumber(value: unknown): number | undefined {
  return value == null ? undefined : Number(value)
}
