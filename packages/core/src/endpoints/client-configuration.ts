import { isRegisteredId } from '../clients/registered-client.ts'
import type { ServerContext } from '../contract/context.ts'
import type { RegisteredClient, ResolvedRegistration } from '../contract/registration.ts'
import { randomToken } from '../crypto/random.ts'
import { hashSecret, secretsEqual } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { type Endpoint, emptyResponse, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { readBearer } from '../tokens/bearer.ts'
import { clientOf, invalidMetadata, readMetadata, type SentMetadata, withStatement } from './client-metadata.ts'
import { clientInformation, unauthorized } from './registration.ts'
import { jsonEndpoint } from './respond.ts'

/** Ends all sign-ins and pending requests of a client. */
export type EndClient = (clientId: string) => Promise<number>

/** The endpoints with which a registered client reads, changes and removes its own registration. */
export interface ConfigurationMethods<Native> {
  readonly GET: Endpoint<Native>
  readonly PUT: Endpoint<Native>
  readonly DELETE: Endpoint<Native>
}

/** A registration, and the token that was sent for it. */
interface Managed {
  readonly record: RegisteredClient
  readonly managementToken: string
}

/**
 * The client configuration endpoint. The registration access token is not replaced by a change: a lost answer would lock the device
 * out for good.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7592#section-2 RFC 7592 section 2}
 */
export function clientConfiguration<Native>(
  registration: ResolvedRegistration<Native>,
  context: ServerContext<Native>,
  endClient: EndClient,
): ConfigurationMethods<Native> {
  const endpoint = (respond: (request: OAuthRequest<Native>, managed: Managed) => Promise<OAuthResponse>) =>
    jsonEndpoint<Native>('registration', context, async (request) =>
      respond(request, await findManaged(request, registration, context)),
    )
  const GET = endpoint(async (_request, { record, managementToken }) =>
    clientInformation(200, record, { managementToken, secret: undefined }, context),
  )
  const PUT = endpoint((request, managed) => change(request, managed, registration, context))
  const DELETE = endpoint(async ({ ip }, { record }) => {
    const { client_id: clientId } = record.client
    // first, so that no new sign-in begins; guards ask for the client, so its tokens are dead from here on
    await registration.store.remove(clientId)
    await endClient(clientId)
    context.events.emit('clientRemoved', { at: context.now(), clientId, ip })
    return emptyResponse(204)
  })
  return { GET, PUT: Object.assign(PUT, { readsText: 'application/json' } as const), DELETE }
}

/**
 * Finds the registration that a token manages. An unknown client is answered like a wrong token.
 * @throws {OAuthError} with status 401.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.1 RFC 7592 section 2.1}
 */
async function findManaged<Native>(
  request: OAuthRequest<Native>,
  { store }: ResolvedRegistration<Native>,
  context: ServerContext<Native>,
): Promise<Managed> {
  const given = readBearer(request.headers)
  const clientId = request.query.get('client_id') ?? ''
  if (typeof given === 'string') throw unauthorized(request, context)
  const record = isRegisteredId(clientId) ? await store.find(clientId) : undefined
  const matches = secretsEqual(hashSecret(given.token), record?.tokenHash ?? '')
  if (record === undefined || record === null || !matches) throw unauthorized(request, context)
  return { record, managementToken: given.token }
}

/**
 * Replaces the metadata of a client by those in the request: a member that is not sent is gone. A software statement goes on to
 * count when none is sent, so that its claims cannot be dropped.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.2 RFC 7592 section 2.2}
 */
async function change<Native>(
  request: OAuthRequest<Native>,
  { record, managementToken }: Managed,
  registration: ResolvedRegistration<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const sent = readMetadata(request)
  const { client_id: clientId, client_secret_hash: hash } = record.client
  refuseForeignMembers(sent, record)
  const statement = sent.software_statement ?? record.softwareStatement
  const { metadata, ...stated } = await withStatement(sent, statement, request, registration)
  const fresh = randomToken()
  const client = clientOf(clientId, metadata, hash ?? hashSecret(fresh), context)
  const { issuedAt, tokenHash, revision } = record
  const changed = { client, issuedAt, tokenHash, revision: revision + 1, ...stated }
  if (!(await registration.store.replace(changed))) throw changedMeanwhile()
  context.events.emit('clientChanged', { at: context.now(), clientId, ip: request.ip })
  const known = typeof sent.client_secret === 'string' ? sent.client_secret : undefined
  return clientInformation(200, changed, { managementToken, secret: hash === undefined ? fresh : known }, context)
}

/** Members that only the server sets. */
const ownMembers = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

function refuseForeignMembers(sent: SentMetadata, { client }: RegisteredClient): void {
  if (sent.client_id !== client.client_id) throw invalidMetadata('client_id must be that of this client.')
  const own = ownMembers.find((name) => sent[name] !== undefined)
  if (own !== undefined) throw invalidMetadata(`${own} is set by the server; leave it out.`)
  const { client_secret: secret } = sent
  if (secret === undefined) return
  const matches = typeof secret === 'string' && secretsEqual(hashSecret(secret), client.client_secret_hash ?? '')
  if (!matches) throw invalidMetadata('client_secret must be the secret of this client, or be left out.')
}

/** The error for a change that another change or the removal came before. */
function changedMeanwhile(): OAuthError {
  return new OAuthError('invalid_request', 'The registration was changed meanwhile; read it and try again.', {
    status: 409,
  })
}
