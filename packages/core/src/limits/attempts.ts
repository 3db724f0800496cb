import type {
  AttemptBudget,
  AttemptRefusal,
  Attempts,
  Counted,
  CountedAttempt,
  CountingStep,
} from '../contract/attempts.ts'
import type { DeviceStore } from '../contract/store.ts'
import { randomToken } from '../crypto/random.ts'
import { type Awaitable, chain, isThenable } from '../http.ts'

/** Default of the seconds for which an attempt can be given back. */
const OWN_WINDOW = 600

/** Pieces of work that are kept. Beyond them the oldest is dropped, and its attempt counts until its window ends. */
const MAX_UNSETTLED = 10_000

/** Pieces of work at the same time at most, once the store answers again. */
const MOST_AT_ONCE = 32

type Work = () => Promise<unknown>

/**
 * Counts attempts in the store. Each attempt has a key of its own, with room for one, and is counted under it too. So
 * the attempt can be given back only once, and a step that comes late is refused by the store.
 *
 * @param onFailure - Is told of an attempt that could not be given back at once.
 */
export function createAttempts(
  store: Pick<DeviceStore, 'takeAttempts' | 'giveBackAttempts'>,
  now: () => number,
  onFailure: (error: unknown) => void,
): Attempts {
  const unsettled = createUnsettled()
  const count = <T extends object>(
    budgets: readonly AttemptBudget[],
    step: CountingStep<T>,
    own = `own:attempt:${randomToken()}`,
    window = OWN_WINDOW,
  ): Awaitable<Counted<T> | AttemptRefusal> => {
    const attempt = { own, keys: budgets.map(({ key }) => key) }
    return chain(unsettled.settle(), () =>
      orElse(
        () =>
          chain(step([{ key: own, limit: 1, window }, ...budgets]), (result) =>
            isRefusal(result) ? { ...result, index: result.index - 1 } : { attempt, result },
          ),
        () => unsettled.add(() => attempts.giveBackOnce(attempt)),
      ),
    )
  }
  const attempts: Attempts = {
    take: (budgets, own, window) =>
      chain(
        count(budgets, (all) => chain(store.takeAttempts(all, now()), (refusal) => refusal ?? {}), own, window),
        (counted) => ('attempt' in counted ? counted.attempt : counted),
      ),
    takeWith: (budgets, step) => count(budgets, step),
    async giveBack(attempt) {
      try {
        await store.giveBackAttempts(allKeys(attempt), now())
      } catch (error) {
        unsettled.add(() => attempts.giveBackOnce(attempt))
        onFailure(error)
      }
    },
    async giveBackOnce(attempt) {
      // this also keeps out a `takeAttempts` of the same attempt that the store has not done yet
      const refusal = await store.takeAttempts([{ key: attempt.own, limit: 1, window: OWN_WINDOW }], now())
      if (refusal === undefined) return false
      await store.giveBackAttempts(allKeys(attempt), now())
      return true
    },
    settleLater: unsettled.add,
    settled: unsettled.isEmpty,
  }
  return attempts
}

/** Does a piece of work that may fail at once or later. The error is passed on after `onFailure`. */
function orElse<T>(work: () => Awaitable<T>, onFailure: () => void): Awaitable<T> {
  const fail = (error: unknown): never => {
    onFailure()
    throw error
  }
  try {
    const result = work()
    return isThenable(result) ? result.then(undefined, fail) : result
  } catch (error) {
    return fail(error)
  }
}

function isRefusal(result: object): result is AttemptRefusal {
  return 'retryAfter' in result
}

function allKeys({ own, keys }: CountedAttempt): readonly string[] {
  return [own, ...keys]
}

/**
 * Work that is left after failures. The first piece finds out if the store answers again; then more and more are done at the same
 * time: every request that counts waits for them, and after a long failure there are thousands.
 */
function createUnsettled(): { add(work: Work): void; settle(): Promise<void> | undefined; isEmpty(): boolean } {
  const queue: Work[] = []
  let active = 0
  let running: Promise<void> | undefined
  const add = (work: Work): void => {
    if (queue.length >= MAX_UNSETTLED) queue.shift()
    queue.push(work)
  }
  /** @returns true if all of them were done; the others are left for later */
  const doAll = async (works: readonly Work[]): Promise<boolean> => {
    active = works.length
    const done = await Promise.allSettled(works.map(async (work) => work()))
    const failed = works.filter((_, index) => done[index]?.status === 'rejected')
    failed.forEach(add)
    active = 0
    return failed.length === 0
  }
  const run = async (): Promise<void> => {
    // if the store fails still, the attempt that is counted next finds that out itself, and reports it
    for (let atOnce = 1; queue.length > 0 && (await doAll(queue.splice(0, atOnce))); ) {
      atOnce = Math.min(atOnce * 2, MOST_AT_ONCE)
    }
    running = undefined
  }
  return {
    add,
    settle() {
      if (queue.length > 0) running ??= run()
      return running
    },
    isEmpty: () => queue.length === 0 && active === 0,
  }
}
