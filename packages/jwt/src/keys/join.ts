/**
 * The most requests that wait for fetches which other requests began. Whoever makes a document slow chooses how long they wait, and each of
 * them is one of the 100 under way (`maxConcurrentRequests`) from which on nobody gets a code.
 */
const MOST_WAITING = 20

/** Waits for a fetch that another request began; `undefined` if too many requests do so already, and `wait` is not called. */
export type Join = <T>(wait: () => Promise<T>) => Promise<T> | undefined

/** Makes the function by which requests wait for the fetches of others. */
export function createJoin(): Join {
  let waiting = 0
  return (wait) => {
    if (waiting >= MOST_WAITING) return undefined
    waiting++
    return wait().finally(() => void waiting--)
  }
}
