import type { IncomingMessage } from 'node:http'
import type { RequestHeaders } from '../http.ts'

/** The members that body parsers set. */
export interface ParsedBody {
  /** The form as an object, text or bytes. */
  readonly body?: unknown
  /** The form as text or bytes. */
  readonly rawBody?: unknown
}

/** A request of node:http; a body parser may have read its body already. */
export type NodeRequest = IncomingMessage & ParsedBody

/**
 * The headers of a request. A repeated Authorization header is joined as the Fetch standard does it, so that it is
 * refused: Node keeps only the first, and a proxy in front may have checked the other one.
 */
export function requestHeaders(req: IncomingMessage): RequestHeaders {
  const { headers } = req
  if (headers.authorization === undefined) return headers
  const { rawHeaders } = req
  const given: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === 13 && name.toLowerCase() === 'authorization') given.push(rawHeaders[i + 1] ?? '')
  }
  return given.length > 1 ? { ...headers, authorization: given.join(', ') } : headers
}
