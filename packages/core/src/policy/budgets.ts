import type { ServerContext } from '../context.ts'
import type { LimitKind } from '../events.ts'

/** So many attempts in a window, counted under a key. */
export interface Budget {
  readonly key: string
  readonly limit: number
  /** Seconds. */
  readonly window: number
  readonly kind: LimitKind
}

/** The budget that had nothing left. */
export interface Refusal {
  readonly kind: LimitKind
  /** Seconds. */
  readonly retryAfter: number
}

/**
 * Takes one attempt from each budget, or from none. In order, so that who has spent a budget of their own does not hold
 * an attempt of one that is everybody's, however briefly.
 */
export async function takeBudgets<Native>(
  budgets: readonly Budget[],
  context: ServerContext<Native>,
): Promise<Refusal | undefined> {
  const { store, now } = context
  for (const [index, { key, limit, window, kind }] of budgets.entries()) {
    const { allowed, retryAfter } = await store.takeAttempt(key, limit, window, now())
    if (allowed) continue
    await giveBackBudgets(budgets.slice(0, index), context)
    return { kind, retryAfter }
  }
  return undefined
}

/** Takes the attempt back, because it was none. */
export async function giveBackBudgets<Native>(
  budgets: readonly Budget[],
  { store, now }: ServerContext<Native>,
): Promise<void> {
  await Promise.all(budgets.map(({ key }) => store.giveBackAttempt(key, now())))
}
