import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DeviceAuth, OAuthResponse } from '@device-auth/core'
import { answerNode, type NodeRequest, targetPath, writeResponse } from '@device-auth/core/node'

/** The methods of Fastify's reply that are used here. */
type Reply = Record<'code' | 'header' | 'send' | 'hijack' | 'callNotFound', (...values: readonly unknown[]) => unknown>
/** Express's request, or Fastify's request around Node's own. */
type PlatformRequest = NodeRequest & {
  ip?: string
  originalUrl?: string
  raw?: NodeRequest
  /** Express: where this application is mounted in another one. */
  baseUrl?: string
  /** Express: the route that matched. */
  route?: { readonly path?: unknown }
  /** Fastify: the route that matched. */
  routeOptions?: { readonly url?: string }
}
/** Express's response, or Fastify's reply around Node's own response. */
type PlatformResponse = ServerResponse | (Reply & { readonly raw: ServerResponse })
/** A route handler of either platform. */
export type Handler = (request: PlatformRequest, response: PlatformResponse, next: unknown) => Promise<void>

/**
 * Serves one path. A request whose path is spelt in another way goes on to the application: routers also accept other cases,
 * escapes and a slash at the end, in the mount point too, and would pass limits in front that compare exactly.
 */
export async function serve(route: DeviceAuth['route'], path: string, ...exchange: Parameters<Handler>): Promise<void> {
  const [request, response, next] = exchange
  const raw = request.raw ?? request
  const target = targetPath(request.originalUrl ?? raw.url ?? '')
  const endpoint = target === registeredPath(request) ? route(raw.method ?? '', path) : undefined
  if (endpoint === undefined) {
    if ('raw' in response) response.callNotFound()
    else (next as () => void)()
    return
  }
  showBody(raw)
  const rawResponse = 'raw' in response ? response.raw : response
  const given = { path, ip: request.ip, native: request, parsed: request }
  const answer = await answerNode(endpoint, raw, rawResponse, given)
  if (answer !== undefined) respond(response, answer)
  else if ('raw' in response) response.hijack()
}

/** The whole path of the route that matched, as Nest has registered it. */
function registeredPath({ baseUrl = '', route, routeOptions }: PlatformRequest): string {
  return `${baseUrl}${routeOptions?.url ?? String(route?.path)}`
}

/** Fastify's `onSend` hooks expect to see the response; Express would add an ETag to it. */
function respond(response: PlatformResponse, answer: OAuthResponse): void {
  if (!('raw' in response)) {
    writeResponse(response, answer)
    return
  }
  const { status, headers, body } = answer
  response.code(status)
  for (const [name, value] of Object.entries(headers)) response.header(name, value)
  response.send(body === '' ? undefined : body)
}

const hidden = new WeakSet<IncomingMessage>()

/**
 * Hides the body of a request from body parsers until {@link serve} reads it. The parsers of Nest would take
 * `device_code[]` for `device_code`, or refuse a form in words of their own.
 */
export function hideBody(raw: IncomingMessage): void {
  const { 'content-type': _type, 'content-length': _length, 'transfer-encoding': _encoding, ...others } = raw.headers
  hidden.add(raw)
  Object.defineProperty(raw, 'headers', { value: others, configurable: true, writable: true })
}

function showBody(raw: IncomingMessage): void {
  if (hidden.delete(raw)) Reflect.deleteProperty(raw, 'headers')
}
