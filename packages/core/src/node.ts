/**
 * Serves a device sign-in server with `node:http`, Connect and frameworks built on them. {@link toNodeHandler} makes a
 * handler; the other functions are the parts that an adapter for a framework is made of.
 *
 * @module
 */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import {
  type DeviceAuthOrOptions,
  normalizePrefix,
  notFound,
  pathBelow,
  resolveDeviceAuth,
  targetPath,
  targetQuery,
} from './adapters/adapter.ts'
import { type FormReader, type NodeRequest, readForm } from './adapters/node-body.ts'
import type { DeviceAuth } from './contract/device-auth.ts'
import { errorResponse, isOAuthError, OAuthError } from './errors.ts'
import type { Endpoint, OAuthResponse, RequestHeaders } from './http.ts'

export {
  bodyConsumed,
  type DeviceAuthOrOptions,
  normalizePrefix,
  notFound,
  pathBelow,
  resolveDeviceAuth,
  targetPath,
  targetQuery,
} from './adapters/adapter.ts'

export { type FormReader, type NodeRequest, readForm } from './adapters/node-body.ts'

/** What a framework knows of a request beyond Node's own objects. */
export interface NodeExchange<Native = unknown> {
  readonly method: string
  /** Relative to the mount point, without the query. */
  readonly path: string
  /** Without its question mark. */
  readonly query: string
  /** As `requestHeaders` gives them. */
  readonly headers: RequestHeaders
  /** The peer's address, as the framework's proxy setting says. */
  readonly ip: string | undefined
  /** What hooks get as `request.native`. */
  readonly native: Native
  /** What a body parser kept. Default: `req.rawBody`, then `req.body`. */
  readonly parsedBody?: unknown
}

/**
 * Runs one endpoint for a request of node:http and writes its answer: what an adapter for a framework on node:http is
 * made of. `done` is called when the answer is written, or with the error that kept it from being so; never when the
 * client goes away before it has sent its form, so an adapter that waits listens for the request's `close` too.
 */
export function serveNode<Native>(
  endpoint: Endpoint<Native>,
  req: NodeRequest,
  res: ServerResponse,
  { method, path, query, headers, ip, native, parsedBody }: NodeExchange<Native>,
  done: (error?: unknown) => void,
): void {
  const answer: FormReader = (form, refusal) => {
    if (form === undefined) {
      refuse(res, refusal, done)
      return
    }
    endpoint({ method, path, query: new URLSearchParams(query), headers, form, ip, native })
      .then((response) => writeResponse(res, response))
      .then(done, done)
  }
  if (method === 'POST') readForm(req, headers, parsedBody, answer)
  else answer(new URLSearchParams())
}

/** {@link readForm} as a promise; `undefined` when the client has gone in the middle of its form. */
export function formOf(req: NodeRequest, parsedBody?: unknown): Promise<URLSearchParams | undefined> {
  return new Promise((resolve, reject) => {
    const done: FormReader = (form, refusal) => (form === undefined ? reject(refusal) : resolve(form))
    readForm(req, requestHeaders(req), parsedBody, done)
    req.once('close', () => resolve(undefined))
  })
}

function refuse(res: ServerResponse, refusal: unknown, done: (error?: unknown) => void): void {
  if (!isOAuthError(refusal)) {
    done(refusal)
    return
  }
  writeResponse(res, errorResponse(refusal))
  done()
}

/**
 * The headers, with a repeated Authorization joined as the Fetch standard does it: Node keeps the first alone, and
 * whoever stands in front may have checked the other.
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

/** Writes an answer, unless somebody has answered already or nobody is there any more. */
export function writeResponse(res: ServerResponse, { status, headers, body }: OAuthResponse): void {
  try {
    if (headers['set-cookie'] === undefined) res.writeHead(status, headers as OutgoingHttpHeaders)
    else writeWithCookies(res, status, headers)
  } catch (error) {
    // asked afterwards, because under Express each look at a response costs a microsecond
    if (res.headersSent) return
    throw error
  }
  if (status === 413 && !res.req.complete) endLate(res, body)
  else res.end(body)
}

/** The application in front may have set cookies too, and `writeHead` would put ours in their place. */
function writeWithCookies(res: ServerResponse, status: number, headers: OAuthResponse['headers']): void {
  const { 'set-cookie': cookies = [], ...rest } = headers
  if (!res.headersSent) for (const cookie of [cookies].flat()) res.appendHeader('set-cookie', cookie)
  res.writeHead(status, rest as OutgoingHttpHeaders)
}

/** Bytes of a refused body that are swallowed, so that its sender gets to read why. */
const maxSwallowed = 4 * 1024 * 1024

/** Closing a connection with unread bytes resets it, and the reset would overtake the answer (RFC 9112 section 9.6). */
function endLate(res: ServerResponse, body: string): void {
  res.write(body)
  let swallowed = 0
  const end = (): void => void res.end()
  res.req.on('data', (chunk: Buffer | string) => {
    swallowed += chunk.length
    if (swallowed > maxSwallowed) end()
  })
  res.req.on('end', end)
  res.req.on('close', end)
  res.req.on('error', end)
  res.req.resume()
}

/** What {@link toNodeHandler} may be told. */
export interface NodeHandlerOptions {
  /** Where the endpoints are, when nothing in front strips it: `/oauth`. Default: the root. */
  readonly prefix?: string
  /** The paths below the prefix to serve here; the others go on. Default: all. */
  readonly only?: readonly string[]
}

/** A handler for node:http, and a middleware for Connect and its kin. */
export type NodeHandler = (req: NodeRequest, res: ServerResponse, next?: (error?: unknown) => void) => void

/**
 * A device sign-in server as a handler for node:http. A path that is none of its own goes to the middleware's `next`,
 * else to the `next` given here (an Express application, say), else is answered 404.
 */
export function toNodeHandler(
  x: DeviceAuthOrOptions<IncomingMessage>,
  next?: (req: IncomingMessage, res: ServerResponse) => unknown,
  { prefix, only }: NodeHandlerOptions = {},
): NodeHandler {
  const mount = normalizePrefix(prefix)
  const find = endpointFinder(resolveDeviceAuth(x), mount, only)
  return (req, res, nextMiddleware) => {
    const { method = 'GET', url = '' } = req
    const path = targetPath(url)
    const endpoint = find(method, path)
    if (endpoint === undefined) {
      if (nextMiddleware !== undefined) nextMiddleware()
      else if (next !== undefined) next(req, res)
      else writeResponse(res, notFound())
      return
    }
    const below = pathBelow(path, mount) ?? path
    const headers = requestHeaders(req)
    const exchange = {
      method,
      path: below,
      query: targetQuery(url),
      headers,
      ip: req.socket.remoteAddress,
      native: req,
    }
    serveNode(endpoint, req, res, exchange, (error) => {
      if (error === undefined) return
      if (nextMiddleware !== undefined) nextMiddleware(error)
      else writeResponse(res, errorResponse(new OAuthError('server_error')))
    })
  }
}

/** Below the mount point; with one, the root of the host is ours as well, where RFC 8414 wants the metadata. */
function endpointFinder<Native>(
  deviceAuth: DeviceAuth<Native>,
  mount: string,
  only: readonly string[] | undefined,
): DeviceAuth<Native>['route'] {
  return (method, path) => {
    const below = pathBelow(path, mount)
    if (below !== undefined && only?.includes(below) !== false) {
      const endpoint = deviceAuth.route(method, below)
      if (endpoint !== undefined) return endpoint
    }
    return mount === '' || only !== undefined ? undefined : deviceAuth.routeAtRoot(method, path)
  }
}
