import type { AttemptBudget, AttemptRefusal } from '../contract/attempts.ts'
import type { LimitKind } from '../contract/events.ts'
import type { Awaitable } from '../http.ts'

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

/**
 * Takes one attempt from each budget. If one of them is spent, nothing is taken and that one is returned.
 *
 * @param take - Counts the attempt.
 */
export async function takeBudgets<T extends object>(
  budgets: readonly Budget[],
  take: (budgets: readonly AttemptBudget[]) => Awaitable<T | AttemptRefusal>,
): Promise<T | Refusal> {
  const taken = await take(budgets)
  if (!('retryAfter' in taken)) return taken
  const { kind } = budgets[taken.index] as Budget
  return { kind, retryAfter: taken.retryAfter }
}
