import { expect, test } from 'vitest'
import { redisClock } from '../../src/redis/clock.ts'

/** A server and a process with clocks of their own, in epoch milliseconds and milliseconds. */
function scene() {
  const time = { server: 1_800_000_000_000, wall: 1_700_000_000_000, monotonic: 5_000 }
  const pass = (milliseconds: number): void => {
    time.server += milliseconds
    time.wall += milliseconds
    time.monotonic += milliseconds
  }
  let measurements = 0
  let trip = 20
  let failing = false
  const run = async (): Promise<string[]> => {
    measurements++
    pass(trip / 2)
    if (failing) throw new Error('no answer')
    const reply = [String(Math.floor(time.server / 1000)), String((time.server % 1000) * 1000)]
    pass(trip / 2)
    return reply
  }
  const clock = redisClock(run, 'clock', { wall: () => time.wall, monotonic: () => time.monotonic })
  return {
    clock,
    time,
    pass,
    measurements: () => measurements,
    setTrip: (milliseconds: number) => {
      trip = milliseconds
    },
    fail: (state: boolean) => {
      failing = state
    },
  }
}

test('has the time of the server, and by how much it is ahead', async () => {
  const { clock, time, pass } = scene()
  expect([clock.now(), clock.offset]).toEqual([time.wall, undefined])
  await clock.synchronize()
  expect([clock.now(), clock.offset]).toEqual([time.server, 100_000_000_000])
  pass(12_345)
  expect(clock.now()).toBe(time.server)
})

test('measures once for all who wait, and returns no promise while the estimate is fresh', async () => {
  const { clock, pass, measurements } = scene()
  await Promise.all([clock.synchronize(), clock.synchronize()])
  expect([clock.synchronize(), measurements()]).toEqual([undefined, 1])
  pass(29_000)
  expect([clock.synchronize(), measurements()]).toEqual([undefined, 1])
})

test('measures again after 30 s, and nobody waits for that', async () => {
  const { clock, time, pass, measurements } = scene()
  await clock.synchronize()
  pass(31_000)
  time.server += 700
  expect([clock.synchronize(), measurements()]).toEqual([undefined, 2])
  await new Promise((resolve) => setImmediate(resolve))
  expect(clock.now()).toBe(time.server)
})

test('a clock of the process that is set does not change the estimate, and is measured against at once', async () => {
  const { clock, time, measurements } = scene()
  await clock.synchronize()
  time.wall -= 3_600_000
  expect(clock.now()).toBe(time.server)
  await clock.synchronize()
  expect([clock.now(), clock.offset, measurements()]).toEqual([time.server, 100_003_600_000, 2])
})

test('a machine that was suspended has the right time after it waited for the measurement', async () => {
  const { clock, time } = scene()
  await clock.synchronize()
  time.server += 600_000
  time.wall += 600_000
  const waiting = clock.synchronize()
  expect(waiting).toBeInstanceOf(Promise)
  await waiting
  expect(clock.now()).toBe(time.server)
})

test('a measurement that fails or is slow leaves the estimate as it is, and never rejects', async () => {
  const { clock, time, fail, setTrip, pass } = scene()
  fail(true)
  await clock.synchronize()
  expect([clock.now(), clock.offset]).toEqual([time.wall, undefined])
  fail(false)
  await clock.synchronize()
  time.server += 5_000
  setTrip(1_500)
  pass(31_000)
  void clock.synchronize()
  await new Promise((resolve) => setImmediate(resolve))
  expect(clock.now()).toBe(time.server - 5_000)
})
