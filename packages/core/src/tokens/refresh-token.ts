import { createHmac } from 'node:crypto'
import type { ApprovedGrant } from '../contract/hook-arguments.ts'
import type { Confirmation } from '../contract/key-binding.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { randomToken } from '../crypto/random.ts'
import type { Keys } from '../crypto/seal.ts'
import { secretsEqual } from '../crypto/secrets.ts'
import { REFRESH_TOKEN_GRANT_TYPE, TOKEN_EXCHANGE_GRANT_TYPE } from '../protocol.ts'
import { isWithinScope } from '../scope.ts'
import { bindText, boundKey, withoutKey } from './bound-text.ts'

const shape = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/

/**
 * Makes a refresh token: the id of the grant, 256 random bits, and a keyed tag. The tag proves that this server issued
 * the token. Reuse of such a token ends the grant; a forged token with a known id must not. A token that is bound to a key ends with
 * its thumbprint, which the tag covers.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function createRefreshToken(grantId: string, confirmation: Confirmation | undefined, [current]: Keys): string {
  const start = `${grantId}.${randomToken()}`
  return bindText(`${start}.${tag(start, confirmation, current)}`, confirmation)
}

/** The grant of a refresh token, and whether this server issued it (`genuine`); `undefined` if it is no refresh token. */
export function readRefreshToken(token: string, keys: Keys): { grantId: string; genuine: boolean } | undefined {
  const [, grantId, secret, shown] = shape.exec(withoutKey(token)) ?? []
  if (grantId === undefined || secret === undefined || shown === undefined) return undefined
  const expected = (key: Buffer): string => tag(`${grantId}.${secret}`, boundKey(token), key)
  return { grantId, genuine: keys.some((key) => secretsEqual(shown, expected(key))) }
}

/**
 * True if a grant gets a refresh token. With OpenID Connect the user has to have granted the scope `offline_access`: a refresh
 * may ask for a smaller scope, and still gets the next refresh token.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess OpenID Connect Core section 11}
 */
export function isRefreshable<Native>(
  { client, grantType, userGrant: { scope } }: ApprovedGrant<Native>,
  { refreshToken }: Pick<ResolvedOptions<Native>, 'refreshToken'>,
): boolean {
  if (refreshToken === false || client.grant_types?.includes(REFRESH_TOKEN_GRANT_TYPE) !== true) return false
  if (grantType === TOKEN_EXCHANGE_GRANT_TYPE) return false
  return !isWithinScope('openid', scope) || isWithinScope('offline_access', scope)
}

function tag(start: string, confirmation: Confirmation | undefined, key: Buffer): string {
  return createHmac('sha256', key).update(bindText(start, confirmation)).digest().toString('base64url', 0, 16)
}
