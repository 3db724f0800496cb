import { type Client, DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '@device-auth/core'
import { readKeySet, withoutUnused } from '../client-authentication/key-set.ts'

/** The methods by which such a client may authenticate: it shares no secret with this server. */
const methods = ['none', 'private_key_jwt']

/** The grants that a document may name. The others are not for devices. */
const grants = [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE]

/** The members of a document that are texts and become members of the client as they are. */
const texts = ['client_name', 'policy_uri', 'tos_uri', 'token_endpoint_auth_signing_alg'] as const

/** A client, or the reason why its document is refused. */
export type ReadDocument = { readonly client: Client } | { readonly refused: string }

/**
 * Makes a client of its metadata document. It takes only the members that a stranger may choose: scopes, networks and `first_party`
 * are the operator's, and a logo could be any picture.
 *
 * @param scope - The scopes that the operator gives to this client, space-delimited. A document with `scope` may take some away.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-02#section-4 Client ID Metadata Document, draft 02, section 4}
 */
export function readDocument(clientId: string, document: unknown, scope: string): ReadDocument {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { refused: 'it is no JSON object' }
  const members: Readonly<Record<string, unknown>> = { ...document }
  const refused = faultOf(clientId, members)
  if (refused !== undefined) return { refused }
  const { token_endpoint_auth_method: method, dpop_bound_access_tokens: bound } = members
  const client: Client = {
    client_id: clientId,
    scope: typeof members.scope === 'string' ? commonScopes(scope, members.scope) : scope,
    grant_types: grants.filter((grant) => [members.grant_types].flat().includes(grant)),
    token_endpoint_auth_method: String(method),
    ...Object.fromEntries(texts.flatMap((name) => (members[name] === undefined ? [] : [[name, members[name]]]))),
    ...(method === 'private_key_jwt' ? keysOf(members) : {}),
    ...(bound === true ? { dpop_bound_access_tokens: true } : {}),
  }
  return { client }
}

function faultOf(clientId: string, members: Readonly<Record<string, unknown>>): string | undefined {
  if (members.client_id !== clientId) return 'its client_id is not its address'
  for (const name of ['client_secret', 'client_secret_expires_at'])
    if (name in members) return `it has ${name}, but nothing that everybody can read is a secret`
  const { token_endpoint_auth_method: method } = members
  if (typeof method !== 'string' || !methods.includes(method))
    return `its token_endpoint_auth_method is none of ${methods.join(', ')}`
  for (const name of [...texts, 'scope'])
    if (members[name] !== undefined && typeof members[name] !== 'string') return `its ${name} is no text`
  if ((readKeySet(members.jwks) ?? []).some((key) => 'd' in key || 'k' in key)) return 'its jwks has a private key'
  const { grant_types: given } = members
  if (!Array.isArray(given) || !given.includes(DEVICE_CODE_GRANT_TYPE))
    return `its grant_types do not have ${DEVICE_CODE_GRANT_TYPE}`
  return method === 'private_key_jwt' ? keysFault(clientId, members) : undefined
}

/** The keys are in the document or at an address of the same origin: a stranger must not send this server to other hosts. */
function keysFault(
  clientId: string,
  { jwks, jwks_uri: address }: Readonly<Record<string, unknown>>,
): string | undefined {
  if ((jwks === undefined) === (address === undefined)) return 'it needs jwks or jwks_uri, and not both'
  if (jwks !== undefined) return readKeySet(jwks) === undefined ? 'its jwks is no key set' : undefined
  const sameOrigin =
    typeof address === 'string' && URL.canParse(address) && new URL(address).origin === new URL(clientId).origin
  return sameOrigin ? undefined : 'its jwks_uri is not at the origin of its client_id'
}

function keysOf({ jwks, jwks_uri: address }: Readonly<Record<string, unknown>>): Pick<Client, 'jwks' | 'jwks_uri'> {
  const keys = jwks === undefined ? undefined : readKeySet(jwks)
  if (keys !== undefined) return { jwks: { keys: withoutUnused(keys) } }
  return typeof address === 'string' ? { jwks_uri: address } : {}
}

function commonScopes(given: string, asked: string): string {
  const wanted = asked.split(' ')
  return given
    .split(' ')
    .filter((scope) => wanted.includes(scope))
    .join(' ')
}
