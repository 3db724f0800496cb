import type { Awaitable, OAuthRequest, ParsedRequest } from '../http.ts'
import type { Client, TokenResponse } from '../protocol.ts'
import type {
  ApprovedGrant,
  DeviceAuthorizationContext,
  EndpointName,
  ErrorContext,
  GrantApproval,
  IssuedCodes,
  RequesterDescription,
  TokenRequest,
  User,
} from './hook-arguments.ts'
import type { PageModel } from './pages/model.ts'
import type { DeviceCredential, UserGrant } from './store.ts'

/**
 * The hooks: functions that an application overrides, with Authlib's names where it has the same hook. Pass an object of them, or an instance of a
 * class that extends {@link DeviceAuthHooks} and calls `super` for the default, as the option `hooks`.
 *
 * Each hook returns a value or a promise. If a hook throws an `OAuthError`, the request is answered with it. Anything
 * else that it throws goes to `onError` and the event `failed`. A poll is then answered `authorization_pending`, or 503
 * if `onStoreFailure` says so. Every other request is answered `server_error` (500), or `temporarily_unavailable` (503)
 * if the hook took longer than the option `timeout`. The hooks that stand for a store are answered 503 for every
 * failure: `saveDeviceCredential`, `queryDeviceCredential`, `queryUserGrant` and `saveToken`.
 */
export interface Hooks<Native = unknown> {
  /**
   * Makes the user code. Called once per device authorization request, and up to four more times while the store
   * answers that the code is taken.
   *
   * @returns A code of the charset and length of the option `userCode`, in any spelling; another one fails the request
   *   with `server_error`. Default: random and without bias, from the CSPRNG.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
   * @example
   * ```ts
   * class MyHooks extends DeviceAuthHooks {
   *   // a known code for the end-to-end tests, random ones for everybody else
   *   override generateUserCode(context: DeviceAuthorizationContext) {
   *     return context.client.client_id === 'e2e' ? 'BCDF-GHJK' : super.generateUserCode(context)
   *   }
   * }
   * ```
   */
  generateUserCode(context: DeviceAuthorizationContext<Native>): Awaitable<string>
  /**
   * Makes the device code. Called as often as `generateUserCode`, before it.
   *
   * @returns At least 128 random bits in at least 22 characters; less fails the request with `server_error`. Default:
   *   256 bits in base64url.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.2 RFC 8628 section 5.2}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   // a prefix that secret scanners find
   *   generateDeviceCode: () => `acme_dc_${randomBytes(32).toString('base64url')}`,
   * }
   * ```
   */
  generateDeviceCode(context: DeviceAuthorizationContext<Native>): Awaitable<string>
  /**
   * Names the page where the user enters the code: the `verification_uri`. Called once per device authorization
   * request, before anything is kept. Required when `paths.verification` is `false`.
   *
   * @returns An absolute http or https URL, without the code; `verification_uri_complete` is made from it. Default: the
   *   issuer followed by `paths.verification`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   // a short address for people who type it; it redirects to the page
   *   getVerificationUri: ({ client }) =>
   *     client.client_id === 'tv' ? 'https://acme.tv/go' : 'https://acme.com/device',
   * }
   * ```
   */
  getVerificationUri(context: DeviceAuthorizationContext<Native>): Awaitable<string>
  /**
   * Keeps a new device credential. Called once per pair of codes, after `describeRequester`. `context` has the codes in
   * clear, for this call alone: keep them nowhere. The built-in page finds requests in the store, so call `super` too,
   * unless the application has its own page.
   *
   * @returns `false` when a live credential has this user code already: another pair of codes is drawn. Anything else
   *   means that it is kept. Default: the store.
   * @example
   * ```ts
   * class MyHooks extends DeviceAuthHooks {
   *   override async saveDeviceCredential(
   *     credential: DeviceCredential,
   *     context: DeviceAuthorizationContext & IssuedCodes,
   *   ) {
   *     await db.audit.insert({ event: 'device asks', client: credential.clientId, at: credential.createdAt })
   *     return super.saveDeviceCredential(credential, context)
   *   }
   * }
   * ```
   */
  saveDeviceCredential(
    credential: DeviceCredential,
    context: DeviceAuthorizationContext<Native> & IssuedCodes,
  ): Awaitable<boolean>
  /**
   * Authenticates the client. Called once per request to the device authorization, token, revocation and introspection
   * endpoints: thus with every poll.
   *
   * @returns The client, or `undefined` to answer `invalid_client`. Default: the client of the option `clients`, if it
   *   authenticates by a method that it is registered for.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 RFC 6749 section 2.3}
   * @example
   * ```ts
   * class MyHooks extends DeviceAuthHooks {
   *   override async authenticateClient(request: ParsedRequest, endpoint: EndpointName) {
   *     const client = await super.authenticateClient(request, endpoint)
   *     // a resource server on the internal network only
   *     return client?.resource_server && !request.ip?.startsWith('10.') ? undefined : client
   *   }
   * }
   * ```
   */
  authenticateClient(request: ParsedRequest<Native>, endpoint: EndpointName): Awaitable<Client | undefined>
  /**
   * Checks a client secret. Called once per request with a secret, if `client_secret_basic` or `client_secret_post` is
   * the client's registered method.
   *
   * @returns `true` if this is the client's secret; anything else is answered `invalid_client` and counts in
   *   `limits.clientSecretsPerAddress`. Default: compares it with `client_secret`, in constant time.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   // the registered `client_secret` is the hash of a random secret
   *   verifyClientSecret: ({ client_secret = '' }, secret) => secretsEqual(client_secret, hashSecret(secret)),
   * }
   * ```
   */
  verifyClientSecret(client: Client, secret: string): Awaitable<boolean>
  /**
   * Decides the scope of a device authorization request. Called once per request, after the client is authenticated.
   *
   * @param scope - The parameter `scope`; `undefined` when the device asks for none.
   * @returns The scope to go on with, space-delimited; one that exceeds the client's `device_scope` is answered
   *   `invalid_scope`. Default: what was asked for if the option `scopes`, the client's `scope` and its `device_scope`
   *   have all of it; when nothing was asked for, all that they have.
   * @throws {OAuthError} `invalid_scope` to refuse the request.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   validateRequestedScope: async ({ client_id }, scope = 'profile') => {
   *     if (scope === 'profile' || (await db.partners.has(client_id))) return scope
   *     throw new OAuthError('invalid_scope', 'Only partners may ask for more than profile.')
   *   },
   * }
   * ```
   */
  validateRequestedScope(client: Client, scope: string | undefined): Awaitable<string>
  /**
   * Checks a poll before the device code is looked up. Called once per poll.
   *
   * @throws {OAuthError} to answer the device with it. Most clients end the sign-in at any error but
   *   `authorization_pending` and `slow_down`. Default: `invalid_request` when `device_code` is missing.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   validateTokenRequest({ client, parameters }) {
   *     if (!parameters.has('device_code')) throw new OAuthError('invalid_request', 'device_code is missing.')
   *     if (retired.has(client.client_id)) throw new OAuthError('unauthorized_client', 'This app is retired.')
   *   },
   * }
   * ```
   */
  validateTokenRequest(tokenRequest: TokenRequest<Native>): Awaitable<void>
  /**
   * Finds the device credential that `saveDeviceCredential` kept, for an application that keeps them outside the store.
   * Called once per poll, if it is overridden. The result is recorded in the store too, because only the store makes
   * sure that a code is redeemed once.
   *
   * @returns The credential, or `undefined` to answer `invalid_grant`. Default: the credential in the store.
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   saveDeviceCredential: (credential) => db.credentials.insert(credential),
   *   queryDeviceCredential: (deviceCode) => db.credentials.find(hashSecret(deviceCode)),
   * }
   * ```
   */
  queryDeviceCredential(deviceCode: string, tokenRequest: TokenRequest<Native>): Awaitable<DeviceCredential | undefined>
  /**
   * Finds the user's decision, for an application that keeps decisions outside the store. Called once per poll of an
   * undecided request, if one of `queryDeviceCredential`, `queryUserGrant` and `shouldSlowDown` is overridden. A
   * decision is recorded in the store and is final.
   *
   * @returns The decision, or `undefined` while there is none. Default: the decision kept with the credential.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   async queryUserGrant({ id, scope }) {
   *     const decision = await db.decisions.find(id)
   *     return decision && { subject: decision.accountId, approved: decision.approved, scope }
   *   },
   * }
   * ```
   */
  queryUserGrant(credential: DeviceCredential): Awaitable<UserGrant | undefined>
  /**
   * Decides if a poll of an undecided request is answered `slow_down` instead of `authorization_pending`. Called once
   * per such poll, if one of `queryDeviceCredential`, `queryUserGrant` and this hook is overridden.
   *
   * @param credential - `interval` is in seconds; a verdict of the store has raised it already.
   * @param now - Epoch milliseconds.
   * @param verdict - The answer of the store: `true` for a poll that was too early.
   * @returns `true` for `slow_down`: the device waits 5 seconds longer, from now on. Default: `verdict`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   // the load test may poll as fast as it likes
   *   shouldSlowDown: ({ clientId }, _now, verdict) => verdict && clientId !== 'load-test',
   * }
   * ```
   */
  shouldSlowDown(credential: DeviceCredential, now: number, verdict: boolean): Awaitable<boolean>
  /**
   * Asks if an account may still sign in. Called at each redemption, refresh and introspection, and with each request
   * that a guard or `deviceAuth.authenticate` checks.
   *
   * @param subject - The `subject` that approved the request.
   * @returns `true` if it may. Anything else is answered `access_denied` to a poll, `invalid_grant` to a refresh,
   *   `{ "active": false }` to an introspection and 401 to a request with the token. Default: `true`.
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   isUserActive: async (subject) => (await db.accounts.find(subject))?.locked === false,
   * }
   * ```
   */
  isUserActive(subject: string): Awaitable<boolean>
  /**
   * Asks if tokens may be issued. Called once per redemption and once per refresh, after `isUserActive` and before
   * `generateToken`.
   *
   * @returns `true` to issue them. Anything else is answered `access_denied` to a poll and `invalid_grant` to a
   *   refresh; what is neither `true` nor `false` is reported too. Default: `true`.
   * @throws {OAuthError} to answer the device with another error.
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   // at most ten devices an account
   *   beforeIssue: async ({ grantType, userGrant }) =>
   *     grantType === REFRESH_TOKEN_GRANT_TYPE || (await db.sessions.count(userGrant.subject)) < 10,
   * }
   * ```
   */
  beforeIssue(approved: ApprovedGrant<Native>): Awaitable<boolean>
  /**
   * Makes the tokens. Called once per redemption and once per refresh, after `beforeIssue`. When two polls of one code
   * arrive at once, it may be called for both, but the store keeps one of the results and both polls get that one.
   *
   * @returns A token response; `access_token`, `token_type` and `expires_in` (seconds) are required. Default: an access
   *   token of the option `accessToken`, and a refresh token if the client may use that grant.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
   * @example
   * ```ts
   * class MyHooks extends DeviceAuthHooks {
   *   override async generateToken(approved: ApprovedGrant) {
   *     const token = await super.generateToken(approved)
   *     return approved.client.client_id === 'kiosk' ? { ...token, expires_in: 600 } : token
   *   }
   * }
   * ```
   */
  generateToken(approved: ApprovedGrant<Native>): Awaitable<TokenResponse>
  /**
   * Makes the body of the answer from the tokens: the place for further members. Called once after each
   * `generateToken`. A repeated answer, within `redemptionGrace`, is the same body again, without a call.
   *
   * @returns The body of the token response. Default: the tokens as they are.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   createTokenResponse: (token, { userGrant }) => ({ ...token, account: userGrant.username ?? userGrant.subject }),
   * }
   * ```
   */
  createTokenResponse(token: TokenResponse, approved: ApprovedGrant<Native>): Awaitable<TokenResponse>
  /**
   * Keeps the tokens in a second place too. Called once per redemption and once per refresh, before the store makes
   * them valid. It runs under a lease of 10 seconds: no other request can redeem the code, or replace the refresh token,
   * in that time. When it throws, no tokens are issued, and the device may poll or refresh again.
   *
   * @param token - The result of `generateToken`, in clear.
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   saveToken: (token, { grantId, userGrant }) =>
   *     db.sessions.upsert({ id: grantId, account: userGrant.subject, tokenHash: hashSecret(token.access_token) }),
   * }
   * ```
   */
  saveToken(token: TokenResponse, approved: ApprovedGrant<Native>): Awaitable<void>
  /**
   * Tells who is signed in to the application in this browser. Called once per request to the verification page and the
   * page of devices, and by `deviceAuth.authenticateUser`.
   *
   * @param request - `request.native` is the framework's request, with its session.
   * @returns The user, or `undefined` to send the browser to `loginUrl`. Default: `request.native.user`, as Passport
   *   and Nest leave it, or Koa's `state.user`; its `sub` or `id` is the subject.
   * @example
   * ```ts
   * const hooks: Partial<Hooks<{ session: { accountId?: string } }>> = {
   *   async authenticateUser({ native: { session } }) {
   *     const account = session.accountId === undefined ? undefined : await db.accounts.find(session.accountId)
   *     return account && { subject: account.id, username: account.email }
   *   },
   * }
   * ```
   */
  authenticateUser(request: OAuthRequest<Native>): Awaitable<User | undefined>
  /**
   * Chooses data of the application's own for a grant, such as the workspace. Called once per approval on the built-in page or by
   * `verification.decide`, just before the decision is stored. `deviceAuth.approve` is given the data itself.
   *
   * @param approval - `request.form` has the fields of the form, those of your own templates too, or the texts of the JSON body. By
   *   `verification.decide` it is empty.
   * @returns A plain object of JSON values, at most 4,096 bytes as JSON; anything else fails the approval, and the request stays
   *   pending. Guards, introspection by resource servers, `devices.list` and the hooks of tokens see it. Default: `undefined`, no data.
   * @throws {OAuthError} to refuse the approval.
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   async chooseGrantData({ user, request }) {
   *     const workspace = request.form.get('workspace') ?? 'personal'
   *     if (await db.members.has(workspace, user.subject)) return { workspace }
   *     throw new OAuthError('access_denied', 'The user is no member of this workspace.')
   *   },
   * }
   * ```
   */
  chooseGrantData(approval: GrantApproval<Native>): Awaitable<Readonly<Record<string, unknown>> | undefined>
  /**
   * Renders a page of the verification endpoint or of the page of devices. Called once per page that is shown.
   * The error page after a failure is built in, because this hook may be what failed. Escape every text of the model:
   * some of it comes from the device and the client.
   *
   * @param model - The page as data; `model.page` says which one it is.
   * @param request - The HTTP request; `request.native` is the framework's own, with its session.
   * @returns A whole HTML document. Default: the built-in page in the reader's language.
   * @example
   * ```ts
   * class MyHooks extends DeviceAuthHooks {
   *   override renderPage(model: PageModel) {
   *     if (model.page !== 'enter') return super.renderPage(model)
   *     return templates.render('device', { ...model, fields: { handle: model.handle, action: 'continue' } })
   *   }
   * }
   * ```
   */
  renderPage(model: PageModel, request: OAuthRequest<Native>): Awaitable<string>
  /**
   * Describes the address of a request. Called once per device authorization request, for the confirm page and the page
   * of devices. If it gave a `country`, it is called again with the approver's request each time that the confirm page
   * is shown and when the user approves, so that the rule `otherCountry` can compare the two; not if that rule is `allow`.
   *
   * @returns Facts about the address, or one line of text; both are shown as not verified. `undefined` for nothing to
   *   say. Default: `undefined`.
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   async describeRequester({ ip = '' }) {
   *     const found = await geoip.lookup(ip)
   *     return found && { place: `${found.city}, ${found.countryName}`, country: found.countryCode }
   *   },
   * }
   * ```
   */
  describeRequester(request: OAuthRequest<Native>): Awaitable<string | RequesterDescription | undefined>
  /**
   * Finds the user whom the parameter `login_hint` of a device authorization request means. Called once per request
   * that has the parameter. Nobody but this user can approve the request.
   *
   * @returns The subject of the user. With `undefined` nobody can approve the request, and the device cannot tell the
   *   difference: otherwise anybody could ask who has an account. Default: the parameter is ignored.
   * @throws {OAuthError} to refuse the request instead.
   * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core section 3.1.2.1}
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   resolveLoginHint: async (hint) => (await db.accounts.findByEmail(hint))?.id,
   * }
   * ```
   */
  resolveLoginHint(hint: string, client: Client): Awaitable<string | undefined>
  /**
   * Logs a failure that is not the fault of the request: of the store, a hook or a listener. Called once a second for each
   * kind of failure, because a database that is away fails every request: at once for the first one, then at the end of
   * each second for the last one, with `leftOut`, the number of those before it. The event `failed` is emitted for each
   * failure. The request is answered in any case. An error of this hook itself is ignored. Default: `console.error`.
   *
   * @example
   * ```ts
   * const hooks: Partial<Hooks> = {
   *   onError: (error, { endpoint, leftOut = 0 }) => logger.error({ err: error, endpoint, leftOut }, 'device sign-in failed'),
   * }
   * ```
   */
  onError(error: unknown, context: ErrorContext): void
}

/** The name of a hook. */
export type HookName = keyof Hooks
