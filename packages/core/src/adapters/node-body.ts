import type { IncomingMessage } from 'node:http'
import { OAuthError } from '../errors.ts'
import { bodyTooLarge, checkFormHeaders, MAX_FORM_BYTES, parseForm } from '../form.ts'
import type { RequestHeaders } from '../http.ts'
import { bodyConsumed } from './adapter.ts'

/** A request that a body parser may have been at. */
export type NodeRequest = IncomingMessage & { readonly body?: unknown; readonly rawBody?: unknown }

/** Told of the form, or of the error that is the answer. */
export type FormReader = (form: URLSearchParams | undefined, refusal?: unknown) => void

/**
 * The form of a request, whatever body parser was there before: the stream while it is unread, else what the parser
 * kept (`parsedBody`; default: `req.rawBody`, then `req.body`). A body that is not a form is left unread.
 * `done` is not called when the client goes away in mid-body: nobody is left to be answered.
 */
export function readForm(req: NodeRequest, headers: RequestHeaders, parsedBody: unknown, done: FormReader): void {
  if (checkFormHeaders(headers) !== undefined) {
    // the endpoint checks the headers too, and answers
    req.resume()
    done(new URLSearchParams())
  } else if (Number(headers['content-length'] ?? 0) > MAX_FORM_BYTES) {
    req.resume()
    done(undefined, bodyTooLarge())
  } else if (req.readableFlowing === null) {
    readStream(req, done)
  } else if (req.readable && !req.readableDidRead) {
    readStream(req, done)
    // somebody had called pause
    req.resume()
  } else if (!req.destroyed || req.complete) {
    settle(() => formOf(parsedBody ?? req.rawBody ?? req.body, headers), done)
  }
}

function settle(read: () => URLSearchParams, done: FormReader): void {
  let form: URLSearchParams
  try {
    form = read()
  } catch (refusal) {
    done(undefined, refusal)
    return
  }
  done(form)
}

/**
 * Never `body` first: Express 4's json() leaves `{}` there and the form unread. And two listeners, no more: Express
 * makes each look at a request dear, and Node keeps a reset from a request without a listener for it.
 */
function readStream(req: IncomingMessage, done: FormReader): void {
  const chunks: Buffer[] = []
  let size = 0
  req.on('data', (data: Buffer | string) => {
    if (size > MAX_FORM_BYTES) return
    // somebody may have called setEncoding
    const chunk = typeof data === 'string' ? Buffer.from(data, req.readableEncoding ?? 'utf8') : data
    size += chunk.length
    if (size > MAX_FORM_BYTES) done(undefined, bodyTooLarge())
    else chunks.push(chunk)
  })
  req.on('end', () => {
    if (size <= MAX_FORM_BYTES) settle(() => parseForm(textOf(chunks)), done)
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
    for (const one of repeatsOf(value)) append(name, one)
  }
  return form
}

/** Of more than a few repeats the parser qs makes no array but an object of numbers. */
function repeatsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return [value]
  return Object.keys(value).every((key) => /^\d+$/.test(key)) ? Object.values(value) : []
}
