import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'
import { type Lookup, privateNames, publicNames } from './public-names.ts'

/** Fetches a JSON document, and rejects if it cannot. */
export type FetchJson = (url: URL) => Promise<unknown>

/** The answer to the fetch of a document. */
export interface FetchedDocument {
  /** The HTTP status. A redirect is not followed. */
  readonly status: number
  /** The headers, with lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body of an answer with the status 200; `''` of any other. */
  readonly text: string
}

/** Fetches a document, and rejects if there is no answer. */
export type FetchDocument = (url: URL) => Promise<FetchedDocument>

/** The error for a document that no later attempt can fetch: its address is not public, or it is too large. */
export class RefusedDocumentError extends Error {
  override readonly name = 'RefusedDocumentError'
}

/** The parts of {@link safeFetch} that tests replace. */
export interface SafeFetchParts {
  /** Milliseconds for everything: the look-up of the name, the connection, and the whole document. */
  readonly timeout: number
  /** Bytes. */
  readonly maxBytes: number
  /** The media types to ask for, as the header Accept has them. */
  readonly accept: string
  /** True if the address may be one of a private network. */
  readonly allowPrivateAddresses: boolean
  /** Finds the addresses of a name. */
  readonly lookup: Lookup
  /** Further options of the connection, such as a certificate to trust. */
  readonly connection: RequestOptions
}

const usual: Omit<SafeFetchParts, 'lookup'> = {
  timeout: 3000,
  maxBytes: 64 * 1024,
  accept: 'application/jwk-set+json, application/json',
  allowPrivateAddresses: false,
  connection: {},
}

/** Makes a function that fetches JSON from an address that somebody else chose, in the way of {@link safeFetchDocument}. */
export function safeFetch(parts: Partial<SafeFetchParts> = {}): FetchJson {
  const fetchDocument = safeFetchDocument(parts)
  return async (url) => {
    const { status, text } = await fetchDocument(url)
    if (status !== 200) throw new Error(`The answer has the status ${status}, not 200.`)
    return JSON.parse(text)
  }
}

/**
 * Makes a function that fetches a document from an address that somebody else chose. It takes https and a public address only, follows no
 * redirect, and ends after a time and a size. It connects to the very address that it has checked: a second look-up of the name
 * could give another one.
 */
export function safeFetchDocument(parts: Partial<SafeFetchParts> = {}): FetchDocument {
  const given = { ...usual, lookup: parts.allowPrivateAddresses === true ? privateNames : publicNames, ...parts }
  return async (url) => {
    requireSafe(url, given)
    const signal = AbortSignal.timeout(given.timeout)
    const response = await send(url, given, signal)
    try {
      const { statusCode: status = 0, headers } = response
      return { status, headers, text: status === 200 ? await readText(response, given.maxBytes) : '' }
    } finally {
      response.destroy()
    }
  }
}

/** True for an https URL without a name and password. */
export function isFetchable(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return protocol === 'https:' && username === '' && password === ''
}

function requireSafe(url: URL, { allowPrivateAddresses }: SafeFetchParts): void {
  if (!isFetchable(url.href)) throw new RefusedDocumentError(`${url.origin} is no https address, or has a password.`)
  // nobody looks up the name of a host that is an address
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !allowPrivateAddresses && !isPublicAddress(host)) throw privateAddress(url.hostname)
}

function privateAddress(hostname: string): Error {
  return new RefusedDocumentError(
    `${hostname} has an address that is not public. If that is meant, set the option \`allowPrivateAddresses\`.`,
  )
}

function send(url: URL, { accept, allowPrivateAddresses, lookup, connection }: SafeFetchParts, signal: AbortSignal) {
  const checked: LookupFunction = (hostname, { all }, done) => {
    lookup(hostname).then(
      (addresses) => {
        const [first] = addresses
        if (first === undefined) return done(new Error(`${hostname} has no address.`), '')
        // one private address among public ones is an attack, too
        const fit = allowPrivateAddresses || addresses.every(({ address }) => isPublicAddress(address))
        if (!fit) return done(privateAddress(hostname), '')
        return all === true ? done(null, [...addresses]) : done(null, first.address, first.family)
      },
      (error: Error) => done(error, ''),
    )
  }
  const headers = { accept, 'accept-encoding': 'identity' }
  return new Promise<IncomingMessage>((resolve, reject) => {
    // no shared agent: a kept connection could lead to an address of an earlier look-up
    const asked = request(url, { ...connection, agent: false, headers, lookup: checked, signal }, resolve)
    asked.on('error', reject)
    asked.end()
  })
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > maxBytes) throw new RefusedDocumentError(`The answer is larger than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
