import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ConformanceTarget } from '../src/index.ts'

/** A fault that the fake server can have. */
export type Fault =
  | 'duplicate member'
  | 'tokens cached'
  | 'html error'
  | 'cookie'
  | 'stack trace'
  | 'quoted description'
  | 'wrong type'
  | 'no codes'
  | 'error with 403'
  | 'foreign code redeemed'
  | 'never slow_down'
  | 'string expires_in'
  | 'two token families'
  | 'hang'

interface Credential {
  readonly clientId: string
  readonly userCode: string
  decision?: 'approved' | 'denied'
  lastPolledAt?: number
  tokens?: object
  redeemedAt?: number
}

/** A minimal authorization server for the device grant, with one fault at a time. */
export class FakeServer {
  fault: Fault | undefined
  /** Seconds. */
  now = 0
  /** The number of answers with slow_down. */
  slowedDown = 0
  readonly #records = new Map<string, Credential>()
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response))
  #count = 0

  async start(): Promise<ConformanceTarget> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    const issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    return {
      issuer,
      endpoints: { deviceAuthorization: `${issuer}/device_authorization`, token: `${issuer}/token` },
      clients: { public: { client_id: 'tv' }, otherPublic: { client_id: 'tv2' } },
      approve: async (userCode) => this.#decide(userCode, 'approved'),
      deny: async (userCode) => this.#decide(userCode, 'denied'),
      timeout: 5,
      maximumWait: 0,
    }
  }

  /** Moves the clock forward by some seconds. */
  async advance(seconds: number): Promise<void> {
    this.now += seconds
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #decide(userCode: string, decision: 'approved' | 'denied'): void {
    for (const record of this.#records.values()) if (record.userCode === userCode) record.decision ??= decision
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    if (this.fault === 'hang') return undefined
    const form = new URLSearchParams(body)
    if (request.method !== 'POST') return this.#answer(response, 405, { error: 'invalid_request' }, { Allow: 'POST' })
    if (new Set(form.keys()).size < [...form.keys()].length)
      return this.#answer(response, 400, { error: 'invalid_request' })
    if (!/^tv2?$/.test(form.get('client_id') ?? '')) return this.#answer(response, 401, { error: 'invalid_client' })
    if (request.url === '/device_authorization') return this.#authorize(form, response)
    return this.#token(form, response)
  }

  #authorize(form: URLSearchParams, response: ServerResponse): ServerResponse {
    if (this.fault === 'no codes') return this.#answer(response, 400, { error: 'invalid_scope' })
    const device_code = `device-code-${++this.#count}-${Math.random()}`
    const user_code = `BCDF-${1000 + this.#count}`
    this.#records.set(device_code, { clientId: form.get('client_id') ?? '', userCode: user_code })
    const expires_in = this.fault === 'string expires_in' ? '600' : 600
    return this.#answer(response, 200, {
      device_code,
      user_code,
      verification_uri: 'http://127.0.0.1/device',
      expires_in,
    })
  }

  #token(form: URLSearchParams, response: ServerResponse): ServerResponse {
    const record = this.#records.get(form.get('device_code') ?? '')
    const foreign = record?.clientId !== form.get('client_id') && this.fault !== 'foreign code redeemed'
    if (record === undefined || foreign) return this.#answer(response, 400, { error: 'invalid_grant' })
    if (record.decision === 'denied') return this.#answer(response, 400, { error: 'access_denied' })
    if (record.decision === 'approved') return this.#redeem(record, response)
    const next = (record.lastPolledAt ?? Number.NEGATIVE_INFINITY) + 5
    const early = this.now < next && this.fault !== 'never slow_down'
    record.lastPolledAt = this.now
    if (early) this.slowedDown++
    return this.#answer(response, 400, { error: early ? 'slow_down' : 'authorization_pending' })
  }

  #redeem(record: Credential, response: ServerResponse): ServerResponse {
    record.redeemedAt ??= this.now
    if (this.now > record.redeemedAt + 30) return this.#answer(response, 400, { error: 'invalid_grant' })
    const access_token = `access-token-${Math.random()}`
    if (record.tokens === undefined || this.fault === 'two token families') {
      record.tokens = { access_token, token_type: 'Bearer', expires_in: 60, refresh_token: `r-${access_token}` }
    }
    return this.#answer(
      response,
      200,
      record.tokens ?? {},
      this.fault === 'tokens cached' ? { 'Cache-Control': 'private' } : {},
    )
  }

  #answer(response: ServerResponse, status: number, content: object, headers: object = {}): ServerResponse {
    const type = this.fault === 'wrong type' ? 'text/plain' : 'application/json'
    const own = { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers }
    const wrong = status === 200 ? undefined : this.fault
    if (wrong === 'html error')
      return response.writeHead(500, { 'Content-Type': 'text/html' }).end('<h1>Oops device_code=secret</h1>')
    const cookie = wrong === 'cookie' ? { 'Set-Cookie': 'a=b' } : {}
    const stack = wrong === 'stack trace' ? { stack: 'Error at run (/srv/app.js:1:1)' } : {}
    const quoted = wrong === 'quoted description' ? { error_description: 'a "quoted" word' } : {}
    const text = JSON.stringify({ ...content, ...stack, ...quoted })
    const repeated = this.fault === 'duplicate member' ? text.replace(/}$/, ',"interval":5,"interval":6}') : text
    const sent = wrong === 'error with 403' ? 403 : status
    return response.writeHead(sent, { ...own, ...cookie }).end(repeated)
  }
}
