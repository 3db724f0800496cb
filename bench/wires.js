// The requests of a device to each server: paths, bodies, and the answers that count as right.

const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
const form = (fields) => new URLSearchParams(fields).toString()

function wire(authorizePath, tokenPath, type, encode) {
  const headers = { 'content-type': type }
  const token = (device_code) => ({
    path: tokenPath,
    headers,
    body: encode({ grant_type: grantType, device_code, client_id: 'tv' }),
  })
  return {
    authorize: () => ({ path: authorizePath, headers, body: encode({ client_id: 'tv' }) }),
    poll: token,
    redeem: token,
  }
}

export const wires = {
  oauth: wire('/device_authorization', '/token', 'application/x-www-form-urlencoded', form),
  oidcProvider: wire('/device/auth', '/token', 'application/x-www-form-urlencoded', form),
  betterAuth: wire('/api/auth/device/code', '/api/auth/device/token', 'application/json', JSON.stringify),
}

/** The content of a right answer; `undefined` for any other. */
export function rightAnswer(kind, status, body) {
  const content = parse(body)
  if (kind === 'poll') return status === 400 && content.error === 'authorization_pending' ? content : undefined
  const member = kind === 'authorize' ? 'device_code' : 'access_token'
  return status === 200 && typeof content[member] === 'string' ? content : undefined
}

function parse(body) {
  try {
    return JSON.parse(body)
  } catch {
    return {}
  }
}
