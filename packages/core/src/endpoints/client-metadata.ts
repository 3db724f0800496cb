import type { ServerContext } from '../contract/context.ts'
import type { ResolvedRegistration } from '../contract/registration.ts'
import { OAuthError } from '../errors.ts'
import { foreignText } from '../foreign-text.ts'
import type { OAuthRequest } from '../http.ts'
import { readNestedObject } from '../json-body.ts'
import { clientRules, faultOf } from '../options/clients.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '../protocol.ts'
import { intersectScope } from '../scope.ts'

/** Client metadata as it was sent, without members that are `null`. */
export type SentMetadata = Readonly<Record<string, unknown>>

/** Characters of the name of a client; a longer one is cut. */
const MAX_NAME = 100
/** Characters of an address. */
const MAX_URL = 2000
/** Characters of any other text. */
const MAX_TEXT = 500
/** Keys of a client. */
const MAX_KEYS = 20

/**
 * The members that a client may register as they are, by their kind. The name, scope, grants and keys have rules of their own, and
 * everything else is left out of the answer.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2}
 */
const urls = ['logo_uri', 'policy_uri', 'tos_uri', 'jwks_uri'] as const
const texts = [
  'token_endpoint_auth_signing_alg',
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const
const flags = ['dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens'] as const

/** The error for metadata that no client can be made of. */
export function invalidMetadata(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}

/**
 * Reads the body of a registration. A member that is `null` counts as not given.
 * @throws {OAuthError} `invalid_client_metadata`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.2 RFC 7592 section 2.2}
 */
export function readMetadata<Native>({ form }: OAuthRequest<Native>): SentMetadata {
  const body = form.get('body')
  if (body === null) throw invalidMetadata('The body must be application/json, in UTF-8.')
  const read = readNestedObject(body)
  if (typeof read === 'string') throw invalidMetadata(read)
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== null))
}

/**
 * The metadata with the claims of a software statement, which win. Without the hook, statements are ignored.
 *
 * @param statement - As it was sent, unchecked.
 * @throws {OAuthError} `invalid_software_statement`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2.3 RFC 7591 section 2.3}
 */
export async function withStatement<Native>(
  sent: SentMetadata,
  statement: unknown,
  request: OAuthRequest<Native>,
  { verifySoftwareStatement }: ResolvedRegistration<Native>,
): Promise<{ readonly metadata: SentMetadata; readonly softwareStatement?: string }> {
  if (statement === undefined || verifySoftwareStatement === undefined) return { metadata: sent }
  if (typeof statement !== 'string') throw new OAuthError('invalid_software_statement')
  const claims = await verifySoftwareStatement(statement, request)
  if (typeof claims !== 'object' || claims === null) throw new OAuthError('invalid_software_statement')
  return { metadata: { ...sent, ...claims }, softwareStatement: statement }
}

/**
 * Makes a client of its metadata. Nobody can make himself a first party or a resource server, because only known members are taken.
 *
 * @param secretHash - The hash of the secret, for a method that needs one.
 * @throws {OAuthError} `invalid_client_metadata`.
 */
export function clientOf<Native>(
  clientId: string,
  metadata: SentMetadata,
  secretHash: string,
  context: ServerContext<Native>,
): Client {
  const method = textOf(metadata, 'token_endpoint_auth_method', MAX_TEXT) ?? 'client_secret_basic'
  const client: Client = {
    client_id: clientId,
    self_registered: true,
    ...nameOf(metadata),
    ...scopeOf(metadata, context),
    grant_types: grantsOf(metadata, context),
    token_endpoint_auth_method: method,
    ...(method.startsWith('client_secret_') && { client_secret_hash: secretHash }),
    ...present(urls, (name) => urlOf(metadata, name)),
    ...present(texts, (name) => textOf(metadata, name, MAX_TEXT)),
    ...present(flags, (name) => flagOf(metadata, name)),
    ...keysOf(metadata),
  }
  const fault = faultOf(client, clientRules(context.options, true))
  if (fault !== undefined) throw invalidMetadata(`${fault.field} cannot be used by this server.`)
  return Object.freeze(client)
}

function present<Name extends string, Value>(
  names: readonly Name[],
  read: (name: Name) => Value | undefined,
): Partial<Record<Name, Value>> {
  const entries = names.map((name) => [name, read(name)] as const).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<Record<Name, Value>>
}

function textOf(metadata: SentMetadata, name: string, maxLength: number): string | undefined {
  const value = metadata[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.length > maxLength || /[\p{Cc}\p{Cf}\p{Cs}]/u.test(value))
    throw invalidMetadata(`${name} must be a text of at most ${maxLength} characters that can be seen.`)
  return value
}

function urlOf(metadata: SentMetadata, name: string): string | undefined {
  const text = textOf(metadata, name, MAX_URL)
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || !/^[\x21-\x7e]+$/.test(text))
    throw invalidMetadata(`${name} must be an https address.`)
  return text
}

function flagOf(metadata: SentMetadata, name: string): boolean | undefined {
  const value = metadata[name]
  if (value !== undefined && typeof value !== 'boolean') throw invalidMetadata(`${name} must be true or false.`)
  return value
}

/** The name, cleaned like each text of others. */
function nameOf({ client_name: name }: SentMetadata): Pick<Client, 'client_name'> {
  if (name === undefined) return {}
  if (typeof name !== 'string') throw invalidMetadata('client_name must be a text.')
  const client_name = foreignText(name, MAX_NAME)
  return client_name === '' ? {} : { client_name }
}

/** The part of the asked scope that registered clients may have; all of that for a client that asks for none. */
function scopeOf<Native>({ scope: asked }: SentMetadata, { options }: ServerContext<Native>): Pick<Client, 'scope'> {
  const allowed = options.registration?.scope ?? ''
  if (asked === undefined) return { scope: allowed }
  if (typeof asked !== 'string') throw invalidMetadata('scope must be a text.')
  const scope = intersectScope(asked, allowed)
  if (scope === '' && asked.trim() !== '') throw invalidMetadata('Registered clients may have none of these scopes.')
  return { scope }
}

/** The grants that were asked for and that devices have here. Without `grant_types`, a client has the grant of browsers only. */
function grantsOf<Native>({ grant_types: asked }: SentMetadata, { options }: ServerContext<Native>): readonly string[] {
  if (!Array.isArray(asked) || !asked.includes(DEVICE_CODE_GRANT_TYPE))
    throw invalidMetadata(`grant_types must be a list with ${DEVICE_CODE_GRANT_TYPE}.`)
  const refreshes = options.refreshToken !== false && asked.includes(REFRESH_TOKEN_GRANT_TYPE)
  return refreshes ? [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE] : [DEVICE_CODE_GRANT_TYPE]
}

/** The members of private and symmetric keys, which nobody may publish. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591 section 2} */
function keysOf({ jwks, jwks_uri }: SentMetadata): Pick<Client, 'jwks'> {
  if (jwks === undefined) return {}
  if (jwks_uri !== undefined) throw invalidMetadata('jwks and jwks_uri must not both be present.')
  const keys: unknown = Object(jwks).keys
  const isPublic = (key: unknown): key is object =>
    typeof key === 'object' && key !== null && !privateMembers.some((name) => Object.hasOwn(key, name))
  if (Array.isArray(keys) && keys.length > 0 && keys.length <= MAX_KEYS && keys.every(isPublic))
    return { jwks: { keys } }
  throw invalidMetadata(`jwks must be a set of 1 to ${MAX_KEYS} public keys.`)
}
