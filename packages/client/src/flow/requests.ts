import { randomText } from '../auth/base64url.ts'
import { authenticationOf, type ClientAuthentication } from '../auth/client-authentication.ts'
import { createPkce } from '../auth/pkce.ts'
import type { Endpoints } from '../endpoints/authorization-server.ts'
import {
  type DeviceAuthorizationRequest,
  type DeviceCode,
  joinedScope,
  requestDeviceAuthorization,
} from '../endpoints/device-authorization.ts'
import { type DeviceTokenResult, refreshTokens } from '../endpoints/token.ts'
import { defined, type Failure, failure } from '../http/failure.ts'
import { requestChecks } from '../http/option-checks.ts'
import type { EndpointRequest, Parameters, RequestOptions } from '../http/post.ts'
import { type PollReport, type PollRequest, pollWithin, type SignInResult } from '../polling/loop.ts'
import { signInFailure } from '../polling/outcome.ts'
import { backOff } from '../polling/pacing.ts'
import { abortable } from '../runtime/abort.ts'
import { steadyClock, waitUntil } from '../runtime/clock.ts'
import { knownOptions } from '../runtime/options.ts'
import { type TimeLimit, unlimited, withTimeLimit } from '../runtime/time-limit.ts'
import { checkRefresh, checkSignIn, hasOpenid } from './id-token.ts'
import type { DeviceFlowOptions, Stage } from './options.ts'
import { FlowSession } from './session.ts'
import type { FlowState } from './state.ts'

/** New codes, and the session that polls with them. */
export interface NewCodes {
  readonly ok: true
  readonly error?: never
  readonly codes: DeviceCode & { readonly ok: true }
  readonly session: FlowSession
}

type Signal = AbortSignal | undefined

/** Seconds; a longer `Retry-After` is not waited for, but handed to the application. The polls are an exception: they report their waits. */
const LONGEST_WAIT = 60

/** The requests of a flow: each finds the endpoints of the server first, and carries what the options of the flow ask for. */
export class FlowRequests {
  readonly #state: FlowState

  constructor(state: FlowState) {
    this.#state = state
  }

  /**
   * Asks for codes, with a new nonce and a new code challenge where the options want them. Never rejects.
   *
   * @param left - The milliseconds that are left for it.
   */
  requestCodes(signal: AbortSignal, left: number): Promise<NewCodes | Failure> {
    const clock = steadyClock(this.#state.clock)
    const request = (limit: TimeLimit): Promise<NewCodes | Failure> => this.#requestCodes(limit)
    return withTimeLimit(left, { signal, clock }, request, failure('time_limit'))
  }

  /**
   * Polls until the sign-in ends, and checks the id_token. Never rejects.
   *
   * @param left - The milliseconds that are left for the polls.
   */
  async poll(
    session: FlowSession,
    signal: AbortSignal,
    left: number,
    onPoll: (report: PollReport) => void,
  ): Promise<SignInResult> {
    const poll = (limit: TimeLimit): Promise<SignInResult> => this.#poll(limit, session, onPoll)
    const limited = { signal, clock: session.clock }
    const result = await withTimeLimit(left, limited, poll, signInFailure(failure('time_limit')))
    if (!result.ok) return result
    const check = checkSignIn(this.#checkedOptions, result, session.data.nonce)
    const checked = await abortable(check, signal).catch(() => failure('aborted'))
    return checked.ok ? checked : signInFailure(checked)
  }

  /**
   * Refreshes the tokens, and checks the id_token, if there is one. Never rejects. A request that was sent goes on to its end although the
   * application aborts, because its response may hold the only refresh token that is still valid.
   *
   * @param idToken - The id_token before the refresh.
   * @param isOnce - True if it is not to be repeated, because the caller tries again later.
   */
  async refresh(refreshToken: string, idToken: string | undefined, isOnce = false): Promise<DeviceTokenResult> {
    const { clock, options } = this.#state
    const left = isOnce ? () => 0 : unlimited
    const { signal } = options
    const limit: TimeLimit = { signal, clock: steadyClock(clock), left }
    const endpoints = await this.#findEndpoints(limit)
    if (!endpoints.ok) return endpoints
    const request = { ...this.#request('refresh', endpoints.tokenEndpoint, {}), refreshToken }
    const result = await this.#repeat(limit, 'refresh', async (more) =>
      signal?.aborted ? failure('aborted') : refreshTokens(request, { ...more, signal: undefined }),
    )
    return result.ok ? checkRefresh(this.#checkedOptions, result, idToken) : result
  }

  async #requestCodes(limit: TimeLimit): Promise<NewCodes | Failure> {
    const endpoints = await this.#findEndpoints(limit)
    if (!endpoints.ok) return endpoints
    const { clock, options } = this.#state
    const { scope, parameters } = options
    const { codeVerifier, codeChallenge, nonce } = await this.#secrets()
    const challenge = codeChallenge && { code_challenge: codeChallenge, code_challenge_method: 'S256' }
    const address = endpoints.deviceAuthorizationEndpoint
    const common = this.#request('authorization', address, { ...parameters, ...challenge, nonce })
    const request: DeviceAuthorizationRequest = { ...common, scope }
    const codes = await this.#repeat(limit, 'authorization', (more) => requestDeviceAuthorization(request, more))
    if (!codes.ok) return codes
    if (limit.signal?.aborted) return failure('aborted')
    const data = { ...defined({ codeVerifier, nonce }), ...codes, answeredAt: clock.now() }
    return { ok: true, codes, session: new FlowSession(data, clock, false) }
  }

  async #poll(limit: TimeLimit, session: FlowSession, onPoll: (report: PollReport) => void): Promise<SignInResult> {
    const endpoints = await this.#findEndpoints(limit)
    if (!endpoints.ok) return signInFailure(endpoints)
    const { parameters, scope } = this.#state.options
    const { codeVerifier, ...codes } = session.toJSON()
    const common = this.#request('token', endpoints.tokenEndpoint, { ...parameters, code_verifier: codeVerifier })
    const request: PollRequest = { ...common, ...codes, scope, maxWait: endpoints.maxPollWait }
    return pollWithin(limit, request, { ...this.#requestOptions(limit.signal), onPoll })
  }

  #findEndpoints(limit: TimeLimit): Promise<Endpoints | Failure> {
    return this.#repeat(limit, 'discovery', (options) => this.#state.server.findEndpoints(options))
  }

  get #checkedOptions(): DeviceFlowOptions {
    return { ...this.#state.options, profile: this.#state.server.profile }
  }

  /** The nonce and the PKCE verifier of a request, which only the device knows. */
  async #secrets(): Promise<{ codeVerifier?: string; codeChallenge?: string; nonce?: string | undefined }> {
    const { pkce = false, nonceMode = 'automatic', scope } = this.#state.options
    const isNonceSent = nonceMode === 'enabled' || (nonceMode === 'automatic' && hasOpenid(joinedScope(scope)))
    return { ...(pkce ? await createPkce() : {}), nonce: isNonceSent ? randomText() : undefined }
  }

  #request(stage: Stage, address: string, parameters: Parameters): EndpointRequest {
    const { options } = this.#state
    const { clientId, headers, dpop, onRequest, resource } = options
    const authentication: ClientAuthentication = async (draft) => {
      await authenticationOf(options)(draft)
      await onRequest?.(draft, stage)
    }
    return { address, clientId, authentication, parameters: { resource, ...parameters }, headers, dpop }
  }

  #requestOptions(signal: Signal): DeviceFlowOptions {
    return { ...this.#checkedOptions, signal }
  }

  /**
   * Sends a request again after a failure that may pass, at most `maxAttempts` times in all (default 5). Waits 1, 2, 4, …
   * seconds, or as long as the server asks for. Returns the failure if that wait would be too long.
   */
  async #repeat<Success extends { readonly ok: true }>(
    { signal, clock, left }: TimeLimit,
    stage: Stage,
    send: (options: RequestOptions) => Promise<Success | Failure>,
  ): Promise<Success | Failure> {
    const { maxAttempts = 5 } = this.#state.options
    for (let attempt = 1; ; attempt++) {
      const result = await send(knownOptions(requestChecks, this.#requestOptions(signal)))
      // a certificate does not become good within seconds
      if (result.ok || attempt >= maxAttempts || !result.retryable || result.error === 'certificate_error')
        return result
      const { retryAfter = 0 } = result
      const wait = Math.max(backOff(1, attempt - 1, 0), retryAfter)
      if (wait > LONGEST_WAIT || wait * 1000 > left()) return result
      const retryAt = clock.now() + wait * 1000
      this.#state.events.emit('retry', { stage, attempt, retryAt, failure: result })
      if (!(await waitUntil(retryAt, clock, signal))) return failure('aborted')
    }
  }
}
