// The least that a server of the flow can do, its pending credentials, and a clock by which no poll is too early.

import { randomBytes, randomInt } from 'node:crypto'

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

const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const userCode = () => Array.from({ length: 8 }, () => letters[randomInt(20)]).join('')
const invalidGrant = '{"error":"invalid_grant"}'

/** Records with only the members that a flow needs, in a Map: the lowest cost that requests can have. */
export function createLean(codes) {
  const [records, byUserCode] = [new Map(), new Map()]
  const keep = () => {
    const device_code = randomCode()
    let user_code = userCode()
    // a run makes so many codes that now and then two of them meet
    while (byUserCode.has(user_code)) user_code = userCode()
    const record = { clientId: 'tv', status: 'pending', expiresAt: Date.now() + 3_600_000, userCode: user_code }
    records.set(device_code, record)
    byUserCode.set(user_code, record)
    return { device_code, user_code }
  }
  const list = Array.from({ length: codes }, () => keep().device_code)

  function token({ grant_type, device_code, client_id }) {
    const record = records.get(device_code)
    if (grant_type !== grantType || record?.clientId !== client_id) return [400, invalidGrant]
    if (record.status === 'pending') return [400, pendingBody]
    records.delete(device_code)
    byUserCode.delete(record.userCode)
    const [access_token, refresh_token] = [randomCode(), randomCode()]
    records.set(access_token, record)
    const content = { access_token, token_type: 'Bearer', expires_in: 3600, refresh_token, scope: 'profile' }
    return [200, JSON.stringify(content)]
  }

  /** Status and JSON of a request, by its path and the parameters of its form. */
  function answer(path, fields) {
    if (path === '/token') return token(fields)
    if (path !== '/device_authorization' || fields.client_id !== 'tv') return [400, '{"error":"invalid_client"}']
    const verification_uri = `${issuer}/device`
    return [200, JSON.stringify({ ...keep(), verification_uri, expires_in: 3600, interval: 5 })]
  }

  const approve = (userCodes) => {
    for (const one of userCodes) Object.assign(byUserCode.get(one), { status: 'approved', subject: 'ada' })
  }
  return { records, list, answer, approve }
}

/** Answers a request of node:http: body by listeners, one `writeHead`, one `end`. */
export function answerLean(answer, req, res) {
  readBody(req, (text) => {
    const form = new URLSearchParams(text)
    const [status, body] = answer(req.url, {
      grant_type: form.get('grant_type'),
      device_code: form.get('device_code'),
      client_id: form.get('client_id'),
    })
    res.writeHead(status, { ...jsonHeaders, 'content-length': Buffer.byteLength(body) })
    res.end(body)
  })
}

export const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }
const jsonHeaders = { 'content-type': 'application/json', ...noStore }
