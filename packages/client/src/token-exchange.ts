import { type DeviceAuthorizationRequest, joinedScope } from './endpoints/device-authorization.ts'
import { type DeviceTokenResult, requestToken } from './endpoints/token.ts'
import { failure } from './http/failure.ts'
import { requestChecks } from './http/option-checks.ts'
import type { EndpointRequest, RequestOptions } from './http/post.ts'
import { printable } from './http/printable.ts'
import {
  type Check,
  type Checks,
  checkOptions,
  hasMethods,
  isFunction,
  isText,
  isTexts,
  isTextsByName,
} from './runtime/options.ts'

/**
 * A token exchange: an access token, and what the narrower one may do. What is left out stays as it is.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 section 2.1}
 */
export interface TokenExchangeRequest extends EndpointRequest {
  /** The access token of the sign-in. If it is bound to a key, `dpop` has to be the prover of that key. */
  readonly accessToken: string
  /** The scopes of the narrower token: some of those of the access token. */
  readonly scope?: DeviceAuthorizationRequest['scope']
  /** The URLs of the APIs that the narrower token is for. */
  readonly resource?: string | readonly string[] | undefined
  /** The names of the APIs that the narrower token is for, where the server knows them by name. */
  readonly audience?: string | readonly string[] | undefined
}

/**
 * The `grant_type` of a token exchange.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 section 2.1}
 */
export const TOKEN_EXCHANGE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** An empty list must not stand for everything that the token may do. */
const isSome: Check = (value) =>
  isTexts(value) === undefined && [value].flat().length > 0 && [value].flat().every((one) => String(one).trim() !== '')
    ? undefined
    : 'a string or a list of strings, none of them empty; leave it out to ask for no other'

/** The checks of the request. A function, so that bundlers drop it with the only function that calls it. */
const exchangeChecks = (): Checks<TokenExchangeRequest> => ({
  address: isText,
  clientId: isText,
  accessToken: isText,
  scope: isSome,
  resource: isSome,
  audience: isSome,
  parameters: isTextsByName(true),
  headers: isTextsByName(false),
  authentication: isFunction,
  clientSecret: isText,
  dpop: hasMethods('the result of createDpopProver()', 'prove', 'remember'),
})

/**
 * Exchanges the access token of a sign-in for a narrower one, for a sub-process or an agent: one HTTP exchange. The access token stays good, and
 * no token store changes. The server decides how long the narrower token lives.
 *
 * @param request - Unlike with the other functions, a member that is not known is refused: a misspelt `scope` would give a token with all scopes.
 * @returns The narrower token, or a failure: `invalid_scope` and `invalid_target` if the access token may not do what is asked for,
 * `unsupported_grant_type` or `unauthorized_client` if the server or this client has no token exchange, and `not_narrowed` if the server answered
 * with more scopes than were asked for.
 * @throws {TypeError} that names a member or an option that is missing, misspelt or wrong; never rejects otherwise.
 * @example
 * const { accessToken, dpop } = await authenticate(issuer, { clientId: 'cli' })
 * const narrow = await exchangeToken({ address: tokenEndpoint, clientId: 'cli', accessToken, dpop, scope: 'read' })
 * if (narrow.ok) spawn('agent', { env: { TOKEN: narrow.accessToken } })
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2 RFC 8693 section 2}
 */
export async function exchangeToken(
  request: TokenExchangeRequest,
  options: RequestOptions = {},
): Promise<DeviceTokenResult> {
  const given = checkOptions('exchangeToken', request, exchangeChecks(), ['address', 'clientId', 'accessToken'])
  const checked = checkOptions('exchangeToken', options, requestChecks)
  const { accessToken, scope, resource, audience } = given
  const form = {
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: accessToken,
    subject_token_type: accessTokenType,
    requested_token_type: accessTokenType,
    scope: joinedScope(scope, checked.profile?.scopeSeparator),
    resource,
    audience,
  }
  const result = await requestToken(given, form, checked)
  if (!result.ok || scope === undefined || result.scope === undefined) return result
  const asked = [scope].flat().flatMap(scopesOf)
  const more = scopesOf(result.scope).filter((one) => !asked.includes(one))
  if (more.length === 0) return result
  // the application would hand a token to its sub-process that may do more than it thinks
  return failure('not_narrowed', {
    errorDescription: printable(`The server gave scopes that were not asked for: ${more.join(' ')}`),
  })
}

const scopesOf = (scope: string): readonly string[] => scope.split(/[\s,]+/)
