import type { IncomingMessage } from 'node:http'
import { bodyConsumed } from './adapter.ts'
import { OAuthError } from './errors.ts'
import { bodyTooLarge, checkFormHeaders, MAX_FORM_BYTES, parseForm } from './form.ts'

/** A request that a body parser may have been at. */
export interface NodeRequest extends IncomingMessage {
  readonly body?: unknown
  readonly rawBody?: unknown
}

/**
 * The form of a request, whatever body parser was there before: the stream while it is unread, else what the parser
 * kept (`parsedBody`; default: `req.rawBody`, then `req.body`). A body that is not a form is left unread.
 * `undefined`: the client has gone, so nobody waits for an answer.
 * Throws an `OAuthError` that is the answer.
 */
export async function readForm(req: NodeRequest, parsedBody?: unknown): Promise<URLSearchParams | undefined> {
  if (req.method !== 'POST') return new URLSearchParams()
  if (checkFormHeaders(req.headers) !== undefined) {
    // the endpoint checks the headers too, and answers
    req.resume()
    return new URLSearchParams()
  }
  if (Number(req.headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw discard(req)
  // never `body` first: Express 4's json() leaves `{}` there and the form unread
  if (req.readable && !req.readableDidRead) {
    const text = await readStream(req)
    return text === undefined ? undefined : parseForm(text)
  }
  if (req.destroyed && !req.complete) return undefined
  return formOf(parsedBody ?? req.rawBody ?? req.body, req)
}

function discard(req: IncomingMessage): OAuthError {
  req.resume()
  return bodyTooLarge()
}

/** The body as text; `undefined` when it broke off. */
function readStream(req: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    const onData = (data: Buffer | string): void => {
      // somebody may have called setEncoding
      const chunk = typeof data === 'string' ? Buffer.from(data, req.readableEncoding ?? 'utf8') : data
      size += chunk.length
      if (size > MAX_FORM_BYTES) {
        req.off('data', onData)
        chunks = []
        reject(discard(req))
      } else chunks.push(chunk)
    }
    const onGone = (): void => resolve(undefined)
    req.on('data', onData)
    req.on('end', () => resolve(textOf(chunks)))
    // it stays: without a listener a late reset would be thrown
    req.on('error', onGone)
    req.on('close', onGone)
    // somebody may have called pause
    req.resume()
  })
}

/** Wrong bytes become U+FFFD, which parseForm refuses. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks
  if (first === undefined) return ''
  return (chunks.length === 1 ? first : Buffer.concat(chunks)).toString()
}

/** The form in what a parser kept: text, bytes or an object. */
function formOf(kept: unknown, req: IncomingMessage): URLSearchParams {
  if (typeof kept === 'string') return parseKept(kept, Buffer.byteLength(kept))
  if (kept instanceof Uint8Array) {
    return parseKept(Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString(), kept.byteLength)
  }
  if (kept instanceof URLSearchParams) return kept
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) throw bodyConsumed()
  const form = formOfObject(kept)
  if (form.size === 0 && hadContent(req) && Object.keys(kept).length === 0) {
    throw new OAuthError('invalid_request', 'The body holds no parameters, or a middleware read it and kept nothing.')
  }
  return form
}

function parseKept(text: string, bytes: number): URLSearchParams {
  if (bytes > MAX_FORM_BYTES) throw bodyTooLarge()
  return parseForm(text)
}

function hadContent(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
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
