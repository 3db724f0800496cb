import { createHash } from 'node:crypto'
import { randomCode } from '../servers/pending.js'

/** New device codes, and the ids under which the store keeps their credentials. */
export function newCodes(count) {
  const codes = Array.from({ length: count }, randomCode)
  return { codes, ids: codes.map((code) => createHash('sha256').update(code).digest('base64url')) }
}

/** A pending credential, with the requester of a usual device. */
export function newCredential(now) {
  const userAgent =
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36'
  const requester = { ip: '192.0.2.2', userAgent }
  const lives = { createdAt: now, expiresAt: now + 3_600_000, interval: 5 }
  const [id, userCodeHash] = [randomCode(), randomCode()]
  return { id, clientId: 'tv', scope: 'profile', userCodeHash, ...lives, requester }
}
