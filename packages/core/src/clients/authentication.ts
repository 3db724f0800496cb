import type { ClientAuthenticationContext } from '../contract/clients.ts'
import type { EndpointName } from '../contract/hook-arguments.ts'
import { OAuthError } from '../errors.ts'
import { type Awaitable, chain, headerValue, type ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import { isRegisteredFor, mayAskWithoutSecret } from './registered-methods.ts'

/** The most characters of a client id or secret. */
const MAX_CREDENTIAL = 2048

/** The credentials that a request carries. */
interface Credentials {
  readonly clientId: string
  readonly method: string
  readonly secret?: string
}

/**
 * `invalid_client`, with a challenge if the request has an Authorization header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 section 5.2}
 */
export function invalidClient(request: Pick<ParsedRequest, 'headers'>, realm: string): OAuthError {
  const challenged = headerValue(request.headers, 'authorization') !== undefined
  return new OAuthError('invalid_client', undefined, {
    headers: challenged ? { 'www-authenticate': `Basic realm="${realm}"` } : {},
  })
}

/**
 * Authenticates the client by a method that it is registered for. `undefined` if the client is unknown, or its
 * credentials are wrong.
 * @throws {OAuthError} `invalid_request` if `client_id` is missing, or the request uses more than one method.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 RFC 6749 section 2.3}
 */
export function authenticateClient(
  request: ParsedRequest,
  endpoint: EndpointName,
  context: ClientAuthenticationContext,
): Awaitable<Client | undefined> {
  const credentials = readCredentials(request, context)
  // no client has such an id, and a database may fail at it
  const found = isClientId(credentials.clientId) ? context.findClient(credentials.clientId) : undefined
  return chain(found, (client) => {
    if (client === undefined) return chain(refuseSecret(credentials, request, context), () => undefined)
    const asksById = endpoint === 'deviceAuthorization' && credentials.method === 'none'
    if (asksById && mayAskWithoutSecret(client)) return client
    return chain(isAuthentic(client, credentials, request, context), (authentic) =>
      authentic === true ? client : undefined,
    )
  })
}

/** Refuses the secret of a client that has none, if there is one, as a wrong secret is refused. */
function refuseSecret(
  { clientId, secret }: Credentials,
  { ip }: ParsedRequest,
  context: ClientAuthenticationContext,
): Awaitable<boolean> {
  if (secret === undefined || secret === '' || !isSecret(secret) || !isClientId(clientId)) return false
  return context.refuseSecret(clientId, secret, ip)
}

function isAuthentic(
  client: Client,
  credentials: Credentials,
  request: ParsedRequest,
  context: ClientAuthenticationContext,
): Awaitable<boolean> {
  const { method, secret } = credentials
  // many libraries send `Basic` with an empty secret for a public client
  if (secret === '' && method === 'client_secret_basic') return isRegisteredFor(client, 'none')
  if (!isRegisteredFor(client, method)) {
    return method === 'none'
      ? provesByConnection(client, request, context)
      : refuseSecret(credentials, request, context)
  }
  if (method === 'none') return true
  // no secret is so long or has a control character, and a hash function or a database may cut or refuse it
  if (secret !== undefined) return isSecret(secret) && context.checkSecret(client, secret, request.ip)
  return context.methods.get(method)?.verify(request, client, context.server) ?? false
}

/** Checks the proof of a client that sent its id alone, if it is registered for a method by connection. */
function provesByConnection(
  client: Client,
  request: ParsedRequest,
  { methods, server }: ClientAuthenticationContext,
): Awaitable<boolean> {
  for (const [name, method] of methods)
    if (method.byConnection === true && isRegisteredFor(client, name)) return method.verify(request, client, server)
  return false
}

/**
 * Returns true for printable ASCII of a sane length.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1 RFC 6749 appendix A.1}
 */
function isClientId(text: string): boolean {
  return text.length <= MAX_CREDENTIAL && /^[\x20-\x7e]+$/.test(text)
}

function isSecret(text: string): boolean {
  return text.length <= MAX_CREDENTIAL && !/[\p{Cc}\p{Cf}]/u.test(text)
}

/** Reads the credentials of a request, which may use one method of authentication only. */
function readCredentials(request: ParsedRequest, context: ClientAuthenticationContext): Credentials {
  const clientId = request.parameters.get('client_id')
  const claims: Credentials[] = []
  const authorization = headerValue(request.headers, 'authorization')
  if (authorization !== undefined) {
    const repeated = Array.isArray(request.headers.authorization) && request.headers.authorization.length > 1
    const claim = repeated ? undefined : readBasic(authorization)
    if (claim === undefined) throw invalidClient(request, context.realm)
    claims.push(claim)
  }
  const secret = request.parameters.get('client_secret')
  if (secret !== undefined) {
    if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing.')
    claims.push({ clientId, method: 'client_secret_post', secret })
  }
  claims.push(...readExtensions(request, context))
  const [claim, ...others] = claims
  if (others.length > 0)
    throw new OAuthError('invalid_request', 'The client used more than one authentication method; use one.')
  if (claim === undefined) {
    if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing.')
    return { clientId, method: 'none' }
  }
  if (clientId !== undefined && clientId !== claim.clientId) {
    throw new OAuthError('invalid_request', 'client_id names another client than the one that authenticates.')
  }
  return claim
}

/**
 * Reads the credentials of the methods in the option `clientAuthentication`. An assertion that none of them knows
 * becomes a method that no client is registered for, so that it is refused.
 */
function readExtensions(request: ParsedRequest, { methods }: ClientAuthenticationContext): Credentials[] {
  const claims: Credentials[] = []
  for (const [method, extension] of methods) {
    const clientId = extension.identify(request)
    if (typeof clientId === 'string') claims.push({ clientId, method })
  }
  if (claims.length === 0 && request.parameters.has('client_assertion')) {
    claims.push({ clientId: request.parameters.get('client_id') ?? '', method: 'client_assertion' })
  }
  return claims
}

const basic = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a `Basic` header. Its id and secret are form-encoded, then base64-encoded. `undefined` if it is malformed.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 section 2.3.1}
 */
function readBasic(authorization: string): Credentials | undefined {
  const encoded = basic.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  try {
    const text = utf8.decode(Buffer.from(encoded, 'base64'))
    const colon = text.indexOf(':')
    if (colon < 1) return undefined
    return {
      clientId: formDecode(text.slice(0, colon)),
      method: 'client_secret_basic',
      secret: formDecode(text.slice(colon + 1)),
    }
  } catch {
    return undefined
  }
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replace(/\+/g, ' '))
}
