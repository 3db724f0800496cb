import { type DeviceAuthorizationResult, joinedScope } from './endpoints/device-authorization.ts'
import type { DeviceTokenResult } from './endpoints/token.ts'
import { eventsOf, type FlowEvent } from './flow/events.ts'
import type { DeviceFlowOptions, FlowStatus } from './flow/options.ts'
import { FlowRequests } from './flow/requests.ts'
import { FlowSession } from './flow/session.ts'
import { SignIn } from './flow/sign-in.ts'
import { type FlowSnapshot, propertiesOf, snapshotOf } from './flow/snapshot.ts'
import { type FlowEvents, FlowState } from './flow/state.ts'
import { TokenKeeper } from './flow/token-keeper.ts'
import type { SignInResult } from './polling/loop.ts'

/**
 * A sign-in with events, and the refresh of its tokens. The names of methods, properties and events follow
 * `QOAuth2DeviceAuthorizationFlow` of Qt.
 *
 * @example
 * const flow = new DeviceFlow({ issuer: 'https://as.example.com', clientId: 'tv', scope: 'profile' })
 * flow.on('authorizeWithUserCode', ({ userCode, verificationUri }) => show(userCode, verificationUri))
 * const result = await flow.run()
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-1 RFC 8628 section 1}
 */
export class DeviceFlow {
  readonly #options: DeviceFlowOptions
  readonly #state: FlowState
  readonly #keeper: TokenKeeper
  readonly #signIn: SignIn

  constructor(options: DeviceFlowOptions) {
    const { autoRefresh = false, refreshLeadTime = 0, scope } = options
    const requestedScope = joinedScope(scope)
    const requests = new FlowRequests(options)
    this.#options = options
    this.#state = new FlowState({ autoRefresh, refreshLeadTime: Math.max(0, refreshLeadTime), requestedScope })
    this.#keeper = new TokenKeeper(options, this.#state, requests)
    this.#signIn = new SignIn(options, { state: this.#state, requests, keeper: this.#keeper })
  }

  /**
   * Continues another flow, maybe of another process, where its `toJSON()` left off.
   *
   * @param options - Functions and secrets, which no snapshot contains, and options to change.
   */
  static resume(snapshot: FlowSnapshot, options: Partial<DeviceFlowOptions> = {}): DeviceFlow {
    const flow = new DeviceFlow({ ...snapshot.options, ...options })
    flow.#signIn.restore(snapshot.session && new FlowSession(snapshot.session))
    flow.#keeper.restore(propertiesOf(snapshot))
    return flow
  }

  /** The state of the flow for {@link DeviceFlow.resume}: codes and tokens in clear. Store it as safely as a password. */
  toJSON(): FlowSnapshot {
    return snapshotOf(this.#options, this.#state.properties, this.#signIn.session)
  }

  /**
   * Requests codes; the event `authorizeWithUserCode` has them too. Gives up a sign-in that is under way; the tokens of an earlier one
   * stay.
   *
   * @returns The codes, or a failure; never rejects.
   */
  grant(): Promise<DeviceAuthorizationResult> {
    return this.#signIn.grant()
  }

  /**
   * Polls for the tokens; the first poll comes after one interval.
   *
   * @returns `false`, after the event `requestFailed`, when there are no codes or they have expired.
   */
  startPolling(): boolean {
    return this.#signIn.startPolling()
  }

  /** Pauses the polls. `startPolling()` continues with the same codes, at the same pace. */
  stopPolling(): void {
    this.#signIn.stopPolling()
  }

  /** Waits for the end of the sign-in, also while polling is paused. Never rejects. */
  finished(): Promise<SignInResult> {
    return this.#signIn.finished()
  }

  /** Signs in: requests codes, polls, and returns the tokens, or a failure. Never rejects. */
  run(): Promise<SignInResult> {
    return this.#signIn.run()
  }

  /** Iterates over all events until the sign-in ends; starts it when it is not under way. Leaving the loop pauses the polls. */
  [Symbol.asyncIterator](): AsyncIterator<FlowEvent, undefined> {
    const start = (): Promise<SignInResult> => {
      if (this.#signIn.session === undefined) return this.run()
      this.startPolling()
      return this.finished()
    }
    return eventsOf(this.#state.events, { start, pause: () => this.stopPolling() })
  }

  /**
   * Ends polls and timers: the token is not refreshed any more. `run()` and `finished()` that still wait have the outcome `aborted`. A
   * refresh that is under way goes on to its end, because its response may hold the only valid refresh token. A new sign-in, or
   * `setTokens()`, opens the flow again.
   */
  close(): void {
    this.#keeper.close()
    this.#signIn.close()
  }

  /**
   * Refreshes the tokens. While another refresh is under way, the result is that of the other. Refused while polling.
   *
   * @returns The tokens, or a failure; never rejects.
   */
  refreshTokens(): Promise<DeviceTokenResult> {
    return this.#keeper.refresh()
  }

  /** Turns the automatic refresh, shortly before the access token expires, on or off. */
  setAutoRefresh(autoRefresh: boolean): void {
    this.#state.set({ autoRefresh })
  }

  /**
   * Sets the time between the refresh and the end of the access token.
   *
   * @param refreshLeadTime - Seconds; 0 means 5 % of the lifetime. A negative number is ignored.
   */
  setRefreshLeadTime(refreshLeadTime: number): void {
    if (refreshLeadTime >= 0) this.#keeper.setLeadTime(refreshLeadTime)
  }

  /**
   * Sets the tokens of an earlier run.
   *
   * @param tokens - `token` is the access token; `expiration` is epoch milliseconds.
   */
  setTokens(tokens: { readonly token?: string; readonly refreshToken?: string; readonly expiration?: number }): void {
    this.#keeper.restore({ ...tokens, status: tokens.token === undefined ? this.status : 'granted' })
  }

  /**
   * Adds the access token to a request, with a DPoP proof when the token is bound to a key.
   *
   * @returns A new request.
   */
  prepare(request: Request): Promise<Request> {
    return this.#keeper.prepare(request)
  }

  /**
   * Listens to an event.
   *
   * @returns A function that removes the listener.
   */
  on<Name extends keyof FlowEvents>(name: Name, listener: (detail: FlowEvents[Name]) => void): () => void {
    return this.#state.events.on(name, listener)
  }

  /**
   * Listens to the next event of that name only.
   *
   * @returns A function that removes the listener.
   */
  once<Name extends keyof FlowEvents>(name: Name, listener: (detail: FlowEvents[Name]) => void): () => void {
    return this.#state.events.once(name, listener)
  }

  /**
   * Listens to all events.
   *
   * @returns A function that removes the listener.
   */
  onAny(listener: (name: keyof FlowEvents, detail: FlowEvents[keyof FlowEvents]) => void): () => void {
    return this.#state.events.onAny(listener)
  }

  get status(): FlowStatus {
    return this.#state.properties.status
  }

  get isPolling(): boolean {
    return this.#state.properties.polling
  }

  get userCode(): string | undefined {
    return this.#state.properties.userCode
  }

  get verificationUri(): string | undefined {
    return this.#state.properties.verificationUri
  }

  get verificationUriComplete(): string | undefined {
    return this.#state.properties.verificationUriComplete
  }

  /** The expiry of the codes, in epoch milliseconds. */
  get expiresAt(): number | undefined {
    return this.#state.properties.expiresAt
  }

  /** The access token. */
  get token(): string | undefined {
    return this.#state.properties.token
  }

  get refreshToken(): string | undefined {
    return this.#state.properties.refreshToken
  }

  get idToken(): string | undefined {
    return this.#state.properties.idToken
  }

  /** The expiry of the access token, in epoch milliseconds; `undefined` when the server does not say. */
  get expiration(): number | undefined {
    return this.#state.properties.expiration
  }

  get requestedScope(): string | undefined {
    return this.#state.properties.requestedScope
  }

  /** The scopes of the access token: the requested ones where the server does not say. */
  get grantedScope(): string | undefined {
    return this.#state.properties.grantedScope
  }

  get nonce(): string | undefined {
    return this.#state.properties.nonce
  }

  /** The members of the last token response that have no property of their own. */
  get extra(): Readonly<Record<string, unknown>> {
    return this.#state.properties.extra
  }

  get autoRefresh(): boolean {
    return this.#state.properties.autoRefresh
  }

  /** Seconds; 0 means 5 % of the lifetime. */
  get refreshLeadTime(): number {
    return this.#state.properties.refreshLeadTime
  }
}
