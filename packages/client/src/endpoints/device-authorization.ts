import { isSecure } from '../http/exchange.ts'
import { defined, type Failure, failure } from '../http/failure.ts'
import { type EndpointRequest, post, type RequestOptions } from '../http/post.ts'
import { printable } from '../http/printable.ts'
import { redacted } from '../http/redact.ts'
import { boundedInterval, failureOf, isSuccess, type Members, numberOf, textOf } from '../http/response.ts'
import { systemClock } from '../runtime/clock.ts'

/**
 * What to ask for.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1
 */
export interface DeviceAuthorizationRequest extends EndpointRequest {
  /** Scopes; nothing is added to them. */
  readonly scope?: string | readonly string[] | undefined
}

/**
 * The codes of a sign-in.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.2
 */
export interface DeviceCode {
  /** For polls; a secret. */
  readonly deviceCode: string
  /** To be shown, always. Control characters are removed from this and the next three. */
  readonly userCode: string
  readonly verificationUri: string
  /** For a QR code. */
  readonly verificationUriComplete?: string
  /** A text that the provider wants shown (Microsoft Entra). */
  readonly message?: string
  /** `verificationUriComplete`, or `verificationUri` where there is none. */
  readonly uri: string
  /** Seconds. */
  readonly expiresIn: number
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Seconds between polls. */
  readonly interval: number
  /** All members of the answer. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** The codes, or why there are none. */
export type DeviceAuthorizationResult = (DeviceCode & { readonly ok: true; readonly error?: never }) | Failure

/**
 * Asks for codes: one exchange, and a result rather than an exception.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1
 */
export async function requestDeviceAuthorization(
  request: DeviceAuthorizationRequest,
  options: RequestOptions = {},
): Promise<DeviceAuthorizationResult> {
  const { profile, clock = systemClock } = options
  const parameters = { scope: joinedScope(request.scope, profile?.scopeSeparator) }
  const answer = await post(request, { ...parameters, ...profile?.deviceAuthorizationParameters }, options)
  if (!answer.ok) return answer
  const { members, status } = answer
  // a bare status means something for polls only
  if (!isSuccess(answer, members)) return failureOf(answer, members, profile && { ...profile, statuses: {} })
  const code = readDeviceCode(members, clock.now(), options)
  return code === undefined ? failure('invalid_response', { status, raw: members }) : redacted({ ok: true, ...code })
}

/** Scopes as a request carries them. */
export function joinedScope(scope: DeviceAuthorizationRequest['scope'], separator = ' '): string | undefined {
  const scopes = typeof scope === 'string' ? scope.split(' ') : (scope ?? [])
  return scopes.length === 0 ? undefined : scopes.join(separator)
}

const MAX_LIFETIME = 30 * 86_400

function readDeviceCode(members: Members, now: number, options: RequestOptions): DeviceCode | undefined {
  const deviceCode = textOf(members, 'device_code', 'code')
  const userCode = printable(textOf(members, 'user_code') ?? '', 100)
  const verificationUri = webAddress(textOf(members, 'verification_uri', 'verification_url'), options)
  const byPath = options.profile?.completesByPath === true ? `${verificationUri}/${userCode}` : undefined
  const named = textOf(members, 'verification_uri_complete', 'verification_url_complete')
  const complete = webAddress(named ?? byPath, options)
  const lifetime = numberOf(members, 'expires_in', 'expire_in') ?? 0
  if (deviceCode === undefined || userCode === '' || verificationUri === undefined || lifetime <= 0) return undefined
  const expiresIn = Math.min(lifetime, MAX_LIFETIME)
  const message = textOf(members, 'message')
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...defined({ verificationUriComplete: complete }),
    ...(message === undefined ? {} : { message: printable(message) }),
    uri: complete ?? verificationUri,
    expiresIn,
    expiresAt: now + expiresIn * 1000,
    interval: boundedInterval(numberOf(members, 'interval')),
    raw: members,
  }
}

/** An address that a person may be sent to: no `javascript:`, nothing unencrypted. */
function webAddress(text: string | undefined, options: RequestOptions): string | undefined {
  const address = printable(text ?? '', 2000)
  return isSecure(address, options) ? address : undefined
}
