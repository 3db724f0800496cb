import {
  type ClientAuthentication,
  type DeviceTokenResult,
  type ExchangeOptions,
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

/** The provider, and this application as a client of it. */
export interface ProviderOptions extends ServerOptions, Omit<RequestOptions, 'signal'> {
  readonly clientId: string
  /** Default: none, as a public client. */
  readonly authentication?: ClientAuthentication
  readonly scope?: string | readonly string[]
  /** Further parameters of both requests, such as `audience`. */
  readonly parameters?: Parameters
}

/** A sign-in that waits for its user, as the session keeps it: plain JSON. */
export interface PendingSignIn {
  /** A secret. */
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  readonly pace: Pace
  /** Epoch milliseconds. */
  readonly nextPollAt: number
}

/** The provider's answer made no sign-in of it; `error` is the code of the failure. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly error: string

  constructor({ error, errorDescription }: Failure) {
    super(errorDescription ?? error)
    this.error = error
  }
}

/**
 * Starts a sign-in at the provider.
 * @throws {SignInError} when the provider gives no codes.
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

/** Polls once. Never rejects. */
export async function pollSignIn(pending: PendingSignIn, options: ProviderOptions): Promise<DeviceTokenResult> {
  const endpoints = await findEndpoints(options, options)
  if (!endpoints.ok) return endpoints
  const { clientId, authentication, parameters } = options
  const { deviceCode, userCode } = pending
  const address = endpoints.tokenEndpoint
  return pollDeviceToken({ address, clientId, authentication, parameters, deviceCode, userCode }, options)
}

/** The sign-in after a poll that was no decision; `undefined` when its time is over. */
export function continueSignIn(
  pending: PendingSignIn,
  failure: Failure,
  { polledAt, now }: { readonly polledAt: number; readonly now: number },
): PendingSignIn | undefined {
  const pace = paceAfter(pending.pace, failure, polledAt, now)
  const next = nextPollAt(pace, pending.expiresAt, now, Math.random())
  return next === undefined ? undefined : { ...pending, pace, nextPollAt: next }
}

/** Says which user it was; `{}` where no address is given. */
export async function fetchProfile(
  address: string | undefined,
  headers: Readonly<Record<string, string>>,
  { fetch: send = fetch, timeout = 30 }: ExchangeOptions,
): Promise<Readonly<Record<string, unknown>>> {
  if (address === undefined) return {}
  const signal = AbortSignal.timeout(timeout * 1000)
  const response = await send(address, {
    headers: { ...headers, accept: 'application/json' },
    redirect: 'error',
    signal,
  })
  if (!response.ok) throw new Error(`The userinfo endpoint answered ${response.status}.`)
  const profile: unknown = await response.json()
  return typeof profile === 'object' && profile !== null ? { ...profile } : {}
}
