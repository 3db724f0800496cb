import { registeredPrefix } from '../clients/registered-client.ts'
import type { ServerContext } from '../contract/context.ts'
import type { RegisteredClient, ResolvedRegistration } from '../contract/registration.ts'
import { randomToken } from '../crypto/random.ts'
import { hashSecret, secretsEqual } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { type Endpoint, headerValue, jsonResponse, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { addressKey } from '../ip-address.ts'
import { readBearer } from '../tokens/bearer.ts'
import { urlBelow } from '../url.ts'
import { clientOf, readMetadata, withStatement } from './client-metadata.ts'
import { jsonEndpoint } from './respond.ts'

/** Seconds of the window of the limits. */
const WINDOW = 3600

/**
 * The client registration endpoint: answers with a new client, and with the token that manages it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
 */
export function registrationEndpoint<Native>(
  registration: ResolvedRegistration<Native>,
  context: ServerContext<Native>,
): Endpoint<Native> {
  const endpoint = jsonEndpoint<Native>('registration', context, async (request) => {
    const token = await authorize(request, registration, context)
    const sent = readMetadata(request)
    const { metadata, ...stated } = await withStatement(sent, sent.software_statement, request, registration)
    const [secret, managementToken] = [randomToken(), randomToken()]
    const client = clientOf(`${registeredPrefix}${randomToken().slice(0, 22)}`, metadata, hashSecret(secret), context)
    await count(request, token, registration, context)
    const issuedAt = Math.floor(context.now() / 1000)
    const record = { client, issuedAt, tokenHash: hashSecret(managementToken), revision: 0, ...stated }
    if (!(await registration.store.insert(record, registration.maxClients)))
      throw refuse({ status: 503, retryAfter: WINDOW }, request, context)
    context.events.emit('clientRegistered', { at: context.now(), clientId: client.client_id, ip: request.ip })
    return clientInformation(201, record, { managementToken, secret }, context)
  })
  return Object.assign(endpoint, { readsText: 'application/json' } as const)
}

/**
 * The answer about a client. A secret that was made earlier is not in it, because only its hash is kept.
 *
 * @param secrets - The registration access token, and the secret if it is known.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1 RFC 7591 section 3.2.1}
 */
export function clientInformation<Native>(
  status: number,
  { client, issuedAt, softwareStatement }: RegisteredClient,
  { managementToken, secret }: { readonly managementToken: string; readonly secret: string | undefined },
  { options: { issuer, paths } }: ServerContext<Native>,
): OAuthResponse {
  const { client_secret_hash: hash, self_registered: _, ...metadata } = client
  return jsonResponse(status, {
    ...metadata,
    client_id_issued_at: issuedAt,
    ...(hash !== undefined && secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    registration_access_token: managementToken,
    registration_client_uri: `${urlBelow(issuer, String(paths.registration))}?client_id=${client.client_id}`,
    ...(softwareStatement === undefined ? {} : { software_statement: softwareStatement }),
  })
}

/**
 * Checks that the request may register a client.
 *
 * @returns The hash of the initial access token; `undefined` if the hook decided.
 * @throws {OAuthError} with status 401.
 */
async function authorize<Native>(
  request: OAuthRequest<Native>,
  { authorize: decide, initialAccessTokens = [] }: ResolvedRegistration<Native>,
  context: ServerContext<Native>,
): Promise<string | undefined> {
  if (decide !== undefined) {
    if ((await decide(request)) === true) return undefined
    throw unauthorized(request, context)
  }
  const given = readBearer(request.headers)
  if (typeof given === 'string') throw unauthorized(request, context)
  // all are compared, so that the time does not tell which one is near
  const matches = initialAccessTokens.map((token) => secretsEqual(token, given.token))
  if (matches.includes(true)) return hashSecret(given.token)
  throw unauthorized(request, context)
}

/**
 * The error for a token that is missing or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function unauthorized<Native>(
  { headers }: OAuthRequest<Native>,
  { options: { issuer } }: ServerContext<Native>,
): OAuthError {
  const wrong = headerValue(headers, 'authorization') === undefined ? '' : ', error="invalid_token"'
  return new OAuthError('invalid_token', 'The token is missing or not valid.', {
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${issuer}"${wrong}` },
  })
}

/** Counts a registration for its address and its initial access token. */
async function count<Native>(
  request: OAuthRequest<Native>,
  tokenHash: string | undefined,
  { perAddress, perToken }: ResolvedRegistration<Native>,
  context: ServerContext<Native>,
): Promise<void> {
  const address = addressKey(request.ip)
  const budgets = [
    ...(address === undefined ? [] : [{ key: `register:address:${address}`, limit: perAddress, window: WINDOW }]),
    ...(tokenHash === undefined ? [] : [{ key: `register:token:${tokenHash}`, limit: perToken, window: WINDOW }]),
  ]
  const refusal = budgets.length === 0 ? undefined : await context.store.takeAttempts(budgets, context.now())
  if (refusal !== undefined) throw refuse({ status: 429, retryAfter: refusal.retryAfter }, request, context)
}

function refuse<Native>(
  { status, retryAfter }: { readonly status: number; readonly retryAfter: number },
  { ip }: OAuthRequest<Native>,
  { events, now }: ServerContext<Native>,
): OAuthError {
  events.emit('limited', { at: now(), limit: 'registration', ip })
  return new OAuthError('temporarily_unavailable', 'Too many clients are registered; try later.', {
    status,
    headers: { 'retry-after': String(retryAfter) },
  })
}
