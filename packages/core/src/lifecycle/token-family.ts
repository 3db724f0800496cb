import type { DeviceCredential, FoundToken, Redemption, TokenFamily, TokenRecord } from '../contract/store.ts'
import type { TokenTarget } from '../contract/target.ts'

/** Access tokens of one family that live at a time. A device that refreshes far too often loses its oldest ones. */
export const MAX_ACCESS_TOKENS = 10

/** The last use of a family is stored at most once in this time, in milliseconds, to save writes. */
export const USE_RESOLUTION = 60_000

/** The number of times that the answer to a rotation is given again, to a device that did not receive it. */
export const MAX_REPLAYS = 2

/** `replaysLeft` after a token of the answer was used. */
export const ANSWER_USED = -1

/** A token as a store keeps it. */
export interface StoredToken {
  /** SHA-256, base64url. */
  readonly hash: string
  /** Space-delimited. */
  readonly scope: string
  /** The resources and details of an access token; those of a refresh token are in the grant. */
  readonly target?: TokenTarget | undefined
  /** Epoch milliseconds. */
  readonly issuedAt: number
  /** Epoch milliseconds; `Infinity` for a refresh token without an end, which JSON would turn into `null`. */
  readonly expiresAt: number
}

/** The refresh token before the current one, with the answer that replaced it. */
export interface RotatedToken {
  /** SHA-256, base64url. */
  readonly hash: string
  /** Epoch milliseconds. */
  readonly rotatedAt: number
  readonly sealedResponse: string
  /** The number of times that the answer may still be given again; {@link ANSWER_USED} after its access token was used. */
  readonly replaysLeft: number
}

/** The tokens of a family. */
export interface FamilyTokens {
  /** Oldest first, at most {@link MAX_ACCESS_TOKENS}. */
  readonly accessTokens: readonly StoredToken[]
  /** Its scope is what the user granted, even if the access token has less. `undefined`: nothing can be refreshed. */
  readonly refreshToken: StoredToken | undefined
  readonly rotated: RotatedToken | undefined
}

/** A token family as a store keeps it, beside its credential. */
export interface StoredFamily extends FamilyTokens {
  /** Epoch milliseconds. */
  readonly redeemedAt: number
  /** The first token response, for a device that lost it; `''` after the family was revoked. */
  readonly sealedResponse: string
  /** Epoch milliseconds of the last use of an access token, stored at most once a minute; `undefined` before the first use. */
  readonly lastUsedAt: number | undefined
  /** Given by the user. */
  readonly name: string | undefined
}

/** No tokens: those of a family that was revoked. */
export const NO_TOKENS: FamilyTokens = Object.freeze({ accessTokens: [], refreshToken: undefined, rotated: undefined })

/** The tokens of a new family. @param scope what the user granted */
export function firstTokens(tokens: TokenRecord, scope: string): FamilyTokens {
  return { accessTokens: [accessToken(tokens)], refreshToken: refreshToken(tokens, scope), rotated: undefined }
}

/**
 * The tokens after a rotation; `undefined` if the hash is not that of the current refresh token, or that has expired.
 * @param scope what the user granted
 * @param now epoch milliseconds
 */
export function rotateTokens(
  family: FamilyTokens,
  currentHash: string,
  tokens: TokenRecord,
  sealedResponse: string,
  scope: string,
  now: number,
): FamilyTokens | undefined {
  if (liveRefreshToken(family, now)?.hash !== currentHash) return undefined
  const live = family.accessTokens.filter(({ expiresAt }) => now < expiresAt)
  return {
    accessTokens: [...live, accessToken(tokens)].slice(-MAX_ACCESS_TOKENS),
    refreshToken: refreshToken(tokens, scope),
    rotated: { hash: currentHash, rotatedAt: now, sealedResponse, replaysLeft: MAX_REPLAYS },
  }
}

/**
 * The access tokens after one more was derived from a live one of the family; `undefined` if that is not live, or would end first.
 * The token of the last answer stays the last one, because its use shows that the answer was received. The oldest ones end
 * when there are too many.
 *
 * @param subjectHash the access token that the new one is derived from
 * @param now epoch milliseconds
 */
export function deriveAccessToken(
  { accessTokens }: FamilyTokens,
  subjectHash: string,
  tokens: TokenRecord,
  now: number,
): readonly StoredToken[] | undefined {
  const subject = accessTokens.find(({ hash }) => hash === subjectHash)
  if (subject === undefined || now >= subject.expiresAt || tokens.accessTokenExpiresAt > subject.expiresAt)
    return undefined
  const live = accessTokens.slice(0, -1).filter(({ expiresAt }) => now < expiresAt)
  return [...live, accessToken(tokens), ...accessTokens.slice(-1)].slice(-MAX_ACCESS_TOKENS)
}

function accessToken(tokens: TokenRecord): StoredToken {
  const { accessTokenHash: hash, scope, target, issuedAt, accessTokenExpiresAt: expiresAt } = tokens
  return { hash, scope, target, issuedAt, expiresAt }
}

function refreshToken(tokens: TokenRecord, scope: string): StoredToken | undefined {
  const { refreshTokenHash: hash, issuedAt, refreshTokenExpiresAt: expiresAt = Number.POSITIVE_INFINITY } = tokens
  return hash === undefined ? undefined : { hash, scope, issuedAt, expiresAt }
}

/** The refresh token that can be used; `undefined` if there is none, or it has expired. */
export function liveRefreshToken({ refreshToken: token }: FamilyTokens, now: number): StoredToken | undefined {
  return token !== undefined && now < token.expiresAt ? token : undefined
}

/** The end of the last token, in epoch milliseconds; 0 if there is none. */
export function tokensEnd({ accessTokens, refreshToken }: FamilyTokens): number {
  let end = refreshToken?.expiresAt ?? 0
  for (const { expiresAt } of accessTokens) if (expiresAt > end) end = expiresAt
  return end
}

/** True if the use of an access token has to be stored: the first use, and then at most one a minute. */
export function shouldNoteUse({ lastUsedAt }: Pick<TokenFamily, 'lastUsedAt'>, now: number): boolean {
  return lastUsedAt === undefined || now - lastUsedAt > USE_RESOLUTION
}

/**
 * The rotation whose answer must not be given again after the use of this access token, because it was received; `undefined`
 * if there is none, or the use is noted already. The store then sets its `replaysLeft` to {@link ANSWER_USED}.
 */
export function receivedRotation({ accessTokens, rotated }: FamilyTokens, hash: string): RotatedToken | undefined {
  const isNew = rotated !== undefined && rotated.replaysLeft !== ANSWER_USED
  return isNew && accessTokens.at(-1)?.hash === hash ? rotated : undefined
}

/** The answer to the redeemed code. A refresh is a use of it: only a device that received the answer can refresh. */
export function toRedemption({ sealedResponse, redeemedAt, lastUsedAt, rotated }: StoredFamily): Redemption {
  return { sealedResponse, redeemedAt, used: lastUsedAt !== undefined || rotated !== undefined }
}

/** A family as it is handed out. */
export function toTokenFamily(credential: DeviceCredential, family: StoredFamily): TokenFamily {
  const { id, clientId, requester, userGrant } = credential
  return {
    id,
    clientId,
    subject: userGrant?.subject ?? '',
    username: userGrant?.username,
    authentication: userGrant?.authentication,
    scope: userGrant?.scope ?? '',
    target: userGrant?.target ?? credential.target,
    data: userGrant?.data,
    requester,
    name: family.name,
    createdAt: family.redeemedAt,
    lastUsedAt: family.lastUsedAt,
  } satisfies Required<TokenFamily>
}

/**
 * The token of this hash: a live one, the current refresh token even after its end, or the one before it; `undefined` if there is none. A
 * refresh token that is over is no sign of a theft, and a replaced one is, so they must not look the same.
 */
export function lookUpToken(
  credential: DeviceCredential,
  family: StoredFamily,
  hash: string,
  now: number,
): FoundToken | undefined {
  const access = family.accessTokens.find((token) => token.hash === hash)
  const token = access ?? family.refreshToken
  if (token?.hash === hash) {
    const found = toTokenFamily(credential, family)
    if (now >= token.expiresAt) return access === undefined ? { type: 'expired', family: found } : undefined
    const { scope, issuedAt, expiresAt } = token
    if (access === undefined)
      return { type: 'refresh_token', family: found, scope, target: found.target, issuedAt, expiresAt }
    return { type: 'access_token', family: found, scope, target: access.target, issuedAt, expiresAt }
  }
  if (family.rotated?.hash !== hash) return undefined
  const { rotatedAt, replaysLeft } = family.rotated
  return { type: 'rotated', family: toTokenFamily(credential, family), rotatedAt, used: replaysLeft === ANSWER_USED }
}
