import type { Fetch } from '@device-auth/client'
import { plain } from '../terminal/plain-text.ts'

/**
 * A `fetch` that reports each request.
 *
 * @param trace - Called with one line for each request: method, address, status and duration, without its content.
 */
export function tracedFetch(trace: (line: string) => void): Fetch {
  return async (url, init) => {
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
