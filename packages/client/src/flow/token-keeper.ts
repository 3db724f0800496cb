import { authorizationHeader, type DeviceTokenResult, type Token } from '../endpoints/token.ts'
import { type Failure, failure } from '../http/failure.ts'
import { signInFailure } from '../polling/outcome.ts'
import { backOff } from '../polling/pacing.ts'
import { type LinkedController, linkedController } from '../runtime/abort.ts'
import { waitUntil } from '../runtime/clock.ts'
import type { FlowRequests } from './requests.ts'
import { type FlowProperties, type FlowState, furtherMembers } from './state.ts'

/** Seconds until an automatic refresh that failed for now is tried again; doubled with each further failure. */
const FIRST_PAUSE = 60
/** Seconds; the longest pause, but for up to a tenth more, so that many devices do not come back at the same time. */
const LONGEST_PAUSE = 300

/** Keeps the tokens of a flow: takes them over, watches when they expire, refreshes them. */
export class TokenKeeper {
  readonly #state: FlowState
  readonly #requests: FlowRequests
  #refreshing: Promise<DeviceTokenResult> | undefined
  #timer: LinkedController | undefined
  /** The number of automatic refreshes in a row that failed for now. */
  #failures = 0
  #isClosed = false

  constructor(state: FlowState, requests: FlowRequests) {
    this.#state = state
    this.#requests = requests
  }

  /** Takes over the tokens of a sign-in. Those of an earlier one may be of another user. */
  accept(token: Token): void {
    this.#isClosed = false
    this.#take(token, { extra: this.#state.properties.extra })
  }

  /** Takes over the properties of an earlier flow. */
  restore(properties: Partial<FlowProperties>): void {
    this.#isClosed = false
    this.#state.set(properties)
    this.#watch()
  }

  setLeadTime(refreshLeadTime: number): void {
    this.#state.set({ refreshLeadTime })
    this.#watch(true)
  }

  /**
   * Returns a copy of the request with the access token in its headers.
   *
   * @throws {Error} when the token is of a type that is not known, or is bound to a key that the flow does not have.
   */
  async prepare(request: Request): Promise<Request> {
    const { properties, options } = this.#state
    const { dpop } = options
    const { token = '', tokenType = dpop ? 'DPoP' : 'Bearer' } = properties
    const { Authorization: value } = authorizationHeader(tokenType, token, dpop)
    // RFC 6749 section 7.1: a token of a type that is not understood must not be used
    if (value === undefined) throw new Error('The token is of an unknown type.')
    const prepared = new Request(request)
    prepared.headers.set('authorization', value)
    if (dpop && value.startsWith('DPoP '))
      prepared.headers.set('dpop', await dpop.prove(request.method, request.url, token))
    return prepared
  }

  /**
   * Refreshes the tokens. All calls during one refresh have its result. Never rejects.
   *
   * @param isOnce - True if the request is not to be repeated, because the caller tries again later.
   */
  refresh(isOnce?: boolean): Promise<DeviceTokenResult> {
    this.#refreshing ??= this.#refresh(isOnce).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /**
   * Stops the timer, and arms no other one until there are tokens of a new sign-in. A refresh that is under way is not aborted, because
   * its response may hold the only refresh token that is still valid.
   */
  close(): void {
    this.#isClosed = true
    this.#timer?.end()
  }

  async #refresh(isOnce: boolean | undefined): Promise<DeviceTokenResult> {
    const { refreshToken, idToken, polling } = this.#state.properties
    if (polling || refreshToken === undefined) {
      const errorDescription = polling
        ? 'A sign-in is running: wait for its end.'
        : 'There is no refresh token: sign in again.'
      return this.#failed(failure('client_error', { errorDescription }))
    }
    this.#state.set({ status: 'refreshingToken' })
    const result = await this.#requests.refresh(refreshToken, idToken, isOnce)
    if (!result.ok) return this.#failed(result)
    this.#take(result, this.#state.properties)
    return result
  }

  #failed(result: Failure): Failure {
    const { properties, idleStatus } = this.#state
    if (properties.status === 'refreshingToken') this.#state.set({ status: idleStatus })
    this.#state.reportFailure(signInFailure(result))
    return result
  }

  /** @param kept - The values of what the response does not have. */
  #take(token: Token, kept: Pick<FlowProperties, 'extra' | 'grantedScope' | 'refreshToken' | 'idToken'>): void {
    this.#state.set({
      token: token.accessToken,
      tokenType: token.tokenType,
      expiration: token.expiresAt,
      refreshToken: token.refreshToken ?? kept.refreshToken,
      idToken: token.idToken ?? kept.idToken,
      grantedScope: token.scope ?? kept.grantedScope ?? this.#state.properties.requestedScope,
      extra: { ...kept.extra, ...furtherMembers(token.raw) },
      status: 'granted',
    })
    this.#state.events.emit('granted', token)
    this.#watch()
  }

  /** Arms the timer for the moment at which the access token is about to expire, if the server said when it expires. */
  #watch(isLeadTimeNew = false): void {
    this.#timer?.end()
    this.#failures = 0
    const { expiration, refreshLeadTime } = this.#state.properties
    if (expiration === undefined) return
    const now = this.#state.clock.now()
    this.#arm(now + refreshWait((expiration - now) / 1000, refreshLeadTime, isLeadTimeNew) * 1000)
  }

  #arm(at: number): void {
    this.#timer?.end()
    if (this.#isClosed) return
    const timer = linkedController(this.#state.options.signal)
    this.#timer = timer
    void waitUntil(at, this.#state.clock, timer.signal, true).then((isDue) => {
      timer.end()
      return isDue ? this.#aboutToExpire() : undefined
    })
  }

  async #aboutToExpire(): Promise<void> {
    const { expiration } = this.#state.properties
    if (expiration === undefined) return
    this.#state.events.emit('accessTokenAboutToExpire', { expiration })
    // read after the event, because a listener may have changed them
    const { autoRefresh, refreshToken, polling } = this.#state.properties
    if (this.#isClosed || !autoRefresh || refreshToken === undefined || polling) return
    const result = await this.refresh(this.#failures > 0)
    if (result.ok || !result.retryable) return
    const { random = Math.random } = this.#state.options
    const pause = backOff(FIRST_PAUSE, this.#failures++, random(), LONGEST_PAUSE)
    this.#arm(this.#state.clock.now() + Math.max(pause, result.retryAfter ?? 0) * 1000)
  }
}

/**
 * Seconds until an access token is "about to expire", by the rules of QAbstractOAuth2.
 *
 * A lead time of 0, or one as long as the lifetime, means 5 % of what remains, and at least 10 seconds. A wait shorter than 10 seconds is
 * 0 when the application has just set the lead time, and at least 2 seconds otherwise: tokens that live for a few seconds must not cause
 * an endless series of refreshes.
 *
 * @param remaining - Seconds until the access token expires.
 * @param leadTime - Seconds.
 */
function refreshWait(remaining: number, leadTime: number, isLeadTimeNew: boolean): number {
  const lead = leadTime <= 0 || leadTime >= remaining ? Math.max(10, remaining * 0.05) : leadTime
  const wait = remaining - lead
  if (wait >= 10) return wait
  return isLeadTimeNew ? 0 : Math.max(wait, 2)
}
