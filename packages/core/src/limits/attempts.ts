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

/** Default of the seconds for which an attempt can be given back. */
const OWN_WINDOW = 600

/** Pieces of work that are kept. Beyond them the oldest is dropped, and its attempt counts until its window ends. */
const MAX_UNSETTLED = 10_000

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
  const count = async <T extends object>(
    budgets: readonly AttemptBudget[],
    step: CountingStep<T>,
    own = `own:attempt:${randomToken()}`,
    window = OWN_WINDOW,
  ): Promise<Counted<T> | AttemptRefusal> => {
    await unsettled.settle()
    const attempt = { own, keys: budgets.map(({ key }) => key) }
    try {
      const result = await step([{ key: own, limit: 1, window }, ...budgets])
      return isRefusal(result) ? { ...result, index: result.index - 1 } : { attempt, result }
    } catch (error) {
      unsettled.add(() => attempts.giveBackOnce(attempt))
      throw error
    }
  }
  const attempts: Attempts = {
    async take(budgets, own, window) {
      const counted = await count(budgets, async (all) => (await store.takeAttempts(all, now())) ?? {}, own, window)
      return 'attempt' in counted ? counted.attempt : counted
    },
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

function isRefusal(result: object): result is AttemptRefusal {
  return 'retryAfter' in result
}

function allKeys({ own, keys }: CountedAttempt): readonly string[] {
  return [own, ...keys]
}

/** Work that is left after failures. It is done one after another, and by one request at a time. */
function createUnsettled(): { add(work: Work): void; settle(): Promise<void> | undefined; isEmpty(): boolean } {
  const queue: Work[] = []
  let active: Work | undefined
  let running: Promise<void> | undefined
  const add = (work: Work): void => {
    if (queue.length >= MAX_UNSETTLED) queue.shift()
    queue.push(work)
  }
  const run = async (): Promise<void> => {
    try {
      for (let work = queue.shift(); work !== undefined; work = queue.shift()) {
        active = work
        await work()
      }
    } catch {
      // the store fails still: the attempt that is counted next finds that out itself, and reports it
      if (active !== undefined) add(active)
    } finally {
      active = undefined
      running = undefined
    }
  }
  return {
    add,
    settle() {
      if (queue.length > 0) running ??= run()
      return running
    },
    isEmpty: () => queue.length === 0 && active === undefined,
  }
}
