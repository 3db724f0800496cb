import { defined, type Failure } from '../http/failure.ts'
import { failureOf, isSuccess, type Members, numberOf, textOf } from '../http/oauth-response.ts'
import { requestChecks } from '../http/option-checks.ts'
import { type EndpointRequest, type Parameters, post, type RequestOptions } from '../http/post.ts'
import { redacted } from '../http/redact.ts'
import { systemClock } from '../runtime/clock.ts'
import { checkRequest } from '../runtime/options.ts'
import { type DeviceAuthorizationRequest, joinedScope } from './device-authorization.ts'

/**
 * A device access token request: one poll.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export interface DeviceTokenRequest extends EndpointRequest {
  readonly deviceCode: string
  /** The user code, for providers that want it in polls too. */
  readonly userCode?: string | undefined
  /** The scopes, for providers that want them in polls too. */
  readonly scope?: DeviceAuthorizationRequest['scope']
}

/**
 * A refresh request.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6}
 */
export interface RefreshTokenRequest extends EndpointRequest {
  readonly refreshToken: string
  /** The scopes of the new access token, when they are to be fewer than the granted ones. */
  readonly scope?: DeviceAuthorizationRequest['scope']
}

/**
 * A problem that did not stop a sign-in.
 *
 * - `id_token_missing`: the scope `openid` was granted, but the response has no id_token, as with many servers in this grant
 * - `tokens_not_kept`: the tokens are good, but the token store could not keep them
 * - `key_lost`: the stored tokens were bound to a key that is no longer there, so a new sign-in was needed
 */
export interface Warning {
  readonly code: 'id_token_missing' | 'tokens_not_kept' | 'key_lost'
  readonly message: string
}

/**
 * The content of a token response.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 section 5.1}
 */
export interface Token {
  readonly accessToken: string
  /** The type of the access token; `Bearer` when the server does not say. */
  readonly tokenType: string
  /** The expiry of the access token, in epoch milliseconds; missing when the server does not say. */
  readonly expiresAt?: number
  readonly refreshToken?: string
  /** The expiry of the refresh token, in epoch milliseconds; missing when the server does not say. */
  readonly refreshExpiresAt?: number
  /** The granted scopes, separated by spaces. Missing when they are the requested ones. */
  readonly scope?: string
  readonly idToken?: string
  /**
   * The JWK thumbprint of the key that the tokens are bound to: without this key, they are worthless. Missing when they are not bound.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-6 RFC 9449 section 6}
   */
  readonly keyThumbprint?: string
  /**
   * The headers for requests to an API: `Authorization`. Empty for a token that must not be sent like this: its type is neither `Bearer`
   * nor `DPoP`, or it is `DPoP` and the request had no key.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-7.1 RFC 6749 section 7.1}
   */
  readonly headers: Readonly<Record<string, string>>
  /** The problems that did not stop the sign-in; missing when there are none. */
  readonly warnings?: readonly Warning[]
  /** `expiresAt` in epoch seconds. */
  readonly expires?: number
  /** `refreshExpiresAt` in epoch seconds. */
  readonly refreshExpires?: number
  /** All members of the response. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** The tokens, or a failure. `authorization_pending` and `slow_down` are failures too. */
export type DeviceTokenResult =
  | (Token & { readonly ok: true; readonly error?: never; readonly interval?: never })
  | Failure

/**
 * The `grant_type` of a poll.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export const DEVICE_CODE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Polls once: one HTTP exchange. {@link nextPollAt} computes when to poll again; {@link pollUntilDone} polls until the sign-in ends.
 *
 * @returns The tokens, or a failure.
 * @throws {TypeError} for a request without one of its texts, or an option that is misspelt or wrong; never rejects otherwise.
 * @example
 * const token = await pollDeviceToken({ address: tokenEndpoint, clientId: 'tv', deviceCode: codes.deviceCode })
 * if (!token.ok) console.log(token.error)
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export async function pollDeviceToken(
  request: DeviceTokenRequest,
  options: RequestOptions = {},
): Promise<DeviceTokenResult> {
  const checked = checkRequest('pollDeviceToken', request, options, requestChecks, 'deviceCode')
  const { deviceCode: device_code, userCode } = request
  const {
    grantType: grant_type = DEVICE_CODE_GRANT_TYPE,
    sendsUserCode,
    sendsScope,
    scopeSeparator,
  } = checked.profile ?? {}
  // some providers want no grant_type
  const named = grant_type === '' ? undefined : grant_type
  const user_code = sendsUserCode ? userCode : undefined
  const scope = sendsScope ? joinedScope(request.scope, scopeSeparator) : undefined
  return requestToken(request, { grant_type: named, device_code, user_code, scope }, checked)
}

/**
 * Refreshes the tokens: one HTTP exchange. The result has the old refresh token when the server issues no new one.
 *
 * @returns The tokens, or a failure.
 * @throws {TypeError} for a request without one of its texts, or an option that is misspelt or wrong; never rejects otherwise.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 section 6}
 */
export async function refreshTokens(
  request: RefreshTokenRequest,
  options: RequestOptions = {},
): Promise<DeviceTokenResult> {
  const checked = checkRequest('refreshTokens', request, options, requestChecks, 'refreshToken')
  const { refreshToken: refresh_token, scope } = request
  const form = {
    grant_type: 'refresh_token',
    refresh_token,
    scope: joinedScope(scope, checked.profile?.scopeSeparator),
  }
  const result = await requestToken(request, form, checked)
  return result.ok && result.refreshToken === undefined ? redacted({ ...result, refreshToken: refresh_token }) : result
}

/** Sends a token request, and reads its answer. Never rejects. */
export async function requestToken(
  request: EndpointRequest,
  parameters: Parameters,
  options: RequestOptions,
): Promise<DeviceTokenResult> {
  const response = await post(request, parameters, options)
  if (!response.ok) return response
  const { members } = response
  const now = (options.clock ?? systemClock).now()
  const token = isSuccess(response, members) ? readToken(members, now, request.dpop) : undefined
  return token === undefined ? failureOf(response, members, options.profile) : redacted({ ok: true, ...token })
}

function readToken(members: Members, now: number, dpop: EndpointRequest['dpop']): Token | undefined {
  const accessToken = textOf(members, 'access_token')
  if (accessToken === undefined) return undefined
  const tokenType = textOf(members, 'token_type') ?? 'Bearer'
  const expiresAt = instant(now, numberOf(members, 'expires_in'))
  const refreshExpiresAt = instant(now, numberOf(members, 'refresh_token_expires_in', 'refresh_expires_in'))
  return {
    accessToken,
    tokenType,
    ...defined({
      expiresAt,
      refreshToken: textOf(members, 'refresh_token'),
      refreshExpiresAt,
      scope: grantedScope(members.scope),
      idToken: textOf(members, 'id_token'),
      keyThumbprint: /^dpop$/i.test(tokenType) ? dpop?.thumbprint : undefined,
      expires: epochSeconds(expiresAt),
      refreshExpires: epochSeconds(refreshExpiresAt),
    }),
    headers: authorizationHeader(tokenType, accessToken, dpop),
    raw: members,
  }
}

/**
 * The header of requests to an API; none for a token of a type that is not known, or whose key is missing. The scheme is always written
 * as in its RFC, as some APIs compare it exactly.
 */
export function authorizationHeader(
  tokenType: string,
  accessToken: string,
  dpop: EndpointRequest['dpop'],
): Token['headers'] {
  const scheme = /^bearer$/i.test(tokenType) ? 'Bearer' : dpop && /^dpop$/i.test(tokenType) ? 'DPoP' : ''
  return scheme === '' ? {} : { Authorization: `${scheme} ${accessToken}` }
}

/** The end of a lifetime, in epoch milliseconds. Keycloak sends 0 for a refresh token that does not expire. */
function instant(now: number, lifetime: number | undefined): number | undefined {
  return lifetime && lifetime > 0 ? now + Math.min(lifetime, 1e10) * 1000 : undefined
}

/** Epoch milliseconds in epoch seconds. */
export function epochSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000)
}

/**
 * The scopes of a response, separated by spaces. GitHub separates them by commas, Twitch sends a list. What is no text is left out: `join`
 * throws at an object without one, and at lists in lists that are deeper than the stack.
 */
function grantedScope(scope: unknown): string | undefined {
  if (typeof scope !== 'string' && !Array.isArray(scope)) return undefined
  const texts = [scope].flat().filter((one) => typeof one === 'string')
  return texts
    .flatMap((text) => text.split(/[\s,]+/))
    .filter((one) => one !== '')
    .join(' ')
}
