import type { ServerContext } from '../contract/context.ts'
import type { LimitKind } from '../contract/events.ts'
import type { AttemptBudget } from '../contract/store.ts'

/** A budget, with the name of its limit in events. */
export interface Budget extends AttemptBudget {
  readonly kind: LimitKind
}

/** The budget that was spent. */
export interface Refusal {
  readonly kind: LimitKind
  /** Seconds until it has an attempt again. */
  readonly retryAfter: number
}

/** Takes one attempt from each budget. If one of them is spent, nothing is taken and that one is returned. */
export async function takeBudgets<Native>(
  budgets: readonly Budget[],
  { store, now }: ServerContext<Native>,
): Promise<Refusal | undefined> {
  const refusal = await store.takeAttempts(budgets, now())
  if (refusal === undefined) return undefined
  const { kind } = budgets[refusal.index] as Budget
  return { kind, retryAfter: refusal.retryAfter }
}

/** Undoes `takeBudgets`: the attempt no longer counts in any of the budgets. */
export async function giveBackBudgets<Native>(
  budgets: readonly Budget[],
  { store, now }: ServerContext<Native>,
): Promise<void> {
  const keys = budgets.map(({ key }) => key)
  await store.giveBackAttempts(keys, now())
}
