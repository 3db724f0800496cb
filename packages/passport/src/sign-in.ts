import {
  AuthorizationServer,
  type ClientCredentials,
  type DeviceAuthorizationRequest,
  type DeviceTokenResult,
  type Failure,
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
export interface ProviderOptions
  extends Omit<ServerOptions, 'maxPollWait'>,
    ClientCredentials,
    Omit<RequestOptions, 'signal'> {
  readonly clientId: string
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

/** The provider has refused a sign-in of this application, which the user cannot change: for example for a wrong client secret. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  /** The error code of the failure, for example `invalid_client`. */
  readonly error: string

  /** @param failure - The failure of the client; it becomes the `cause`. */
  constructor(failure: Failure) {
    if (typeof failure?.error !== 'string') throw new TypeError('SignInError needs a failure of @device-auth/client.')
    const { error, errorDescription } = failure
    super(errorDescription === undefined ? error : `${error}: ${errorDescription}`, { cause: failure })
    this.error = error
  }
}

/** The provider of a strategy, with everything that its requests have in common. Its endpoints are looked up once. */
export class Provider {
  readonly #server: AuthorizationServer
  /** The parts of a request that are the same for each endpoint. */
  readonly #client: Omit<DeviceAuthorizationRequest, 'address'>
  readonly #options: RequestOptions

  constructor(options: ProviderOptions) {
    // null, which a database or a JSON file may hold, counts as not given
    const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined
    this.#server = new AuthorizationServer({
      issuer: given(options.issuer),
      deviceAuthorizationEndpoint: given(options.deviceAuthorizationEndpoint),
      tokenEndpoint: given(options.tokenEndpoint),
      revocationEndpoint: given(options.revocationEndpoint),
      profile: given(options.profile),
    })
    this.#client = {
      clientId: options.clientId,
      clientSecret: given(options.clientSecret),
      authentication: given(options.authentication),
      scope: given(options.scope),
      parameters: given(options.parameters),
    }
    this.#options = {
      fetch: given(options.fetch),
      timeout: given(options.timeout),
      maxBodySize: given(options.maxBodySize),
      dangerouslyAllowHttp: given(options.dangerouslyAllowHttp),
      clock: given(options.clock),
      profile: this.#server.profile,
    }
  }

  /**
   * Starts a sign-in: requests a device code and a user code.
   *
   * @param now - Epoch milliseconds.
   * @throws {SignInError} if the provider gives no codes.
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
   */
  async start(now: number): Promise<PendingSignIn> {
    const endpoints = await this.#server.findEndpoints(this.#options)
    if (!endpoints.ok) throw new SignInError(endpoints)
    const address = endpoints.deviceAuthorizationEndpoint
    const codes = await requestDeviceAuthorization({ ...this.#client, address }, this.#options)
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
  async poll({ deviceCode, userCode }: PendingSignIn): Promise<DeviceTokenResult> {
    const endpoints = await this.#server.findEndpoints(this.#options)
    if (!endpoints.ok) return endpoints
    const address = endpoints.tokenEndpoint
    return pollDeviceToken({ ...this.#client, address, deviceCode, userCode }, this.#options)
  }
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
