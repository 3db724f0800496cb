/** Milliseconds of work without a rest after which requests for codes are refused; pages are refused after twice as much. */
const MOST_WORK = 500
/** Requests without a rest from which they are the cause of the work, and not a pause of the machine. */
const MANY_REQUESTS = 50
/** The most milliseconds that count as the work of one request: more is a pause, such as that of a process that was frozen. */
const MOST_PER_REQUEST = 50

/** The time for which requests have been waiting without a rest: one turn of the event loop, or several while connections wait too. */
export interface BusyPeriod {
  /**
   * Counts a request that is read.
   *
   * @param isFirst - True if it is the first one of a connection.
   */
  count(isFirst: boolean): void
  /**
   * Notes a request that arrived over a connection.
   *
   * @param arrivedAt - Monotonic milliseconds.
   * @returns true if the period has lasted this many times the work that is allowed, and its requests are to be refused
   */
  isLong(times: number, arrivedAt: number): boolean
}

/**
 * Measures how long the event loop works without a rest. When the processor is the bottleneck, few requests are under way in this
 * process. The others wait in the system, where nobody can count them.
 *
 * In one turn of the event loop Node reads from all connections that have sent something, so their requests wait for one turn. But
 * it accepts only one new connection a turn. While the loop waits for nothing and each turn brings a new connection, more of them are
 * waiting to be accepted, so these turns count together. Without new connections, a loop that is never idle is no sign of a queue.
 *
 * @param now - A monotonic clock, in milliseconds.
 * @param inNextTurn - Calls a function in the next turn of the event loop.
 * @param waited - Milliseconds that the event loop has waited so far; 0 where the runtime does not tell. A period is one turn then.
 */
export function createBusyPeriod(
  now: () => number = () => performance.now(),
  inNextTurn: (end: () => void) => void = (end) => setTimeout(end, 0),
  waited: () => number = () => performance.eventLoopUtilization?.().idle ?? 0,
): BusyPeriod {
  let [requests, firstOnes, firstBefore, work, notedAt, waitedBefore] = [0, 0, 0, 0, 0, 0]
  let isMeasured = false
  const note = (time: number): void => {
    work += Math.min(time - notedAt, MOST_PER_REQUEST)
    notedAt = time
  }
  const begin = (time: number): void => {
    isMeasured = true
    requests = 1
    work = 0
    notedAt = time
    waitedBefore = waited()
    inNextTurn(end)
  }
  const end = (): void => {
    note(now())
    const soFar = waited()
    isMeasured = soFar > 0 && soFar === waitedBefore && firstOnes > firstBefore
    firstBefore = firstOnes
    if (isMeasured) inNextTurn(end)
  }
  return {
    count(isFirst) {
      requests++
      if (isFirst) firstOnes++
    },
    isLong(times, arrivedAt) {
      if (isMeasured) note(arrivedAt)
      else begin(arrivedAt)
      if (requests <= MANY_REQUESTS) return false
      // refusals take time too: where they do not bring a rest, they help nobody, so every other part of the period is served
      return Math.floor(work / (times * MOST_WORK)) % 2 === 1
    },
  }
}
