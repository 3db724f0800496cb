import { DEVICE_CODE_GRANT_TYPE } from '../endpoints/token.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Expected, ServerBehavior } from './behavior.ts'
import type { Reply, SentRequest } from './steps.ts'

/** The kinds of requests that a server answers. */
export type RequestKind = 'metadata' | 'codes' | 'poll' | 'refresh'

/** Codes that the server has issued. */
interface IssuedCodes {
  readonly deviceCode: string
  readonly expiresAt: number
  /** Seconds. */
  interval: number
  /** A poll before this instant is early; epoch milliseconds. */
  nextPollAt: number
  decision: 'pending' | 'approved' | 'denied'
  /** The time of the user's decision, in epoch milliseconds; `Infinity` while it is unknown. */
  decidedAt: number
  /** The number of polls after the approval that are still answered with `authorization_pending`. */
  lag: number
  tokens?: Reply
}

/** The options of a simulated authorization server. */
export interface SimulatedServerOptions {
  /** The lifetime of codes, in seconds; default 600. */
  readonly expiresIn?: number
  /** Seconds between polls; default 5. */
  readonly interval?: number
  /** Approves all codes, this many seconds after they were issued. Default: they wait for `approve()` or `deny()`. */
  readonly approvesAfter?: number
  /** Sends the tokens again when a redeemed device code is polled again. Default `false`: the code is unknown after its first success. */
  readonly replays?: boolean
}

/** The last letters of the user codes, one after the other. */
const letters = 'KLMNPQRSTVWXZBCDFGHJ'

/** An authorization server that issues codes and tokens, and paces polls, with the behavior of a provider. It accepts every client id. */
export class SimulatedServer {
  readonly #behavior: ServerBehavior
  readonly #clock: Clock
  readonly #options: SimulatedServerOptions
  readonly #byDeviceCode = new Map<string, IssuedCodes>()
  #last: IssuedCodes | undefined
  #count = 0

  constructor(behavior: ServerBehavior, clock: Clock, options: SimulatedServerOptions) {
    this.#behavior = behavior
    this.#clock = clock
    this.#options = options
  }

  /**
   * The user decides about the codes that were issued last.
   *
   * @throws {Error} when no codes were issued.
   */
  decide(decision: 'approved' | 'denied'): void {
    if (this.#last === undefined) throw new Error('No codes were issued: let the device ask for codes first.')
    this.#last.decision = decision
    this.#last.decidedAt = this.#clock.now()
  }

  /** Does the server's own work with a request. */
  answer(kind: RequestKind, request: SentRequest): Reply {
    if (kind === 'metadata') return this.#metadata()
    const { codesRequest = {}, pollRequest, parameters, encoding = 'form' } = this.#behavior
    const grantType = { [parameters?.grant_type ?? 'grant_type']: DEVICE_CODE_GRANT_TYPE }
    const isRead = encoding === 'any' || request.headers.get('content-type')?.includes(encoding) === true
    const expected = { codes: codesRequest, poll: { ...grantType, ...pollRequest }, refresh: {} }[kind]
    const problem = isRead ? this.#problem(request.form, expected) : 'the content type'
    if (problem !== undefined)
      return this.error('invalid_request', { error_description: `Missing or wrong in the request: ${problem}.` })
    if (kind === 'codes') return this.#codes()
    return kind === 'poll' ? this.#poll(this.#parameter(request, 'device_code')) : this.#tokens()
  }

  /** An OAuth error, in the form of this server. */
  error(code: string, more: object = {}): Reply {
    const { status = 400, json }: Reply = this.#behavior.errors?.[code] ?? { json: { error: code } }
    return json === undefined ? { status } : { status, json: { ...json, ...more } }
  }

  #parameter({ form }: SentRequest, name: string): string {
    return form.get(this.#behavior.parameters?.[name] ?? name) ?? ''
  }

  /** The name of the first parameter that is not as expected. */
  #problem(form: URLSearchParams, expected: Expected): string | undefined {
    const client = this.#behavior.parameters?.client_id ?? 'client_id'
    return Object.entries({ [client]: '*', ...expected }).find(([name, value]) => {
      const sent = form.get(name) ?? ''
      return value === '*' ? sent === '' : sent !== value
    })?.[0]
  }

  #metadata(): Reply {
    const { issuer, deviceAuthorizationEndpoint, tokenEndpoint } = this.#behavior
    const endpoints = { device_authorization_endpoint: deviceAuthorizationEndpoint, token_endpoint: tokenEndpoint }
    return { json: { issuer, ...endpoints } }
  }

  #codes(): Reply {
    const { expiresIn = 600, interval = 5, approvesAfter = Infinity } = this.#options
    const { deviceAuthorizationEndpoint, codes, lag = 0, pacesFirstPoll = false } = this.#behavior
    const now = this.#clock.now()
    const members = {
      device_code: `device-code-${++this.#count}`,
      user_code: `BCDF-GHJ${letters[(this.#count - 1) % letters.length]}`,
      verification_uri: new URL('/device', deviceAuthorizationEndpoint).href,
      expires_in: expiresIn,
      interval,
      ...codes,
    }
    const issued: IssuedCodes = {
      deviceCode: members.device_code,
      expiresAt: now + Number(members.expires_in) * 1000,
      interval: Number(members.interval ?? 5),
      nextPollAt: now,
      decision: 'approved',
      decidedAt: now + approvesAfter * 1000,
      lag,
    }
    if (pacesFirstPoll) issued.nextPollAt += issued.interval * 1000
    this.#byDeviceCode.set(issued.deviceCode, issued)
    this.#last = issued
    return this.#members(members)
  }

  #poll(deviceCode: string): Reply {
    const issued = this.#byDeviceCode.get(deviceCode)
    if (issued === undefined) return this.error('invalid_grant')
    const { pacing = 'pending', neverExpires = false, tellsExpiryOnce = false } = this.#behavior
    const now = this.#clock.now()
    const isDecided = issued.decidedAt <= now && issued.lag <= 0
    const isPaced = pacing === 'always' || (pacing === 'pending' && !isDecided)
    if (isPaced && now < issued.nextPollAt) return this.#slowDown(issued, now)
    issued.nextPollAt = now + issued.interval * 1000
    if (!neverExpires && issued.expiresAt <= now && issued.tokens === undefined) {
      if (tellsExpiryOnce) this.#byDeviceCode.delete(deviceCode)
      return this.error('expired_token')
    }
    if (issued.decidedAt > now || issued.lag-- > 0) return this.error('authorization_pending')
    if (issued.decision === 'denied') return this.error('access_denied')
    if (this.#options.replays !== true) this.#byDeviceCode.delete(deviceCode)
    issued.tokens ??= this.#tokens()
    return issued.tokens
  }

  #slowDown(issued: IssuedCodes, now: number): Reply {
    issued.interval += 5
    issued.nextPollAt = now + issued.interval * 1000
    return this.error('slow_down')
  }

  #tokens(): Reply {
    const number = ++this.#count
    const members = { access_token: `access-token-${number}`, token_type: 'Bearer', expires_in: 3600 }
    return this.#members({ ...members, refresh_token: `refresh-token-${number}`, ...this.#behavior.token })
  }

  #members(members: Readonly<Record<string, unknown>>): Reply {
    const names = this.#behavior.members ?? {}
    const json = Object.fromEntries(Object.entries(members).map(([name, value]) => [names[name] ?? name, value]))
    return { json }
  }
}
