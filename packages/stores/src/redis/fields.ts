import type { DeviceCredential, Now, TokenRecord, TokenTarget, UserGrant } from '@device-auth/core'
import type { RotatedToken, StoredFamily, StoredRecord, StoredToken } from '@device-auth/core/stores'
import { keptInstant, NEVER, readEnd, readStyles, refreshTokenEnd } from '../record.ts'

/*
 * The fields of a credential in its hash, with the column of SQL that holds the same. Their names are short, because each of a million
 * credentials has them.
 *
 * c client_id · ca created_at · ea expires_at · f forget_at · iv poll_interval
 * lp last_polled_at · li last_polled_in · ls last_slowed_at: each of the three ends with the id of the poll that wrote it
 * bs bound_subject · cb claimed_by · ci claimed_in · gs subject of the decision · ap approved, 1 or 0
 * lo lease_owner · lu lease_until · x ended · ra redeemed_at · sr sealed_response · us last_used_at · n device_name
 * rh refresh_hash · ri refresh_issued_at · re refresh_expires_at
 * oh rotated_hash · oa rotated_at · or rotated_response · ol replays_left
 *
 * These are kept in another way than in SQL:
 *
 * d what never changes, as JSON: `FixedDetails`
 * g the rest of the decision, as JSON: scope, user name, log-in, target, data
 * at hashes of the access tokens, oldest first · a:<hash> each of them: issued at, expires at, scope; on a line of its own its target as JSON
 * q id of the call that changed it last, because some clients of Redis send a command again
 */
type Fields = ReadonlyMap<string, string>

/** The content of the field `d`. */
export type FixedDetails = Required<
  Pick<DeviceCredential, 'scope' | 'userCodeHash' | 'requester' | 'bindingMessage' | 'nonce' | 'target'>
>

/** The fields of a new credential: names and values in turn. */
export function credentialFields(credential: DeviceCredential): readonly string[] {
  const { scope, userCodeHash, requester, bindingMessage, nonce, target, userGrant } = credential
  const details = { scope, userCodeHash, requester, bindingMessage, nonce, target } satisfies FixedDetails
  const fields = {
    c: credential.clientId,
    d: JSON.stringify(details),
    ca: whole(credential.createdAt),
    ea: whole(credential.expiresAt),
    iv: String(credential.interval),
    lp: credential.lastPolledAt === undefined ? undefined : whole(credential.lastPolledAt),
    bs: credential.boundSubject,
    cb: credential.claimedBy,
    ci: credential.claimedIn,
    ...(userGrant && { gs: userGrant.subject, ap: userGrant.approved ? '1' : '0', g: decisionDetails(userGrant) }),
  }
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
}

/** The part of a decision that no script reads, as JSON. */
export function decisionDetails({ scope, username, authentication, target, data }: UserGrant): string {
  return JSON.stringify({ scope, username, authentication, target, data })
}

/** Arguments for the tokens of one response: hash and value of the access token, end of the last token, fields of the refresh token. */
export function tokenArguments(tokens: TokenRecord): readonly string[] {
  const { accessTokenHash, refreshTokenHash, scope, target } = tokens
  const [issuedAt, expiresAt] = [whole(tokens.issuedAt), whole(tokens.accessTokenExpiresAt)]
  const refreshExpiresAt = refreshTokenEnd(tokens)
  const end = Math.max(Number(expiresAt), refreshExpiresAt ?? 0)
  const refresh =
    refreshTokenHash === undefined
      ? []
      : ['rh', refreshTokenHash, 'ri', issuedAt, 're', whole(refreshExpiresAt ?? NEVER)]
  const kept = target === undefined ? '' : `\n${JSON.stringify(target)}`
  return [accessTokenHash, `${issuedAt} ${expiresAt} ${scope}${kept}`, whole(end), ...refresh]
}

/** An instant or a duration as an argument: a whole number of milliseconds. */
export function whole(milliseconds: number): string {
  return String(keptInstant(milliseconds))
}

/** The time of a step as an argument: '' for that of the server. */
export function instant(now: Now): string {
  return now === undefined ? '' : whole(now)
}

/** The time that a reply of TIME holds, in epoch milliseconds. */
export function timeFromReply(reply: unknown): number {
  const [seconds, microseconds] = reply as readonly unknown[]
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}

/** The record that a reply of HGETALL holds: names and values in turn. @returns `undefined` for an empty reply */
export function recordFromHash(id: string, reply: unknown): StoredRecord | undefined {
  if (!Array.isArray(reply) || reply.length === 0) return undefined
  const fields = new Map<string, string>()
  for (let at = 0; at < reply.length; at += 2) fields.set(String(reply[at]), String(reply[at + 1]))
  const userGrant = toUserGrant(fields)
  return {
    id,
    clientId: fields.get('c') ?? '',
    ...(JSON.parse(fields.get('d') ?? '{}') as FixedDetails),
    createdAt: Number(fields.get('ca')),
    expiresAt: Number(fields.get('ea')),
    interval: Number(fields.get('iv')),
    lastPolledAt: pollTime(fields.get('lp')),
    lastPolledIn: readStyles(fields.get('li')?.split(' ', 1)[0]),
    lastSlowedAt: pollTime(fields.get('ls')),
    boundSubject: fields.get('bs'),
    claimedBy: fields.get('cb'),
    claimedIn: fields.get('ci'),
    userGrant,
    leaseOwner: fields.get('lo'),
    leaseUntil: optionalNumber(fields, 'lu'),
    ended: fields.has('x'),
    family: fields.has('ra') ? toFamily(fields, userGrant?.scope ?? '') : undefined,
  } satisfies Required<StoredRecord>
}

function toFamily(fields: Fields, scope: string): StoredFamily {
  return {
    redeemedAt: Number(fields.get('ra')),
    sealedResponse: fields.get('sr') ?? '',
    accessTokens: toAccessTokens(fields),
    refreshToken: toRefreshToken(fields, scope),
    rotated: toRotated(fields),
    lastUsedAt: optionalNumber(fields, 'us'),
    name: fields.get('n'),
  }
}

/** The time in front of the id of a poll. */
function pollTime(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.split(' ', 1)[0])
}

function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields.get(name)
  return value === undefined ? undefined : Number(value)
}

function toUserGrant(fields: Fields): UserGrant | undefined {
  const approved = fields.get('ap')
  if (approved === undefined) return undefined
  const details = JSON.parse(fields.get('g') ?? '{}') as Omit<UserGrant, 'subject' | 'approved'>
  return { ...details, subject: fields.get('gs') ?? '', approved: approved === '1' }
}

function toAccessTokens(fields: Fields): readonly StoredToken[] {
  const hashes = fields.get('at')?.split(' ') ?? []
  return hashes.flatMap((hash) => {
    const [words = '', target] = fields.get(`a:${hash}`)?.split('\n') ?? []
    const [issuedAt, expiresAt, ...scope] = words.split(' ')
    if (issuedAt === undefined || expiresAt === undefined) return []
    const token = { hash, scope: scope.join(' '), issuedAt: Number(issuedAt), expiresAt: Number(expiresAt) }
    return [target === undefined ? token : { ...token, target: JSON.parse(target) as TokenTarget }]
  })
}

function toRefreshToken(fields: Fields, scope: string): StoredToken | undefined {
  const hash = fields.get('rh')
  if (hash === undefined) return undefined
  return { hash, scope, issuedAt: Number(fields.get('ri')), expiresAt: readEnd(Number(fields.get('re'))) }
}

function toRotated(fields: Fields): RotatedToken | undefined {
  const hash = fields.get('oh')
  if (hash === undefined) return undefined
  const replaysLeft = Number(fields.get('ol') ?? 0)
  return { hash, rotatedAt: Number(fields.get('oa')), sealedResponse: fields.get('or') ?? '', replaysLeft }
}
