import type { AttemptBudget, AttemptRefusal, Awaitable } from '@device-auth/core'

/** A budget in whole numbers. */
export interface CountedBudget {
  readonly key: string
  readonly limit: number
  /** Milliseconds. */
  readonly window: number
}

/** The first budget in the list without an attempt left. */
export interface SpentBudget {
  /** Its place in the list, from 0. */
  readonly index: number
  /** Milliseconds until its window ends. */
  readonly left: number
}

/** The counters of attempts in a database. Times are whole epoch milliseconds; `null` is the clock of the database. */
export interface SqlAttempts {
  /**
   * Counts one attempt in each budget, or in none.
   *
   * @param until the time after which it counts nothing and rejects
   * @returns a budget that had nothing left, if any
   */
  take(budgets: readonly CountedBudget[], now: number | null, until?: number): Awaitable<SpentBudget | undefined>
  /** Takes one attempt back from each of these keys. */
  giveBack(keys: readonly string[], now: number | null): Awaitable<void>
}

/** The step `takeAttempts` of the store contract. */
export async function takeAttempts(
  attempts: SqlAttempts,
  budgets: readonly AttemptBudget[],
  now: number | null,
  until?: number,
): Promise<AttemptRefusal | undefined> {
  const counted = budgets.map(({ key, limit, window }) => ({
    key,
    limit: Math.ceil(limit),
    window: Math.ceil(window * 1000),
  }))
  const spent = await attempts.take(counted, now, until && Math.floor(until))
  return spent && { index: spent.index, retryAfter: Math.ceil(spent.left / 1000) }
}
