import type { OAuthRequest } from '../http.ts'
import { headerValue } from '../http.ts'
import { publicAddress } from '../ip-address.ts'
import { warnOnce } from '../options/warn-once.ts'

/**
 * Makes a function that looks at requests, and warns once if a proxy in front names public addresses while every request so
 * far came from a private one: then the framework is not told to trust the proxy, and all devices look alike.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7239#section-8.1 RFC 7239 section 8.1}
 */
export function createProxyWarning(): (request: Pick<OAuthRequest, 'ip' | 'headers'>) => void {
  let isOver = false
  return ({ ip, headers }) => {
    if (isOver) return
    isOver = publicAddress(ip) !== undefined
    const forwarded = headerValue(headers, 'x-forwarded-for')?.split(',') ?? []
    if (isOver || !forwarded.some((address) => publicAddress(address.trim()) !== undefined)) return
    isOver = true
    warnOnce(
      'Requests have the header X-Forwarded-For, but so far all come from private addresses, so limits by address and rules about networks do nothing. Tell the framework which proxy to trust: `trust proxy` in Express, `proxy: true` in Koa, `trustProxy: true` in Fastify, the option `ip` of `toFetchHandler`.',
    )
  }
}
