/**
 * Serves a device sign-in server on platforms with web standards: Hono, Next.js, Bun, Deno and workers.
 * {@link toFetchHandler} makes a function from `Request` to `Response`.
 *
 * @module
 */

import type { ReadableStreamReadResult } from 'node:stream/web'
import {
  bodyConsumed,
  type DeviceAuthOrOptions,
  normalizePrefix,
  notFound,
  pathBelow,
  resolveDeviceAuth,
} from './adapters/adapter.ts'
import { errorResponse, isOAuthError, OAuthError } from './errors.ts'
import { bodyTooLarge, checkFormHeaders, MAX_FORM_BYTES, parseForm } from './form.ts'
import type { OAuthResponse, RequestHeaders } from './http.ts'

/** What {@link toFetchHandler} may be told. */
export interface FetchHandlerOptions {
  /** Where the endpoints are: `/oauth`. Default: the root. */
  readonly prefix?: string
  /** The peer's address, which a Request does not tell. Default: unknown, so that limits by address do not count. */
  readonly ip?: (request: Request) => string | undefined
}

/**
 * A device sign-in server as a function from Request to Response: for Hono, Next.js, Bun, Deno and workers.
 * A path that is none of its own is answered 404. Nothing in front may read the body.
 */
export function toFetchHandler(
  x: DeviceAuthOrOptions<Request>,
  { prefix, ip }: FetchHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const deviceAuth = resolveDeviceAuth(x)
  const mount = normalizePrefix(prefix)
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    const { method } = request
    const path = pathBelow(pathname, mount)
    const endpoint =
      (path === undefined ? undefined : deviceAuth.route(method, path)) ??
      (mount === '' ? undefined : deviceAuth.routeAtRoot(method, pathname))
    if (endpoint === undefined) return toResponse(notFound(), method)
    const headers: RequestHeaders = Object.fromEntries(request.headers)
    let form: URLSearchParams
    try {
      form = await readForm(request, headers)
    } catch (error) {
      if (!isOAuthError(error)) throw error
      return toResponse(errorResponse(error), method)
    }
    const answer = await endpoint({
      method,
      path: path ?? pathname,
      query: searchParams,
      headers,
      form,
      ip: ip?.(request),
      native: request,
    })
    return toResponse(answer, method)
  }
}

function toResponse({ status, headers, body }: OAuthResponse, method: string): Response {
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') fields.set(name, value)
    else for (const one of value) fields.append(name, one)
  }
  // a Response of status 204 or 304 takes no body, not even an empty one
  return new Response(body === '' || method === 'HEAD' ? null : body, { status, headers: fields })
}

async function readForm(request: Request, headers: RequestHeaders): Promise<URLSearchParams> {
  if (request.method !== 'POST' || checkFormHeaders(headers) !== undefined) return new URLSearchParams()
  if (Number(headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw bodyTooLarge()
  if (request.bodyUsed || request.body?.locked) throw bodyConsumed()
  return request.body === null ? new URLSearchParams() : parseForm(await readText(request.body))
}

/** Wrong bytes become U+FFFD, which parseForm refuses. */
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
      // whether the source minds is not ours to wait for
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
    throw new OAuthError('invalid_request', 'The body broke off.', { cause })
  }
}
