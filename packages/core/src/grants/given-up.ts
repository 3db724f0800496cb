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
  if (request.aborted !== undefined) {
    await new Promise((resolve) => {
      setTimeout(() => (typeof setImmediate === 'function' ? setImmediate(resolve) : resolve(undefined)), 0)
    })
  }
  return isGivenUp(request)
}
