import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { type Endpoint, errorResponse, isOAuthError, type OAuthResponse } from '@device-auth/core'
import { type NodeRequest, readForm, requestHeaders, targetQuery, writeResponse } from '@device-auth/core/node'

/** Express's request, or Fastify's around Node's own. */
export type PlatformRequest = NodeRequest & {
  readonly ip?: string
  readonly originalUrl?: string
  readonly raw?: NodeRequest
}

/** Fastify's reply, as far as it matters. */
interface Reply {
  readonly raw: ServerResponse
  hijack(): unknown
  code(status: number): unknown
  header(name: string, value: unknown): unknown
  send(body: string | undefined): unknown
  callNotFound(): unknown
}

/** Express's response, or Fastify's reply. */
export type PlatformResponse = ServerResponse | Reply

const hidden = new WeakMap<IncomingMessage, IncomingHttpHeaders>()

/**
 * Keeps body parsers away from a form: none is needed, and theirs take `device_code[]` for `device_code`, or refuse what
 * OAuth has an answer for. Fastify alone would allow to change this for single routes.
 */
export function hideBody(raw: IncomingMessage): void {
  const { 'content-type': _type, 'content-length': _length, 'transfer-encoding': _encoding, ...others } = raw.headers
  hidden.set(raw, raw.headers)
  raw.headers = others
}

/** Runs one endpoint; settles too when the client goes away in the middle of its form. */
export async function answer(
  endpoint: Endpoint,
  path: string,
  request: PlatformRequest,
  response: PlatformResponse,
): Promise<void> {
  const raw = request.raw ?? request
  raw.headers = hidden.get(raw) ?? raw.headers
  const { method = '' } = raw
  const headers = requestHeaders(raw)
  const query = new URLSearchParams(targetQuery(raw.url ?? ''))
  try {
    const form = method === 'POST' ? await formOf(raw, request) : new URLSearchParams()
    if (form === undefined) return
    respond(response, await endpoint({ method, path, query, headers, form, ip: request.ip, native: request }))
  } catch (error) {
    if (!isOAuthError(error)) throw error
    respond(response, errorResponse(error))
  }
}

function formOf(raw: IncomingMessage, { rawBody, body }: PlatformRequest): Promise<URLSearchParams | undefined> {
  return new Promise((resolve, reject) => {
    readForm(raw, requestHeaders(raw), rawBody ?? body, (form, refusal) =>
      form === undefined ? reject(refusal) : resolve(form),
    )
    raw.once('close', () => resolve(undefined))
  })
}

/** The bytes as they are: Express would add an ETag; Fastify's `onSend` hooks and plugins expect to see them. */
function respond(response: PlatformResponse, answered: OAuthResponse): void {
  const { status, headers, body } = answered
  if (!('raw' in response)) {
    writeResponse(response, answered)
  } else if (status === 413) {
    // its sender is still sending, and has to be heard to the end to read the answer
    response.hijack()
    writeResponse(response.raw, answered)
  } else {
    response.code(status)
    for (const [name, value] of Object.entries(headers)) response.header(name, value)
    response.send(body === '' ? undefined : body)
  }
}

/** Lets the application answer: Express goes on to its next route, Fastify has none. */
export function goOn(response: PlatformResponse, next: () => void): void {
  if ('raw' in response) response.callNotFound()
  else next()
}
