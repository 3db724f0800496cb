/** Milliseconds of work in one turn of the event loop after which requests for codes are refused; pages are refused after twice as much. */
const MOST_WORK = 500
/** Requests in a turn from which they are the cause of its length, and not a pause of the machine. */
const MANY_REQUESTS = 50
/** The most milliseconds that count as the work of one request: more is a pause, such as that of a process that was frozen. */
const MOST_PER_REQUEST = 50

/** The turns of the event loop. In one turn, a server reads from all connections that have sent something. */
export interface Turns {
  /** Counts a request that is read in this turn. */
  count(): void
  /**
   * Notes a request that arrived over a connection.
   *
   * @param arrivedAt - Monotonic milliseconds.
   * @returns true if the requests of this turn, or of each of the last two, took this many times the work that is allowed
   */
  areLong(times: number, arrivedAt: number): boolean
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
  let [last, beforeLast, requests, work, notedAt] = [0, 0, 0, 0, 0]
  let isMeasured = false
  const note = (time: number): void => {
    if (isMeasured) work += Math.min(time - notedAt, MOST_PER_REQUEST)
    notedAt = time
  }
  const end = (): void => {
    note(now())
    beforeLast = last
    last = requests < MANY_REQUESTS ? 0 : work
    requests = 0
    work = 0
    isMeasured = false
  }
  return {
    count() {
      requests++
    },
    areLong(times, arrivedAt) {
      note(arrivedAt)
      if (!isMeasured) {
        isMeasured = true
        inNextTurn(end)
      }
      const most = times * MOST_WORK
      if (work > most && requests >= MANY_REQUESTS) return true
      // refusals take time too: when they fill whole turns, a turn without any work lets the server catch up
      return Math.min(last, beforeLast) > 2 * most
    },
  }
}
