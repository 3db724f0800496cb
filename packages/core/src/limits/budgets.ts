import type { AttemptBudget, Attempts, CountedAttempt } from '../contract/attempts.ts'
import type { LimitKind } from '../contract/events.ts'

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
export async function takeBudgets(budgets: readonly Budget[], attempts: Attempts): Promise<CountedAttempt | Refusal> {
  const attempt = await attempts.take(budgets)
  if (!('retryAfter' in attempt)) return attempt
  const { kind } = budgets[attempt.index] as Budget
  return { kind, retryAfter: attempt.retryAfter }
}
