import type { Fetch } from '@device-auth/client'
import { plain } from '../terminal/plain-text.ts'

/** True if an address is on this machine, so that nobody can listen on the way. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

/** True if secrets may be sent to an address: https, or http on this machine or with `allowHttp`, and no user name or password in it. */
export function isSafe(address: string, allowHttp: boolean): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && (allowHttp || isLoopback(address)))
}

/**
 * A `fetch` that sends nothing unencrypted over a network.
 *
 * @param trace - Called with one line for each request: method, address, status and duration, without its content.
 */
export function guardedFetch(allowHttp: boolean, trace: ((line: string) => void) | undefined): Fetch {
  return async (url, init) => {
    if (!isSafe(url, allowHttp)) throw new TypeError('The address is not https.')
    if (trace === undefined) return fetch(url, init)
    const startedAt = performance.now()
    const { origin, pathname } = new URL(url)
    const traceEnd = (end: string): void =>
      trace(
        `${init.method ?? 'GET'} ${plain(origin + pathname)} ${end} ${Math.round(performance.now() - startedAt)} ms`,
      )
    try {
      const response = await fetch(url, init)
      traceEnd(String(response.status))
      return response
    } catch (error) {
      traceEnd('failed')
      throw error
    }
  }
}
