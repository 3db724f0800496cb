import { describe, expect, test } from 'vitest'
import { testClock } from '../../src/testing/clock.ts'

describe('testClock', () => {
  test('stands still until it is advanced, in seconds', () => {
    const clock = testClock(1_000)
    expect([clock(), clock()]).toEqual([1_000, 1_000])
    clock.advance(5)
    expect(clock()).toBe(6_000)
    clock.advance(0.5)
    expect(clock()).toBe(6_500)
  })

  test('begins at the real time by default', () => {
    const before = Date.now()
    const clock = testClock()
    expect(clock()).toBeGreaterThanOrEqual(before)
    expect(clock()).toBeLessThanOrEqual(Date.now())
  })
})
