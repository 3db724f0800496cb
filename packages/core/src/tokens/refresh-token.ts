import { createHmac } from 'node:crypto'
import { randomToken } from '../crypto/random.ts'
import type { Keys } from '../crypto/seal.ts'
import { secretsEqual } from '../crypto/secrets.ts'

const shape = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/

/**
 * Makes a refresh token: the id of the grant, 256 random bits, and a keyed tag. The tag proves that this server issued
 * the token. Reuse of such a token ends the grant; a forged token with a known id must not.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function createRefreshToken(grantId: string, [current]: Keys): string {
  const secret = randomToken()
  return `${grantId}.${secret}.${tag(grantId, secret, current)}`
}

/** The grant of a refresh token, and whether this server issued it (`genuine`); `undefined` if it is no refresh token. */
export function readRefreshToken(token: string, keys: Keys): { grantId: string; genuine: boolean } | undefined {
  const [, grantId, secret, shown] = shape.exec(token) ?? []
  if (grantId === undefined || secret === undefined || shown === undefined) return undefined
  return { grantId, genuine: keys.some((key) => secretsEqual(shown, tag(grantId, secret, key))) }
}

function tag(grantId: string, secret: string, key: Buffer): string {
  return createHmac('sha256', key).update(`${grantId}.${secret}`).digest().toString('base64url', 0, 16)
}
