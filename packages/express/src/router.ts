import type { DeviceAuth } from '@device-auth/core'
import { type DeviceAuthOrOptions, resolveDeviceAuth, serveNode, targetPath, targetQuery } from '@device-auth/core/node'
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
    if (endpoint === undefined || hasDoubleSlash(req)) return next()
    const exchange = { method, path, query: targetQuery(url), ip: address(req), native: req }
    serveNode(endpoint, req, res, exchange, (error) => {
      if (error !== undefined) next(error)
    })
  }
}

/** What `req.ip` says, without its cost where nothing was forwarded and it can only be the socket's. */
function address(req: Request): string | undefined {
  return req.headers['x-forwarded-for'] === undefined ? req.socket.remoteAddress : req.ip
}

const slash = 47

/** Express 4 takes `/oauth//token` for `/oauth/token`, past whatever the application mounted on that. */
function hasDoubleSlash({ originalUrl, baseUrl }: Request): boolean {
  const { length } = baseUrl
  return originalUrl.charCodeAt(length) === slash && originalUrl.charCodeAt(length + 1) === slash
}
