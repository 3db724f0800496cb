import type { DeviceAuth } from '../contract/device-auth.ts'
import { normalizePrefix, pathBelow, targetPath } from './mount.ts'

/**
 * Looks at a request until the mount point is known.
 *
 * @param target - The target as it was sent; `undefined` where nobody knows it, as with a `Request`.
 * @param path - The path as the adapter sees it: without what the framework has taken away, and with the adapter's own prefix.
 */
export type MountWatch = (target: string | undefined, path: string) => void

/**
 * Watches that the endpoints are where the issuer says. Devices follow the addresses of the issuer, so with another mount point
 * they get the 404 of the application. A proxy may take a part of the path away, so this is a warning and no error.
 *
 * @param remedy - The code to write for a mount point.
 * @param prefix - The part of the mount point that the adapter knows when it is made, as `normalizePrefix` returns it.
 * @returns A function to call with each request. It warns once, as a warning of the process with the name `DeviceAuthWarning`.
 */
export function watchMount<Native>(
  { issuer, paths }: DeviceAuth<Native>,
  remedy: (mount: string) => string,
  prefix = '',
): MountWatch {
  const expected = normalizePrefix(new URL(issuer).pathname)
  let known = false
  const warn = (text: string): void => {
    known = true
    process.emitWarning(text, type)
  }
  const decide = (mount: string): void => {
    known = true
    if (mount === expected) return
    const places = `The endpoints are at ${mount || '/'}, but the path of the issuer ${issuer} is ${expected || '/'}`
    const remedies = `write ${remedy(expected || '/')} on the outermost application, or set an issuer with the path ${mount || '/'}`
    const proxy = 'If a proxy in front changes the path, set the whole path in the issuer and ignore this.'
    warn(`${places}, where devices look for them: ${remedies}. ${proxy}`)
  }
  // a framework may add to the front of a prefix, never to its end
  if (!expected.endsWith(prefix)) decide(prefix)
  return (target, seen) => {
    if (known) return
    const path = pathBelow(seen, prefix)
    const isFound = path !== undefined && paths.includes(path)
    if (target === undefined) {
      // without a prefix it may be that the framework has taken the whole mount point away: then all is well. Clients try the
      // addresses of metadata at the root of any host
      const left = isFound ? undefined : prefixLeft(seen, prefix, paths)
      if (isFound) known = prefix === expected
      else if (left !== undefined) warn(withoutPrefix(seen, prefix, left))
    } else {
      const sent = targetPath(target)
      if (isFound && sent.endsWith(path)) decide(sent.slice(0, -path.length))
      // an endpoint without the prefix, below what the framework has taken away
      else if (paths.includes(seen) && sent.endsWith(seen)) decide(sent.slice(0, -seen.length) + prefix)
    }
    // the whole path of an endpoint came below another mount point, where it is unknown
    if (!known && !isFound && expected !== '' && paths.includes(pathBelow(seen, expected) ?? '')) decide(prefix)
  }
}

/**
 * The end of a prefix below which an endpoint was asked for, because the framework has taken away what is in front of it; `''` if it has
 * taken all of it. Clients try the addresses of metadata at the root of any host, so these tell nothing.
 */
function prefixLeft(path: string, prefix: string, paths: readonly string[]): string | undefined {
  if (path.startsWith('/.well-known/')) return undefined
  const parts = prefix.split('/').slice(1)
  const ends = parts.map((_, index) => normalizePrefix(parts.slice(index + 1).join('/')))
  return ends.find((end) => paths.includes(pathBelow(path, end) ?? ''))
}

function withoutPrefix(path: string, prefix: string, left: string): string {
  const what = `The endpoints are below ${prefix}, but a request for ${path} came without this prefix and was answered 404.`
  const remedy =
    left === ''
      ? 'If the framework takes the mount point away, as mount() of Hono and Elysia does, leave out the option `prefix`.'
      : `If the framework takes a part of the path away, as basePath of Next.js does, write { prefix: '${left}' }.`
  return `${what} ${remedy} The issuer keeps the whole path.`
}

const type = 'DeviceAuthWarning'
