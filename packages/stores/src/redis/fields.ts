import type { DeviceCredential, TokenRecord, UserGrant } from '@device-auth/core'
import { NEVER, pendingRecord, refreshEnd, type StoredRecord, type StoredToken } from '../record.ts'

/*
 * The fields of a credential, short because each of a million has them:
 * c client id, d what never changes (JSON), ca created, ea expires, f forgotten, iv interval, lp last poll,
 * ls last slow_down, bs bound subject, cb and ci claimed by and in, gs subject of the decision, ap approved (1 or 0), g the rest of
 * the decision (JSON), lo and lu owner and end of the lease, x ended, ra redeemed, sr sealed response,
 * at hashes of the access tokens in order, a:<hash> each of them, rh ri re refresh token: hash, issued, expires,
 * oh oa or the one before: hash, rotated, sealed response, us last use, n name.
 */
type Fields = ReadonlyMap<string, string>

/** A new credential, as fields and values in turn. */
export function credentialFields(credential: DeviceCredential): readonly string[] {
  const { scope, userCodeHash, requester, bindingMessage, userGrant } = credential
  const fields = {
    c: credential.clientId,
    d: JSON.stringify({ scope, userCodeHash, requester, bindingMessage }),
    ca: whole(credential.createdAt),
    ea: whole(credential.expiresAt),
    iv: String(credential.interval),
    lp: credential.lastPolledAt === undefined ? undefined : whole(credential.lastPolledAt),
    bs: credential.boundSubject,
    cb: credential.claimedBy,
    ci: credential.claimedIn,
    ...(userGrant && { gs: userGrant.subject, ap: userGrant.approved ? '1' : '0', g: grantDetails(userGrant) }),
  }
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
}

/** What of a decision no script looks at. */
export function grantDetails({ scope, username }: UserGrant): string {
  return JSON.stringify({ scope, username })
}

/** Hash and value of the access token, the end of both tokens, and the fields of the refresh token. */
export function tokenArguments(tokens: TokenRecord): readonly string[] {
  const { accessTokenHash, refreshTokenHash, scope } = tokens
  const [issuedAt, expiresAt] = [whole(tokens.issuedAt), whole(tokens.accessTokenExpiresAt)]
  const refreshExpiresAt = refreshEnd(tokens)
  const end = Math.max(Number(expiresAt), refreshExpiresAt ?? 0)
  const refresh =
    refreshTokenHash === undefined
      ? []
      : ['rh', refreshTokenHash, 'ri', issuedAt, 're', whole(refreshExpiresAt ?? NEVER)]
  return [accessTokenHash, `${issuedAt} ${expiresAt} ${scope}`, whole(end), ...refresh]
}

export function whole(instant: number): string {
  return String(Math.floor(instant))
}

/** A credential as HGETALL has it: a list of fields and values in turn; `undefined`: there is none. */
export function toRecord(id: string, reply: unknown): StoredRecord | undefined {
  if (!Array.isArray(reply) || reply.length === 0) return undefined
  const fields = new Map<string, string>()
  for (let at = 0; at < reply.length; at += 2) fields.set(String(reply[at]), String(reply[at + 1]))
  const userGrant = toUserGrant(fields)
  return {
    id,
    clientId: fields.get('c') ?? '',
    ...(JSON.parse(fields.get('d') ?? '{}') as Pick<DeviceCredential, 'scope' | 'userCodeHash'>),
    createdAt: Number(fields.get('ca')),
    expiresAt: Number(fields.get('ea')),
    interval: Number(fields.get('iv')),
    lastPolledAt: number(fields, 'lp'),
    lastSlowedAt: number(fields, 'ls'),
    boundSubject: fields.get('bs'),
    claimedBy: fields.get('cb'),
    claimedIn: fields.get('ci'),
    userGrant,
    leaseOwner: fields.get('lo'),
    leaseUntil: number(fields, 'lu'),
    ended: fields.has('x'),
    redeemedAt: number(fields, 'ra'),
    sealedResponse: fields.get('sr') ?? '',
    accessTokens: toAccessTokens(fields),
    refreshToken: toRefreshToken(fields, userGrant?.scope ?? ''),
    rotated: toRotated(fields),
    lastUsedAt: number(fields, 'us'),
    name: fields.get('n'),
  }
}

/** What the script of a poll answers with: some fields of a pending credential, or all of another one. */
export function toPolled(id: string, clientId: string, reply: unknown): StoredRecord | undefined {
  if (!Array.isArray(reply)) return undefined
  if (reply.length === 1) return toRecord(id, reply[0])
  const [expiresAt, interval, lastPolledAt, lastSlowedAt, createdAt, boundSubject, claimedBy, claimedIn, details] =
    reply as readonly (string | null)[]
  const { scope, userCodeHash, requester, bindingMessage } = JSON.parse(details ?? '{}') as DeviceCredential
  return pendingRecord({
    id,
    clientId,
    scope,
    userCodeHash,
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
    interval: Number(interval),
    lastPolledAt: lastPolledAt == null ? undefined : Number(lastPolledAt),
    lastSlowedAt: lastSlowedAt == null ? undefined : Number(lastSlowedAt),
    requester,
    bindingMessage,
    boundSubject: boundSubject ?? undefined,
    claimedBy: claimedBy ?? undefined,
    claimedIn: claimedIn ?? undefined,
  })
}

function number(fields: Fields, name: string): number | undefined {
  const value = fields.get(name)
  return value === undefined ? undefined : Number(value)
}

function toUserGrant(fields: Fields): UserGrant | undefined {
  const approved = fields.get('ap')
  if (approved === undefined) return undefined
  const details = JSON.parse(fields.get('g') ?? '{}') as Pick<UserGrant, 'scope' | 'username'>
  return { ...details, subject: fields.get('gs') ?? '', approved: approved === '1' }
}

function toAccessTokens(fields: Fields): readonly StoredToken[] {
  const hashes = fields.get('at')?.split(' ') ?? []
  return hashes.flatMap((hash) => {
    const [issuedAt, expiresAt, ...scope] = fields.get(`a:${hash}`)?.split(' ') ?? []
    if (issuedAt === undefined || expiresAt === undefined) return []
    return [{ hash, scope: scope.join(' '), issuedAt: Number(issuedAt), expiresAt: Number(expiresAt) }]
  })
}

function toRefreshToken(fields: Fields, scope: string): StoredToken | undefined {
  const hash = fields.get('rh')
  if (hash === undefined) return undefined
  return { hash, scope, issuedAt: Number(fields.get('ri')), expiresAt: Number(fields.get('re')) }
}

function toRotated(fields: Fields): StoredRecord['rotated'] {
  const hash = fields.get('oh')
  if (hash === undefined) return undefined
  return { hash, rotatedAt: Number(fields.get('oa')), sealedResponse: fields.get('or') ?? '' }
}
