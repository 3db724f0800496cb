import type { ReadableStreamReadResult } from 'node:stream/web'
import { OAuthError } from '../errors.ts'
import { bodyTooLarge, MAX_FORM_BYTES } from '../form.ts'
import { type BodyKinds, hasBody, type RequestHeaders } from '../http.ts'
import { bodyParser } from '../json-body.ts'
import { bodyConsumed } from './refusals.ts'

/**
 * Reads the form of a request; a body that is not a form is left unread.
 *
 * @param kinds - The kinds of bodies that the endpoint reads.
 * @throws {OAuthError} if the body is too large, malformed, incomplete, or already read.
 */
export async function readFetchForm(
  request: Request,
  headers: RequestHeaders,
  kinds: BodyKinds,
): Promise<URLSearchParams> {
  const parse = hasBody(request.method) ? bodyParser(headers, kinds) : undefined
  if (parse === undefined) return new URLSearchParams()
  if (Number(headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw bodyTooLarge()
  if (request.bodyUsed || request.body?.locked) throw bodyConsumed()
  return request.body === null ? new URLSearchParams() : parse(await readText(request.body))
}

/** The text of the body. Bytes that are not UTF-8 become U+FFFD, which parseForm refuses. */
async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await read(reader)
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > MAX_FORM_BYTES) {
      // nobody waits for the source to stop, and it may fail to
      reader.cancel().catch(() => undefined)
      throw bodyTooLarge()
    }
    text += decoder.decode(value, { stream: true })
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read()
  } catch (cause) {
    throw new OAuthError('invalid_request', 'The body ended before it was complete; send the request again.', { cause })
  }
}
