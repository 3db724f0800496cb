import type { DeviceStore } from '../contract/store.ts'
import type { Awaitable } from '../http.ts'
import { forwardSteps, type StoreStep } from '../stores/forward-steps.ts'

/**
 * A fault of one call.
 *
 * - `throw`: the call fails, and nothing is done.
 * - `throwAfter`: the step is done, and the call fails.
 * - `hang`: nothing is done, and no answer ever comes.
 * - `late`: the step is done, and the answer comes when the promise has resolved.
 * - `delayed`: the step is done when the promise has resolved.
 */
export type StoreFault =
  | 'throw'
  | 'throwAfter'
  | 'hang'
  | { readonly late: PromiseLike<unknown> }
  | { readonly delayed: PromiseLike<unknown> }

/**
 * Decides which calls fail.
 *
 * @param count number of calls of this step so far, this one included
 * @returns `undefined` if nothing goes wrong
 */
export type FaultPlan = (step: StoreStep, count: number) => StoreFault | undefined

/** The error of a call that fails as planned. */
export class StoreFaultError extends Error {
  override readonly name = 'StoreFaultError'
  readonly step: StoreStep

  constructor(step: StoreStep, fault: 'throw' | 'throwAfter') {
    super(`${step}: ${fault === 'throw' ? 'the store failed' : "the store's answer was lost"} (planned fault)`)
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
 * A store that fails as planned, to test an application. Its `check` is that of the given store.
 *
 * @param store runs the steps
 *
 * @example
 * // the first redemption succeeds, but its answer is lost
 * faultyStore(new MemoryStore(), (step, count) => (step === 'redeem' && count === 1 ? 'throwAfter' : undefined))
 */
export function faultyStore(store: DeviceStore, plan: FaultPlan): DeviceStore {
  const counts = new Map<StoreStep, number>()
  const steps = forwardSteps(store.shared, (step, work) => {
    const count = (counts.get(step) ?? 0) + 1
    counts.set(step, count)
    const fault = plan(step, count)
    return fault === undefined ? work(store) : fail(step, fault, () => work(store))
  })
  return {
    ...steps,
    ...(store.clock && { clock: store.clock }),
    // no plan has faults for these: `watch` asks nothing of the database, and `check` answers for the database itself
    ...(store.watch && { watch: store.watch.bind(store) }),
    ...(store.check && { check: store.check.bind(store) }),
  }
}
