/** Milliseconds of a turn of the event loop from which requests for codes are refused; pages are refused from twice as much. */
const LONG_TURN = 500
/** Requests in a long turn from which they are its cause, and not a pause of the machine. */
const MANY_REQUESTS = 50

/** The turns of the event loop. In one turn, a server reads from all connections that have sent something. */
export interface Turns {
  /** Counts a request that is read in this turn. */
  count(): void
  /** True while the last two turns took this many times the length from which requests for codes are refused, because of their many requests. */
  areLong(times: number): boolean
}

/**
 * Measures the turns in which requests are read. When the processor is the bottleneck, few requests are under way in this process:
 * the others wait in the system until they are read, for as long as a turn takes.
 *
 * @param now - A monotonic clock, in milliseconds.
 * @param inNextTurn - Calls a function in the next turn of the event loop.
 */
export function createTurns(
  now: () => number = () => performance.now(),
  inNextTurn: (end: () => void) => void = (end) => setTimeout(end, 0),
): Turns {
  let [last, beforeLast, requests, beganAt] = [0, 0, 0, 0]
  let isMeasured = false
  const end = (): void => {
    beforeLast = last
    last = requests < MANY_REQUESTS ? 0 : now() - beganAt
    requests = 0
    isMeasured = false
  }
  return {
    count() {
      requests++
    },
    areLong(times) {
      if (!isMeasured) {
        isMeasured = true
        beganAt = now()
        inNextTurn(end)
      }
      // one long turn is a pause, such as that of a process that was frozen
      return Math.min(last, beforeLast) > times * LONG_TURN
    },
  }
}
