/** A client registered at the server under test, with the member names of RFC 7591. */
export interface ConformanceClient {
  readonly client_id: string
  readonly client_secret?: string
  /** The name that the confirm page shows. Without it, the case that looks for it is skipped. */
  readonly client_name?: string
  /** The scopes to request, space-delimited. Give at least two, and those that your server requires for a refresh token. */
  readonly scope?: string
  /** Default: `client_secret_basic` with a secret, `none` without; `client_secret_post` for `confidentialPost`. */
  readonly token_endpoint_auth_method?: 'none' | 'client_secret_basic' | 'client_secret_post'
}

/** A client that authenticates by `private_key_jwt` (RFC 7523). */
export interface ConformanceKeyClient extends ConformanceClient {
  /** Its private key as a JWK for ES256. The `kid`, if there is one, is sent in the header of the assertions. */
  readonly privateKey: Readonly<Record<string, unknown>>
}

/** The clients that the cases use. Only `public` is required. A case whose client is missing is skipped. */
export interface ConformanceClients {
  /** A public client that may use the device and refresh grants. */
  readonly public: ConformanceClient
  /** Another public client that may use the same grants. */
  readonly otherPublic?: ConformanceClient
  /** A client with a secret, registered for `client_secret_basic`. A secret with special characters tests the encoding too. */
  readonly confidentialBasic?: ConformanceClient
  /** A client with a secret, registered for `client_secret_post`. */
  readonly confidentialPost?: ConformanceClient
  /** A public client that may not use the device grant. */
  readonly withoutGrant?: ConformanceClient
  /** A client with a secret that may introspect the tokens of the other clients. */
  readonly resourceServer?: ConformanceClient
  /** A client with a secret that may get locked, because a case tries many wrong secrets. */
  readonly expendable?: ConformanceClient
  /** A client that authenticates by `private_key_jwt`, for the cases of RFC 7523. */
  readonly privateKeyJwt?: ConformanceKeyClient
  /** The same with another client, whose public keys the server fetches from its `jwks_uri`. */
  readonly privateKeyJwtByUri?: ConformanceKeyClient
  /** A public client registered with `dpop_bound_access_tokens`: it gets no tokens without a DPoP proof. */
  readonly dpopBound?: ConformanceClient
  /**
   * A client for the cases of OpenID Connect. Its scope contains `openid`, and `offline_access` if your server gives no refresh
   * token without it.
   */
  readonly openid?: ConformanceClient
}

/** The name of a client in {@link ConformanceClients}. */
export type ConformanceClientName = keyof ConformanceClients

/** The endpoints as absolute URLs. Those that are not given are read from the metadata of the server. */
export interface ConformanceEndpoints {
  readonly deviceAuthorization: string
  readonly token: string
  readonly revocation: string
  readonly introspection: string
  readonly metadata: string
}

/** Access tokens that are JWTs, for the cases of RFC 9068. */
export interface ConformanceJwtTokens {
  /** The claim `aud` of a token for which no resource was asked. */
  readonly audience: string | readonly string[]
}

/** A protected resource, for the cases of RFC 6750. */
export interface ConformanceResource {
  /** A URL that answers a GET with 2xx if the access token is valid. */
  readonly url: string
  /** A URL that answers 403 to a valid token, because it requires a scope that the token does not have. */
  readonly insufficientScopeUrl?: string
}

/** Access to the verification page with the session of a user. */
export interface ConformancePage {
  /** A fetch with the session of a user who is signed in. It must not follow redirects. */
  fetchAsUser(url: string, init?: RequestInit): Promise<Response>
  /** The same for another user. */
  fetchAsOtherUser?(url: string, init?: RequestInit): Promise<Response>
}

/**
 * The server under test. Without an optional member, the cases that need it are skipped, and their results name it.
 * A method that cannot do its work may throw the result of {@link skip}.
 */
export interface ConformanceTarget {
  /** The issuer, exactly as the server publishes it. */
  readonly issuer: string
  /**
   * The profile `device-auth` also demands what `@device-auth/core` decided where the RFCs leave a choice.
   *
   * @default 'rfc'
   */
  readonly profile?: 'rfc' | 'device-auth'
  readonly endpoints?: Partial<ConformanceEndpoints>
  readonly clients: ConformanceClients
  /** Approves as a user would. May reject if the code can no longer be approved: the cases look at the polls afterwards. */
  approve(userCode: string): Promise<void>
  /**
   * Approves only this part of the requested scope, space-delimited. Leave it out if your server approves all or nothing:
   * the cases that need it are then skipped.
   */
  approveScope?(userCode: string, scope: string): Promise<void>
  /** Denies as a user would. May reject like `approve`. */
  deny(userCode: string): Promise<void>
  /** Moves the clock of the server forward. */
  advance?(seconds: number): Promise<void>
  /** The time of the server in seconds since the epoch, for signed requests. Default: now, and the seconds of all calls of `advance`. */
  now?(): number
  readonly protectedResource?: ConformanceResource
  /** Says that the access tokens are JWTs of RFC 9068. Leave it out if they are opaque. */
  readonly jwtAccessTokens?: ConformanceJwtTokens
  /** Resources that the client `public` may ask for by the parameter `resource` (RFC 8707). Give two. */
  readonly resources?: readonly string[]
  /**
   * A resource that no client may ask for.
   *
   * @default 'https://unknown.example/conformance'
   */
  readonly unknownResource?: string
  /** Details that the client `public` may ask for by `authorization_details` (RFC 9396), each with its `type`. Give two. */
  readonly authorizationDetails?: readonly Readonly<Record<string, unknown>>[]
  readonly page?: ConformancePage
  /**
   * A scope that no client may have.
   *
   * @default 'conformance:unknown'
   */
  readonly unknownScope?: string
  /**
   * The fetch for requests without a session.
   *
   * @default globalThis.fetch
   */
  readonly fetch?: typeof fetch
  /**
   * Seconds after which a request without an answer fails.
   *
   * @default 10
   */
  readonly timeout?: number
  /**
   * Seconds that a case may wait at a time if `advance` is not given. A case waits for the interval between two polls,
   * so with less than the interval most cases that poll twice are skipped.
   *
   * @default 6
   */
  readonly maximumWait?: number
}

/** The reason why a case could not be judged. */
export class ConformanceSkip extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ConformanceSkip'
  }
}

/**
 * Creates the error to throw from a method of the target that cannot do its work. The case is skipped with this reason.
 *
 * @example
 * deny: () => {
 *   throw skip('this server has no way to deny')
 * }
 */
export function skip(reason: string): ConformanceSkip {
  return new ConformanceSkip(reason)
}
