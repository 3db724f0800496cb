import type { TokenClaims } from '../contract/device-auth.ts'
import { errorResponse, isOAuthError, OAuthError, temporarilyUnavailable } from '../errors.ts'
import { checkFormHeaders } from '../form.ts'
import { type Awaitable, emptyResponse, headerValue, type OAuthResponse, type RequestHeaders } from '../http.ts'

/** What a resource asks of an access token. */
export interface AccessControl {
  /** The scopes that the token must have, all of them: space-delimited, or a list. Default: none. */
  readonly scope?: string | readonly string[]
  /** Names the protected area in challenges. Default: the issuer. */
  readonly realm?: string
  /** The request's body, if the framework parsed it: a second token in a form is refused. */
  readonly body?: unknown
}

/** Who knows what a token says: a `DeviceAuth`, or what asks one from afar. */
export interface TokenAuthority<Claims = TokenClaims> {
  /** Names the protected area where nothing else does. */
  readonly issuer: string
  /** What a live access token says, or `undefined`. When it rejects, the request is answered 503. */
  authenticate(accessToken: string): Awaitable<Claims | undefined>
}

/** The claims of a good token, or the response that refuses the request. */
export type TokenCheck<Claims = TokenClaims> = { readonly claims: Claims } | { readonly response: OAuthResponse }

/** What an Authorization header shows: a token, nothing for this scheme, or a violation of its grammar. */
export type BearerCredentials = { readonly token: string } | 'absent' | 'malformed'

const scheme = /^bearer(?![^ \t,])/i
const credentials = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Reads the token from the Authorization header; tokens anywhere else are not looked at.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750 section 2.1}
 */
export function readBearer(headers: RequestHeaders): BearerCredentials {
  const authorization = headerValue(headers, 'authorization')
  if (authorization === undefined || !scheme.test(authorization)) return 'absent'
  const token = credentials.exec(authorization)?.[1]
  return token === undefined ? 'malformed' : { token }
}

/**
 * Checks a request's access token: what a guard for a framework is made of. Never rejects; a store that fails
 * is answered 503.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export async function checkToken<Claims extends { readonly scope: string } = TokenClaims>(
  authority: TokenAuthority<Claims>,
  headers: RequestHeaders,
  access: AccessControl = {},
): Promise<TokenCheck<Claims>> {
  const realm = access.realm ?? authority.issuer
  const bearer = readBearer(headers)
  if (bearer === 'absent') return { response: challenge(realm) }
  if (bearer === 'malformed' || hasToken(access.body, headers)) return { response: refuse(realm, malformed) }
  let claims: Claims | undefined
  try {
    claims = await authority.authenticate(bearer.token)
  } catch (error) {
    return { response: isOAuthError(error) ? errorResponse(error) : errorResponse(temporarilyUnavailable()) }
  }
  if (claims === undefined) return { response: refuse(realm, invalid) }
  const required = scopesOf(access.scope)
  if (required.length === 0) return { claims }
  const granted = claims.scope.split(' ')
  if (required.every((scope) => granted.includes(scope))) return { claims }
  return { response: refuse(realm, insufficient, required.join(' ')) }
}

function scopesOf(scope: AccessControl['scope'] = []): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : scope
}

/** In a form only: to an API's JSON the name means nothing. */
function hasToken(body: unknown, headers: RequestHeaders): boolean {
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
const insufficient: Refusal = {
  status: 403,
  error: 'insufficient_scope',
  description: 'The access token does not have the scope that this takes.',
}

/** Without credentials there is no error to tell of, says RFC 6750 section 3.1. */
function challenge(realm: string): OAuthResponse {
  return emptyResponse(401, { 'www-authenticate': `Bearer realm="${quotable(realm)}"` })
}

function refuse(realm: string, { status, error, description }: Refusal, scope?: string): OAuthResponse {
  const parameters = [`realm="${quotable(realm)}"`, `error="${error}"`, `error_description="${description}"`]
  if (scope !== undefined) parameters.push(`scope="${quotable(scope)}"`)
  const headers = { 'www-authenticate': `Bearer ${parameters.join(', ')}` }
  return errorResponse(new OAuthError(error, description, { status, headers }))
}

/** What may stand in a quoted string without an escape. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
