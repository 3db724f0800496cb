import type { ServerContext } from '../contract/context.ts'
import type { LimitKind } from '../contract/events.ts'
import type { AttemptBudget } from '../contract/store.ts'

/** A budget with what its limit is called in events. */
export interface Budget extends AttemptBudget {
  readonly kind: LimitKind
}

/** The budget that had nothing left. */
export interface Refusal {
  readonly kind: LimitKind
  /** Seconds. */
  readonly retryAfter: number
}

/** Takes one attempt from each budget, or from none. */
export async function takeBudgets<Native>(
  budgets: readonly Budget[],
  { store, now }: ServerContext<Native>,
): Promise<Refusal | undefined> {
  const refusal = await store.takeAttempts(budgets, now())
  if (refusal === undefined) return undefined
  const { kind } = budgets[refusal.index] as Budget
  return { kind, retryAfter: refusal.retryAfter }
}

/** Takes the attempt back, because it was none. */
export async function giveBackBudgets<Native>(
  budgets: readonly Budget[],
  { store, now }: ServerContext<Native>,
): Promise<void> {
  const keys = budgets.map(({ key }) => key)
  await store.giveBackAttempts(keys, now())
}
