import type { IncomingMessage } from 'node:http'
import { bodyConsumed } from './adapter.ts'
import { OAuthError } from './errors.ts'
import { bodyTooLarge, checkFormHeaders, MAX_FORM_BYTES, parseForm } from './form.ts'
import type { Awaitable, RequestHeaders } from './http.ts'

/** A request that a body parser may have been at. */
export interface NodeRequest extends IncomingMessage {
  readonly body?: unknown
  readonly rawBody?: unknown
}

/**
 * The form of a request, whatever body parser was there before: the stream while it is unread, else what the parser
 * kept (`parsedBody`; default: `req.rawBody`, then `req.body`). A body that is not a form is left unread.
 * `undefined`: the client has gone, so nobody waits for an answer. Throws an `OAuthError` that is the answer.
 */
export function readForm(
  req: NodeRequest,
  headers: RequestHeaders,
  parsedBody?: unknown,
): Awaitable<URLSearchParams | undefined> {
  if (checkFormHeaders(headers) !== undefined) {
    // the endpoint checks the headers too, and answers
    req.resume()
    return new URLSearchParams()
  }
  if (Number(headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw discard(req)
  // never `body` first: Express 4's json() leaves `{}` there and the form unread
  if (req.readable && !req.readableDidRead) return readStream(req)
  if (req.destroyed && !req.complete) return undefined
  return formOf(parsedBody ?? req.rawBody ?? req.body, headers)
}

function discard(req: IncomingMessage): OAuthError {
  req.resume()
  return bodyTooLarge()
}

/**
 * The form in a body that nobody has read; `undefined` when it breaks off. There is no listener for `error`, because
 * each costs under Express, and Node keeps a reset from a request without one.
 */
function readStream(req: IncomingMessage): Promise<URLSearchParams | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (data: Buffer | string) => {
      if (size > MAX_FORM_BYTES) return
      // somebody may have called setEncoding
      const chunk = typeof data === 'string' ? Buffer.from(data, req.readableEncoding ?? 'utf8') : data
      size += chunk.length
      if (size > MAX_FORM_BYTES) reject(bodyTooLarge())
      else chunks.push(chunk)
    })
    req.on('end', () => {
      try {
        resolve(parseForm(textOf(chunks)))
      } catch (error) {
        reject(error)
      }
    })
    req.on('close', () => resolve(undefined))
    // somebody may have called pause
    if (req.isPaused()) req.resume()
  })
}

/** Wrong bytes become U+FFFD, which parseForm refuses. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks
  if (first === undefined) return ''
  return (chunks.length === 1 ? first : Buffer.concat(chunks)).toString()
}

/** The form in what a parser kept: text, bytes or an object. */
function formOf(kept: unknown, headers: RequestHeaders): URLSearchParams {
  if (typeof kept === 'string') return parseKept(kept, Buffer.byteLength(kept))
  if (kept instanceof Uint8Array) {
    return parseKept(Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString(), kept.byteLength)
  }
  if (kept instanceof URLSearchParams) return kept
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) throw bodyConsumed()
  const form = formOfObject(kept)
  if (form.size === 0 && hadContent(headers) && Object.keys(kept).length === 0) {
    throw new OAuthError('invalid_request', 'The body holds no parameters, or a middleware read it and kept nothing.')
  }
  return form
}

function parseKept(text: string, bytes: number): URLSearchParams {
  if (bytes > MAX_FORM_BYTES) throw bodyTooLarge()
  return parseForm(text)
}

function hadContent(headers: RequestHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Strings, and the strings of arrays: a parser makes an array of a repeat. What is nested was never a parameter. */
function formOfObject(kept: object): URLSearchParams {
  const form = new URLSearchParams()
  let size = 0
  const append = (name: string, value: unknown): void => {
    if (typeof value !== 'string') return
    size += name.length + value.length
    if (size > MAX_FORM_BYTES) throw bodyTooLarge()
    // a parser has put U+FFFD for wrong bytes, which parseForm refuses
    if (value.includes('\ufffd')) parseForm(value)
    form.append(name, value)
  }
  for (const [name, value] of Object.entries(kept)) {
    if (Array.isArray(value)) for (const one of value) append(name, one)
    else append(name, value)
  }
  return form
}
