import type { Awaitable, ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'

/** Finds a client by its id; `undefined` for an unknown one. */
export type FindClient = (clientId: string) => Awaitable<Client | undefined>

/**
 * A method of client authentication, such as `private_key_jwt`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.2 RFC 6749 section 2.3.2}
 */
export interface ClientAuthentication {
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
   * Checks the proof that the request comes from this client. Called once after `identify`, if the client is registered
   * for this method.
   *
   * @returns `true` if it is proven; anything else is answered `invalid_client`.
   */
  verify(request: ParsedRequest, client: Client): Awaitable<boolean>
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
  /** The methods of the option `clientAuthentication`, by name. */
  readonly methods: ReadonlyMap<string, ClientAuthentication>
  /** The realm of the challenge `WWW-Authenticate: Basic`. */
  readonly realm: string
}
