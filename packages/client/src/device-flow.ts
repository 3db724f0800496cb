import type { DeviceAuthorizationResult, DeviceCode } from './endpoints/device-authorization.ts'
import type { DeviceTokenResult } from './endpoints/token.ts'
import { eventsOf, type FlowEvent } from './flow/events.ts'
import type { DeviceFlowOptions, FlowStatus } from './flow/options.ts'
import { FlowRequests } from './flow/requests.ts'
import { SignIn } from './flow/sign-in.ts'
import { checkKey, type FlowSnapshot, propertiesOf, readSnapshot, snapshotOf } from './flow/snapshot.ts'
import { type FlowEvents, type FlowProperties, FlowState } from './flow/state.ts'
import { TokenKeeper } from './flow/token-keeper.ts'
import type { SignInResult } from './polling/loop.ts'

/** Milliseconds; the time for polls with a device code whose expiry only the server knows: 30 days. */
const LONGEST_LIFETIME = 30 * 86_400_000

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
  readonly #state: FlowState
  readonly #keeper: TokenKeeper
  readonly #signIn: SignIn

  /** @throws {TypeError} that names an option that is missing, misspelt or wrong. */
  constructor(options: DeviceFlowOptions) {
    this.#state = new FlowState(options)
    const requests = new FlowRequests(this.#state)
    this.#keeper = new TokenKeeper(this.#state, requests)
    this.#signIn = new SignIn({ state: this.#state, requests, accept: (token) => this.#keeper.accept(token) })
  }

  /**
   * Continues another flow, maybe of another process, where its `toJSON()` left off.
   *
   * @param snapshot - The result of `toJSON()`, or the text that `JSON.stringify(flow)` made of it.
   * @param options - Functions and secrets, which no snapshot contains, and options to change.
   * @throws {TypeError} when the snapshot is neither, for an option that is misspelt or wrong, and without the prover of a key that the snapshot is
   * bound to.
   * @example
   * const flow = DeviceFlow.resume(text, { clientSecret })
   * const result = await flow.run() // with the codes that are on the screen
   */
  static resume(snapshot: FlowSnapshot | string, options: Partial<DeviceFlowOptions> = {}): DeviceFlow {
    const read = readSnapshot(snapshot)
    checkKey(read, options)
    const flow = new DeviceFlow({ ...read.options, ...options })
    flow.#signIn.restore(read.session)
    flow.#keeper.restore(propertiesOf(read))
    return flow
  }

  /** The state of the flow for {@link DeviceFlow.resume}: codes and tokens in clear. Store it as safely as a password. */
  toJSON(): FlowSnapshot {
    return snapshotOf(this.#state.options, this.#state.properties, this.#signIn.session)
  }

  /**
   * Changes options, from the next request on. Call it between sign-ins. Tokens and codes stay, events follow as for any change.
   *
   * @throws {TypeError} that names an option that is misspelt or wrong; then no option is changed.
   * @example
   * flow.setOptions({ scope: 'profile email' })
   */
  setOptions(changes: Partial<DeviceFlowOptions>): void {
    this.#state.setOptions(changes)
    const { refreshLeadTime } = changes
    if (refreshLeadTime != null) this.setRefreshLeadTime(refreshLeadTime)
  }

  /**
   * Requests codes, then polls for the tokens. Gives up a sign-in that is under way; the tokens of an earlier one stay. The event
   * `authorizeWithUserCode` has the codes too, and `granted` the tokens.
   *
   * @returns The codes, while the polls go on, or a failure; never rejects.
   */
  grant(): Promise<DeviceAuthorizationResult> {
    return this.#signIn.grant()
  }

  /**
   * Requests codes like `grant()`, but does not poll: call {@link DeviceFlow.startPolling} or {@link DeviceFlow.poll}.
   *
   * @returns The codes, or a failure; never rejects.
   */
  getDeviceCode(): Promise<DeviceAuthorizationResult> {
    return this.#signIn.getDeviceCode()
  }

  /**
   * Polls with a device code, of this flow or of anything else, until the sign-in ends.
   *
   * @param code - The codes, or the device code alone: then only the server knows when it expires.
   * @param interval - Seconds between polls of a device code alone; default 5. Codes of this flow keep their pace.
   * @returns The tokens, or a failure; never rejects.
   */
  poll(code: DeviceCode | string, interval: number = 5): Promise<SignInResult> {
    const now = this.#state.clock.now()
    const alone = { userCode: '', verificationUri: '', interval, expiresAt: now + LONGEST_LIFETIME, answeredAt: now }
    const data =
      typeof code === 'string'
        ? { ...alone, deviceCode: code }
        : { ...code, answeredAt: code.expiresAt - code.expiresIn * 1000 }
    if (this.#signIn.session?.data.deviceCode !== data.deviceCode) this.#signIn.restore(data)
    this.startPolling()
    return this.finished()
  }

  /**
   * Polls for the tokens; the first poll comes after one interval. `grant()` and `run()` do it by themselves.
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

  /**
   * Signs in: requests codes, polls, and returns the tokens, or a failure. Never rejects. Codes that still wait for approval are not
   * given up: those of a snapshot, and those of polls that were paused or found no network.
   */
  run(): Promise<SignInResult> {
    return this.#signIn.run()
  }

  /** Iterates over all events until the sign-in ends; starts it when it is not under way. Leaving the loop pauses the polls. */
  [Symbol.asyncIterator](): AsyncIterator<FlowEvent, undefined> {
    return eventsOf(this.#state.events, { start: () => this.run(), pause: () => this.stopPolling() })
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
   * Refreshes the tokens. While another refresh is under way, the result is that of the other. Refused while polling. The option `signal`
   * aborts no request that was sent, because its response may hold the only valid refresh token.
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
   * @param tokens - `token` is the access token; its `tokenType` is by default `DPoP` with the option `dpop`, and else `Bearer`;
   *   `expiration` is epoch milliseconds. The id_token of a refresh is compared with `idToken`.
   */
  setTokens(
    tokens: Partial<Pick<FlowProperties, 'token' | 'tokenType' | 'refreshToken' | 'idToken' | 'expiration'>>,
  ): void {
    // the type of the token before says nothing about a new one
    this.#keeper.restore(tokens.token === undefined ? tokens : { tokenType: undefined, ...tokens, status: 'granted' })
  }

  /**
   * Adds the access token to a request, with a DPoP proof when the token is bound to a key.
   *
   * @returns A new request.
   * @throws {Error} when the token is neither `Bearer` nor `DPoP`, or is `DPoP` and the flow has no key.
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

  /** The type of the access token, such as `Bearer`. */
  get tokenType(): string | undefined {
    return this.#state.properties.tokenType
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

  /** The members of the responses with the codes and with the tokens that have no property of their own. */
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
