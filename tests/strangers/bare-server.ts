// A small server of the device grant as one writes it from RFC 8628: public clients, no refresh tokens, no metadata.
import { randomBytes, randomInt } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

interface Grant {
  readonly clientId: string
  readonly userCode: string
  readonly expiresAt: number
  state: 'pending' | 'approved' | 'denied' | 'spent'
  interval: number
  nextPollAt: number
}
type Answer = readonly [status: number, content: object]
const urn = 'urn:ietf:params:oauth:grant-type:device_code'
const error = (code: string, status = 400): Answer => [status, { error: code }]

/** Creates the server for the clients `tv` and `tv2`. Times are seconds. */
export function createBareServer(origin: string, now: () => number) {
  const grants = new Map<string, Grant>()

  function authorize(form: URLSearchParams): Answer {
    const [deviceCode, expires_in, interval] = [randomBytes(32).toString('base64url'), 600, 5]
    const userCode = Array.from({ length: 8 }, () => 'BCDFGHJKLMNPQRSTVWXZ'[randomInt(20)]).join('')
    const clientId = form.get('client_id') ?? ''
    const grant = {
      clientId,
      userCode,
      expiresAt: now() + expires_in,
      state: 'pending',
      interval,
      nextPollAt: 0,
    } as const
    grants.set(deviceCode, { ...grant })
    const verification_uri = `${origin}/device`
    return [200, { device_code: deviceCode, user_code: userCode, verification_uri, expires_in, interval }]
  }

  function poll(grant: Grant | undefined, clientId: string | null): Answer {
    if (grant === undefined || grant.clientId !== clientId || grant.state === 'spent') return error('invalid_grant')
    if (now() >= grant.expiresAt) return error('expired_token')
    if (grant.state === 'denied') return error('access_denied')
    const isEarly = now() < grant.nextPollAt
    if (isEarly) grant.interval += 5
    grant.nextPollAt = now() + grant.interval
    if (grant.state === 'pending') return error(isEarly ? 'slow_down' : 'authorization_pending')
    grant.state = 'spent'
    return [200, { access_token: randomBytes(32).toString('base64url'), token_type: 'Bearer', expires_in: 3600 }]
  }

  async function answer(req: IncomingMessage): Promise<Answer> {
    const { pathname } = new URL(req.url ?? '', 'http://localhost')
    if (req.method !== 'POST' || !/^\/(device_authorization|token)$/.test(pathname)) return error('not_found', 404)
    const form = new URLSearchParams(await text(req))
    for (const [name, value] of [...form]) if (value === '') form.delete(name)
    if (new Set(form.keys()).size < form.size || !form.has('client_id')) return error('invalid_request')
    if (!/^tv2?$/.test(form.get('client_id') ?? '')) return error('invalid_client', 401)
    if (/[^\x21\x23-\x5b\x5d-\x7e ]/.test(form.get('scope') ?? '')) return error('invalid_scope')
    if (pathname === '/device_authorization') return authorize(form)
    if (!form.has('grant_type')) return error('invalid_request')
    if (form.get('grant_type') !== urn) return error('unsupported_grant_type')
    if (!form.has('device_code')) return error('invalid_request')
    return poll(grants.get(form.get('device_code') ?? ''), form.get('client_id'))
  }

  const listener: RequestListener = (req, res: ServerResponse) => {
    void answer(req).then(([status, content]) => {
      const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' }
      res.writeHead(status, headers).end(JSON.stringify(content))
    })
  }
  const decide = (userCode: string, state: 'approved' | 'denied'): void => {
    const grant = [...grants.values()].find((one) => one.userCode === userCode)
    if (grant?.state === 'pending' && now() < grant.expiresAt) grant.state = state
  }
  return { listener, decide }
}
