import type { ClientAuthenticationContext } from '../contract/clients.ts'
import { secretsEqual } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { type Awaitable, chain, headerValue, type ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'

/** What a request shows of its client. */
interface Credentials {
  readonly clientId: string
  readonly method: string
  readonly secret?: string
}

/** `invalid_client`, with a challenge when the request had an Authorization header. */
export function invalidClient(request: Pick<ParsedRequest, 'headers'>, realm: string): OAuthError {
  const challenged = headerValue(request.headers, 'authorization') !== undefined
  return new OAuthError('invalid_client', undefined, {
    headers: challenged ? { 'www-authenticate': `Basic realm="${realm}"` } : {},
  })
}

/**
 * Authenticates the client by the one method it is registered for.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 RFC 6749 section 2.3}
 */
export function authenticateClient(
  request: ParsedRequest,
  context: ClientAuthenticationContext,
): Awaitable<Client | undefined> {
  const credentials = readCredentials(request, context)
  return chain(context.findClient(credentials.clientId), (client) => {
    if (client === undefined) {
      // the same work as for a known one
      if (credentials.secret !== undefined) secretsEqual(credentials.secret, credentials.clientId)
      return undefined
    }
    return chain(isProven(client, credentials, request, context), (proven) => (proven === true ? client : undefined))
  })
}

function isProven(
  client: Client,
  { method, secret }: Credentials,
  request: ParsedRequest,
  context: ClientAuthenticationContext,
): Awaitable<boolean> {
  const registered = client.token_endpoint_auth_method ?? 'client_secret_basic'
  // many libraries send `Basic id:` for a client without a secret
  if (registered === 'none') return method === 'none' || (method === 'client_secret_basic' && secret === '')
  if (method !== registered) return false
  if (secret !== undefined) return secret !== '' && context.checkSecret(client, secret, request.ip)
  return context.methods.get(method)?.verify(request, client) ?? false
}

/** Reads who the client claims to be; more than one method is an error (RFC 6749 section 2.3). */
function readCredentials(request: ParsedRequest, context: ClientAuthenticationContext): Credentials {
  const clientId = request.parameters.get('client_id')
  const claims: Credentials[] = []
  const authorization = headerValue(request.headers, 'authorization')
  if (authorization !== undefined) {
    const repeated = Array.isArray(request.headers.authorization) && request.headers.authorization.length > 1
    claims.push((repeated ? undefined : readBasic(authorization)) ?? fail(invalidClient(request, context.realm)))
  }
  const secret = request.parameters.get('client_secret')
  if (secret !== undefined) {
    if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing.')
    claims.push({ clientId, method: 'client_secret_post', secret })
  }
  claims.push(...readExtensions(request, context))
  const [claim, ...others] = claims
  if (others.length > 0) throw new OAuthError('invalid_request', 'More than one client authentication method.')
  if (claim === undefined) {
    if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing.')
    return { clientId, method: 'none' }
  }
  if (clientId !== undefined && clientId !== claim.clientId) {
    throw new OAuthError('invalid_request', 'client_id is not the client that authenticates.')
  }
  return claim
}

/** What the registered methods find; an assertion that none of them knows is a claim that nobody can prove. */
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

function fail(error: OAuthError): never {
  throw error
}

const basic = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads `Basic`, whose id and secret are form-encoded before base64.
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
