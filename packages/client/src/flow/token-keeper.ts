import { joinedScope } from '../endpoints/device-authorization.ts'
import { type Endpoints, findEndpoints } from '../endpoints/server.ts'
import { type DeviceTokenResult, refreshToken, type Token } from '../endpoints/token.ts'
import { defined, type Failure, failure, isTransient } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'
import { persistently } from '../http/retry.ts'
import { ended, type SignInFailure } from '../polling/outcome.ts'
import { findProfile } from '../providers/profiles.ts'
import { type LinkedController, linkedController } from '../runtime/abort.ts'
import { type Clock, sleepUntil, systemClock } from '../runtime/clock.ts'
import type { DeviceFlowOptions } from './options.ts'
import { refreshWait } from './refresh-timer.ts'
import { refreshRequest } from './requests.ts'
import { FlowState } from './state.ts'

const standardMembers: ReadonlySet<string> = new Set(
  'access_token token_type expires_in refresh_token scope id_token'.split(' '),
)
const RETRY_SECONDS = 60

/** Tokens that know when they expire. */
export class FlowTokens extends FlowState {
  protected readonly options: DeviceFlowOptions
  #endpoints: Endpoints | undefined
  #refreshing: Promise<DeviceTokenResult> | undefined
  #timer: LinkedController | undefined
  #scheme: string

  constructor(options: DeviceFlowOptions) {
    super()
    const profile = options.profile ?? findProfile(options.issuer ?? options.tokenEndpoint ?? '')
    this.options = profile === undefined ? options : { ...options, profile }
    const { autoRefresh = false, refreshLeadTime = 0, scope } = options
    this.#scheme = options.dpop === undefined ? 'Bearer' : 'DPoP'
    this.set({ autoRefresh, refreshLeadTime: Math.max(0, refreshLeadTime), requestedScope: joinedScope(scope) })
  }

  /** Whether tokens are refreshed when they are about to expire. */
  setAutoRefresh(autoRefresh: boolean): void {
    this.set({ autoRefresh })
  }

  /** Seconds before expiry, 0 for 5 % of the lifetime; a negative number is ignored. */
  setRefreshLeadTime(refreshLeadTime: number): void {
    if (!(refreshLeadTime >= 0)) return
    this.set({ refreshLeadTime })
    this.armRefresh(true)
  }

  /** Tokens of an earlier run; `expiration` in epoch milliseconds. */
  setTokens(tokens: { readonly token?: string; readonly refreshToken?: string; readonly expiration?: number }): void {
    this.set({ ...tokens, status: tokens.token === undefined ? this.status : 'granted' })
    this.armRefresh()
  }

  /** A request with the access token in its header. */
  async prepare(request: Request): Promise<Request> {
    const { dpop } = this.options
    const headers = new Headers(request.headers)
    headers.set('authorization', `${this.#scheme} ${this.token ?? ''}`)
    if (dpop !== undefined && /^dpop$/i.test(this.#scheme))
      headers.set('dpop', await dpop.prove(request.method, request.url, this.token))
    return new Request(request, { headers })
  }

  /**
   * Gets new tokens. Refused while polling; while another refresh is under way, it is that one's result.
   *
   * @returns The tokens, or why there are none; never rejects.
   */
  refreshTokens(): Promise<DeviceTokenResult> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<DeviceTokenResult> {
    const { refreshToken: current } = this
    if (this.isPolling || current === undefined) {
      const errorDescription = this.isPolling ? 'A sign-in is under way.' : 'There is no refresh token.'
      return this.#refused(failure('client_error', { errorDescription }))
    }
    this.set({ status: 'refreshingToken' })
    const { signal, clock } = this.options
    const endpoints = await this.findEndpoints(signal)
    if (!endpoints.ok) return this.#refused(endpoints)
    const request = refreshRequest(this.options, endpoints, current)
    const ask = (): Promise<DeviceTokenResult> => refreshToken(request, this.requestOptions(signal))
    const result = await persistently(ask, this.options.maxAttempts ?? 5, { clock, signal })
    if (!result.ok) return this.#refused(result)
    this.accept(result)
    return result
  }

  #refused(result: Failure): Failure {
    if (this.status === 'refreshingToken')
      this.set({ status: this.token === undefined ? 'notAuthenticated' : 'granted' })
    this.reportFailure(ended(result))
    return result
  }

  protected async findEndpoints(signal: AbortSignal | undefined): Promise<Endpoints | Failure> {
    if (this.#endpoints !== undefined) return this.#endpoints
    const options = this.requestOptions(signal)
    const ask = (): Promise<Endpoints | Failure> => findEndpoints(this.options, options)
    const found = await persistently(ask, this.options.maxAttempts ?? 5, options)
    if (found.ok) this.#endpoints = found
    return found
  }

  protected requestOptions(signal: AbortSignal | undefined): RequestOptions {
    const { fetch, timeout, maxBodySize, dangerouslyAllowHttp, clock, profile } = this.options
    return { fetch, timeout, maxBodySize, dangerouslyAllowHttp, clock, profile, signal }
  }

  /** Takes tokens over, and tells of them. */
  protected accept(token: Token): void {
    this.#scheme = token.headers.Authorization.split(' ', 1)[0] ?? 'Bearer'
    const extra = Object.fromEntries(Object.entries(token.raw).filter(([name]) => !standardMembers.has(name)))
    this.set({
      token: token.accessToken,
      expiration: token.expiresAt,
      grantedScope: token.scope ?? this.grantedScope ?? this.requestedScope,
      extra,
      ...defined({ refreshToken: token.refreshToken, idToken: token.idToken }),
      status: 'granted',
    })
    this.emit('granted', token)
    this.armRefresh()
  }

  protected reportFailure(result: SignInFailure): void {
    const { error, errorDescription: description, errorUri: uri } = result
    if (result.raw !== undefined) this.emit('serverReportedErrorOccurred', { error, description, uri })
    this.emit('requestFailed', result)
  }

  /** Waits until the access token is about to expire, if it is known when. */
  protected armRefresh(isLeadTimeNew = false): void {
    const { clock = systemClock } = this.options
    this.disarmRefresh()
    if (this.expiration === undefined) return
    const wait = refreshWait((this.expiration - clock.now()) / 1000, this.refreshLeadTime, isLeadTimeNew)
    this.#armAt(clock.now() + wait * 1000)
  }

  #armAt(at: number): void {
    this.disarmRefresh()
    const timer = linkedController(this.options.signal)
    this.#timer = timer
    void sleepUntil(at, idle(this.options.clock ?? systemClock), timer.signal).then((slept) => {
      timer.unlink()
      return slept ? this.#aboutToExpire() : undefined
    })
  }

  async #aboutToExpire(): Promise<void> {
    const { clock = systemClock } = this.options
    if (this.expiration === undefined) return
    this.emit('accessTokenAboutToExpire', { expiration: this.expiration })
    if (!this.autoRefresh || this.refreshToken === undefined || this.isPolling) return
    const result = await this.refreshTokens()
    if (!result.ok && isTransient(result)) this.#armAt(clock.now() + RETRY_SECONDS * 1000)
  }

  protected disarmRefresh(): void {
    this.#timer?.abort()
    this.#timer?.unlink()
    this.#timer = undefined
  }
}

/** A clock whose timers do not keep a process alive. */
function idle(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    clearTimeout: (timer) => clock.clearTimeout(timer),
    setTimeout(callback, milliseconds) {
      const timer = clock.setTimeout(callback, milliseconds)
      if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
      return timer
    },
  }
}
