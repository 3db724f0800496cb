import { randomBytes } from 'node:crypto'

/** As ids are: hashes in base64url, here without what was hashed. */
export function newIds(count) {
  return Array.from({ length: count }, () => randomBytes(32).toString('base64url'))
}

/** What a request for codes leaves, with what is told of a usual device. */
export function newCredential(now) {
  const [id, userCodeHash] = newIds(2)
  const userAgent = 'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36'
  const requester = { ip: '192.0.2.2', userAgent }
  return { id, clientId: 'tv', scope: 'profile', userCodeHash, createdAt: now, expiresAt: now + 3_600_000, interval: 5, requester }
}
