// The pending credentials of the servers, and a clock by which no poll is too early.

import { randomBytes } from 'node:crypto'

export const issuer = 'http://127.0.0.1'
export const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
export const pendingBody = JSON.stringify({
  error: 'authorization_pending',
  error_description: 'The user has not answered yet.',
})

/**
 * A clock that steps with each call, so far that two polls of one code are never too close. This holds for any number of
 * codes, even if half of the others are polled first.
 */
export function steppingClock(codes, start = Date.now()) {
  const step = Math.max(12_000 / codes, 0.001)
  let now = start
  return () => {
    now += step
    return now
  }
}

/** A device code as our server makes it. */
export function randomCode() {
  return randomBytes(32).toString('base64url')
}

/** Reads the whole body as text, by listeners: the cheapest way. */
export function readBody(req, done) {
  let text = ''
  req.on('data', (chunk) => {
    text += chunk
  })
  req.on('end', () => done(text))
}

/** Records with only the members that a poll needs. */
export function createLeanRecords(codes) {
  const records = new Map()
  const list = []
  for (let i = 0; i < codes; i++) {
    const code = randomCode()
    list.push(code)
    records.set(code, { clientId: 'tv', status: 'pending', expiresAt: Date.now() + 3_600_000 })
  }
  return { records, list }
}

/** Answers a poll with one look-up: the lowest cost that a poll can have. */
export function answerLean(records, text, res) {
  const form = new URLSearchParams(text)
  const record = records.get(form.get('device_code'))
  const known = form.get('grant_type') === grantType && record?.clientId === form.get('client_id')
  const body = known ? pendingBody : '{"error":"invalid_grant"}'
  res.writeHead(400, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    pragma: 'no-cache',
  })
  res.end(body)
}
