import type { DeviceStore } from '../contract/store.ts'
import type { Awaitable } from '../http.ts'
import { forwardSteps, type StoreStep } from '../stores/forward-steps.ts'

/**
 * What goes wrong in one call. `throw`: it fails before anything is done. `throwAfter`: it is done, and the answer is
 * lost. `hang`: nothing is done and no answer ever comes. `late`: it is done, and the answer waits for the promise.
 * `delayed`: it is done only when the promise has resolved.
 */
export type StoreFault =
  | 'throw'
  | 'throwAfter'
  | 'hang'
  | { readonly late: PromiseLike<unknown> }
  | { readonly delayed: PromiseLike<unknown> }

/** Decides about each call: the step, and how many calls of that step there have been, this one included. */
export type FaultPlan = (step: StoreStep, count: number) => StoreFault | undefined

/** What a failing call throws. */
export class StoreFaultError extends Error {
  override readonly name = 'StoreFaultError'
  readonly step: StoreStep

  constructor(step: StoreStep, fault: 'throw' | 'throwAfter') {
    super(`${step}: ${fault === 'throw' ? 'the store failed' : "the store's answer was lost"} (injected fault)`)
    this.step = step
  }
}

async function fail<T>(step: StoreStep, fault: StoreFault, work: () => Awaitable<T>): Promise<T> {
  if (fault === 'throw') throw new StoreFaultError(step, fault)
  if (fault === 'hang') return new Promise(() => {})
  if (fault === 'throwAfter') {
    await work()
    throw new StoreFaultError(step, fault)
  }
  if ('delayed' in fault) {
    await fault.delayed
    return work()
  }
  const answer = await work()
  await fault.late
  return answer
}

/**
 * A store that fails as planned, to test an application against.
 *
 * @example
 * // the first redemption succeeds, but nobody hears of it
 * faultyStore(new MemoryStore(), (step, count) => (step === 'redeem' && count === 1 ? 'throwAfter' : undefined))
 */
export function faultyStore(store: DeviceStore, plan: FaultPlan): DeviceStore {
  const counts = new Map<StoreStep, number>()
  return forwardSteps(store.shared, (step, work) => {
    const count = (counts.get(step) ?? 0) + 1
    counts.set(step, count)
    const fault = plan(step, count)
    return fault === undefined ? work(store) : fail(step, fault, () => work(store))
  })
}
