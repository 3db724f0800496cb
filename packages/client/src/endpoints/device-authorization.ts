import { isSecureAddress } from '../http/exchange.ts'
import { defined, type Failure, failure } from '../http/failure.ts'
import { boundedInterval, failureOf, isSuccess, type Members, numberOf, textOf } from '../http/oauth-response.ts'
import { requestChecks } from '../http/option-checks.ts'
import { type EndpointRequest, post, type RequestOptions } from '../http/post.ts'
import { printable } from '../http/printable.ts'
import { redacted } from '../http/redact.ts'
import { systemClock } from '../runtime/clock.ts'
import { checkRequest } from '../runtime/options.ts'

/**
 * A device authorization request.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export interface DeviceAuthorizationRequest extends EndpointRequest {
  /** The scopes to ask for, as a list or separated by spaces. Nothing is added to them. */
  readonly scope?: string | readonly string[] | undefined
}

/**
 * The codes of a sign-in: the content of a device authorization response.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 */
export interface DeviceCode {
  /** The code for the polls; a secret, never to be shown. */
  readonly deviceCode: string
  /** The code that the user enters; always show it. This member and the next three hold no control characters. */
  readonly userCode: string
  /** The address where the user enters the code; always show it. */
  readonly verificationUri: string
  /** The address with the code in it, for a QR code. */
  readonly verificationUriComplete?: string
  /** A text of the provider to show to the user (Microsoft Entra). */
  readonly message?: string
  /** `verificationUriComplete`, or `verificationUri` where there is none. */
  readonly uri: string
  /** The lifetime of the codes, in seconds; at most 30 days. */
  readonly expiresIn: number
  /** The expiry of the codes, in epoch milliseconds. */
  readonly expiresAt: number
  /** Seconds between polls. */
  readonly interval: number
  /** All members of the response. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** The codes, or a failure. */
export type DeviceAuthorizationResult = (DeviceCode & { readonly ok: true; readonly error?: never }) | Failure

/**
 * Requests a device code and a user code: one HTTP exchange.
 *
 * @returns The codes, or a failure.
 * @throws {TypeError} for a request without one of its texts, or an option that is misspelt or wrong; never rejects otherwise.
 * @example
 * const address = 'https://as.example.com/device_authorization'
 * const codes = await requestDeviceAuthorization({ address, clientId: 'tv', scope: 'profile' })
 * if (codes.ok) console.log(codes.verificationUri, codes.userCode)
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export async function requestDeviceAuthorization(
  request: DeviceAuthorizationRequest,
  options: RequestOptions = {},
): Promise<DeviceAuthorizationResult> {
  const checked = checkRequest('requestDeviceAuthorization', request, options, requestChecks)
  const { profile, clock = systemClock } = checked
  const parameters = { scope: joinedScope(request.scope, profile?.scopeSeparator) }
  const response = await post(request, { ...parameters, ...profile?.deviceAuthorizationParameters }, checked)
  if (!response.ok) return response
  const { members, status } = response
  // the statuses of a profile stand for errors of polls only
  if (!isSuccess(response, members)) return failureOf(response, members, profile && { ...profile, statuses: {} })
  const code = readDeviceCode(members, clock.now(), checked)
  if (!('length' in code)) return redacted({ ok: true, ...code })
  // an answer with some of the members is that of the server, which would give the same one again
  const retryable = code.length === 4
  const errorDescription = `These members of the response are missing or wrong: ${code.join(', ')}.`
  return failure('invalid_response', { status, raw: members, errorDescription, retryable })
}

/** The scopes as one request parameter; `undefined` when there are none. */
export function joinedScope(scope: DeviceAuthorizationRequest['scope'], separator = ' '): string | undefined {
  const scopes = typeof scope === 'string' ? scope.split(' ') : (scope ?? [])
  return scopes.length === 0 ? undefined : scopes.join(separator)
}

/** Seconds. */
const MAX_LIFETIME = 30 * 86_400

/** The codes of a response, or the required members that are missing or unfit. */
function readDeviceCode(members: Members, now: number, options: RequestOptions): DeviceCode | readonly string[] {
  const deviceCode = textOf(members, 'device_code', 'code')
  const userCode = printable(textOf(members, 'user_code') ?? '', 100).trim()
  const verificationUri = webAddress(textOf(members, 'verification_uri', 'verification_url'), options)
  const byPath = options.profile?.completesByPath === true ? `${verificationUri}/${userCode}` : undefined
  const complete = webAddress(
    textOf(members, 'verification_uri_complete', 'verification_url_complete') ?? byPath,
    options,
  )
  const lifetime = numberOf(members, 'expires_in', 'expire_in') ?? 0
  if (deviceCode === undefined || userCode === '' || verificationUri === undefined || lifetime <= 0) {
    const { verification_uri: named } = members
    // an object that is deeper than the stack cannot be written as JSON
    const shown = Object(named) === named ? 'an object' : printable(String(JSON.stringify(named)), 100)
    const required = {
      device_code: deviceCode,
      user_code: userCode,
      [`verification_uri (${shown} is not an https address)`]: verificationUri,
      expires_in: lifetime > 0,
    }
    return Object.entries(required).flatMap(([name, value]) => (value ? [] : name))
  }
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

/** An address that is safe to show to a user; `undefined` for `javascript:` and for anything that is not encrypted. */
function webAddress(text: string | undefined, options: RequestOptions): string | undefined {
  // long enough for addresses that hold a token: one that is cut leads elsewhere
  const address = printable(text ?? '', 10_000)
  return isSecureAddress(address, options) ? address : undefined
}
