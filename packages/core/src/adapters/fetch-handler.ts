import { isFunction } from '../checks.ts'
import { isOAuthError, refusalResponse } from '../errors.ts'
import type { OAuthResponse, RequestHeaders } from '../http.ts'
import { checkMount } from './arguments.ts'
import { readFetchForm } from './fetch-body.ts'
import { endpointFinder, normalizePrefix, pathBelow } from './mount.ts'
import { watchMount } from './mount-watch.ts'
import { notFound } from './refusals.ts'
import { type DeviceAuthOrOptions, resolveDeviceAuth } from './resolve-device-auth.ts'

/** Options of {@link toFetchHandler}. */
export interface FetchHandlerOptions {
  /** The path of the endpoints: `/oauth`. Default: the root. */
  readonly prefix?: string
  /** Finds the address of the client, which a Request does not have. Default: unknown; limits by address are off then. */
  readonly ip?: (request: Request) => string | undefined
}

/**
 * A device sign-in server as a function from Request to Response, for Hono, Next.js, Bun, Deno and workers. Paths that
 * are not its own are answered 404. Nothing in front may read the body. With a prefix it also serves the metadata at the
 * root of the host.
 *
 * @throws {OptionError} if options are given and one is wrong.
 *
 * @example
 * app.all('/oauth/*', ({ req }) => handle(req.raw)) // Hono; handle = toFetchHandler(deviceAuth, { prefix: '/oauth' })
 */
export function toFetchHandler(
  deviceAuthOrOptions: DeviceAuthOrOptions<Request>,
  options: FetchHandlerOptions = {},
): (request: Request) => Promise<Response> {
  checkMount('toFetchHandler', options, { ip: isFunction })
  const { prefix, ip } = options
  const mount = normalizePrefix(prefix)
  const deviceAuth = resolveDeviceAuth(deviceAuthOrOptions)
  const find = endpointFinder(deviceAuth, mount)
  const watch = watchMount(deviceAuth, (path) => `toFetchHandler(..., { prefix: '${path}' })`, mount)
  return async (request) => {
    const { pathname, searchParams: query } = new URL(request.url)
    const { method, signal } = request
    const arrivedAt = performance.now()
    const endpoint = find(method, pathname)
    watch(pathname, pathBelow(pathname, mount) ?? pathname)
    if (endpoint === undefined) return toResponse(notFound(), method)
    const path = pathBelow(pathname, mount) ?? pathname
    const headers: RequestHeaders = Object.fromEntries(request.headers)
    let form: URLSearchParams
    try {
      form = await readFetchForm(request, headers, endpoint)
    } catch (error) {
      if (!isOAuthError(error)) throw error
      return toResponse(refusalResponse(error), method)
    }
    const aborted = (onAborted?: () => void): boolean => {
      if (!signal.aborted && onAborted !== undefined) signal.addEventListener('abort', onAborted, { once: true })
      return signal.aborted
    }
    const parts = { method, path, query, headers, form, aborted, arrivedAt }
    const response = await endpoint({ ...parts, ip: ip?.(request), native: request })
    return toResponse(response, method)
  }
}

function toResponse({ status, headers, body }: OAuthResponse, method: string): Response {
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') fields.set(name, value)
    else for (const one of value) fields.append(name, one)
  }
  // a Response with status 204 or 304 must have no body, not even an empty one
  return new Response(body === '' || method === 'HEAD' ? null : body, { status, headers: fields })
}
