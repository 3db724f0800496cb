import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Check, isPath } from '../checks.ts'
import { OAuthError, refusalResponse } from '../errors.ts'
import { checkMount } from './arguments.ts'
import { endpointFinder, normalizePrefix, pathBelow, targetPath, targetQuery } from './mount.ts'
import { watchMount } from './mount-watch.ts'
import { type NodeRequest, requestHeaders } from './node-request.ts'
import { writeResponse } from './node-response.ts'
import { notFound } from './refusals.ts'
import { type DeviceAuthOrOptions, resolveDeviceAuth } from './resolve-device-auth.ts'
import { serveNode } from './serve-node.ts'

const isPaths: Check = (value) =>
  Array.isArray(value) && value.every((path) => isPath(path) === undefined)
    ? undefined
    : "a list of paths such as '/token'"

/** Options of {@link toNodeHandler}. */
export interface NodeHandlerOptions {
  /** The path of the endpoints, if no framework in front strips it: `/oauth`. Default: the root. */
  readonly prefix?: string
  /** The paths below the prefix to serve; all others go on to the application. Default: all paths of the server. */
  readonly only?: readonly string[]
}

/** A handler for node:http, which is also a middleware for Connect and frameworks like it. */
export type NodeHandler = (req: NodeRequest, res: ServerResponse, next?: (error?: unknown) => void) => void

/**
 * A device sign-in server as a handler for node:http. With a prefix it also serves the metadata at the root of the host.
 *
 * @param next - Gets the requests for all other paths: an Express application, for example. If the handler is used as a
 *   middleware, these requests go to the `next` that the framework passes to it instead. If there is no `next` at all,
 *   the answer is 404.
 * @throws {OptionError} if options are given and one is wrong.
 *
 * @example
 * createServer(toNodeHandler(deviceAuth, app, { prefix: '/oauth' })).listen(3000)
 */
export function toNodeHandler(
  deviceAuthOrOptions: DeviceAuthOrOptions<IncomingMessage>,
  next?: (req: IncomingMessage, res: ServerResponse) => unknown,
  options: NodeHandlerOptions = {},
): NodeHandler {
  checkMount('toNodeHandler', options, { only: isPaths })
  if (next !== undefined && typeof next !== 'function')
    throw new TypeError(
      'toNodeHandler: the second argument is the handler of other paths, a function; options are the third.',
    )
  const { prefix, only } = options
  const mount = normalizePrefix(prefix)
  const deviceAuth = resolveDeviceAuth(deviceAuthOrOptions)
  const find = endpointFinder(deviceAuth, mount, only)
  const watch = watchMount(deviceAuth, (path) => `toNodeHandler(..., next, { prefix: '${path}' })`, mount)
  return (req, res, nextMiddleware) => {
    const { method = 'GET', url = '' } = req
    const path = targetPath(url)
    const endpoint = find(method, path)
    watch(sentTarget(req), path)
    if (endpoint === undefined) {
      if (nextMiddleware !== undefined) nextMiddleware()
      else if (next !== undefined) next(req, res)
      else writeResponse(res, notFound())
      return
    }
    const below = pathBelow(path, mount) ?? path
    const headers = requestHeaders(req)
    const ip = req.socket.remoteAddress
    const exchange = { method, path: below, query: targetQuery(url), headers, ip, native: req }
    serveNode(endpoint, req, res, exchange, (error) => {
      if (error === undefined) return
      if (nextMiddleware !== undefined) nextMiddleware(error)
      else writeResponse(res, refusalResponse(new OAuthError('server_error')))
    })
  }
}

/** The target as it was sent: Connect keeps it in `originalUrl` when it takes the mount point away. */
function sentTarget(req: NodeRequest): string {
  const { url = '' } = req
  if (!('originalUrl' in req)) return url
  return typeof req.originalUrl === 'string' ? req.originalUrl : url
}
