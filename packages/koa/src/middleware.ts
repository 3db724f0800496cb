import { type DeviceAuth, type Endpoint, errorResponse, isOAuthError, type OAuthResponse } from '@device-auth/core'
import {
  type DeviceAuthOrOptions,
  formOf,
  normalizePrefix,
  pathBelow,
  requestHeaders,
  resolveDeviceAuth,
  targetPath,
  targetQuery,
} from '@device-auth/core/node'
import type { Context, Middleware } from 'koa'
import { respond } from './respond.ts'

/** Options of the {@link deviceAuth} middleware. */
export interface MiddlewareOptions {
  /** Where the endpoints are, unless koa-mount says so: `/oauth`. Default: the root. */
  readonly prefix?: string
}

type Find = (method: string, path: string) => { endpoint: Endpoint<Context>; path: string } | undefined

/**
 * The endpoints and pages, for `app.use`: `app.use(deviceAuth(options, { prefix: '/oauth' }))`, or under koa-mount.
 * Takes options, or the object that `createDeviceAuth` made of them. Other paths go on to the application. Body
 * parsers may stand in front of it or behind; `app.proxy` decides about `ctx.ip`; who is signed in is
 * `ctx.state.user`, unless a hook says otherwise.
 */
export function deviceAuth(x: DeviceAuthOrOptions<Context>, { prefix }: MiddlewareOptions = {}): Middleware {
  const server = resolveDeviceAuth(x)
  const mount = normalizePrefix(prefix)
  return serve((method, target) => {
    const path = pathBelow(target, mount)
    const endpoint = path === undefined ? undefined : server.route(method, path)
    return path === undefined || endpoint === undefined ? undefined : { endpoint, path }
  })
}

/**
 * The metadata at the root of the host, for an issuer that has a path: `app.use(metadata(deviceAuth))`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export function metadata(server: DeviceAuth<Context>): Middleware {
  return serve((method, path) => {
    const endpoint = server.routeAtRoot(method, path)
    return endpoint === undefined ? undefined : { endpoint, path }
  })
}

function serve(find: Find): Middleware {
  return async (ctx, next) => {
    const found = find(ctx.method, targetPath(ctx.url))
    if (found === undefined) return next()
    const response = await answer(found.endpoint, found.path, ctx)
    if (response !== undefined) respond(ctx, response)
  }
}

/** `undefined` when the client has gone in the middle of its form. */
async function answer(endpoint: Endpoint<Context>, path: string, ctx: Context): Promise<OAuthResponse | undefined> {
  const { method, req, request, ip } = ctx
  const headers = requestHeaders(req)
  const query = new URLSearchParams(targetQuery(ctx.url))
  try {
    const form =
      method === 'POST'
        ? await formOf(req, Reflect.get(request, 'rawBody') ?? Reflect.get(request, 'body'))
        : new URLSearchParams()
    if (form === undefined) return undefined
    return endpoint({ method, path, query, headers, form, ip, native: ctx })
  } catch (error) {
    if (isOAuthError(error)) return errorResponse(error)
    throw error
  }
}
