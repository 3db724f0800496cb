import type { AttemptBudget, AttemptRefusal } from '@device-auth/core'
import type { Row, Transaction } from './database.ts'

/** The attempts in one window. */
interface Counter {
  readonly count: number
  /** Epoch milliseconds; the window ends then. */
  readonly resetAt: number
}

/** Counts an attempt in each budget, or in none. @returns the first budget that had nothing left */
export async function take(
  transaction: Transaction,
  budgets: readonly AttemptBudget[],
  now: number,
): Promise<AttemptRefusal | undefined> {
  const counters = await lockCounters(
    transaction,
    budgets.map(({ key }) => key),
    now,
  )
  for (const [index, { key, limit, window }] of budgets.entries()) {
    const { count, resetAt } = counters.get(key) ?? { count: 0, resetAt: now + window * 1000 }
    if (count >= limit) return { index, retryAfter: Math.ceil((resetAt - now) / 1000) }
  }
  for (const { key, window } of budgets) {
    const { count, resetAt } = counters.get(key) ?? { count: 0, resetAt: now + window * 1000 }
    await transaction.write(toRow(key, { count: count + 1, resetAt }))
  }
  return undefined
}

/** Takes one attempt back from each key. */
export async function giveBack(transaction: Transaction, keys: readonly string[], now: number): Promise<void> {
  for (const [key, { count, resetAt }] of await lockCounters(transaction, keys, now)) {
    await transaction.write(toRow(key, { count: Math.max(0, count - 1), resetAt }))
  }
}

/** The counters whose windows have not ended. They are locked in the order of their keys, so that two transactions never wait for each other. */
async function lockCounters(
  transaction: Transaction,
  keys: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Counter>> {
  const counters = new Map<string, Counter>()
  for (const key of [...keys].sort()) {
    const value = await transaction.lock(attemptKey(key))
    const counter: Counter | undefined = value === undefined ? undefined : JSON.parse(value)
    if (counter !== undefined && now < counter.resetAt) counters.set(key, counter)
  }
  return counters
}

function attemptKey(key: string): string {
  return `attempt:${key}`
}

function toRow(key: string, counter: Counter): Row {
  return { key: attemptKey(key), value: JSON.stringify(counter), forgetAt: counter.resetAt }
}
