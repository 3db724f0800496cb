import {
  type AccessControl,
  checkToken,
  OAuthError,
  type OAuthResponse,
  type RequestHeaders,
  type TokenAuthority,
  type TokenClaims,
} from '@device-auth/core'
import type { StrategyActions } from './actions.ts'
import { callVerify, checkSettings, type Done } from './verify.ts'

/** What the strategy reads of a request, whatever the framework. */
export interface TokenRequest {
  readonly headers: RequestHeaders
  readonly body?: unknown
}

interface TokenOptions<Claims> extends Pick<AccessControl, 'scope' | 'realm'> {
  /** Who knows the tokens: the object that `createDeviceAuth` made, or `introspection({ ... })` for a server elsewhere. */
  readonly deviceAuth: TokenAuthority<Claims>
}

/** Options of a {@link DeviceTokenStrategy}. */
export interface DeviceTokenStrategyOptions<Claims = TokenClaims> extends TokenOptions<Claims> {
  readonly passReqToCallback?: false
}

/** The same, for a `verify` that is given the request first. */
export interface DeviceTokenStrategyOptionsWithRequest<Claims = TokenClaims> extends TokenOptions<Claims> {
  readonly passReqToCallback: true
}

/** Finds the user behind a token: answer with a user or `false`, now or later, or call `done`. */
export type VerifyToken<Claims> = (claims: Claims, done: Done) => unknown

/** The same, with the request. */
export type VerifyTokenWithRequest<Claims, Request = never> = (req: Request, claims: Claims, done: Done) => unknown

/** Options of one `passport.authenticate('device-token', ...)`; they go before those of the strategy. */
export type AuthenticateTokenOptions = Pick<AccessControl, 'scope' | 'realm'>

/**
 * Protects an API with access tokens of the device grant: `passport.authenticate('device-token', { session: false })`.
 * Without a token, or with one that is unknown, expired or revoked, it fails with a challenge for 401, so that a next
 * strategy is tried. What Passport cannot say goes on as an `OAuthError` with status and headers, for
 * {@link oauthErrorHandler}: 400 for a malformed request, 403 for a scope that is missing, 503 when the store fails.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export class DeviceTokenStrategy<Claims extends { readonly scope: string } = TokenClaims, Request = never> {
  readonly name: string = 'device-token'
  /** Called by Passport, on a copy of this object that has its actions. */
  readonly authenticate: (this: StrategyActions, req: TokenRequest, options?: AuthenticateTokenOptions) => void

  /** @throws TypeError that names the option or the function that is missing. */
  constructor(options: DeviceTokenStrategyOptions<Claims>, verify: VerifyToken<Claims>)
  constructor(options: DeviceTokenStrategyOptionsWithRequest<Claims>, verify: VerifyTokenWithRequest<Claims, Request>)
  constructor(
    options: DeviceTokenStrategyOptions<Claims> | DeviceTokenStrategyOptionsWithRequest<Claims>,
    verify: VerifyToken<Claims> | VerifyTokenWithRequest<Claims, Request>,
  ) {
    checkSettings('DeviceTokenStrategy', options, 'deviceAuth', verify)
    this.authenticate = function (req, route = {}) {
      // Passport would wait for ever for what an async function throws
      decide(this, req, { ...options, ...defined(route) }, verify).catch((error: unknown) => this.error(error))
    }
  }
}

async function decide<Claims extends { readonly scope: string }>(
  strategy: StrategyActions,
  req: TokenRequest,
  { deviceAuth, passReqToCallback, ...access }: TokenOptions<Claims> & { readonly passReqToCallback?: boolean },
  verify: (...given: never[]) => unknown,
): Promise<void> {
  const check = await checkToken(deviceAuth, req.headers, { ...defined(access), body: req.body })
  if ('response' in check) return refuse(strategy, check.response)
  const { claims } = check
  const verified = await callVerify(verify, passReqToCallback === true ? [req, claims] : [claims])
  if (verified !== undefined) return strategy.success(verified.user, verified.info ?? { scope: claims.scope })
  // the token of nobody is as good as unknown
  const nobody = { issuer: deviceAuth.issuer, authenticate: () => undefined }
  const unknown = await checkToken(nobody, req.headers, defined(access))
  if ('response' in unknown) refuse(strategy, unknown.response)
}

function defined({ scope, realm }: AuthenticateTokenOptions): AuthenticateTokenOptions {
  return { ...(scope !== undefined && { scope }), ...(realm !== undefined && { realm }) }
}

/** Passport writes a challenge for 401 alone, and a body never. */
function refuse(strategy: StrategyActions, { status, headers, body }: OAuthResponse): void {
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
  strategy.error(new OAuthError(String(error), error_description, { status, headers: kept }))
}
