import { knownParameters, requireClient, requireGrant } from '../clients/require.ts'
import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { TokenRequest } from '../contract/hook-arguments.ts'
import { OAuthError } from '../errors.ts'
import { parseRequest } from '../form.ts'
import { chain, type Endpoint, type OAuthResponse } from '../http.ts'
import { asksForKey, type BoundKey, proveTokenKey, readBoundKey } from '../tokens/prove-key.ts'
import { jsonEndpoint } from './respond.ts'

/**
 * The token endpoint. It checks the form, the grant type, the client, and that the client may use the grant; then the grant
 * answers.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 section 3.2}
 */
export function tokenEndpoint<Native>(
  grants: ReadonlyMap<string, GrantHandler<Native>>,
  context: ServerContext<Native>,
): Endpoint<Native> {
  const own = [...grants.values()].flatMap((grant) => grant.parameters)
  const known = knownParameters(context, ['grant_type', ...own])
  return jsonEndpoint('token', context, (request) => {
    const parsed = parseRequest(request, known)
    const grantType = parsed.parameters.get('grant_type')
    if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.')
    const grant = grants.get(grantType)
    if (grant === undefined) throw new OAuthError('unsupported_grant_type')
    return chain(requireClient(parsed, 'token', context), (client) => {
      requireGrant(client, grantType)
      const tokenRequest = { client, parameters: parsed.parameters, request: parsed }
      const bound = readBoundKey(grant, parsed, context)
      if (!asksForKey(parsed, client, bound, context)) return grant.respond(tokenRequest)
      return respondToKey(tokenRequest, bound, grant, context)
    })
  })
}

/** Checks the proof of a key before the grant answers. */
async function respondToKey<Native>(
  tokenRequest: TokenRequest<Native>,
  bound: BoundKey | undefined,
  grant: GrantHandler<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const proven = await proveTokenKey(tokenRequest.request, tokenRequest.client, bound, context)
  if (proven === undefined) return grant.respond(tokenRequest)
  const { status, headers, body } = await grant.respond({ ...tokenRequest, confirmation: proven.confirmation })
  return { status, headers: { ...headers, ...proven.headers }, body }
}
