import type { Fetch } from '@device-auth/client'
import { plain } from '../terminal/plain-text.ts'

/** Whether an address is this machine: nothing that is sent there can be listened to on the way. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname)
}

/** Whether secrets may go to an address. */
export function isSafe(address: string, allowHttp: boolean): boolean {
  if (!URL.canParse(address)) return false
  const { protocol } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && (allowHttp || isLoopback(address)))
}

/** A `fetch` that sends nothing unencrypted over a network, and tells of each request without what is in it. */
export function guardedFetch(allowHttp: boolean, trace: ((line: string) => void) | undefined): Fetch {
  return async (url, init) => {
    if (!isSafe(url, allowHttp)) throw new TypeError('The address is not https.')
    if (trace === undefined) return fetch(url, init)
    const startedAt = performance.now()
    const { origin, pathname } = new URL(url)
    const told = (end: string): void =>
      trace(
        `${init.method ?? 'GET'} ${plain(origin + pathname)} ${end} ${Math.round(performance.now() - startedAt)} ms`,
      )
    try {
      const response = await fetch(url, init)
      told(String(response.status))
      return response
    } catch (error) {
      told('failed')
      throw error
    }
  }
}
