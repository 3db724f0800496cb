import type { Awaitable, ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'

/** How clients are found by their id. */
export type FindClient = (clientId: string) => Awaitable<Client | undefined>

/** One way for a client to authenticate, such as `private_key_jwt`. */
export interface ClientAuthentication {
  /** The parameters it reads; a repeated one is refused. */
  readonly parameters?: readonly string[]
  /**
   * The client that the request claims to be from, when it uses this method at all. What it throws is the answer.
   */
  identify(request: ParsedRequest): string | undefined
  /** Whether the claim is proven. */
  verify(request: ParsedRequest, client: Client): Awaitable<boolean>
}

/** What client authentication needs of the server. */
export interface ClientAuthenticationContext {
  findClient(clientId: string): Awaitable<Client | undefined>
  /** Checks a secret that came from this address (undefined where it is unknown); throws where it is being guessed. */
  checkSecret(client: Client, secret: string, ip: string | undefined): Awaitable<boolean>
  readonly methods: ReadonlyMap<string, ClientAuthentication>
  /** Goes into `WWW-Authenticate: Basic realm`. */
  readonly realm: string
}
