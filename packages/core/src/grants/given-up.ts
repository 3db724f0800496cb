import type { OAuthRequest } from '../http.ts'

/** Milliseconds after which a client is taken to have given up. Well-known clients wait for 10 to 30 seconds. */
const PATIENCE = 30_000

/**
 * True if nobody waits for the answer to a request any more: its client has closed the connection, or the process stood
 * still meanwhile. Tokens that are made then are lost, and the next request of the client looks like a theft.
 */
export function isGivenUp({ aborted, arrivedAt }: OAuthRequest): boolean {
  return aborted?.() === true || (arrivedAt !== undefined && performance.now() - arrivedAt > PATIENCE)
}

/**
 * The same, after Node has read from all connections: a process that stood still finds the request before its end. A timer alone
 * does not wait for that: when there is much to do it is due before Node reads again. `setImmediate` comes after the reading.
 */
export async function isGivenUpByNow(request: OAuthRequest): Promise<boolean> {
  if (request.aborted !== undefined) await nextReading()
  return isGivenUp(request)
}

/** Milliseconds for which requests wait for the same reading. With an older one something is wrong, such as a clock that a test has stopped. */
const SHARED_FOR = 50

/** The reading that is still to begin, so that requests that come together need one timer. */
let next: { readonly since: number; readonly end: Promise<void> } | undefined

function nextReading(): Promise<void> {
  const now = performance.now()
  if (next !== undefined && now - next.since < SHARED_FOR) return next.end
  const end = new Promise<void>((resolve) => {
    setTimeout(() => {
      // the reading begins: whoever comes now may be a part of it, and waits for the one after it
      if (next?.end === end) next = undefined
      if (typeof setImmediate === 'function') setImmediate(resolve)
      else resolve()
    }, 0)
  })
  next = { since: now, end }
  return end
}
