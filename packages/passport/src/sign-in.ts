import {
  type ClientAuthentication,
  type DeviceTokenResult,
  type Failure,
  findEndpoints,
  nextPollAt,
  type Pace,
  type Parameters,
  paceAfter,
  pollDeviceToken,
  type RequestOptions,
  requestDeviceAuthorization,
  type ServerOptions,
} from '@device-auth/client'

/** The provider where users sign in, and this application as its client. */
export interface ProviderOptions extends ServerOptions, Omit<RequestOptions, 'signal'> {
  readonly clientId: string
  /** The client authentication of both requests. Default: none, as a public client. */
  readonly authentication?: ClientAuthentication
  /** The requested scopes: space-delimited, or a list. Default: none, and the provider decides. */
  readonly scope?: string | readonly string[]
  /** Further parameters of both requests, such as `audience`. */
  readonly parameters?: Parameters
}

/** A sign-in that waits for its user, as the session stores it: plain JSON. */
export interface PendingSignIn {
  /** A secret: whoever has it can get the tokens. */
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string
  /** The end of the device code, in epoch milliseconds. */
  readonly expiresAt: number
  /** The provider's interval and the last answers, from which the time of the next poll follows. */
  readonly pace: Pace
  /** The time of the next poll, in epoch milliseconds. */
  readonly nextPollAt: number
}

/** The provider has given no codes for a sign-in. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  /** The error code of the failure, for example `invalid_client`. */
  readonly error: string

  constructor({ error, errorDescription }: Failure) {
    super(errorDescription ?? error)
    this.error = error
  }
}

/**
 * Starts a sign-in: requests a device code and a user code.
 *
 * @param now - Epoch milliseconds.
 * @throws {SignInError} if the provider gives no codes.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export async function startSignIn(options: ProviderOptions, now: number): Promise<PendingSignIn> {
  const endpoints = await findEndpoints(options, options)
  if (!endpoints.ok) throw new SignInError(endpoints)
  const { clientId, authentication, scope, parameters } = options
  const address = endpoints.deviceAuthorizationEndpoint
  const codes = await requestDeviceAuthorization({ address, clientId, authentication, scope, parameters }, options)
  if (!codes.ok) throw new SignInError(codes)
  const { deviceCode, userCode, verificationUri, verificationUriComplete, expiresAt, interval } = codes
  const pace = { interval, answeredAt: now, isPending: true, failures: 0, retryAfter: 0 }
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(verificationUriComplete === undefined ? {} : { verificationUriComplete }),
    expiresAt,
    pace,
    nextPollAt: nextPollAt(pace, expiresAt, now, Math.random()) ?? expiresAt,
  }
}

/**
 * Polls the token endpoint once. Never rejects.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 */
export async function pollSignIn(pending: PendingSignIn, options: ProviderOptions): Promise<DeviceTokenResult> {
  const endpoints = await findEndpoints(options, options)
  if (!endpoints.ok) return endpoints
  const { clientId, authentication, parameters } = options
  const { deviceCode, userCode } = pending
  const address = endpoints.tokenEndpoint
  return pollDeviceToken({ address, clientId, authentication, parameters, deviceCode, userCode }, options)
}

/**
 * The sign-in after a poll that brought no decision, with the time of its next poll; `undefined` if that would come after
 * the device code has expired.
 *
 * @param times - The start of the poll and the time now, in epoch milliseconds.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function continueSignIn(
  pending: PendingSignIn,
  failure: Failure,
  { polledAt, now }: { readonly polledAt: number; readonly now: number },
): PendingSignIn | undefined {
  const pace = paceAfter(pending.pace, failure, polledAt, now)
  const next = nextPollAt(pace, pending.expiresAt, now, Math.random())
  return next === undefined ? undefined : { ...pending, pace, nextPollAt: next }
}
