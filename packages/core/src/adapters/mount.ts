import type { DeviceAuth } from '../contract/device-auth.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import { errorResponse, OAuthError } from '../errors.ts'
import type { OAuthResponse } from '../http.ts'
import { createDeviceAuth } from '../server/create-device-auth.ts'

/** What every adapter takes: a server, or the options to make one with. */
export type DeviceAuthOrOptions<Native = unknown> = DeviceAuth<Native> | DeviceAuthOptions<Native>

/** The server itself, told by its shape, because a package may be installed twice. */
export function resolveDeviceAuth<Native>(x: DeviceAuthOrOptions<Native>): DeviceAuth<Native> {
  return isDeviceAuth(x) ? x : createDeviceAuth(x)
}

function isDeviceAuth<Native>(x: DeviceAuthOrOptions<Native>): x is DeviceAuth<Native> {
  return 'route' in x && typeof x.route === 'function'
}

const slash = 47

/** The path of a request target, without its query; of the absolute form too (RFC 9112 section 3.2.2). */
export function targetPath(target: string): string {
  const end = target.indexOf('?')
  const path = end === -1 ? target : target.slice(0, end)
  return path.charCodeAt(0) === slash ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}

/** The query of a request target, without its question mark. */
export function targetQuery(target: string): string {
  const start = target.indexOf('?')
  return start === -1 ? '' : target.slice(start + 1)
}

/** A mount point as it is compared: `/oauth`, or nothing for the root. */
export function normalizePrefix(prefix: string | undefined): string {
  return prefix === undefined ? '' : `/${prefix}`.replace(/^\/+/, '/').replace(/\/+$/, '')
}

/** The path below a mount point; `undefined` when it is not below. */
export function pathBelow(path: string, prefix: string): string | undefined {
  if (prefix === '') return path
  if (!path.startsWith(prefix)) return undefined
  if (path.length === prefix.length) return '/'
  return path.charCodeAt(prefix.length) === slash ? path.slice(prefix.length) : undefined
}

/** The answer where nobody else is there to give one. */
export function notFound(): OAuthResponse {
  return errorResponse(new OAuthError('invalid_request', 'There is no endpoint at this path.', { status: 404 }))
}

/** An application's mistake, told to its author: the form cannot be read any more. */
export function bodyConsumed(): OAuthError {
  return new OAuthError(
    'server_error',
    'A middleware read the body and kept nothing of it. Mount Device Auth in front of that middleware.',
  )
}
