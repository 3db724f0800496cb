import { isFunction, OptionError } from '../checks.ts'
import type { DeviceAuth } from '../contract/device-auth.ts'
import { isOAuthError, refusalResponse } from '../errors.ts'
import type { Awaitable, RequestHeaders } from '../http.ts'
import { checkMount } from './arguments.ts'
import { readFetchForm } from './fetch-body.ts'
import { toResponse } from './fetch-response.ts'
import { endpointFinder, normalizePrefix, pathBelow } from './mount.ts'
import { watchMount } from './mount-watch.ts'
import { notFound } from './refusals.ts'
import { type DeviceAuthOrOptions, resolveDeviceAuth } from './resolve-device-auth.ts'
import { watchSignal } from './signal-watch.ts'

/**
 * Options of {@link toFetchHandler}.
 *
 * @typeParam Rest - The arguments that the handler is called with after the request, such as the context of Hono.
 */
export interface FetchHandlerOptions<Rest extends readonly unknown[] = []> {
  /** The path of the endpoints, if no framework in front takes it away: `/oauth`. Default: the root. */
  readonly prefix?: string
  /**
   * Finds the address of the client, which a Request does not have. Default: unknown, as `undefined` and `null` are; limits by address
   * are off then.
   */
  readonly ip?: (request: Request, ...rest: Rest) => string | null | undefined
}

/** The options of a handler that hooks get something else of than the `Request`. */
export interface FetchNativeOptions<Native, Rest extends readonly unknown[] = []> extends FetchHandlerOptions<Rest> {
  /**
   * Makes what hooks get as `request.native`, such as an object with the context of the framework. The default hook
   * `authenticateUser` reads its member `user`. Called once per request for an endpoint, before its body is read.
   */
  readonly native: (request: Request, ...rest: Rest) => Awaitable<Native>
}

/** A server as a function from Request to Response; it takes the arguments that its options `ip` and `native` take. */
export type FetchHandler<Rest extends readonly unknown[] = []> = (request: Request, ...rest: Rest) => Promise<Response>

/**
 * A device sign-in server as a function from Request to Response, for Hono, Next.js, Bun, Deno and workers. Paths that
 * are not its own are answered 404. Nothing in front may read the body. With a prefix it also serves the metadata at the
 * root of the host.
 *
 * @throws {OptionError} if options are given and one is wrong.
 *
 * @example
 * const handle = toFetchHandler(deviceAuth, {
 *   prefix: '/oauth',
 *   ip: (_request, context: Context) => getConnInfo(context).remote.address,
 *   native: (_request, context: Context) => ({ user: context.get('user'), context }),
 * })
 * app.all('/oauth/*', (context) => handle(context.req.raw, context)) // Hono
 */
export function toFetchHandler<Rest extends readonly unknown[] = []>(
  deviceAuthOrOptions: DeviceAuthOrOptions<Request>,
  options?: FetchHandlerOptions<Rest>,
): FetchHandler<Rest>
export function toFetchHandler<Native, Rest extends readonly unknown[] = []>(
  deviceAuthOrOptions: DeviceAuthOrOptions<Native>,
  options: FetchNativeOptions<Native, Rest>,
): FetchHandler<Rest>
export function toFetchHandler<Rest extends readonly unknown[]>(
  deviceAuthOrOptions: DeviceAuthOrOptions<never>,
  options: FetchHandlerOptions<Rest> & Partial<FetchNativeOptions<unknown, Rest>> = {},
): FetchHandler<Rest> {
  checkMount('toFetchHandler', options, { ip: isFunction, native: isFunction })
  const { prefix, ip, native } = options
  const mount = normalizePrefix(prefix)
  const deviceAuth: DeviceAuth = resolveDeviceAuth(deviceAuthOrOptions)
  const find = endpointFinder(deviceAuth, mount)
  const watch = watchMount(deviceAuth, (path) => `toFetchHandler(..., { prefix: '${path}' })`, mount)
  const seenSignal = watchSignal()
  return async (request, ...rest) => {
    const { pathname, searchParams: query } = new URL(request.url)
    const { method, signal } = request
    const arrivedAt = performance.now()
    const endpoint = find(method, pathname)
    watch(undefined, pathname)
    if (endpoint === undefined) return toResponse(notFound(), method)
    const path = pathBelow(pathname, mount) ?? pathname
    const headers: RequestHeaders = Object.fromEntries(request.headers)
    const given = native === undefined ? request : await native(request, ...rest)
    let form: URLSearchParams
    try {
      form = await readFetchForm(request, headers, endpoint)
    } catch (error) {
      if (!isOAuthError(error)) throw error
      return toResponse(refusalResponse(error), method)
    }
    // asked with a function by a poll that waits, and without one before tokens are made
    const aborted = (onAborted?: () => void): boolean => {
      if (onAborted === undefined) seenSignal(signal.aborted)
      else if (!signal.aborted) signal.addEventListener('abort', onAborted, { once: true })
      return signal.aborted
    }
    const parts = { method, path, query, headers, form, aborted, arrivedAt }
    const response = await endpoint({ ...parts, ip: addressOf(ip?.(request, ...rest)), native: given })
    return toResponse(response, method)
  }
}

/** @throws {OptionError} for a promise, and for every other result of the option `ip` that is no text. */
function addressOf(found: unknown): string | undefined {
  if (typeof found === 'string') return found
  if (found === undefined || found === null) return undefined
  const owner = { name: 'toFetchHandler', reference: 'See the docstring of FetchHandlerOptions.' }
  const finding =
    'a function whose result is no text; return the address, such as "192.0.2.1", or undefined, and no promise.'
  throw new OptionError({ path: 'ip', owner }, finding)
}
