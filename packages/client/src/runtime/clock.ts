/** The time and its timers; injected, so that tests need not wait. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
}

// short enough to notice soon that a laptop slept, and far from the 2^31 ms at which timers overflow
const SLICE = 30_000

/**
 * Waits until an instant (epoch milliseconds) of the wall clock.
 *
 * @returns `false` as soon as `signal` is aborted. A clock that is set back does not prolong the wait.
 */
export function sleepUntil(at: number, clock: Clock, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let timer: unknown
    let left = at - clock.now()
    const end = (slept: boolean): void => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(slept)
    }
    const onAbort = (): void => end(false)
    const tick = (): void => {
      left = Math.min(left, at - clock.now())
      const slice = Math.min(left, SLICE)
      left -= slice
      if (slice > 0) timer = clock.setTimeout(tick, slice)
      else end(true)
    }
    if (signal?.aborted) return resolve(false)
    signal?.addEventListener('abort', onAbort)
    tick()
  })
}
