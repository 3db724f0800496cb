/** A client registered at the server under test, by the metadata names of RFC 7591. */
export interface ConformanceClient {
  readonly client_id: string
  readonly client_secret?: string
  /** What the page calls it. Default: the client_id. */
  readonly client_name?: string
  /** What the client asks for, space-delimited. Give two scopes or more, and what it takes to get a refresh token. */
  readonly scope?: string
  /** Default: `client_secret_basic` with a secret, `none` without; `client_secret_post` for `confidentialPost`. */
  readonly token_endpoint_auth_method?: 'none' | 'client_secret_basic' | 'client_secret_post'
}

/** The clients that the cases act as. Only `public` is a must; a case without its client is skipped. */
export interface ConformanceClients {
  /** A public client that may use the device and refresh grants. */
  readonly public: ConformanceClient
  /** Another one. */
  readonly otherPublic?: ConformanceClient
  /** A client with a secret, registered for `client_secret_basic`; a secret with special characters tests most. */
  readonly confidentialBasic?: ConformanceClient
  /** A client with a secret, registered for `client_secret_post`. */
  readonly confidentialPost?: ConformanceClient
  /** A public client that may not use the device grant. */
  readonly withoutGrant?: ConformanceClient
  /** A client with a secret that may introspect the tokens of the others. */
  readonly resourceServer?: ConformanceClient
  /** A client with a secret that may be locked: its secret is guessed wrong many times. */
  readonly expendable?: ConformanceClient
}

/** Which of the clients. */
export type ConformanceClientName = keyof ConformanceClients

/** Absolute URLs; what is not given is read from the server's metadata. */
export interface ConformanceEndpoints {
  readonly deviceAuthorization: string
  readonly token: string
  readonly revocation: string
  readonly introspection: string
  readonly metadata: string
}

/** What a protected resource needs for the rows of RFC 6750. */
export interface ConformanceResource {
  /** Answers a GET with 2xx when the access token is good. */
  readonly url: string
  /** Answers 403 to a good token, because it demands a scope that the token lacks. */
  readonly insufficientScopeUrl?: string
}

/** The way to the verification page: a fetch with the session of someone signed in, following no redirects. */
export interface ConformancePage {
  fetchAsUser(url: string, init?: RequestInit): Promise<Response>
  /** The same for another account. */
  fetchAsOtherUser?(url: string, init?: RequestInit): Promise<Response>
}

/** What the user decides. */
export interface ConformanceDecision {
  /** Less than was asked for, space-delimited. */
  readonly scope?: string
}

/**
 * The server under test. What is optional may be left out: the cases that need it are then skipped, and say so.
 * A method that cannot do what it is asked may `throw` what {@link skip} returns.
 */
export interface ConformanceTarget {
  /** As the server publishes it. */
  readonly issuer: string
  /** `device-auth` also demands what is a decision of `@device-auth/core` and not of an RFC. @default 'rfc' */
  readonly profile?: 'rfc' | 'device-auth'
  readonly endpoints?: Partial<ConformanceEndpoints>
  readonly clients: ConformanceClients
  /** Approves as a user would. May reject when the code cannot be approved any more; the polls decide. */
  approve(userCode: string, decision?: ConformanceDecision): Promise<void>
  /** Denies as a user would; may reject like `approve`. */
  deny(userCode: string): Promise<void>
  /** Moves the server's clock forward by so many seconds, if it can be moved. */
  advance?(seconds: number): Promise<void>
  readonly protectedResource?: ConformanceResource
  readonly page?: ConformancePage
  /** A scope that no client has. @default 'conformance:unknown' */
  readonly unknownScope?: string
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch
  /** Seconds that a request may take before it counts as hung. @default 10 */
  readonly timeout?: number
  /** Seconds that a case may really wait when there is no clock. @default 6 */
  readonly maximumWait?: number
}

/** Why a case could not be judged. */
export class ConformanceSkip extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ConformanceSkip'
  }
}

/** Throw it from a method of the target that cannot do what it is asked: the case is then skipped with this reason. */
export function skip(reason: string): ConformanceSkip {
  return new ConformanceSkip(reason)
}
