import { defined, type Failure } from '../http/failure.ts'
import { type EndpointRequest, type Parameters, post, type RequestOptions } from '../http/post.ts'
import { redacted } from '../http/redact.ts'
import { failureOf, isSuccess, type Members, numberOf, textOf } from '../http/response.ts'
import { systemClock } from '../runtime/clock.ts'
import { type DeviceAuthorizationRequest, joinedScope } from './device-authorization.ts'

/**
 * One poll.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.4
 */
export interface DeviceTokenRequest extends EndpointRequest {
  readonly deviceCode: string
  /** This and the next for the providers that want them too. */
  readonly userCode?: string | undefined
  readonly scope?: DeviceAuthorizationRequest['scope']
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-6 */
export interface RefreshTokenRequest extends EndpointRequest {
  readonly refreshToken: string
  /** Fewer scopes than granted. */
  readonly scope?: DeviceAuthorizationRequest['scope']
}

/**
 * Tokens.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.1
 */
export interface Token {
  readonly accessToken: string
  /** `Bearer` when the server does not say. */
  readonly tokenType: string
  /** Epoch milliseconds; missing when the server does not say. */
  readonly expiresAt?: number
  readonly refreshToken?: string
  /** Epoch milliseconds; missing when the server does not say. */
  readonly refreshExpiresAt?: number
  /** Granted scopes, with a space between them; missing when the server does not say: then they are those asked for. */
  readonly scope?: string
  readonly idToken?: string
  /** `Authorization`, for requests to an API. */
  readonly headers: { readonly Authorization: string }
  /** `expiresAt` in epoch seconds. */
  readonly expires?: number
  /** `refreshExpiresAt` in epoch seconds. */
  readonly refreshExpires?: number
  /** All members of the answer. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** Tokens, or why there are none; `authorization_pending` and `slow_down` are failures too. */
export type DeviceTokenResult =
  | (Token & { readonly ok: true; readonly error?: never; readonly interval?: never })
  | Failure

/** The grant type of RFC 8628. */
export const DEVICE_CODE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Polls once: one exchange, and a result rather than an exception. When to poll again is up to you, or to {@link pollUntilDone}.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.4
 */
export function pollDeviceToken(request: DeviceTokenRequest, options: RequestOptions = {}): Promise<DeviceTokenResult> {
  const { deviceCode: device_code, userCode } = request
  const {
    grantType: grant_type = DEVICE_CODE_GRANT_TYPE,
    sendsUserCode,
    sendsScope,
    scopeSeparator,
  } = options.profile ?? {}
  // some want none
  const named = grant_type === '' ? undefined : grant_type
  const user_code = sendsUserCode ? userCode : undefined
  const scope = sendsScope ? joinedScope(request.scope, scopeSeparator) : undefined
  return requestToken(request, { grant_type: named, device_code, user_code, scope }, options)
}

/**
 * Gets new tokens: one exchange, and a result rather than an exception. The result has the old refresh token where the server
 * gives no new one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export async function refreshToken(
  request: RefreshTokenRequest,
  options: RequestOptions = {},
): Promise<DeviceTokenResult> {
  const { refreshToken: refresh_token, scope } = request
  const form = {
    grant_type: 'refresh_token',
    refresh_token,
    scope: joinedScope(scope, options.profile?.scopeSeparator),
  }
  const result = await requestToken(request, form, options)
  return result.ok && result.refreshToken === undefined ? redacted({ ...result, refreshToken: refresh_token }) : result
}

async function requestToken(
  request: EndpointRequest,
  parameters: Parameters,
  options: RequestOptions,
): Promise<DeviceTokenResult> {
  const answer = await post(request, parameters, options)
  if (!answer.ok) return answer
  const { members } = answer
  const now = (options.clock ?? systemClock).now()
  const token = isSuccess(answer, members) ? readToken(members, now) : undefined
  return token === undefined ? failureOf(answer, members, options.profile) : redacted({ ok: true, ...token })
}

function readToken(members: Members, now: number): Token | undefined {
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
      expires: seconds(expiresAt),
      refreshExpires: seconds(refreshExpiresAt),
    }),
    headers: { Authorization: `${/^bearer$/i.test(tokenType) ? 'Bearer' : tokenType} ${accessToken}` },
    raw: members,
  }
}

// Keycloak says 0 for a refresh token that does not expire
function instant(now: number, lifetime: number | undefined): number | undefined {
  return lifetime === undefined || lifetime <= 0 ? undefined : now + Math.min(lifetime, 1e10) * 1000
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000)
}

/** Scopes, which GitHub separates by commas and Twitch gives as a list. */
function grantedScope(scope: unknown): string | undefined {
  if (typeof scope !== 'string' && !Array.isArray(scope)) return undefined
  return [scope]
    .flat()
    .join(' ')
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .join(' ')
}
