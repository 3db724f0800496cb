import {
  type AccessControl,
  type Check,
  checkToken,
  type GuardedClaims,
  isAcrValues,
  isAudience,
  isBoolean,
  isMaxAge,
  isText,
  nearest,
  OAuthError,
  type OAuthResponse,
  type RequestHeaders,
  type TokenAuthority,
  type TokenClaims,
} from '@device-auth/core'
import { checkSettings, checkVerify, isScope, isTokenAuthority } from './options.ts'
import type { StrategyActions } from './strategy-actions.ts'
import { callVerify, type VerifyCallback } from './verify.ts'

/** The parts of a request that the strategy reads, in any framework. */
export interface TokenRequest {
  readonly headers: RequestHeaders
  readonly body?: unknown
  /** The method and the path with its query: tokens that are bound to a key need them. */
  readonly method?: string | undefined
  readonly originalUrl?: string | undefined
  readonly url?: string | undefined
}

/** Options of one `passport.authenticate('device-token', ...)`; they replace those of the strategy. */
export type AuthenticateTokenOptions = Pick<AccessControl, 'scope' | 'audience' | 'acrValues' | 'maxAge' | 'realm'>

interface TokenOptions<Claims> extends AuthenticateTokenOptions {
  /** The object that `createDeviceAuth` returned, or `introspection({ ... })` for a server elsewhere. */
  readonly deviceAuth: TokenAuthority<Claims>
}

/** Options of a {@link DeviceTokenStrategy}. */
export interface DeviceTokenStrategyOptions<Claims = TokenClaims> extends TokenOptions<Claims> {
  readonly passReqToCallback?: false
}

/** Options of a {@link DeviceTokenStrategy} whose verify function gets the request first. */
export interface DeviceTokenStrategyOptionsWithRequest<Claims = TokenClaims> extends TokenOptions<Claims> {
  readonly passReqToCallback: true
}

/** Finds the user of a token: returns a user or `false`, or a promise of it, or calls `done`. `undefined` is `false`, unless it takes `done`. */
export type VerifyToken<Claims> = (claims: Claims, done: VerifyCallback) => unknown

/** The same as {@link VerifyToken}, with the request first. */
export type VerifyTokenWithRequest<Claims, Request = never> = (
  req: Request,
  claims: Claims,
  done: VerifyCallback,
) => unknown

/**
 * Protects an API with access tokens of the device grant: `passport.authenticate('device-token', { session: false })`.
 * Without a token, or with one that is unknown, expired or revoked, it fails with a challenge for 401, so that Passport
 * tries the next strategy. Passport cannot answer with another status, so the other refusals are errors of the type
 * `OAuthError`, for {@link oauthErrorHandler}: 400 for a malformed request, 403 for a missing scope, 503 if the store
 * or the introspection fails, with its error as `cause`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export class DeviceTokenStrategy<Claims extends GuardedClaims = TokenClaims, Request = never> {
  readonly name: string = 'device-token'
  /** Called by Passport, on a copy of this object that has the {@link StrategyActions}. */
  readonly authenticate: (this: StrategyActions, req: TokenRequest, options?: AuthenticateTokenOptions) => void

  /** @throws {TypeError} that names the option that is missing, unknown or wrong, or the function that is missing. */
  constructor(options: DeviceTokenStrategyOptions<Claims>, verify: VerifyToken<Claims>)
  constructor(options: DeviceTokenStrategyOptionsWithRequest<Claims>, verify: VerifyTokenWithRequest<Claims, Request>)
  constructor(
    options: DeviceTokenStrategyOptions<Claims> | DeviceTokenStrategyOptionsWithRequest<Claims>,
    verify: VerifyToken<Claims> | VerifyTokenWithRequest<Claims, Request>,
  ) {
    checkSettings('DeviceTokenStrategy', options, strategyChecks, ['deviceAuth'])
    checkVerify('DeviceTokenStrategy', verify)
    this.authenticate = function (req, route = {}) {
      // a rejected promise would leave Passport waiting for an action for ever
      authenticateToken(this, req, options, route, verify).catch((error: unknown) => this.error(error))
    }
  }
}

const routeChecks: Readonly<Record<keyof AuthenticateTokenOptions, Check>> = {
  scope: isScope,
  realm: isText,
  audience: isAudience,
  acrValues: isAcrValues,
  maxAge: isMaxAge,
}

const strategyChecks: Readonly<Record<keyof DeviceTokenStrategyOptions, Check>> = {
  scope: isScope,
  realm: isText,
  deviceAuth: isTokenAuthority,
  passReqToCallback: isBoolean,
  audience: isAudience,
  acrValues: isAcrValues,
  maxAge: isMaxAge,
}

/** The options of `authenticate()` that are Passport's own, or those of a framework around it. */
const passportOptions: ReadonlySet<string> = new Set([
  ...['assignProperty', 'authInfo', 'badRequestMessage', 'failWithError', 'failureFlash', 'failureMessage'],
  ...['failureRedirect', 'keepSessionInfo', 'pauseStream', 'session', 'successFlash', 'successMessage'],
  ...['successRedirect', 'successReturnToOrRedirect', 'userProperty', 'property', 'callback', 'defaultStrategy'],
])

/**
 * Refuses options of a route that are misspelt or of the wrong kind, because without a scope any token passes. Options of other strategies
 * in the same list are not known here; those that resemble an option of this strategy are refused.
 *
 * @throws {TypeError} that names the option.
 */
function checkRoute(route: object): void {
  const own = Object.entries(route).filter(
    ([name]) => !passportOptions.has(name) && (Object.hasOwn(routeChecks, name) || isMisspelt(name)),
  )
  checkSettings("authenticate('device-token')", Object.fromEntries(own), routeChecks, [])
}

/** True for names such as `scopes`, `Scope`, `requiredScope`, `scpoe`, `audiences`, `acr` and `max_age`. */
function isMisspelt(name: string): boolean {
  return /scop|realm|audience|acr|max_?age/i.test(name) || nearest(name, Object.keys(routeChecks)) !== undefined
}

async function authenticateToken<Claims extends GuardedClaims>(
  strategy: StrategyActions,
  req: TokenRequest,
  options: DeviceTokenStrategyOptions<Claims> | DeviceTokenStrategyOptionsWithRequest<Claims>,
  route: AuthenticateTokenOptions,
  verify: (...given: never[]) => unknown,
): Promise<void> {
  checkRoute(route)
  const { deviceAuth, passReqToCallback } = options
  const access = accessOf(route, options)
  const failure: ErrorOptions = {}
  const authority = { ...partsOf(deviceAuth), authenticate: keepingCause(deviceAuth, failure) }
  const check = await checkToken(authority, req.headers, { ...access, ...carrierOf(req), body: req.body })
  if ('response' in check) return refuseRequest(strategy, check.response, failure)
  const { claims } = check
  const verified = await callVerify(verify, passReqToCallback === true ? [req, claims] : [claims])
  if (verified !== undefined) return strategy.success(verified.user, verified.info ?? { scope: claims.scope })
  // a token without a user is refused like an unknown token
  const knowsNone = { ...partsOf(deviceAuth), authenticate: () => undefined }
  const unknown = await checkToken(knowsNone, req.headers, access)
  if ('response' in unknown) refuseRequest(strategy, unknown.response)
}

/** The authority's own members; it may be an instance of a class, whose members a spread would lose. */
function partsOf<Claims>({
  issuer,
  baseUrl,
  dpopAlgorithms,
  clock,
}: TokenAuthority<Claims>): Omit<TokenAuthority, 'authenticate'> {
  return {
    issuer,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(dpopAlgorithms !== undefined && { dpopAlgorithms }),
    ...(clock !== undefined && { clock }),
  }
}

/** The request for the proof of a bound token, if the framework has its method and path. */
function carrierOf(req: TokenRequest): Pick<AccessControl, 'request'> {
  const { method, originalUrl: path = req.url } = req
  return method === undefined || path === undefined ? {} : { request: { method, path, native: req } }
}

/** Asks who knows the tokens. If that fails, its error becomes the cause of the answer 503, which tells the client nothing of it. */
function keepingCause<Claims>(
  deviceAuth: TokenAuthority<Claims>,
  failure: ErrorOptions,
): TokenAuthority<Claims>['authenticate'] {
  return async (token, presented) => {
    try {
      return await deviceAuth.authenticate(token, presented)
    } catch (error) {
      failure.cause = error
      throw error
    }
  }
}

/** The demands and the realm of the route, or else those of the strategy. */
function accessOf(route: AuthenticateTokenOptions, options: AuthenticateTokenOptions): AuthenticateTokenOptions {
  const scope = route.scope ?? options.scope
  const realm = route.realm ?? options.realm
  const audience = route.audience ?? options.audience
  const acrValues = route.acrValues ?? options.acrValues
  const maxAge = route.maxAge ?? options.maxAge
  return {
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(acrValues !== undefined && { acrValues }),
    ...(maxAge !== undefined && { maxAge }),
    ...(realm !== undefined && { realm }),
  }
}

/** Fails with a challenge for 401. Any other status is an error, because Passport writes neither its headers nor its body. */
function refuseRequest(
  strategy: StrategyActions,
  { status, headers, body }: OAuthResponse,
  failure: ErrorOptions = {},
): void {
  const { 'www-authenticate': challenge = '', 'retry-after': retryAfter } = headers
  if (status === 401) {
    strategy.fail(String(challenge), status)
    return
  }
  const { error, error_description }: Record<string, string> = JSON.parse(body)
  const kept = {
    ...(challenge !== '' && { 'www-authenticate': String(challenge) }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  }
  strategy.error(new OAuthError(String(error), error_description, { ...failure, status, headers: kept }))
}
