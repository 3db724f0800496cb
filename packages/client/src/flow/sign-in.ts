import type { DeviceAuthorizationResult } from '../endpoints/device-authorization.ts'
import { failure } from '../http/failure.ts'
import type { SignInResult } from '../polling/loop.ts'
import { signInEndedBy, signInFailure } from '../polling/outcome.ts'
import { type LinkedController, linkedController } from '../runtime/abort.ts'
import { systemClock } from '../runtime/clock.ts'
import type { DeviceFlowOptions } from './options.ts'
import type { FlowRequests } from './requests.ts'
import type { FlowSession } from './session.ts'
import type { FlowState } from './state.ts'
import type { TokenKeeper } from './token-keeper.ts'

/** The parts of a flow that a sign-in works with. */
export interface SignInParts {
  readonly state: FlowState
  readonly requests: FlowRequests
  readonly keeper: TokenKeeper
}

/** The sign-in of a flow: asks for codes, polls with them, and hands the tokens to the token keeper. One runs at a time. */
export class SignIn {
  readonly #options: DeviceFlowOptions
  readonly #parts: SignInParts
  #session: FlowSession | undefined
  /** Aborts the request for codes, or the polls, that are under way. */
  #running: LinkedController | undefined
  #result: SignInResult | undefined
  /** The callers of `finished()`. */
  #waiting: ((result: SignInResult) => void)[] = []

  constructor(options: DeviceFlowOptions, parts: SignInParts) {
    this.#options = options
    this.#parts = parts
  }

  /** The codes that wait for approval; `undefined` when there are none. */
  get session(): FlowSession | undefined {
    return this.#session
  }

  /** Takes over the codes of an earlier flow. */
  restore(session: FlowSession | undefined): void {
    this.#session = session
  }

  async grant(): Promise<DeviceAuthorizationResult> {
    const running = this.#begin()
    this.#session = undefined
    this.#result = undefined
    const none = { userCode: undefined, verificationUri: undefined, verificationUriComplete: undefined }
    const { state } = this.#parts
    state.set({ ...none, expiresAt: undefined, expiration: undefined, extra: {}, status: 'notAuthenticated' })
    const codes = await this.#requestCodes(running)
    running.unlink()
    if (!codes.ok && this.#running === running) this.#finish(signInFailure(codes))
    return codes
  }

  startPolling(): boolean {
    if (this.#parts.state.properties.polling) return true
    const { clock = systemClock } = this.#options
    const isExpired = this.#session !== undefined && this.#session.expiresAt <= clock.now()
    if (this.#session === undefined || isExpired) {
      const missing = failure('client_error', { errorDescription: 'There are no codes: call grant() first.' })
      this.#finish(isExpired ? signInEndedBy('expired') : signInFailure(missing))
      return false
    }
    this.#result = undefined
    const running = this.#begin()
    this.#parts.state.set({ polling: true })
    void this.#pollAndRenew(running, this.#session)
    return true
  }

  stopPolling(): void {
    this.#running?.abort()
    this.#running?.unlink()
    this.#running = undefined
    this.#parts.state.set({ polling: false })
  }

  finished(): Promise<SignInResult> {
    if (this.#result !== undefined) return Promise.resolve(this.#result)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async run(): Promise<SignInResult> {
    const codes = await this.grant()
    if (codes.ok) this.startPolling()
    // the flow was closed during the request, and no other sign-in has begun: nothing else would end this one
    else if (this.#result === undefined && this.#running === undefined) return signInFailure(codes)
    return this.finished()
  }

  close(): void {
    this.stopPolling()
    if (this.#waiting.length > 0) this.#finish(signInEndedBy('aborted'))
  }

  #begin(): LinkedController {
    this.stopPolling()
    this.#running = linkedController(this.#options.signal)
    return this.#running
  }

  async #requestCodes({ signal }: LinkedController): Promise<DeviceAuthorizationResult> {
    const { state, requests } = this.#parts
    const found = await requests.requestCodes(signal)
    if (!found.ok) return found
    this.#session = found.session
    const { userCode, verificationUri, verificationUriComplete, message, expiresAt } = found.codes
    const shown = { userCode, verificationUri, verificationUriComplete, expiresAt }
    state.set({ ...shown, nonce: found.session.data.nonce })
    state.set({ status: 'temporaryCredentialsReceived' })
    state.events.emit('authorizeWithUserCode', { ...shown, message })
    return found.codes
  }

  async #pollAndRenew(running: LinkedController, session: FlowSession): Promise<void> {
    const { onExpired, maxRenewals = 3 } = this.#options
    let result = await this.#poll(running, session)
    for (let renewed = 0; onExpired === 'renew' && renewed < maxRenewals; renewed++) {
      if (result.ok || result.outcome !== 'expired' || this.#running !== running) break
      const codes = await this.#requestCodes(running)
      if (codes.ok && this.#session !== undefined) result = await this.#poll(running, this.#session)
      else if (!codes.ok) result = signInFailure(codes)
    }
    running.unlink()
    // polling was stopped, or another sign-in has begun: this result does not count
    if (this.#running !== running) return
    this.#running = undefined
    this.#parts.state.set({ polling: false })
    this.#finish(result)
  }

  #poll({ signal }: LinkedController, session: FlowSession): Promise<SignInResult> {
    return this.#parts.requests.poll(session, signal, (report) => {
      session.update(report)
      this.#parts.state.events.emit('poll', report)
    })
  }

  #finish(result: SignInResult): void {
    const { state, keeper } = this.#parts
    this.#result = result
    if (result.ok) {
      this.#session = undefined
      keeper.accept(result)
    } else {
      state.set({ status: state.idleStatus })
      state.reportFailure(result)
    }
    for (const resolve of this.#waiting.splice(0)) resolve(result)
  }
}
