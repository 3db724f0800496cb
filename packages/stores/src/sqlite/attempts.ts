import type { Awaitable } from '@device-auth/core'
import { lateStep } from '../late-step.ts'
import type { CountedBudget, SpentBudget, SqlAttempts } from '../sql/attempts.ts'
import type { RunTogether, SqliteConnection } from './connection.ts'

/** The counters of attempts. One transaction counts in all budgets of an attempt; a crash of the machine may lose the last ones. */
export class SqliteAttempts implements SqlAttempts {
  readonly #connection: SqliteConnection
  readonly #take: string
  readonly #resetAt: string
  readonly #giveBack: string

  constructor(connection: SqliteConnection, table: string) {
    this.#connection = connection
    this.#take = `INSERT INTO ${table} AS counter (attempt_key, attempts, reset_at) VALUES ($1, 1, $2)
      ON CONFLICT (attempt_key) DO UPDATE SET
        attempts = CASE WHEN counter.reset_at <= $3 THEN 1 ELSE counter.attempts + 1 END,
        reset_at = CASE WHEN counter.reset_at <= $3 THEN excluded.reset_at ELSE counter.reset_at END
      WHERE counter.reset_at <= $3 OR counter.attempts < $4 RETURNING attempt_key`
    this.#resetAt = `SELECT reset_at FROM ${table} WHERE attempt_key = $1 AND reset_at > $2`
    this.#giveBack = `UPDATE ${table} SET attempts = attempts - 1
      WHERE attempt_key = $1 AND reset_at > $2 AND attempts > 0 RETURNING attempt_key`
  }

  take(
    budgets: readonly CountedBudget[],
    now: number | null,
    until = Number.POSITIVE_INFINITY,
  ): Awaitable<SpentBudget | undefined> {
    const firstSpent = (run: RunTogether): SpentBudget | undefined => {
      const at = now ?? Date.now()
      // another process was writing all the time
      if (at > until) throw lateStep('sqliteStore')
      for (const [index, { key, limit, window }] of budgets.entries()) {
        if (limit > 0 && run(this.#take, [key, at + window, at, limit]).length > 0) continue
        const [row] = run(this.#resetAt, [key, at])
        return { index, left: row === undefined ? window : Number(row.reset_at) - at }
      }
      return undefined
    }
    return this.#connection.patiently(() => this.#connection.transaction(firstSpent, (spent) => spent === undefined))
  }

  giveBack(keys: readonly string[], now: number | null): Awaitable<void> {
    const giveBack = (run: RunTogether): void => {
      for (const key of keys) run(this.#giveBack, [key, now ?? Date.now()])
    }
    return this.#connection.patiently(() => this.#connection.transaction(giveBack))
  }
}
