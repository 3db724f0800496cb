import { AsyncLocalStorage } from 'node:async_hooks'
import { vi } from 'vitest'

const ahead = new AsyncLocalStorage<number>()

/**
 * Gives each node in this process a wall clock of its own, like a machine whose clock is wrong: `Date.now` of all that a node
 * does is ahead by its milliseconds.
 *
 * @returns a function that makes the clocks right again
 */
export function ownWallClocks(): () => void {
  const real = Date.now
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => real() + (ahead.getStore() ?? 0))
  return () => spy.mockRestore()
}

/** Does something on a node whose wall clock is so many milliseconds ahead. Timers that it starts keep this clock. */
export function withClockAhead<T>(milliseconds: number, work: () => T): T {
  return ahead.run(milliseconds, work)
}
