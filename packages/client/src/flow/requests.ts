import { randomText } from '../auth/base64url.ts'
import { type ClientAuthentication, none } from '../auth/client-authentication.ts'
import { createPkce } from '../auth/pkce.ts'
import {
  type DeviceAuthorizationRequest,
  type DeviceCode,
  joinedScope,
  requestDeviceAuthorization,
} from '../endpoints/device-authorization.ts'
import { AuthorizationServer, type Endpoints } from '../endpoints/server.ts'
import { type DeviceTokenResult, refreshTokens } from '../endpoints/token.ts'
import { defined, type Failure, failure, isTransient } from '../http/failure.ts'
import type { EndpointRequest, Parameters, RequestOptions } from '../http/post.ts'
import { type PollReport, type PollRequest, pollUntilDone, type SignInResult } from '../polling/loop.ts'
import { signInFailure } from '../polling/outcome.ts'
import { abortable } from '../runtime/abort.ts'
import { systemClock, waitUntil } from '../runtime/clock.ts'
import { checkIdToken, hasOpenid } from './id-token.ts'
import type { DeviceFlowOptions, Stage } from './options.ts'
import { FlowSession } from './session.ts'

/** New codes, and the session that polls with them. */
export interface NewCodes {
  readonly ok: true
  readonly codes: DeviceCode & { readonly ok: true }
  readonly session: FlowSession
}

type Signal = AbortSignal | undefined

/** The requests of a flow: each finds the endpoints of the server first, and carries what the options of the flow ask for. */
export class FlowRequests {
  readonly #options: DeviceFlowOptions
  readonly #server: AuthorizationServer

  constructor(options: DeviceFlowOptions) {
    this.#options = options
    this.#server = new AuthorizationServer(options)
  }

  /** Asks for codes, with a new nonce and a new code challenge where the options want them. Never rejects. */
  async requestCodes(signal: AbortSignal): Promise<NewCodes | Failure> {
    const endpoints = await this.#findEndpoints(signal)
    if (!endpoints.ok) return endpoints
    const { scope, parameters, clock = systemClock } = this.#options
    const { codeVerifier, codeChallenge, nonce } = await this.#secrets()
    const challenge = codeChallenge && { code_challenge: codeChallenge, code_challenge_method: 'S256' }
    const address = endpoints.deviceAuthorizationEndpoint
    const common = this.#request('authorization', address, { ...parameters, ...challenge, nonce })
    const request: DeviceAuthorizationRequest = { ...common, scope }
    const codes = await this.#repeat(signal, (options) => requestDeviceAuthorization(request, options))
    if (!codes.ok) return codes
    if (signal.aborted) return failure('aborted')
    const session = new FlowSession({ ...defined({ codeVerifier, nonce }), ...codes, answeredAt: clock.now() })
    return { ok: true, codes, session }
  }

  /** Polls until the sign-in ends, and checks the id_token. Never rejects. */
  async poll(session: FlowSession, signal: AbortSignal, onPoll: (report: PollReport) => void): Promise<SignInResult> {
    const endpoints = await this.#findEndpoints(signal)
    if (!endpoints.ok) return signInFailure(endpoints)
    const { parameters, scope, timeLimit, maxNetworkFailures, random } = this.#options
    const { deviceCode, userCode, expiresAt, interval, answeredAt, codeVerifier, nonce } = session.toJSON()
    const common = this.#request('token', endpoints.tokenEndpoint, { ...parameters, code_verifier: codeVerifier })
    const request: PollRequest = { ...common, deviceCode, userCode, scope, expiresAt, interval, answeredAt }
    const options = { ...this.#requestOptions(signal), timeLimit, maxNetworkFailures, random, onPoll }
    const result = await pollUntilDone(request, options)
    if (!result.ok) return result
    const check = checkIdToken({ ...this.#options, profile: this.#server.profile }, result, nonce)
    const refused = await abortable(check, signal).catch(() => failure('aborted'))
    return refused === undefined ? result : signInFailure(refused)
  }

  /** Refreshes the tokens. Never rejects. */
  async refresh(refreshToken: string): Promise<DeviceTokenResult> {
    const { signal } = this.#options
    const endpoints = await this.#findEndpoints(signal)
    if (!endpoints.ok) return endpoints
    const request = { ...this.#request('refresh', endpoints.tokenEndpoint, {}), refreshToken }
    return this.#repeat(signal, (options) => refreshTokens(request, options))
  }

  #findEndpoints(signal: Signal): Promise<Endpoints | Failure> {
    return this.#repeat(signal, (options) => this.#server.findEndpoints(options))
  }

  /** The nonce and the PKCE verifier of a request, which only the device knows. */
  async #secrets(): Promise<{ codeVerifier?: string; codeChallenge?: string; nonce?: string | undefined }> {
    const { pkce = false, nonceMode = 'automatic', scope } = this.#options
    const isNonceSent = nonceMode === 'enabled' || (nonceMode === 'automatic' && hasOpenid(joinedScope(scope)))
    return { ...(pkce ? await createPkce() : {}), nonce: isNonceSent ? randomText() : undefined }
  }

  #request(stage: Stage, address: string, parameters: Parameters): EndpointRequest {
    const { clientId, headers, dpop, authentication, onRequest, resource } = this.#options
    const withHook: ClientAuthentication = async (draft) => {
      await (authentication ?? none())(draft)
      await onRequest?.(draft, stage)
    }
    return {
      address,
      clientId,
      authentication: onRequest === undefined ? authentication : withHook,
      parameters: { resource, ...parameters },
      headers,
      dpop,
    }
  }

  #requestOptions(signal: Signal): RequestOptions {
    const { fetch, timeout, maxBodySize, dangerouslyAllowHttp, clock } = this.#options
    return { fetch, timeout, maxBodySize, dangerouslyAllowHttp, clock, profile: this.#server.profile, signal }
  }

  /** Repeats a request while the network fails: after 1, 2, 4, … seconds, or when the server says so. */
  async #repeat<Success extends { readonly ok: true }>(
    signal: Signal,
    send: (options: RequestOptions) => Promise<Success | Failure>,
  ): Promise<Success | Failure> {
    const { clock = systemClock, maxAttempts = 5 } = this.#options
    for (let attempt = 1; ; attempt++) {
      const result = await send(this.#requestOptions(signal))
      if (result.ok || attempt >= maxAttempts) return result
      if (!isTransient(result) && result.error !== 'slow_down') return result
      const seconds = Math.max(Math.min(2 ** (attempt - 1), 60), result.retryAfter ?? 0)
      if (!(await waitUntil(clock.now() + seconds * 1000, clock, signal))) return failure('aborted')
    }
  }
}
