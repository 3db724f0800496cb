/** A clock that moves only when a test moves it. Give it as the `clock` option. */
export interface TestClock {
  /** Epoch milliseconds. */
  (): number
  /** Moves the clock on. @param seconds fractions are allowed, to the millisecond */
  advance(seconds: number): void
}

/** Makes a {@link TestClock}. @param start epoch milliseconds. Default: now */
export function testClock(start: number = Date.now()): TestClock {
  let now = start
  const advance = (seconds: number): void => {
    now += Math.round(seconds * 1000)
  }
  return Object.assign(() => now, { advance })
}
