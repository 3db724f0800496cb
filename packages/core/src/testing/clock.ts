/** A clock that stands still until it is told otherwise: give it as the `clock` option. */
export interface TestClock {
  /** Epoch milliseconds. */
  (): number
  /** Moves the clock on by this many seconds, fractions included. */
  advance(seconds: number): void
}

/** Makes a {@link TestClock}. @param start epoch milliseconds; default: now */
export function testClock(start: number = Date.now()): TestClock {
  let now = start
  const advance = (seconds: number): void => {
    now += Math.round(seconds * 1000)
  }
  return Object.assign(() => now, { advance })
}
