import {
  type Awaitable,
  type Check,
  type Client,
  checkOptions,
  either,
  isBoolean,
  isFunction,
  isWholeFrom,
} from '@device-auth/core'
import { type FetchDocument, safeFetchDocument } from '../client-authentication/safe-fetch.ts'
import { jwtOwner } from '../owners.ts'
import { isClientIdUrl } from './client-id-url.ts'
import { createDocuments } from './documents.ts'

/** The options of {@link withMetadataDocuments}. */
export interface MetadataDocumentsOptions {
  /**
   * The scopes that these clients may ask for, space-delimited, or a function that returns them for one client id. A document with `scope`
   * may take some of them away. Called once for each fetch. @default '': none
   */
  readonly scope?: string | ((clientId: string) => Awaitable<string>)
  /**
   * Says if a client id that is an https address may be a client at all, such as one of known hosts. Called for each look-up, so it
   * answers from memory. @default all
   */
  readonly accepts?: (clientId: URL) => boolean
  /**
   * The most fetches a minute, 1 to 10,000, of documents that this process does not remember. There are ten at most for one host, and
   * ten at the same time. Beyond them, polls stay pending and other requests are answered 503. @default 60
   */
  readonly fetchesPerMinute?: number
  /** Is told of each document that is refused, with the reason: for the logs. @default nobody is told */
  readonly onRefused?: (clientId: string, reason: string) => void
  /**
   * `true` if a document may be in a private network. The system then looks names up, also those in its file of hosts. @default false: public
   * addresses only, found by DNS
   */
  readonly allowPrivateAddresses?: boolean
  /**
   * Fetches a document, in place of the built-in way: for a network in which all requests go through a proxy. It has to limit time and size
   * itself, must not follow redirects, and rejects if there is no answer.
   */
  readonly fetchDocument?: FetchDocument
  /** The clock in epoch milliseconds, for tests. @default Date.now */
  readonly clock?: () => number
}

/** The option `clients`, with clients whose id is the address of their metadata. */
export interface ClientsWithDocuments {
  (clientId: string): Awaitable<Client | undefined>
  /** The member that tells clients of it in the metadata of the server. */
  readonly metadata: { readonly client_id_metadata_document_supported: true }
}

const isScope: Check = (value) =>
  typeof value === 'string' ? undefined : "a string of scopes with spaces between them, such as 'profile'"

const checks: Readonly<Record<keyof MetadataDocumentsOptions, Check>> = {
  scope: either(isScope, isFunction),
  accepts: isFunction,
  fetchesPerMinute: isWholeFrom(1, 10_000, 'fetches a minute'),
  onRefused: isFunction,
  allowPrivateAddresses: isBoolean,
  fetchDocument: isFunction,
  clock: isFunction,
}

/** Bytes of a document, as the draft recommends. */
const MAX_BYTES = 5 * 1024
// servers may offer the document under the media type that the draft registers, and no other
const accept = 'application/cimd+json, application/json'

/**
 * Adds clients that nobody has registered to the option `clients`: their id is an https address, at which their metadata is. The document is
 * fetched safely: from public addresses only, without redirects, 3 seconds and 5 KiB at most, and remembered as its cache headers say,
 * for 5 minutes to 24 hours. Everybody can be such a client, so it has no scope unless you give one; the pages name it by its host.
 *
 * @param clients - The registered clients, as for the option `clients`. They come first. Those of a list are checked when they are found, as
 *   those of a function are; give the option `scopes`, whose default knows listed clients only.
 * @throws {TypeError} for a wrong argument or option.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-02 Client ID Metadata Document, draft 02}
 * @example
 * ```ts
 * const clients = withMetadataDocuments([deviceClient({ client_id: 'tv' })], { scope: 'profile' })
 * ```
 */
export function withMetadataDocuments(
  clients: readonly Client[] | ((clientId: string) => Awaitable<Client | undefined>),
  options: MetadataDocumentsOptions = {},
): ClientsWithDocuments {
  const owner = jwtOwner('withMetadataDocuments')
  if (typeof clients !== 'function' && !Array.isArray(clients))
    throw new TypeError(
      `${owner.name} needs a list of clients, or a function that finds one, as its first argument. ${owner.reference}`,
    )
  const given = checkOptions(owner, options, checks)
  const { scope = '', accepts = () => true, allowPrivateAddresses = false } = given
  const findOwn = typeof clients === 'function' ? clients : listed(clients)
  const findDocument = createDocuments({
    fetchDocument: given.fetchDocument ?? safeFetchDocument({ accept, allowPrivateAddresses, maxBytes: MAX_BYTES }),
    scopeOf: typeof scope === 'function' ? scope : () => scope,
    fetchesPerMinute: given.fetchesPerMinute ?? 60,
    clock: given.clock ?? Date.now,
    onRefused: given.onRefused ?? (() => {}),
  })
  const findByUrl = async (clientId: string): Promise<Client | undefined> => {
    const own = await findOwn(clientId)
    // a database may answer null
    if (own !== undefined && own !== null) return own
    return accepts(new URL(clientId)) === true ? findDocument(clientId) : undefined
  }
  const find = (clientId: string) => (isClientIdUrl(clientId) ? findByUrl(clientId) : findOwn(clientId))
  return Object.assign(find, { metadata: { client_id_metadata_document_supported: true } as const })
}

function listed(clients: readonly Client[]): (clientId: string) => Client | undefined {
  const byId = new Map(clients.map((client) => [client.client_id, client]))
  return (clientId) => byId.get(clientId)
}
