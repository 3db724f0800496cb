import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StoreClock } from '../../src/contract/store.ts'
import { inStoreTime } from '../../src/server/store-time.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'

const timeout = 5_000
const claimant = { subject: 'alice', browser: 'hers' }

/** A clock that is 90 seconds ahead of the node, when it was measured. */
function clockAhead(measurement: () => Promise<void>) {
  let offset: number | undefined
  const clock: StoreClock = {
    now: () => Date.now() + (offset ?? 0),
    async synchronize() {
      await measurement()
      offset = 90_000
    },
    get offset() {
      return offset
    },
  }
  return clock
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})

afterEach(() => {
  vi.useRealTimers()
})

test('attempts have the time at which their caller gives up, by the clock of the database', async () => {
  const [memory, clock] = [new MemoryStore(), clockAhead(async () => {})]
  const [take, claim] = [vi.spyOn(memory, 'takeAttempts'), vi.spyOn(memory, 'claimByUserCode')]
  const repeat = vi.spyOn(memory, 'replayRotation')
  const store = inStoreTime(memory, clock, timeout)
  await clock.synchronize()
  await store.takeAttempts([], 7)
  await store.claimByUserCode(['hash'], claimant, [], 7)
  await store.replayRotation('id', 'replaced', 7)
  expect(take.mock.calls[0]).toEqual([[], undefined, 1_095_000])
  expect(repeat.mock.calls[0]).toEqual(['id', 'replaced', undefined, 1_095_000])
  expect(claim.mock.calls[0]).toEqual([['hash'], claimant, [], undefined, 1_095_000])
})

test('the first attempt waits until that clock is measured, and does not get more time for it', async () => {
  const memory = new MemoryStore()
  const take = vi.spyOn(memory, 'takeAttempts')
  const clock = clockAhead(() => new Promise((resolve) => setTimeout(resolve, 800)))
  const taken = inStoreTime(memory, clock, timeout).takeAttempts([], 7)
  expect(take).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(800)
  await taken
  expect(take.mock.calls).toEqual([[[], undefined, 1_095_000]])
})

test('an attempt is not counted while that clock cannot be measured', async () => {
  const memory = new MemoryStore()
  const take = vi.spyOn(memory, 'takeAttempts')
  const clock = clockAhead(() => Promise.reject(new Error('The database is silent.')))
  await expect(inStoreTime(memory, clock, timeout).takeAttempts([], 7)).rejects.toThrow('The database is silent.')
  expect(take).not.toHaveBeenCalled()
})
