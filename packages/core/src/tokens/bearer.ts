import type { TokenClaims } from '../contract/device-auth.ts'
import { errorResponse, isOAuthError, OAuthError, temporarilyUnavailable } from '../errors.ts'
import { checkFormHeaders } from '../form.ts'
import { type Awaitable, emptyResponse, headerValue, type OAuthResponse, type RequestHeaders } from '../http.ts'

/** The conditions that a resource sets for an access token. */
export interface AccessControl {
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
}

/** The claims that a guard looks at. */
export interface GuardedClaims {
  /** Space-delimited. */
  readonly scope: string
  /** The resource servers that the token is for. */
  readonly audience?: readonly string[] | undefined
}

/** An object that can verify access tokens: a `DeviceAuth`, or one that asks a remote server. */
export interface TokenAuthority<Claims = TokenClaims> {
  /** The default realm in challenges. */
  readonly issuer: string
  /** The claims of a live access token, else `undefined`. If it rejects, the request is answered with 503. */
  authenticate(accessToken: string): Awaitable<Claims | undefined>
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

const scheme = /^bearer(?![^ \t,])/i
const credentials = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Reads the token from the Authorization header. Tokens in a form or in the query are ignored.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750 section 2.1}
 */
export function readBearer(headers: RequestHeaders): BearerCredentials {
  const authorization = headerValue(headers, 'authorization')
  if (authorization === undefined || !scheme.test(authorization)) return 'absent'
  const token = credentials.exec(authorization)?.[1]
  return token === undefined ? 'malformed' : { token }
}

/**
 * Checks the access token of a request: the base of the guards for all frameworks. If the store fails, the response is 503.
 * @throws {TypeError} if `access` has a member of another name: what it was meant to forbid would be allowed.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export async function checkToken<Claims extends GuardedClaims = TokenClaims>(
  authority: TokenAuthority<Claims>,
  headers: RequestHeaders,
  access: AccessControl = {},
): Promise<TokenCheck<Claims>> {
  refuseUnknownNames(access)
  const realm = access.realm ?? authority.issuer
  const bearer = readBearer(headers)
  if (bearer === 'absent') return { response: challenge(realm) }
  if (bearer === 'malformed' || hasFormToken(access.body, headers)) return { response: bearerError(realm, malformed) }
  let claims: Claims | undefined
  try {
    claims = await authority.authenticate(bearer.token)
  } catch (error) {
    const refusal = isOAuthError(error) ? error : temporarilyUnavailable()
    return { response: errorResponse(refusal), cause: error }
  }
  if (claims === undefined) return { response: bearerError(realm, invalid) }
  if (!isForAudience(claims, access.audience)) return { response: bearerError(realm, elsewhere) }
  const required = splitScope(access.scope)
  if (required.length === 0) return { claims }
  const granted = claims.scope.split(' ')
  if (required.every((scope) => granted.includes(scope))) return { claims }
  return { response: bearerError(realm, insufficient, required.join(' ')) }
}

const accessNames: readonly string[] = ['scope', 'audience', 'realm', 'body'] satisfies readonly (keyof AccessControl)[]

function refuseUnknownNames(access: AccessControl): void {
  for (const name in access) {
    if (!accessNames.includes(name))
      throw new TypeError(`checkToken: \`access\` has no member \`${name}\`; it has scope, audience, realm and body.`)
  }
}

function isForAudience({ audience }: GuardedClaims, required: AccessControl['audience']): boolean {
  if (required === undefined) return true
  return [required].flat().some((one) => audience?.includes(one) === true)
}

function splitScope(scope: AccessControl['scope'] = []): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : scope
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

/**
 * A challenge without an error code, for a request without credentials.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 RFC 6750 section 3.1}
 */
function challenge(realm: string): OAuthResponse {
  return emptyResponse(401, { 'www-authenticate': `Bearer realm="${quotable(realm)}"` })
}

function bearerError(realm: string, { status, error, description }: Refusal, scope?: string): OAuthResponse {
  const parameters = [`realm="${quotable(realm)}"`, `error="${error}"`, `error_description="${description}"`]
  if (scope !== undefined) parameters.push(`scope="${quotable(scope)}"`)
  const headers = { 'www-authenticate': `Bearer ${parameters.join(', ')}` }
  return errorResponse(new OAuthError(error, description, { status, headers }))
}

/** Replaces the characters that a quoted string may not contain without an escape. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
