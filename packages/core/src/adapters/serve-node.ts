import type { ServerResponse } from 'node:http'
import { isOAuthError, refusalResponse } from '../errors.ts'
import {
  type AcceptedAt,
  type Endpoint,
  hasBody,
  type OAuthRequest,
  type OAuthResponse,
  type RequestHeaders,
} from '../http.ts'
import { targetQuery } from './mount.ts'
import { type FormCallback, readNodeForm } from './node-body.ts'
import { type NodeRequest, requestHeaders } from './node-request.ts'
import { writeResponse } from './node-response.ts'

/** The parts of a request that only the framework knows. */
export interface FrameworkRequest<Native = unknown> {
  /** Relative to the mount point, without the query. */
  readonly path: string
  /** The address of the client, as the framework's proxy setting finds it. */
  readonly ip: string | undefined
  /** The framework's own request; hooks get it as `request.native`. */
  readonly native: Native
  /** The object that body parsers set `rawBody` and `body` on. Default: the request of node:http. */
  readonly parsed?: object
}

/** The same with what {@link serveNode} does not read itself, because some frameworks make each access expensive. */
export interface NodeExchange<Native = unknown> extends FrameworkRequest<Native> {
  readonly method: string
  /** Without its question mark. */
  readonly query: string
  /** As `requestHeaders` returns them. */
  readonly headers: RequestHeaders
}

/**
 * Runs an endpoint for a request of node:http and writes the response: the core of an adapter for a framework that lets
 * others write to Node's response.
 *
 * @param done - Called when the response is written, or with the error that prevented it. Not called if the client goes
 *   away in the middle of its form: an adapter that waits must also listen for the request's `close`.
 */
export function serveNode<Native>(
  endpoint: Endpoint<Native>,
  req: NodeRequest,
  res: ServerResponse,
  { method, path, query: text, headers, ip, native, parsed }: NodeExchange<Native>,
  done: (error?: unknown) => void,
): void {
  const arrivedAt = performance.now()
  const acceptedAt = (): AcceptedAt | undefined => placeOfNew(res.socket)
  const respond: FormCallback = (form, refusal) => {
    if (form === undefined) {
      writeRefusal(res, refusal, done)
      return
    }
    const aborted: OAuthRequest['aborted'] = (onAborted) => isClosed(res, onAborted)
    const query = new URLSearchParams(text)
    endpoint({ method, path, query, headers, form, ip, native, aborted, arrivedAt, acceptedAt })
      .then((response) => writeResponse(res, response))
      .then(done, done)
  }
  if (hasBody(method)) readNodeForm(req, headers, parsed, endpoint, respond)
  else respond(new URLSearchParams())
}

/** The place at which a connection was accepted that has not had an answer yet. */
function placeOfNew(socket: ServerResponse['socket']): AcceptedAt | undefined {
  if (socket?.bytesWritten !== 0) return undefined
  const { localPort: port, localAddress = '' } = socket
  return port === undefined ? undefined : { port, isIPv6: localAddress.includes(':') }
}

/** True if the client has closed the connection. Node ends its own side as soon as the client has ended the other one. */
function isClosed(res: ServerResponse, onClosed: (() => void) | undefined): boolean {
  if (res.destroyed || res.socket?.writableEnded === true) return true
  if (onClosed !== undefined) res.once('close', onClosed)
  return false
}

function writeRefusal(res: ServerResponse, refusal: unknown, done: (error?: unknown) => void): void {
  if (!isOAuthError(refusal)) {
    done(refusal)
    return
  }
  writeResponse(res, refusalResponse(refusal))
  done()
}

/**
 * Runs an endpoint for a request of node:http and returns the response: the core of an adapter for a framework that
 * writes responses in its own way, so that its middleware or hooks see them.
 *
 * @returns `undefined` if the framework must write nothing: the client has gone in the middle of its form, or it sends
 *   too much and has been answered 413 already, while its body was still coming.
 */
export function answerNode<Native>(
  endpoint: Endpoint<Native>,
  req: NodeRequest,
  res: ServerResponse,
  { path, ip, native, parsed }: FrameworkRequest<Native>,
): Promise<OAuthResponse | undefined> {
  const arrivedAt = performance.now()
  const acceptedAt = (): AcceptedAt | undefined => placeOfNew(res.socket)
  const { method = 'GET', url = '' } = req
  const headers = requestHeaders(req)
  return new Promise((resolve, reject) => {
    let isReceived = false
    const settle = (response: OAuthResponse): void => {
      if (response.status === 413) writeResponse(res, response)
      resolve(response.status === 413 ? undefined : response)
    }
    const respond: FormCallback = (form, refusal) => {
      isReceived = true
      if (form === undefined) {
        if (isOAuthError(refusal)) settle(refusalResponse(refusal))
        else reject(refusal)
        return
      }
      const query = new URLSearchParams(targetQuery(url))
      const aborted: OAuthRequest['aborted'] = (onAborted) => isClosed(res, onAborted)
      endpoint({ method, path, query, headers, form, ip, native, aborted, arrivedAt, acceptedAt }).then(settle, reject)
    }
    if (hasBody(method)) {
      readNodeForm(req, headers, parsed, endpoint, respond)
      req.on('close', () => {
        // a form that has ended is read a moment after this event
        if (!isReceived && !req.readableEnded) resolve(undefined)
      })
    } else respond(new URLSearchParams())
  })
}
