import type { DeviceAuth, RequestHeaders } from '@device-auth/core'
import {
  type DeviceAuthOrOptions,
  requestHeaders,
  resolveDeviceAuth,
  serveNode,
  targetPath,
  targetQuery,
} from '@device-auth/core/node'
import type { Request, RequestHandler } from 'express'

type FindEndpoint = DeviceAuth<Request>['route']

/**
 * The endpoints and pages, for `app.use`: `app.use('/oauth', deviceAuthRouter(options))`. Takes options, or the
 * object that `createDeviceAuth` made of them. Other paths go on to the application. Body parsers may stand in
 * front of it or behind; `trust proxy` decides about `req.ip`; who is signed in is `req.user`, unless a hook says
 * otherwise.
 */
export function deviceAuthRouter(x: DeviceAuthOrOptions<Request>): RequestHandler {
  const deviceAuth = resolveDeviceAuth(x)
  return serve((method, path) => deviceAuth.route(method, path))
}

/**
 * The metadata at the root of the host, for an issuer that has a path: `app.use(metadataRouter(deviceAuth))`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export function metadataRouter(deviceAuth: DeviceAuth<Request>): RequestHandler {
  return serve((method, path) => deviceAuth.routeAtRoot(method, path))
}

/** A function and no Router: that is a third of Express's cost, and path patterns differ between 4 and 5. */
function serve(find: FindEndpoint): RequestHandler {
  return (req, res, next) => {
    const { method, url } = req
    const path = targetPath(url)
    const endpoint = find(method, path)
    if (endpoint === undefined || doubleSlash.test(req.originalUrl)) return next()
    const headers = requestHeaders(req)
    const exchange = { method, path, query: targetQuery(url), headers, ip: address(req, headers), native: req }
    serveNode(endpoint, req, res, exchange, (error) => {
      if (error !== undefined) next(error)
    })
  }
}

/** What `req.ip` says, without its cost where nothing was forwarded and it can only be the socket's. */
function address(req: Request, headers: RequestHeaders): string | undefined {
  return headers['x-forwarded-for'] === undefined ? req.socket.remoteAddress : req.ip
}

/** Express 4 takes `/oauth//token` for `/oauth/token`, past whatever the application mounted on that. */
const doubleSlash = /^\/[^?]*\/\//
