import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/index.ts'

describe('the fake clock', () => {
  it('fires timers in order, and throws when a promise does not settle in time', async () => {
    const clock = new FakeClock(0)
    const fired: number[] = []
    for (const seconds of [3, 1, 2]) clock.setTimeout(() => fired.push(clock.now()), seconds * 1000)
    clock.clearTimeout(clock.setTimeout(() => fired.push(-1), 1500))
    await clock.advance(2.5)
    expect({ fired, timers: clock.timers, now: clock.now() }).toEqual({ fired: [1000, 2000], timers: 1, now: 2500 })
    clock.setBy(-10)
    await clock.advance(0.5)
    expect(fired).toEqual([1000, 2000, -7000])
    await expect(clock.until(new Promise(() => {}), 5)).rejects.toThrow('not settled after 5 s')
  })
})
