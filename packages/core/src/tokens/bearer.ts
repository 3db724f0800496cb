import type { PresentedToken, TokenClaims } from '../contract/device-auth.ts'
import { errorResponse, isOAuthError, OAuthError, temporarilyUnavailable } from '../errors.ts'
import { checkFormHeaders } from '../form.ts'
import {
  type Awaitable,
  emptyResponse,
  type GivenHeaders,
  headerValue,
  type OAuthResponse,
  plainHeaders,
  type RequestHeaders,
} from '../http.ts'
import { urlBelow } from '../url.ts'
import { demandParameters, type KnownLogIn, type LogInDemands, meetsDemands } from './step-up.ts'

/** The conditions that a resource sets for an access token. */
export interface AccessControl extends LogInDemands {
  /** The scopes that the token must all have: space-delimited, or a list. Default: none. */
  readonly scope?: string | readonly string[]
  /**
   * This resource server: the token must name it, or one of a list, in its audience. A token without an audience is refused. Default:
   * the audience is not asked.
   * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 RFC 9068 section 4}
   */
  readonly audience?: string | readonly string[]
  /** The realm in challenges. Default: the issuer. */
  readonly realm?: string
  /** The body of the request, if the framework has parsed it: a second token in a form is refused. */
  readonly body?: unknown
  /**
   * The request: its method, its path with the query as the client sent it, and the framework's request. Tokens that are bound to a key
   * need it. Default: such tokens are refused.
   */
  readonly request?: { readonly method: string; readonly path: string; readonly native?: unknown }
  /**
   * The public address in front of `request.path`, to which a DPoP proof is bound: `https://api.example.com`. The `Host` header is never
   * used. Default: that of the authority, or the origin of its issuer.
   */
  readonly baseUrl?: string
}

/** The claims that a guard looks at. */
export interface GuardedClaims {
  /** Space-delimited. */
  readonly scope: string
  /** The resource servers that the token is for. */
  readonly audience?: readonly string[] | undefined
  /** The log-in of the user who approved the device. Absent if nothing says it. */
  readonly authentication?: KnownLogIn | undefined
}

/** An object that can verify access tokens: a `DeviceAuth`, or one that asks a remote server. */
export interface TokenAuthority<Claims = TokenClaims> {
  /** The default realm in challenges. */
  readonly issuer: string
  /** The public address of this resource server, for DPoP. Default: the origin of the issuer. */
  readonly baseUrl?: string
  /** The algorithms of DPoP proofs. Default: tokens by the scheme DPoP are refused. */
  readonly dpopAlgorithms?: readonly string[]
  /** The clock in epoch milliseconds, by which the age of a log-in counts. Default: `Date.now`. */
  readonly clock?: () => number
  /**
   * The claims of a live access token, else `undefined`. If it rejects, the request is answered with 503.
   *
   * @param presented - The request. A token that is bound to a key is live only with a proof of that key.
   */
  authenticate(accessToken: string, presented?: PresentedToken): Awaitable<Claims | undefined>
}

/**
 * The claims of a valid token, or the response that refuses the request. `cause` is the error because of which a token could not be
 * checked; the response tells the client nothing of it.
 */
export type TokenCheck<Claims = TokenClaims> =
  | { readonly claims: Claims }
  | { readonly response: OAuthResponse; readonly cause?: unknown }

/** The token in an Authorization header; `absent` without the scheme Bearer, `malformed` if the token breaks its grammar. */
export type BearerCredentials = { readonly token: string } | 'absent' | 'malformed'

type Scheme = PresentedToken['scheme']
const schemes: Readonly<Record<Scheme, RegExp>> = { Bearer: /^bearer(?![^ \t,])/i, DPoP: /^dpop(?![^ \t,])/i }
const credentials = /^(?:bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Reads the token from the Authorization header. Tokens in a form or in the query are ignored.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750 section 2.1}
 */
export function readBearer(headers: RequestHeaders): BearerCredentials {
  return readToken(headers, 'Bearer')
}

function readToken(headers: RequestHeaders, scheme: Scheme): BearerCredentials {
  const authorization = headerValue(headers, 'authorization')
  if (authorization === undefined || !schemes[scheme].test(authorization)) return 'absent'
  const token = credentials.exec(authorization)?.[1]
  return token === undefined ? 'malformed' : { token }
}

/**
 * Checks the access token of a request: the base of the guards for all frameworks. If the store fails, the response is 503.
 *
 * @param given - The headers of the request.
 * @throws {TypeError} if `authority` cannot authenticate or `headers` is no object; if `access` is no object, or has a member of another
 *   name or a scope of another type: what it was meant to forbid would be allowed.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export async function checkToken<Claims extends GuardedClaims = TokenClaims>(
  authority: TokenAuthority<Claims>,
  given: GivenHeaders,
  access?: AccessControl | null,
): Promise<TokenCheck<Claims>> {
  const control = access ?? {}
  if (typeof authority?.authenticate !== 'function')
    throw new TypeError('checkToken: `authority` must have authenticate(), as the object of createDeviceAuth has.')
  if (typeof given !== 'object' || given === null)
    throw new TypeError('checkToken: `headers` must be an object, such as the headers of the request.')
  checkAccess(control)
  const headers = plainHeaders(given)
  const bearer = readToken(headers, 'Bearer')
  const scheme: Scheme = bearer === 'absent' && authority.dpopAlgorithms !== undefined ? 'DPoP' : 'Bearer'
  const found = scheme === 'DPoP' ? readToken(headers, scheme) : bearer
  const asked = { realm: control.realm ?? authority.issuer, algorithms: authority.dpopAlgorithms }
  if (found === 'absent') return { response: challenge(asked) }
  const challenged: TokenChallenge = { ...asked, scheme }
  if (found === 'malformed' || hasFormToken(control.body, headers))
    return { response: tokenError(challenged, malformed) }
  let claims: Claims | undefined
  try {
    claims = await authority.authenticate(found.token, presentedToken(scheme, authority, headers, control))
  } catch (error) {
    if (isOAuthError(error) && proofErrors.includes(error.code)) return { response: proofError(challenged, error) }
    const refusal = isOAuthError(error) ? error : temporarilyUnavailable()
    return { response: errorResponse(refusal), cause: error }
  }
  if (claims === undefined) return { response: tokenError(challenged, invalid) }
  if (!isForAudience(claims, control.audience)) return { response: tokenError(challenged, elsewhere) }
  return checkClaims(claims, control, challenged, (authority.clock ?? Date.now)())
}

/** Checks the scope and the log-in of a live token for this resource server. */
function checkClaims<Claims extends GuardedClaims>(
  claims: Claims,
  access: AccessControl,
  challenged: TokenChallenge,
  now: number,
): TokenCheck<Claims> {
  const required = splitScope(access.scope)
  if (required.length > 0) {
    const granted = claims.scope.split(' ')
    if (!required.every((scope) => granted.includes(scope)))
      return { response: tokenError(challenged, insufficient, scopeParameter(required)) }
  }
  if (meetsDemands(claims.authentication, access, now)) return { claims }
  // with the scope, so that the new sign-in does not ask for less than this token has
  return { response: tokenError(challenged, tooWeak, [...demandParameters(access), ...scopeParameter(required)]) }
}

function scopeParameter(required: readonly string[]): readonly string[] {
  return required.length === 0 ? [] : [`scope="${quotable(required.join(' '))}"`]
}

/** The request with the token, as its proof has to name it; `undefined` if the caller does not give the request. */
function presentedToken<Claims>(
  scheme: Scheme,
  authority: TokenAuthority<Claims>,
  headers: RequestHeaders,
  { request, baseUrl = authority.baseUrl ?? new URL(authority.issuer).origin }: AccessControl,
): PresentedToken | undefined {
  if (request === undefined) return undefined
  const { method, path, native } = request
  // joined as text: a path that begins with two slashes is no other host
  return { scheme, method, url: urlBelow(baseUrl, path.replace(/\?.*$/s, '')), headers, native }
}

const accessNames: readonly string[] = [
  'scope',
  'audience',
  'acrValues',
  'maxAge',
  'realm',
  'body',
  'request',
  'baseUrl',
] satisfies readonly (keyof AccessControl)[]

/** For callers without a type checker: a rule that is not understood must not count as none. */
function checkAccess(access: AccessControl): void {
  if (typeof access !== 'object')
    throw new TypeError(`checkToken: \`access\` must be an object; it may have ${accessNames.join(', ')}.`)
  for (const name in access) {
    if (!accessNames.includes(name))
      throw new TypeError(`checkToken: \`access.${name}\` is unknown; \`access\` may have ${accessNames.join(', ')}.`)
  }
  const scope: unknown = access.scope ?? ''
  if (typeof scope !== 'string' && !Array.isArray(scope))
    throw new TypeError('checkToken: `access.scope` must be a string of scopes with spaces between them, or a list.')
}

function isForAudience({ audience }: GuardedClaims, required: AccessControl['audience'] | null): boolean {
  if (required === undefined || required === null) return true
  return [required].flat().some((one) => audience?.includes(one) === true)
}

function splitScope(scope: AccessControl['scope'] | null): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : (scope ?? [])
}

/** Only forms count: in JSON, `access_token` may be any member of an API. */
function hasFormToken(body: unknown, headers: RequestHeaders): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    Object.hasOwn(body, 'access_token') &&
    checkFormHeaders(headers) === undefined
  )
}

interface Refusal {
  readonly status: number
  readonly error: string
  readonly description: string
}

const malformed: Refusal = {
  status: 400,
  error: 'invalid_request',
  description: 'The request must carry one access token, in the Authorization header.',
}
const invalid: Refusal = {
  status: 401,
  error: 'invalid_token',
  description: 'The access token is unknown, expired or revoked.',
}
const elsewhere: Refusal = {
  status: 401,
  error: 'invalid_token',
  description: 'The access token is not for this resource server.',
}
const insufficient: Refusal = {
  status: 403,
  error: 'insufficient_scope',
  description: 'The access token does not have the scope that is needed here.',
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 RFC 9470 section 3} */
const tooWeak: Refusal = {
  status: 401,
  error: 'insufficient_user_authentication',
  description: 'The user has to log in again, more recently or in a stronger way.',
}

/** The challenge of a guard: its realm, and the algorithms of DPoP proofs if it takes some. */
interface Challenge {
  readonly realm: string
  readonly algorithms: readonly string[] | undefined
}

/** The challenge for a request with a token, whose scheme it has. */
interface TokenChallenge extends Challenge {
  readonly scheme: Scheme
}

/** The errors of a proof, which are answered with a challenge. */
const proofErrors: readonly string[] = ['invalid_dpop_proof', 'use_dpop_nonce']

/**
 * A challenge without an error code, for a request without credentials.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 RFC 6750 section 3.1}
 */
function challenge(asked: Challenge): OAuthResponse {
  return emptyResponse(401, { 'www-authenticate': challenges('Bearer', asked, []) })
}

function tokenError(
  { scheme, ...asked }: TokenChallenge,
  { status, error, description }: Refusal,
  more: readonly string[] = [],
): OAuthResponse {
  const parameters = [`error="${error}"`, `error_description="${description}"`, ...more]
  const headers = { 'www-authenticate': challenges(scheme, asked, parameters) }
  return errorResponse(new OAuthError(error, description, { status, headers }))
}

/**
 * The refusal of a proof, with the nonce that the next one needs.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-9 RFC 9449 section 9}
 */
function proofError({ scheme, ...asked }: TokenChallenge, { code, message, headers }: OAuthError): OAuthResponse {
  const parameters = [`error="${quotable(code)}"`, `error_description="${quotable(message)}"`]
  const answer = { ...headers, 'www-authenticate': challenges(scheme, asked, parameters) }
  return errorResponse(new OAuthError(code, message, { status: 401, headers: answer }))
}

/**
 * The challenges of a guard: the scheme of the request with its error; after Bearer also DPoP, if the guard takes it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7.1 RFC 9449 section 7.1}
 */
function challenges(scheme: Scheme, { realm, algorithms }: Challenge, parameters: readonly string[]): string {
  const first = [`realm="${quotable(realm)}"`, ...parameters]
  if (algorithms === undefined) return `${scheme} ${first.join(', ')}`
  const algs = `algs="${quotable(algorithms.join(' '))}"`
  return scheme === 'DPoP' ? `DPoP ${[...first, algs].join(', ')}` : `Bearer ${first.join(', ')}, DPoP ${algs}`
}

/** Replaces the characters that a quoted string may not contain without an escape. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
