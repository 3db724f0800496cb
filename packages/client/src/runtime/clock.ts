/** The time and the timers. Injected, so that tests need not wait. */
export interface Clock {
  /** The time now, in epoch milliseconds. */
  now(): number
  /**
   * Milliseconds since any fixed instant, which nobody sets forward or back. Waits and expiry of codes are measured with it. Default:
   * `now()`.
   */
  monotonic?(): number
  /** Calls back once, after this many milliseconds. Returns the timer for `clearTimeout`. */
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
}

/** A clock that begins at the time of the wall clock, and that does not move when the wall clock is set. */
export function steadyClock(clock: Clock): Clock {
  const elapsed = (): number => clock.monotonic?.() ?? clock.now()
  const offset = clock.now() - elapsed()
  return {
    now: () => offset + elapsed(),
    setTimeout: (callback, milliseconds) => clock.setTimeout(callback, milliseconds),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  }
}

/**
 * The longest timer, in milliseconds. A long wait is cut into such slices: a laptop that slept is noticed soon, and no timer comes near
 * the 2^31 ms at which it would fire at once.
 */
const SLICE = 30_000

/**
 * Waits until an instant of a clock. A clock that is set back does not make the wait longer.
 *
 * @param at - Epoch milliseconds.
 * @param isIdle - True if the wait is not to keep the process alive.
 * @returns `true` at the instant, `false` as soon as the signal is aborted.
 */
export function waitUntil(at: number, clock: Clock, signal?: AbortSignal, isIdle: boolean = false): Promise<boolean> {
  return new Promise((resolve) => {
    let timer: unknown
    let left = at - clock.now()
    const end = (isReached: boolean): void => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(isReached)
    }
    const onAbort = (): void => end(false)
    const tick = (): void => {
      left = Math.min(left, at - clock.now())
      const slice = Math.min(left, SLICE)
      left -= slice
      if (slice > 0) timer = clock.setTimeout(tick, slice)
      else end(true)
      // only Node has it
      if (isIdle) Object(timer).unref?.()
    }
    if (signal?.aborted) return resolve(false)
    signal?.addEventListener('abort', onAbort)
    tick()
  })
}
