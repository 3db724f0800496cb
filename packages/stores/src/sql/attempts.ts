import type { AttemptBudget, AttemptRefusal, Awaitable } from '@device-auth/core'

/** A budget in whole numbers, with the end of the window (epoch milliseconds) that would begin now. */
export interface CountedBudget {
  readonly key: string
  readonly limit: number
  readonly resetAt: number
}

/** The first budget that had nothing left, and the end of its window. */
export interface SpentBudget {
  readonly index: number
  readonly resetAt: number
}

/** The counters in a database. Times are whole epoch milliseconds. */
export interface SqlAttempts {
  /** Counts in all of them, or in none. */
  take(budgets: readonly CountedBudget[], now: number): Awaitable<SpentBudget | undefined>
  giveBack(keys: readonly string[], now: number): Awaitable<void>
}

export async function takeAttempts(
  attempts: SqlAttempts,
  budgets: readonly AttemptBudget[],
  now: number,
): Promise<AttemptRefusal | undefined> {
  const counted = budgets.map(({ key, limit, window }) => ({
    key,
    limit: Math.ceil(limit),
    resetAt: now + Math.ceil(window * 1000),
  }))
  const spent = await attempts.take(counted, now)
  return spent && { index: spent.index, retryAfter: Math.ceil((spent.resetAt - now) / 1000) }
}
