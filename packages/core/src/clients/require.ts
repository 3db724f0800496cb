import type { ServerContext } from '../contract/context.ts'
import type { EndpointName } from '../contract/hook-arguments.ts'
import { OAuthError } from '../errors.ts'
import { parseRequest } from '../form.ts'
import { type Awaitable, chain, type OAuthRequest, type ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import { invalidClient } from './authentication.ts'

/** The parameters of client authentication, which no request may repeat. */
const clientParameters = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type']

/** The parameters that an endpoint reads: its own, and those of client authentication. */
export function knownParameters<Native>(context: ServerContext<Native>, own: readonly string[]): ReadonlySet<string> {
  const extensions = Object.values(context.options.clientAuthentication)
  return new Set([...clientParameters, ...own, ...extensions.flatMap((extension) => extension.parameters ?? [])])
}

/**
 * Authenticates the client by the hook `authenticateClient`.
 * @throws {OAuthError} `invalid_client`.
 */
export function requireClient<Native>(
  request: ParsedRequest<Native>,
  endpoint: EndpointName,
  context: ServerContext<Native>,
): Awaitable<Client> {
  return chain(context.hooks.authenticateClient(request, endpoint), (client) => {
    if (typeof client !== 'object' || client === null) throw invalidClient(request, context.options.issuer)
    return client
  })
}

/**
 * Checks that the client is registered for a grant.
 * @throws {OAuthError} `unauthorized_client`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2}
 */
export function requireGrant(client: Client, grantType: string): void {
  // a string also has `includes`, which would accept a part of a name
  if (!Array.isArray(client.grant_types) || !client.grant_types.includes(grantType))
    throw new OAuthError('unauthorized_client')
}

/** Parses the form, then authenticates the client: the first steps of revocation and introspection. */
export async function readClientRequest<Native>(
  request: OAuthRequest<Native>,
  endpoint: EndpointName,
  known: ReadonlySet<string>,
  context: ServerContext<Native>,
): Promise<{ client: Client; parameters: ReadonlyMap<string, string> }> {
  const parsed = parseRequest(request, known)
  return { client: await requireClient(parsed, endpoint, context), parameters: parsed.parameters }
}
