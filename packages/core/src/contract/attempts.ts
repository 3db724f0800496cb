import type { Awaitable } from '../http.ts'

/** A number of attempts that is allowed in a window of time, counted under a key. */
export interface AttemptBudget {
  /** It names an account, a client, an address or the id of a credential. Of any length and any characters, compared exactly. */
  readonly key: string
  readonly limit: number
  /** Seconds; a window begins with its first attempt. */
  readonly window: number
}

/** The reason why an attempt was not counted. */
export interface AttemptRefusal {
  /** The index of the first budget that had nothing left. */
  readonly index: number
  /** Seconds until its window ends. */
  readonly retryAfter: number
}

/** An attempt that was counted. */
export interface CountedAttempt {
  /** The key of this one attempt: the id of the credential for a request for codes, else a random one. It tells later if the attempt still counts. */
  readonly own: string
  /** The keys of the budgets that it was counted in. */
  readonly keys: readonly string[]
}

/** A step of the store that counts an attempt in these budgets and, if it is counted, goes on. */
export type CountingStep<T> = (budgets: readonly AttemptBudget[]) => Awaitable<AttemptRefusal | T>

/** An attempt that was counted, and the result of the step that counted it. */
export interface Counted<T> {
  readonly attempt: CountedAttempt
  readonly result: T
}

/**
 * Counts attempts so that a failure is nobody's fault. After a failed step nobody knows if the store has done it. The count
 * is put right before the next attempt is counted, so no answer waits for it.
 */
export interface Attempts {
  /**
   * Counts one attempt in each budget, or in none if one of them is spent. If the store fails, the attempt does not count.
   *
   * @param own - The key of this one attempt. Default: a random one.
   * @param ownWindow - Seconds for which the attempt can be given back. Default: 600.
   * @returns The refusal has the index of the spent budget, or -1 if the attempt `own` was counted before.
   */
  take(budgets: readonly AttemptBudget[], own?: string, ownWindow?: number): Awaitable<CountedAttempt | AttemptRefusal>
  /**
   * Counts one attempt as `take` does, by a step of the store that does more than count.
   *
   * @param step - Is given the budgets, with that of this one attempt in front of them.
   */
  takeWith<T extends object>(
    budgets: readonly AttemptBudget[],
    step: CountingStep<T>,
  ): Awaitable<Counted<T> | AttemptRefusal>
  /** Gives an attempt back. Never rejects: if the store fails, that is reported, and done later. */
  giveBack(attempt: CountedAttempt): Promise<void>
  /** Gives an attempt back if it still counts, and returns `true` then. Rejects if the store fails. */
  giveBackOnce(attempt: CountedAttempt): Promise<boolean>
  /** Keeps work that a failure has left, until the next attempt is counted. Work that rejects is kept on. */
  settleLater(work: () => Promise<unknown>): void
  /** `false` while work of `settleLater` is left: a counter may be too high then. */
  settled(): boolean
}
