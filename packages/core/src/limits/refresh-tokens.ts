import type { ServerContext } from '../contract/context.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { addressPrefix } from '../ip-address.ts'

/** Seconds over which invalid tokens are counted. */
const WINDOW = 3600
/** Entries in memory, so that an attacker cannot fill it. */
const MAX_BLOCKED = 10_000

/** A refresh token that a client has sent. */
export interface PresentedToken {
  readonly token: string
  /** True if this server issued the token: its tag is right. */
  readonly genuine: boolean
  readonly clientId: string
  readonly ip: string | undefined
}

/** Limits invalid refresh tokens. */
export interface RefreshTokenLimit {
  /** @throws {OAuthError} `invalid_grant` with status 429 and `Retry-After` if the limit is spent. Reads memory only. */
  check(presented: PresentedToken): void
  /** Counts a token that has turned out to be invalid. @throws {OAuthError} as {@link check}. */
  count(presented: PresentedToken): Promise<void>
}

/**
 * Limits invalid refresh tokens to `limits.refreshTokensPerAddress` an hour. Tokens that this server did not issue are counted
 * together, for each client and address; after that, such tokens are refused without a look-up. A token that this server issued
 * is counted for itself, so no tokens of others, even from the same address, can lock out a valid one.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function createRefreshTokenLimit<Native>(context: ServerContext<Native>): RefreshTokenLimit {
  const { attempts, events, now, options } = context
  const blockedUntil = new Map<string, number>()
  const refuse = ({ clientId, ip }: PresentedToken, seconds: number): OAuthError => {
    events.emit('limited', { at: now(), limit: 'refreshToken', clientId, ip })
    return tooMany(seconds)
  }
  return {
    check(presented) {
      if (blockedUntil.size === 0) return
      const key = keyOf(presented)
      const until = blockedUntil.get(key)
      if (until === undefined) return
      const left = (until - now()) / 1000
      if (left > 0) throw refuse(presented, left)
      blockedUntil.delete(key)
    },
    async count(presented) {
      const key = keyOf(presented)
      const limit = options.limits.refreshTokensPerAddress
      const attempt = await attempts.take([{ key, limit, window: WINDOW }])
      if (!('retryAfter' in attempt)) return
      if (blockedUntil.size >= MAX_BLOCKED) blockedUntil.clear()
      // a counter that is too high after a failure must not be remembered for an hour
      if (attempts.settled()) blockedUntil.set(key, now() + attempt.retryAfter * 1000)
      throw refuse(presented, attempt.retryAfter)
    },
  }
}

function keyOf({ token, genuine, clientId, ip }: PresentedToken): string {
  // with the client, so that another client that holds a token cannot spend the limit of its owner
  return genuine ? `refresh:token:${hashSecret(token)}:${clientId}` : `refresh:address:${addressPrefix(ip)}:${clientId}`
}

function tooMany(seconds: number): OAuthError {
  return new OAuthError('invalid_grant', 'Too many invalid refresh tokens; wait, or sign in again.', {
    status: 429,
    headers: { 'retry-after': String(Math.ceil(seconds)) },
  })
}
