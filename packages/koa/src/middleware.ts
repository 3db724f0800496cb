// An adapter translates and decides nothing. This one does what a new one must do:
// 1. make the server of options or take it as it is: `resolveDeviceAuth`;
// 2. find the endpoint by method and path, below the mount point and at the root of the host: `route`, `routeAtRoot`;
// 3. let the framework go on where there is no endpoint;
// 4. let core read the form and run the endpoint: `answerNode`; write the response in the framework's own way;
// 5. pass the client's address as the framework's proxy setting finds it, and the framework's request as `native`;
// 6. pass `adapterContract` of @device-auth/core/testing, with every body parser that applications put in front.
import type { DeviceAuth } from '@device-auth/core'
import {
  answerNode,
  checkMount,
  type DeviceAuthOrOptions,
  type MountWatch,
  normalizePrefix,
  pathBelow,
  requireServer,
  resolveDeviceAuth,
  targetPath,
  watchMount,
} from '@device-auth/core/node'
import type { Context, Middleware } from 'koa'
import { respond } from './respond.ts'

/** Options of {@link deviceAuthMiddleware}. */
export interface DeviceAuthMiddlewareOptions {
  /** The path of the endpoints, if koa-mount does not set it: `/oauth`. Default: the root. */
  readonly prefix?: string
}

/**
 * The endpoints and pages, for `app.use(deviceAuthMiddleware(deviceAuth, { prefix: '/oauth' }))`, or under koa-mount.
 * Other paths go on to the application. Body parsers may stand in front of it or behind it. The client's address is
 * `ctx.ip`, as `app.proxy` says. The user who is signed in is `ctx.state.user`, unless the hook `authenticateUser` says
 * otherwise.
 *
 * @param deviceAuthOrOptions - The object that `createDeviceAuth` returned, or the options for it.
 * @throws {OptionError} if options are given and one is wrong.
 */
export function deviceAuthMiddleware(
  deviceAuthOrOptions: DeviceAuthOrOptions<Context>,
  options: DeviceAuthMiddlewareOptions = {},
): Middleware {
  checkMount('deviceAuthMiddleware', options)
  const deviceAuth = resolveDeviceAuth(deviceAuthOrOptions)
  const mount = normalizePrefix(options.prefix)
  const remedy = (path: string): string => `deviceAuthMiddleware(..., { prefix: '${path}' })`
  return serve(deviceAuth.route, mount, watchMount(deviceAuth, remedy, mount))
}

/**
 * The metadata at the root of the host, for an issuer that has a path: `app.use(metadataMiddleware(deviceAuth))`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export function metadataMiddleware(deviceAuth: DeviceAuth<Context>): Middleware {
  return serve(requireServer('metadataMiddleware', deviceAuth).routeAtRoot, '')
}

function serve(route: DeviceAuth<Context>['route'], mount: string, watch?: MountWatch): Middleware {
  return async (ctx, next) => {
    // Koa's own getters lead to the same values on detours
    const { req, res } = ctx
    const seen = targetPath(req.url ?? '')
    const path = pathBelow(seen, mount)
    const endpoint = path === undefined ? undefined : route(req.method ?? '', path)
    watch?.(ctx.originalUrl, seen)
    if (path === undefined || endpoint === undefined) return next()
    const { request } = ctx
    const response = await answerNode(endpoint, req, res, { path, ip: request.ip, native: ctx, parsed: request })
    if (response === undefined) ctx.respond = false
    else respond(ctx, response)
  }
}
