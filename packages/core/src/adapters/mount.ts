import type { DeviceAuth } from '../contract/device-auth.ts'

const SLASH = 47

/**
 * The path of a request target, without its query. The absolute form loses its scheme and host.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 RFC 9112 section 3.2.2}
 */
export function targetPath(target: string): string {
  const end = target.indexOf('?')
  const path = end === -1 ? target : target.slice(0, end)
  return path.charCodeAt(0) === SLASH ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}

/** The query of a request target, without its question mark. */
export function targetQuery(target: string): string {
  const start = target.indexOf('?')
  return start === -1 ? '' : target.slice(start + 1)
}

/** A mount point as {@link pathBelow} expects it: `/oauth`, or `''` for the root. */
export function normalizePrefix(prefix: string | undefined): string {
  return prefix === undefined ? '' : `/${prefix}`.replace(/^\/+/, '/').replace(/\/+$/, '')
}

/**
 * The path below a mount point; `undefined` if the path is not below it.
 *
 * @param prefix - As {@link normalizePrefix} returns it.
 */
export function pathBelow(path: string, prefix: string): string | undefined {
  if (prefix === '') return path
  if (!path.startsWith(prefix)) return undefined
  if (path.length === prefix.length) return '/'
  return path.charCodeAt(prefix.length) === SLASH ? path.slice(prefix.length) : undefined
}

/**
 * Finds endpoints below a mount point. A mount point that is not the root also gets the metadata at the root of the
 * host, because clients look for it there.
 *
 * @param mount - As {@link normalizePrefix} returns it.
 * @param only - The paths below the mount point to serve; without it, all of them and the metadata at the root.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
export function endpointFinder<Native>(
  { route, routeAtRoot }: DeviceAuth<Native>,
  mount: string,
  only?: readonly string[],
): DeviceAuth<Native>['route'] {
  return (method, path) => {
    const below = pathBelow(path, mount)
    if (below !== undefined && only?.includes(below) !== false) {
      const endpoint = route(method, below)
      if (endpoint !== undefined) return endpoint
    }
    return mount === '' || only !== undefined ? undefined : routeAtRoot(method, path)
  }
}
