import { createHmac } from 'node:crypto'
import { randomToken } from '../crypto/random.ts'
import { secretsEqual } from '../crypto/secrets.ts'

const shape = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/

/**
 * A refresh token: the grant's id, 256 random bits, and a keyed tag. The tag tells a token that was issued here and
 * replaced since, whose reuse ends the grant, from one that somebody made up around a known id.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700 section 4.14.2}
 */
export function createRefreshToken(grantId: string, key: Buffer): string {
  const secret = randomToken()
  return `${grantId}.${secret}.${tag(grantId, secret, key)}`
}

/** The grant a refresh token belongs to, and whether it was issued here; `undefined` for what is none. */
export function readRefreshToken(token: string, key: Buffer): { grantId: string; genuine: boolean } | undefined {
  const [, grantId, secret, shown] = shape.exec(token) ?? []
  if (grantId === undefined || secret === undefined || shown === undefined) return undefined
  return { grantId, genuine: secretsEqual(shown, tag(grantId, secret, key)) }
}

function tag(grantId: string, secret: string, key: Buffer): string {
  return createHmac('sha256', key).update(`${grantId}.${secret}`).digest().toString('base64url', 0, 16)
}
