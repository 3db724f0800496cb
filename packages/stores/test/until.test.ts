import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { until } from './until.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Runs attempts that all fail. @returns the milliseconds until they were given up */
async function givenUpAfter(milliseconds: number): Promise<number> {
  const began = performance.now()
  const failed = expect(
    until(async () => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      throw new Error('not yet')
    }),
  ).rejects.toThrow('not yet')
  let ended = 0
  void failed.then(() => {
    ended = performance.now()
  })
  await vi.advanceTimersByTimeAsync(120_000)
  await failed
  return ended - began
}

test.each([
  [1, 20_000, 22_000],
  [10_000, 60_000, 75_000],
])('attempts of %i ms each are given up after %i ms to %i ms', async (each, least, most) => {
  const time = await givenUpAfter(each)
  expect(time).toBeGreaterThanOrEqual(least)
  expect(time).toBeLessThanOrEqual(most)
})
