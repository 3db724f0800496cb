import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { measuredClock } from '../src/measured-clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'], now: 1_000_000 })
})

afterEach(() => {
  vi.useRealTimers()
})

/** A database whose clock is ahead, and that answers after some milliseconds. */
function database(ahead: number) {
  const asked = { count: 0, latency: 100, failing: false }
  const base = Date.now() - performance.now()
  const clock = measuredClock(async () => {
    asked.count++
    const half = () => new Promise((resolve) => setTimeout(resolve, asked.latency / 2))
    await half()
    if (asked.failing) throw new Error('away')
    const time = base + performance.now() + ahead
    await half()
    return time
  })
  /** Milliseconds between the estimate and the real clock of the database. */
  const error = () => Math.abs(clock.now() - (base + performance.now() + ahead))
  const measure = async () => {
    const pending = clock.synchronize()
    await vi.advanceTimersByTimeAsync(asked.latency)
    await pending
  }
  return { clock, asked, error, measure }
}

test('the time is that of the database in the middle of the round trip', async () => {
  const { clock, error, measure } = database(3_600_000)
  expect(clock.offset).toBeUndefined()
  expect(clock.now()).toBe(Date.now())
  await measure()
  expect(clock.offset).toBe(3_600_000)
  expect(error()).toBeLessThan(1)
})

test('it is measured once at first, and again when it is older than 30 seconds, without waiting', async () => {
  const { clock, asked, measure } = database(0)
  const both = [clock.synchronize(), clock.synchronize()]
  await vi.advanceTimersByTimeAsync(100)
  await Promise.all(both)
  expect(asked.count).toBe(1)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(clock.synchronize()).toBeUndefined()
  expect(asked.count).toBe(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(clock.synchronize()).toBeUndefined()
  expect(clock.synchronize()).toBeUndefined()
  expect(asked.count).toBe(2)
  await measure()
  expect(clock.synchronize()).toBeUndefined()
  expect(asked.count).toBe(2)
})

test.each([1_001, -1_001, 2_678_400_000])('a wall clock that jumps by %i ms has to be measured first', async (jump) => {
  const { clock, asked, error, measure } = database(0)
  await measure()
  vi.setSystemTime(Date.now() + jump)
  expect(error()).toBeLessThan(1)
  expect(clock.synchronize()).toBeInstanceOf(Promise)
  await measure()
  expect(asked.count).toBe(2)
  expect(clock.offset).toBe(-jump)
  expect(error()).toBeLessThan(1)
})

test('a slow measurement does not replace a good one, but is better than none', async () => {
  const { clock, asked, error, measure } = database(5_000)
  asked.latency = 3_000
  await measure()
  expect(clock.offset).toBe(5_000)
  await vi.advanceTimersByTimeAsync(31_000)
  asked.latency = 100
  await measure()
  expect(error()).toBeLessThan(1)
})

test('a slow measurement is made again by the next request', async () => {
  const { asked, measure } = database(5_000)
  asked.latency = 3_000
  await measure()
  await measure()
  expect(asked.count).toBe(2)
  asked.latency = 100
  await measure()
  await measure()
  expect(asked.count).toBe(3)
})

// a node or a connection that stands still in the middle of a measurement
test.each([
  ['before', 53_000, 100],
  ['after', 100, 53_000],
])('a pause %s the database has told its time makes no code live longer or shorter', async (_, there, back) => {
  const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time))
  let pauses = [there, back]
  const base = Date.now() - performance.now()
  const clock = measuredClock(async () => {
    const [before = 0, after = 0] = pauses
    await sleep(before)
    const time = base + performance.now()
    await sleep(after)
    return time
  })
  const first = expect(clock.synchronize()).rejects.toThrow('The database took 53 seconds to tell its time.')
  await vi.advanceTimersByTimeAsync(there + back)
  await first
  expect(clock.offset).toBeUndefined()
  pauses = [50, 50]
  const second = clock.synchronize()
  await vi.advanceTimersByTimeAsync(100)
  await second
  expect(clock.offset).toBe(0)
  expect(Math.abs(clock.now() - (base + performance.now()))).toBeLessThan(1)
})

test('a database that is away rejects the first measurement only', async () => {
  const { clock, asked, measure } = database(0)
  asked.failing = true
  const first = expect(clock.synchronize()).rejects.toThrow('away')
  await vi.advanceTimersByTimeAsync(100)
  await first
  asked.failing = false
  await measure()
  asked.failing = true
  await vi.advanceTimersByTimeAsync(31_000)
  expect(clock.synchronize()).toBeUndefined()
  await vi.advanceTimersByTimeAsync(100)
  expect(clock.offset).toBe(0)
})
