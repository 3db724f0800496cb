// The credentials that the servers answer polls about, and the clock that makes every poll of a full round on time.

import { randomBytes } from 'node:crypto'

export const issuer = 'http://127.0.0.1'
export const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
export const pendingBody = JSON.stringify({
  error: 'authorization_pending',
  error_description: 'The user has not answered yet.',
})

/** Enough milliseconds between two polls of one code, however many codes there are, even when half of the others overtake it. */
export function steppingClock(codes, start = Date.now()) {
  const step = Math.max(12_000 / codes, 0.001)
  let now = start
  return () => {
    now += step
    return now
  }
}

/** Device codes as our servers make them. */
export function randomCode() {
  return randomBytes(32).toString('base64url')
}

/** What a lean handler reads: the whole body by listeners, as text. */
export function readBody(req, done) {
  let text = ''
  req.on('data', (chunk) => {
    text += chunk
  })
  req.on('end', () => done(text))
}

/** What a lean handler knows of a code: as much as a poll needs, and no more. */
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

/** One look-up, one answer: what a poll costs at the least. */
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
