import { type DeviceAuthorizationResult, requestDeviceAuthorization } from './endpoints/device-authorization.ts'
import { eventsOf, type FlowEvent } from './flow/events.ts'
import type { DeviceFlowOptions } from './flow/options.ts'
import { checkIdToken, codesRequest, pollRequest } from './flow/requests.ts'
import { FlowSession } from './flow/session.ts'
import { type FlowSnapshot, restored, snapshotOf } from './flow/snapshot.ts'
import { FlowTokens } from './flow/token-keeper.ts'
import { failure } from './http/failure.ts'
import { persistently } from './http/retry.ts'
import { type PollReport, pollUntilDone, type SignInResult } from './polling/loop.ts'
import { ended, endedBy, type SignInFailure } from './polling/outcome.ts'
import { abortable, type LinkedController, linkedController } from './runtime/abort.ts'
import { systemClock } from './runtime/clock.ts'

/**
 * A sign-in with events: the codes, the wait, the tokens and their refresh. After QOAuth2DeviceAuthorizationFlow.
 *
 * @example
 * const flow = new DeviceFlow({ issuer: 'https://as.example.com', clientId: 'tv', scope: 'profile' })
 * flow.on('authorizeWithUserCode', ({ userCode, verificationUri }) => show(userCode, verificationUri))
 * const result = await flow.run()
 */
export class DeviceFlow extends FlowTokens {
  #session: FlowSession | undefined
  #running: LinkedController | undefined
  #result: SignInResult | undefined
  #waiting: ((result: SignInResult) => void)[] = []

  /** Goes on where `toJSON()` of another flow, maybe of another process, left off. Functions and secrets have to be given again. */
  static resume(snapshot: FlowSnapshot, options: Partial<DeviceFlowOptions> = {}): DeviceFlow {
    const flow = new DeviceFlow({ ...snapshot.options, ...options })
    flow.#session = snapshot.session && new FlowSession(snapshot.session)
    flow.set(restored(snapshot))
    flow.armRefresh()
    return flow
  }

  /** What another process needs to finish this sign-in: codes and tokens in clear. Keep it as you keep a password. */
  toJSON(): FlowSnapshot {
    return snapshotOf(this.options, this, this.#session)
  }

  /**
   * Asks for codes; `authorizeWithUserCode` tells them. A sign-in under way is given up; tokens of an earlier one stay.
   *
   * @returns The codes, or why there are none; never rejects.
   */
  async grant(): Promise<DeviceAuthorizationResult> {
    const running = this.#begin()
    this.#session = undefined
    this.#result = undefined
    const none = { userCode: undefined, verificationUri: undefined, verificationUriComplete: undefined }
    this.set({ ...none, expiresAt: undefined, expiration: undefined, extra: {}, status: 'notAuthenticated' })
    const codes = await this.#requestCodes(running)
    running.unlink()
    if (!codes.ok && this.#running === running) this.#finish(ended(codes))
    return codes
  }

  /** Polls for the tokens, first after one interval. `false`, with `requestFailed`, when there are no codes or they have expired. */
  startPolling(): boolean {
    if (this.isPolling) return true
    const { clock = systemClock } = this.options
    const isExpired = this.#session !== undefined && this.#session.expiresAt <= clock.now()
    if (this.#session === undefined || isExpired) {
      const missing = failure('client_error', { errorDescription: 'There are no codes: call grant() first.' })
      this.#finish(isExpired ? endedBy('expired') : ended(missing))
      return false
    }
    this.#result = undefined
    const running = this.#begin()
    this.set({ polling: true })
    void this.#poll(running, this.#session)
    return true
  }

  /** Pauses; `startPolling()` goes on with the same codes. */
  stopPolling(): void {
    this.#running?.abort()
    this.#running?.unlink()
    this.#running = undefined
    this.set({ polling: false })
  }

  /** The end of the sign-in: tokens, or how it failed. Waits while polling is paused. */
  finished(): Promise<SignInResult> {
    if (this.#result !== undefined) return Promise.resolve(this.#result)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The whole: codes, polls, tokens. */
  async run(): Promise<SignInResult> {
    const codes = await this.grant()
    if (codes.ok) this.startPolling()
    // closed meanwhile, and not begun anew
    else if (this.#result === undefined && this.#running === undefined) return ended(codes)
    return this.finished()
  }

  /** All events until the sign-in ends; runs it when it is not yet under way. Leaving the loop pauses it. */
  [Symbol.asyncIterator](): AsyncIterator<FlowEvent, undefined> {
    return eventsOf(this, () => {
      if (this.#session === undefined) return this.run()
      this.startPolling()
      return this.finished()
    })
  }

  /** Stops polls and timers. Who waits for the end of a sign-in is told that it was `aborted`. */
  close(): void {
    this.stopPolling()
    this.disarmRefresh()
    if (this.#waiting.length > 0) this.#finish(endedBy('aborted'))
  }

  #begin(): LinkedController {
    this.stopPolling()
    this.#running = linkedController(this.options.signal)
    return this.#running
  }

  async #requestCodes({ signal }: LinkedController): Promise<DeviceAuthorizationResult> {
    const options = { ...this.options, signal }
    const endpoints = await this.findEndpoints(signal)
    if (!endpoints.ok) return endpoints
    const { request, secrets } = await codesRequest(this.options, endpoints)
    const ask = (): Promise<DeviceAuthorizationResult> =>
      requestDeviceAuthorization(request, this.requestOptions(signal))
    const codes = await persistently(ask, this.options.maxAttempts ?? 5, options)
    if (!codes.ok) return codes
    if (signal.aborted) return failure('aborted')
    const { clock = systemClock } = this.options
    this.#session = new FlowSession({ ...secrets, ...codes, answeredAt: clock.now() })
    const { userCode, verificationUri, verificationUriComplete, expiresAt, message } = codes
    this.set({ userCode, verificationUri, verificationUriComplete, expiresAt, nonce: secrets.nonce })
    this.set({ status: 'temporaryCredentialsReceived' })
    this.emit('authorizeWithUserCode', { userCode, verificationUri, verificationUriComplete, message, expiresAt })
    return codes
  }

  async #poll(running: LinkedController, session: FlowSession): Promise<void> {
    const { onExpired, maxRenewals = 3 } = this.options
    let result = await this.#pollOnce(running, session)
    for (let renewed = 0; onExpired === 'renew' && renewed < maxRenewals; renewed++) {
      if (result.ok || result.outcome !== 'expired' || this.#running !== running) break
      const codes = await this.#requestCodes(running)
      if (codes.ok && this.#session !== undefined) result = await this.#pollOnce(running, this.#session)
      else if (!codes.ok) result = ended(codes)
    }
    running.unlink()
    // stopped, or begun anew, meanwhile
    if (this.#running !== running) return
    this.#running = undefined
    this.set({ polling: false })
    this.#finish(result)
  }

  async #pollOnce({ signal }: LinkedController, session: FlowSession): Promise<SignInResult> {
    const endpoints = await this.findEndpoints(signal)
    if (!endpoints.ok) return ended(endpoints)
    const onPoll = (report: PollReport): void => {
      session.heard(report)
      this.emit('poll', report)
    }
    const { timeLimit, maxNetworkFailures, random } = this.options
    const request = pollRequest(this.options, endpoints, session)
    const options = { ...this.requestOptions(signal), timeLimit, maxNetworkFailures, random, onPoll }
    const result = await pollUntilDone(request, options)
    if (!result.ok) return result
    const check = checkIdToken(this.options, result, session.data.nonce)
    const refused = await abortable(check, signal).catch(() => failure('aborted'))
    return refused === undefined ? result : ended(refused)
  }

  #finish(result: SignInResult): void {
    this.#result = result
    if (result.ok) {
      this.#session = undefined
      this.accept(result)
    } else this.#fail(result)
    for (const resolve of this.#waiting.splice(0)) resolve(result)
  }

  #fail(result: SignInFailure): void {
    this.set({ status: this.token === undefined ? 'notAuthenticated' : 'granted' })
    this.reportFailure(result)
  }
}
