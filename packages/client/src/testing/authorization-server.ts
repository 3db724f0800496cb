import { DEVICE_CODE_GRANT_TYPE } from '../endpoints/token.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Expected, ServerBehavior } from './behavior.ts'
import type { Reply, SentRequest } from './steps.ts'

/** What is asked of a server. */
export type Question = 'metadata' | 'codes' | 'poll' | 'refresh'

interface Grant {
  readonly deviceCode: string
  readonly expiresAt: number
  /** Seconds. */
  interval: number
  /** When the next poll is early no more; epoch milliseconds. */
  nextPollAt: number
  decision: 'pending' | 'approved' | 'denied'
  /** Epoch milliseconds; `Infinity` until somebody decides. */
  decidedAt: number
  /** Polls that are still told to wait. */
  lag: number
  tokens?: Reply
}

/** How long codes live, when they are approved, and what becomes of answers that were lost. */
export interface WorkOptions {
  /** Seconds that codes live; default 600. */
  readonly expiresIn?: number
  /** Seconds between polls; default 5. */
  readonly interval?: number
  /** Approves all codes, this many seconds after they were given out; default: they wait for `approve()` or `deny()`. */
  readonly approvesAfter?: number
  /** A success that was lost is given again, as ours does; default `false`: its code is unknown then. */
  readonly replays?: boolean
}

// the last letter tells the user codes apart
const letters = 'KLMNPQRSTVWXZBCDFGHJ'

/** Gives out codes and tokens, and keeps the pace, as a behavior has it. Knows one client, whatever it calls itself. */
export class AuthorizationServer {
  readonly #behavior: ServerBehavior
  readonly #clock: Clock
  readonly #options: WorkOptions
  readonly #grants = new Map<string, Grant>()
  #last: Grant | undefined
  #issued = 0

  constructor(behavior: ServerBehavior, clock: Clock, options: WorkOptions) {
    this.#behavior = behavior
    this.#clock = clock
    this.#options = options
  }

  /** A person decides about the codes that were given out last. */
  decide(decision: 'approved' | 'denied'): void {
    if (this.#last === undefined) throw new Error('no codes were given out')
    this.#last.decision = decision
    this.#last.decidedAt = this.#clock.now()
  }

  answer(question: Question, request: SentRequest): Reply {
    if (question === 'metadata') return this.#metadata()
    const { codesRequest = {}, pollRequest, parameters, encoding = 'form' } = this.#behavior
    const grantType = { [parameters?.grant_type ?? 'grant_type']: DEVICE_CODE_GRANT_TYPE }
    const isRead = encoding === 'any' || request.headers.get('content-type')?.includes(encoding) === true
    const expected = { codes: codesRequest, poll: { ...grantType, ...pollRequest }, refresh: {} }[question]
    const problem = isRead ? this.#problem(request.form, expected) : 'the content type'
    if (problem !== undefined) return this.error('invalid_request', { error_description: `Wrong: ${problem}.` })
    if (question === 'codes') return this.#codes()
    return question === 'poll' ? this.#poll(this.#parameter(request, 'device_code')) : this.#tokens()
  }

  /** An error of OAuth in the words of this server. */
  error(code: string, more: object = {}): Reply {
    const { status = 400, json }: Reply = this.#behavior.errors?.[code] ?? { json: { error: code } }
    return json === undefined ? { status } : { status, json: { ...json, ...more } }
  }

  #parameter({ form }: SentRequest, name: string): string {
    return form.get(this.#behavior.parameters?.[name] ?? name) ?? ''
  }

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
      device_code: `device-code-${++this.#issued}`,
      user_code: `BCDF-GHJ${letters[(this.#issued - 1) % letters.length]}`,
      verification_uri: new URL('/device', deviceAuthorizationEndpoint).href,
      expires_in: expiresIn,
      interval,
      ...codes,
    }
    const grant: Grant = {
      deviceCode: members.device_code,
      expiresAt: now + Number(members.expires_in) * 1000,
      interval: Number(members.interval ?? 5),
      nextPollAt: now,
      decision: 'approved',
      decidedAt: now + approvesAfter * 1000,
      lag,
    }
    if (pacesFirstPoll) grant.nextPollAt += grant.interval * 1000
    this.#grants.set(grant.deviceCode, grant)
    this.#last = grant
    return this.#members(members)
  }

  #poll(deviceCode: string): Reply {
    const grant = this.#grants.get(deviceCode)
    if (grant === undefined) return this.error('invalid_grant')
    const { pacing = 'pending', neverExpires = false, tellsExpiryOnce = false } = this.#behavior
    const now = this.#clock.now()
    const isDecided = grant.decidedAt <= now && grant.lag <= 0
    const isPaced = pacing === 'always' || (pacing === 'pending' && !isDecided)
    if (isPaced && now < grant.nextPollAt) return this.#slowDown(grant, now)
    grant.nextPollAt = now + grant.interval * 1000
    if (!neverExpires && grant.expiresAt <= now && grant.tokens === undefined) {
      if (tellsExpiryOnce) this.#grants.delete(deviceCode)
      return this.error('expired_token')
    }
    if (grant.decidedAt > now || grant.lag-- > 0) return this.error('authorization_pending')
    if (grant.decision === 'denied') return this.error('access_denied')
    if (this.#options.replays !== true) this.#grants.delete(deviceCode)
    grant.tokens ??= this.#tokens()
    return grant.tokens
  }

  #slowDown(grant: Grant, now: number): Reply {
    grant.interval += 5
    grant.nextPollAt = now + grant.interval * 1000
    return this.error('slow_down')
  }

  #tokens(): Reply {
    const number = ++this.#issued
    const members = { access_token: `access-token-${number}`, token_type: 'Bearer', expires_in: 3600 }
    return this.#members({ ...members, refresh_token: `refresh-token-${number}`, ...this.#behavior.token })
  }

  #members(members: Readonly<Record<string, unknown>>): Reply {
    const names = this.#behavior.members ?? {}
    const json = Object.fromEntries(Object.entries(members).map(([name, value]) => [names[name] ?? name, value]))
    return { json }
  }
}
