import type { IncomingMessage } from 'node:http'
import { OAuthError } from '../errors.ts'
import { bodyTooLarge, MAX_FORM_BYTES, parseForm } from '../form.ts'
import type { BodyKinds, RequestHeaders } from '../http.ts'
import { bodyParser, notJsonObject, parseText } from '../json-body.ts'
import type { NodeRequest, ParsedBody } from './node-request.ts'
import { bodyConsumed } from './refusals.ts'

/** Receives the form, or `undefined` and the error that refuses the request. */
export type FormCallback = (form: URLSearchParams | undefined, refusal?: unknown) => void

/**
 * Reads the form of a request, whatever body parser was there before: from the stream while that is unread, else from
 * what the parser kept. A body that is not a form is left unread, and its form is empty.
 *
 * @param parsed - The object that body parsers set `rawBody` and `body` on, if that is not `req` itself.
 * @param kinds - The kinds of bodies that the endpoint reads.
 * @param done - Not called if the client goes away in the middle of its body: there is nobody to answer.
 */
export function readNodeForm(
  req: NodeRequest,
  headers: RequestHeaders,
  parsed: object | undefined,
  kinds: BodyKinds,
  done: FormCallback,
): void {
  const parse = bodyParser(headers, kinds)
  if (parse === undefined) {
    // the endpoint checks the headers too, and refuses the request
    req.resume()
    done(new URLSearchParams())
  } else if (Number(headers['content-length'] ?? 0) > MAX_FORM_BYTES) {
    req.resume()
    done(undefined, bodyTooLarge())
  } else if (req.readableFlowing === null) {
    readStream(req, parse, done)
  } else if (req.readable && !req.readableDidRead) {
    readStream(req, parse, done)
    // a middleware has paused it
    req.resume()
  } else if (!req.destroyed || req.complete) {
    const { rawBody, body }: ParsedBody = parsed ?? req
    const kept = rawBody ?? body ?? req.rawBody ?? req.body
    settle(() => formOfKept(kept, headers, parse), done)
  }
}

function settle(read: () => URLSearchParams, done: FormCallback): void {
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
 * Reads the form from the stream. This comes before any look at `body`, because Express 4's json() sets that to `{}` and
 * leaves the form unread. There are only two listeners: under Express each access to a request is expensive, and Node
 * reports a reset only to a request that listens for it. A promise goes on in the async context of its caller, so hooks know the
 * request id and the trace of the application. A listener would run in the context of the socket.
 */
function readStream(req: IncomingMessage, parse: typeof parseForm, done: FormCallback): void {
  const chunks: Buffer[] = []
  let size = 0
  req.on('data', (data: Buffer | string) => {
    if (size > MAX_FORM_BYTES) return
    // a string if a middleware has called setEncoding
    const chunk = typeof data === 'string' ? Buffer.from(data, req.readableEncoding ?? 'utf8') : data
    size += chunk.length
    if (size > MAX_FORM_BYTES) done(undefined, bodyTooLarge())
    else chunks.push(chunk)
  })
  const received = new Promise<void>((resolve) => req.on('end', resolve))
  void received.then(() => {
    if (size <= MAX_FORM_BYTES) settle(() => parse(textOf(chunks)), done)
  })
}

/** The text of the body. Bytes that are not UTF-8 become U+FFFD, which parseForm refuses. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks
  if (first === undefined) return ''
  return (chunks.length === 1 ? first : Buffer.concat(chunks)).toString()
}

/** The form that a body parser kept, as text, bytes or an object. */
function formOfKept(kept: unknown, headers: RequestHeaders, parse: typeof parseForm): URLSearchParams {
  if (typeof kept === 'string') return parseKept(kept, Buffer.byteLength(kept), parse)
  if (kept instanceof Uint8Array) {
    return parseKept(Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString(), kept.byteLength, parse)
  }
  if (kept instanceof URLSearchParams) return kept
  if (kept === undefined) throw bodyConsumed()
  if (parse === parseText) return textOfKept(kept)
  const isForm = parse === parseForm
  // no parser makes a list of a form, but JSON may be one: that is a fault of the sender, not of the application
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) throw isForm ? bodyConsumed() : notJsonObject()
  const form = formOfObject(kept, isForm ? repeatsOfForm : repeatsOfJson)
  if (isForm && form.size === 0 && hadContent(headers) && Object.keys(kept).length === 0) {
    throw new OAuthError('invalid_request', 'The body holds no parameters, or a middleware read it and kept nothing.')
  }
  return form
}

/** The JSON of what a body parser kept. */
function textOfKept(kept: unknown): URLSearchParams {
  let text: string
  try {
    text = JSON.stringify(kept)
  } catch (cause) {
    // the parser took more levels than can be written
    throw new OAuthError('invalid_request', 'The body has too many levels.', { cause })
  }
  return parseKept(text, Buffer.byteLength(text), parseText)
}

function parseKept(text: string, bytes: number, parse: typeof parseForm): URLSearchParams {
  if (bytes > MAX_FORM_BYTES) throw bodyTooLarge()
  return parse(text)
}

function hadContent(headers: RequestHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * The form in the object of a body parser: its strings, and the strings in its arrays, because a parser makes an array
 * of a repeated parameter. Nested objects are left out: they are no parameters.
 */
function formOfObject(kept: object, repeatsOf: (value: unknown) => readonly unknown[]): URLSearchParams {
  const form = new URLSearchParams()
  let size = 0
  const append = (name: string, value: unknown): void => {
    if (typeof value !== 'string') return
    size += name.length + value.length
    if (size > MAX_FORM_BYTES) throw bodyTooLarge()
    // the parser replaced bytes that are not UTF-8 by U+FFFD, which parseForm refuses
    if (value.includes('\ufffd')) parseForm(value)
    form.append(name, value)
  }
  for (const [name, value] of Object.entries(kept)) {
    for (const one of repeatsOf(value)) append(name, one)
  }
  return form
}

/** The values of a member of a JSON object. */
function repeatsOfJson(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** The values of one parameter of a form. The parser qs turns many repeats into an object whose keys are numbers. */
function repeatsOfForm(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return repeatsOfJson(value)
  return Object.keys(value).every((key) => /^\d+$/.test(key)) ? Object.values(value) : []
}
