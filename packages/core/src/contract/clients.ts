import type { Awaitable, ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { DeviceAttestation } from './attestation.ts'

/** Finds a client by its id; `undefined` for an unknown one. */
export type FindClient = (clientId: string) => Awaitable<Client | undefined>

/** The option `clients` as a function. */
export interface ClientFinder {
  /** Finds a client by its id; `undefined` for an unknown one. */
  (clientId: string): Awaitable<Client | undefined>
  /** Further members of the metadata of the server, about the clients that it finds. @default {} */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * A method of client authentication, such as `private_key_jwt`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.2 RFC 6749 section 2.3.2}
 */
export interface ClientAuthentication {
  /**
   * The algorithms that its signatures may have, for the metadata: `token_endpoint_auth_signing_alg_values_supported` and
   * its relatives.
   * @default []
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
   */
  readonly signingAlgorithms?: readonly string[]
  /** Further members of the metadata of the server. @default {} */
  readonly metadata?: Readonly<Record<string, unknown>>
  /**
   * `true` for a method whose proof is not in the parameters: a TLS certificate, or a header. It is used for a request with
   * `client_id` alone, if the client is registered for it; then `identify` returns `undefined`. @default false
   */
  readonly byConnection?: boolean
  /** The names of the parameters that it reads. A repeated one is answered `invalid_request`. @default [] */
  readonly parameters?: readonly string[]
  /**
   * Reads the id of the client from a request that uses this method. Called once per request to an endpoint for
   * clients.
   *
   * @returns `undefined` for a request that does not use this method.
   * @throws {OAuthError} to answer with an error.
   */
  identify(request: ParsedRequest): string | undefined
  /**
   * Finds the reason why a client that is registered for this method cannot use it, such as a missing key. Listed clients are
   * checked at construction, those of a function when they are found.
   *
   * @returns `undefined` if the client can use the method.
   */
  clientFault?(client: Client): ClientFault | undefined
  /**
   * Checks the proof that the request comes from this client. Called once after `identify`, if the client is registered
   * for this method.
   *
   * @param server - The server that the client authenticates to.
   * @returns `true` if it is proven; anything else is answered `invalid_client`.
   */
  verify(request: ParsedRequest, client: Client, server: AuthenticatingServer): Awaitable<boolean>
}

/** The reason why a client cannot use a method of authentication. */
export interface ClientFault {
  /** The member of the client, such as `jwks`. */
  readonly field: string
  /** The text that follows "option `clients[0].jwks` is", such as `missing; expected a key set.` */
  readonly text: string
}

/** The server as a method of client authentication sees it. */
export interface AuthenticatingServer {
  /** The option `issuer`. */
  readonly issuer: string
  /** The URL of the token endpoint. */
  readonly tokenEndpoint: string
  /** The time in epoch milliseconds: that of the database if its store has a clock. */
  now(): number
  /**
   * Takes an id that may be used once, such as the `jti` of an assertion. One atomic step of the store, so that of two requests with
   * one id only one succeeds.
   *
   * @param id - Unique among all methods, so with the name of the method and the client in it. It is hashed.
   * @param seconds - The time for which the store remembers the id.
   * @returns `false` if the id was taken before.
   */
  takeOnce(id: string, seconds: number): Awaitable<boolean>
  /**
   * Notes that a request comes from an attested device: the confirm page names its maker, and only the same device may use the codes and
   * the refresh tokens.
   */
  noteAttestation(request: ParsedRequest, attestation: DeviceAttestation): void
  /** Tells the application of a failure that only makes this client fail, through the hook `onError` and the event `failed`. */
  report(error: unknown): void
}

/** The part of the server that client authentication uses. */
export interface ClientAuthenticationContext {
  /** Finds a client by its id. */
  findClient(clientId: string): Awaitable<Client | undefined>
  /**
   * Checks a client secret.
   *
   * @param ip - The address that it came from; `undefined` if unknown.
   * @throws {OAuthError} with status 429 after too many wrong secrets for this client from this address.
   */
  checkSecret(client: Client, secret: string, ip: string | undefined): Awaitable<boolean>
  /**
   * Refuses a secret for a client that does not exist or has none, with the same limit as for one that has a secret: the answers, and the
   * calls of the store, do not tell which clients exist.
   *
   * @throws {OAuthError} with status 429, as {@link checkSecret}.
   */
  refuseSecret(clientId: string, secret: string, ip: string | undefined): Awaitable<boolean>
  /** The server, for the methods of the option `clientAuthentication`. */
  readonly server: AuthenticatingServer
  /** The methods of the option `clientAuthentication`, by name. */
  readonly methods: ReadonlyMap<string, ClientAuthentication>
  /** The realm of the challenge `WWW-Authenticate: Basic`. */
  readonly realm: string
}
