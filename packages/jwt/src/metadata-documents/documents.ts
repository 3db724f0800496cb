import type { Awaitable, Client } from '@device-auth/core'
import { createFetchBudget } from '../client-authentication/fetch-budget.ts'
import { type FetchDocument, RefusedDocumentError } from '../client-authentication/safe-fetch.ts'
import { type ReadDocument, readDocument } from './document.ts'
import { freshFor } from './freshness.ts'

/** Milliseconds for which a document is still used when it is not fresh any more, while its address does not answer. */
const GRACE = 60 * 60_000

/** Milliseconds without another fetch of an address that gave no client. */
const PAUSE = 60_000

/** The most documents that are remembered. Beyond them the one that was not used for the longest time is forgotten. */
const MAX_DOCUMENTS = 1000

/** Statuses that may be others a moment later. */
const temporary = [408, 425, 429]

interface Remembered {
  readonly client: Client
  /** Epoch milliseconds. */
  readonly fetchedAt: number
  /** Milliseconds. */
  readonly fresh: number
}

/** The parts that {@link createDocuments} is made of. */
interface DocumentsParts {
  readonly fetchDocument: FetchDocument
  readonly scopeOf: (clientId: string) => Awaitable<string>
  readonly fetchesPerMinute: number
  readonly clock: () => number
  readonly onRefused: (clientId: string, reason: string) => void
}

/**
 * Makes the function that finds a client by the address of its document. Documents are remembered; a fetch that strangers caused is
 * counted, and one that gave no client is not repeated for a minute. Nothing of a refused document is kept but the time of that pause.
 *
 * @returns A function that returns `undefined` for a document that is refused, and rejects if there was no answer or no fetch is left.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-02#section-5.2 Client ID Metadata Document, draft 02, section 5.2}
 */
export function createDocuments(parts: DocumentsParts): (clientId: string) => Awaitable<Client | undefined> {
  const budget = createFetchBudget(parts.fetchesPerMinute)
  const documents = new Map<string, Remembered>()
  const pauses = createPauses()
  const pending = new Map<string, Promise<Client | undefined>>()

  const fetchNow = async (clientId: string, now: number): Promise<Client | undefined> => {
    try {
      const found = await load(clientId, parts)
      documents.delete(clientId)
      if ('client' in found) return remember(documents, { client: found.client, fetchedAt: now, fresh: found.fresh })
      pauses.add(clientId, now, undefined)
      parts.onRefused(clientId, found.refused)
      return undefined
    } catch (cause) {
      const error = new Error('@device-auth/jwt: a client metadata document could not be fetched.', { cause })
      pauses.add(clientId, now, error)
      throw error
    }
  }

  const fetchOnce = (clientId: string, now: number, counted: boolean): Awaitable<Client | undefined> => {
    const running = pending.get(clientId)
    if (running !== undefined) return budget.join(() => running) ?? Promise.reject(new Error(tooManyWait))
    const paused = pauses.find(clientId, now)
    if (paused?.error !== undefined) throw paused.error
    if (paused !== undefined) return undefined
    if (counted && !budget.take(new URL(clientId).host, now)) throw new Error(noFetchLeft)
    const fetching = fetchNow(clientId, now).finally(() => {
      pending.delete(clientId)
      if (counted) budget.end()
    })
    pending.set(clientId, fetching)
    return fetching
  }

  return (clientId) => {
    const now = parts.clock()
    const known = documents.get(clientId)
    const age = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(now - known.fetchedAt)
    if (known === undefined || age >= known.fresh + GRACE) return fetchOnce(clientId, now, true)
    remember(documents, known)
    // a request does not wait for the second look; a failure shows when the time of grace is over
    if (age >= known.fresh && !pending.has(clientId) && pauses.find(clientId, now) === undefined)
      Promise.resolve(fetchOnce(clientId, now, false)).catch(() => {})
    return known.client
  }
}

const noFetchLeft =
  '@device-auth/jwt: too many client metadata documents were asked for, so no more are fetched for a moment. If the clients are wanted, raise the option `fetchesPerMinute` of withMetadataDocuments.'

const tooManyWait =
  '@device-auth/jwt: too many requests wait for client metadata documents that are slow, so no more wait for a moment.'

/** Remembers a document as the one that was used last. */
function remember(documents: Map<string, Remembered>, document: Remembered): Client {
  const { client } = document
  documents.delete(client.client_id)
  documents.set(client.client_id, document)
  const [oldest] = documents.keys()
  if (documents.size > MAX_DOCUMENTS && oldest !== undefined) documents.delete(oldest)
  return client
}

type Loaded = ReadDocument & { readonly fresh: number }

async function load(clientId: string, { fetchDocument, scopeOf }: DocumentsParts): Promise<Loaded> {
  try {
    const answer = await fetchDocument(new URL(clientId))
    const { status, text } = answer
    if (status >= 500 || temporary.includes(status)) throw new Error(`The answer has the status ${status}.`)
    if (status !== 200) return { refused: `the answer has the status ${status}`, fresh: 0 }
    const document = parse(text)
    return { ...readDocument(clientId, document, await scopeOf(clientId)), fresh: freshFor(answer) }
  } catch (error) {
    if (error instanceof RefusedDocumentError) return { refused: error.message, fresh: 0 }
    // no such host: nothing that a later attempt within minutes would change
    if (Object(error).code === 'ENOTFOUND') return { refused: 'its host does not exist', fresh: 0 }
    throw error
  }
}

/** The value of a JSON text; `undefined` for another text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Pause {
  readonly since: number
  /** The error, if there was no answer. */
  readonly error: Error | undefined
}

/** Addresses that are not fetched again for a while. */
function createPauses(): {
  add(clientId: string, now: number, error: Error | undefined): void
  find(clientId: string, now: number): Pause | undefined
} {
  const pauses = new Map<string, Pause>()
  const isOver = ({ since }: Pause, now: number): boolean => Math.abs(now - since) >= PAUSE
  return {
    add(clientId, now, error) {
      // those that are left are as few as the fetches of a minute
      for (const [id, one] of pauses) if (isOver(one, now)) pauses.delete(id)
      pauses.set(clientId, { since: now, error })
    },
    find(clientId, now) {
      const one = pauses.get(clientId)
      return one === undefined || isOver(one, now) ? undefined : one
    },
  }
}
