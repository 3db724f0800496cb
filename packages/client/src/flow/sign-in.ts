import type { DeviceAuthorizationResult } from '../endpoints/device-authorization.ts'
import type { Token } from '../endpoints/token.ts'
import { failure } from '../http/failure.ts'
import type { SignInResult } from '../polling/loop.ts'
import { signInFailure } from '../polling/outcome.ts'
import { type LinkedController, linkedController } from '../runtime/abort.ts'
import { steadyClock } from '../runtime/clock.ts'
import { unlimited } from '../runtime/time-limit.ts'
import type { FlowRequests } from './requests.ts'
import { FlowSession, type SessionData } from './session.ts'
import { type FlowState, furtherMembers } from './state.ts'

/** The parts of a flow that a sign-in works with. */
export interface SignInParts {
  readonly state: FlowState
  readonly requests: FlowRequests
  /** Takes over the tokens. */
  accept(token: Token): void
}

/** The sign-in of a flow: asks for codes, polls with them, and hands the tokens over. One runs at a time. */
export class SignIn {
  readonly #parts: SignInParts
  #session: FlowSession | undefined
  /** Aborts the request for codes, or the polls, that are under way. */
  #running: LinkedController | undefined
  #result: SignInResult | undefined
  /** The callers of `finished()`. */
  #waiting: ((result: SignInResult) => void)[] = []
  /** Returns the milliseconds that are left of the time limit. */
  #left = unlimited

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /** The codes that wait for approval; `undefined` when there are none. */
  get session(): FlowSession | undefined {
    return this.#session
  }

  /** Continues with codes that exist already; `undefined` if there are none. Stops the polls that run, and forgets the result. */
  restore(data: SessionData | undefined): void {
    this.stopPolling()
    this.#session = data && new FlowSession(data, this.#parts.state.clock, true)
    this.#result = undefined
    this.#startTime()
  }

  async getDeviceCode(): Promise<DeviceAuthorizationResult> {
    return this.#requestAnew(this.#begin())
  }

  async grant(): Promise<DeviceAuthorizationResult> {
    const running = this.#begin()
    const codes = await this.#requestAnew(running)
    // unless a listener has paused or closed the flow, or started the polls itself
    if (codes.ok && this.#running === running) this.startPolling()
    return codes
  }

  startPolling(): boolean {
    const { state } = this.#parts
    if (state.properties.polling) return true
    const session = this.#session
    if (session?.isExpired !== false) {
      const errorDescription = 'There are no codes: call grant() first.'
      this.#finish(signInFailure(session ? failure('expired_token') : failure('client_error', { errorDescription })))
      return false
    }
    this.#result = undefined
    const running = this.#begin()
    state.set({ polling: true })
    void this.#pollAndRenew(running, session)
    return true
  }

  stopPolling(): void {
    this.#running?.end()
    this.#running = undefined
    this.#parts.state.set({ polling: false })
  }

  finished(): Promise<SignInResult> {
    if (this.#result !== undefined) return Promise.resolve(this.#result)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async run(): Promise<SignInResult> {
    // codes that are on the screen stay valid: those of a snapshot, and those of polls that were paused or found no network
    const isOpen = this.#result === undefined || (!this.#result.ok && this.#result.outcome === 'network')
    if (isOpen && this.#session?.isExpired === false) {
      this.startPolling()
      return this.finished()
    }
    const codes = await this.grant()
    // the flow was closed during the request, and no other sign-in has begun: nothing else would end this one
    if (!codes.ok && this.#result === undefined && this.#running === undefined) return signInFailure(codes)
    return this.finished()
  }

  close(): void {
    this.stopPolling()
    if (this.#waiting.length > 0) this.#finish(signInFailure(failure('aborted')))
  }

  #begin(): LinkedController {
    this.stopPolling()
    this.#running = linkedController(this.#parts.state.options.signal)
    return this.#running
  }

  /** Starts the time limit, which pauses and renewals do not start anew. */
  #startTime(): void {
    const { clock, options } = this.#parts.state
    const { timeLimit = Infinity } = options
    const steady = steadyClock(clock)
    const end = steady.now() + timeLimit * 1000
    this.#left = () => end - steady.now()
  }

  /** Gives up the sign-in before, and asks for codes. */
  async #requestAnew(running: LinkedController): Promise<DeviceAuthorizationResult> {
    this.#session = undefined
    this.#result = undefined
    this.#startTime()
    const none = { userCode: undefined, verificationUri: undefined, verificationUriComplete: undefined }
    this.#parts.state.set({
      ...none,
      expiresAt: undefined,
      expiration: undefined,
      extra: {},
      status: 'notAuthenticated',
    })
    const codes = await this.#requestCodes(running)
    running.end()
    if (!codes.ok && this.#running === running) this.#finish(signInFailure(codes))
    return codes
  }

  async #requestCodes({ signal }: LinkedController): Promise<DeviceAuthorizationResult> {
    const { state, requests } = this.#parts
    const found = await requests.requestCodes(signal, this.#left())
    if (!found.ok) return found
    this.#session = found.session
    const { userCode, verificationUri, verificationUriComplete, message, expiresAt, raw } = found.codes
    const shown = { userCode, verificationUri, verificationUriComplete, expiresAt }
    state.set({ ...shown, nonce: found.session.data.nonce, extra: furtherMembers(raw) })
    state.set({ status: 'temporaryCredentialsReceived' })
    state.events.emit('authorizeWithUserCode', { ...shown, message })
    return found.codes
  }

  async #pollAndRenew(running: LinkedController, session: FlowSession): Promise<void> {
    const { onExpired, maxRenewals = 3 } = this.#parts.state.options
    let result = await this.#poll(running, session)
    for (let renewed = 0; onExpired === 'renew' && renewed < maxRenewals; renewed++) {
      if (result.ok || result.outcome !== 'expired' || this.#running !== running) break
      const codes = await this.#requestCodes(running)
      if (codes.ok && this.#session !== undefined) result = await this.#poll(running, this.#session)
      else if (!codes.ok) result = signInFailure(codes)
    }
    running.end()
    // polling was stopped, or another sign-in has begun: this result does not count
    if (this.#running !== running) return
    this.#running = undefined
    this.#parts.state.set({ polling: false })
    this.#finish(result)
  }

  #poll({ signal }: LinkedController, session: FlowSession): Promise<SignInResult> {
    return this.#parts.requests.poll(session, signal, this.#left(), (report) => {
      session.update(report)
      this.#parts.state.events.emit('poll', report)
    })
  }

  #finish(result: SignInResult): void {
    const { state } = this.#parts
    this.#result = result
    if (result.ok) {
      this.#session = undefined
      this.#parts.accept(result)
    } else {
      state.set({ status: state.idleStatus })
      state.reportFailure(result)
    }
    for (const resolve of this.#waiting.splice(0)) resolve(result)
  }
}
