// An adapter translates and decides nothing. This one does what a new one must do:
// 1. make the server of options or take it as it is: `resolveDeviceAuth`;
// 2. find the endpoint by method and path, below the mount point and at the root of the host: `route`, `routeAtRoot`;
// 3. let the framework go on where there is no endpoint;
// 4. let core read the form, run the endpoint and write the response: `serveNode`, or `answerNode` and the framework's
//    own way to write it, if its middleware or hooks expect to see responses;
// 5. pass the client's address as the framework's proxy setting finds it, and the framework's request as `native`;
// 6. pass `adapterContract` of @device-auth/core/testing, with every body parser that applications put in front.
import type { DeviceAuth, RequestHeaders } from '@device-auth/core'
import {
  type DeviceAuthOrOptions,
  type MountWatch,
  requestHeaders,
  requireServer,
  resolveDeviceAuth,
  serveNode,
  targetPath,
  targetQuery,
  watchMount,
} from '@device-auth/core/node'
import type { Request, RequestHandler } from 'express'

/**
 * The endpoints and pages, for `app.use('/oauth', deviceAuthRouter(deviceAuth))`. Other paths go on to the application.
 * Body parsers may stand in front of it or behind it. The client's address is `req.ip`, as `trust proxy` says. The user
 * who is signed in is `req.user`, unless the hook `authenticateUser` says otherwise.
 *
 * @param deviceAuthOrOptions - The object that `createDeviceAuth` returned, or the options for it.
 * @throws {OptionError} if options are given and one is wrong.
 */
export function deviceAuthRouter(deviceAuthOrOptions: DeviceAuthOrOptions<Request>): RequestHandler {
  const deviceAuth = resolveDeviceAuth(deviceAuthOrOptions)
  return serve(
    deviceAuth.route,
    watchMount(deviceAuth, (mount) => `app.use('${mount}', deviceAuthRouter(...))`),
  )
}

/**
 * The metadata at the root of the host, for an issuer that has a path: `app.use(metadataRouter(deviceAuth))`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export function metadataRouter(deviceAuth: DeviceAuth<Request>): RequestHandler {
  return serve(requireServer('metadataRouter', deviceAuth).routeAtRoot)
}

/** A function instead of a Router: it costs a third, and path patterns differ between Express 4 and 5. */
function serve(route: DeviceAuth<Request>['route'], watch?: MountWatch): RequestHandler {
  return (req, res, next) => {
    const { method, url } = req
    const path = targetPath(url)
    const endpoint = route(method, path)
    watch?.(req.originalUrl, path)
    if (endpoint === undefined || doubleSlash.test(req.originalUrl)) return next()
    const headers = requestHeaders(req)
    const exchange = { method, path, query: targetQuery(url), headers, ip: addressOf(req, headers), native: req }
    serveNode(endpoint, req, res, exchange, (error) => {
      if (error !== undefined) next(error)
    })
  }
}

/** The value of `req.ip`. Without a forwarded address it is always the address of the socket, which costs less to read. */
function addressOf(req: Request, headers: RequestHeaders): string | undefined {
  return headers['x-forwarded-for'] === undefined ? req.socket.remoteAddress : req.ip
}

/**
 * Express 4 serves `/oauth//token` as `/oauth/token`, and so passes what the application mounted on that path. A target in the
 * absolute form has two slashes in front of its host, too.
 */
const doubleSlash = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?]*)?\/[^?]*\/\//i
