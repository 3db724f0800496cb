import type { AttemptBudget, AttemptRefusal, Awaitable } from '@device-auth/core'

/** A budget in whole numbers, with the end of the window that begins now if none is open (epoch milliseconds). */
export interface CountedBudget {
  readonly key: string
  readonly limit: number
  readonly resetAt: number
}

/** The first budget in the list without an attempt left: its index, and the end of its window (epoch milliseconds). */
export interface SpentBudget {
  readonly index: number
  readonly resetAt: number
}

/** The counters of attempts in a database. Times are whole epoch milliseconds. */
export interface SqlAttempts {
  /** Counts one attempt in each budget, or in none. @returns a budget that had nothing left, if any */
  take(budgets: readonly CountedBudget[], now: number): Awaitable<SpentBudget | undefined>
  /** Takes one attempt back from each of these keys. */
  giveBack(keys: readonly string[], now: number): Awaitable<void>
}

/** The step `takeAttempts` of the store contract. */
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
