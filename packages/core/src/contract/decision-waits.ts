/**
 * The reason why a wait for a decision ended.
 *
 * - `changed`: the request was decided, or has ended. The store knows more.
 * - `down`: the store cannot tell of decisions any more
 * - `time`: the time of the wait is over
 * - `drained`: this process prepares its end
 * - `aborted`: the caller ended the wait
 */
export type WaitEnd = 'changed' | 'down' | 'time' | 'drained' | 'aborted'

/** A wait for the decision about one request. It hears of every decision from its beginning on. */
export interface DecisionWait {
  /** Resolves when the wait ends, at the latest after that time. Call it once. @param milliseconds 0 or more */
  until(milliseconds: number): Promise<WaitEnd>
  /** Ends the wait: `until` resolves with `aborted`, unless it has resolved. Call it in any case, to free what the wait keeps. */
  end(): void
}

/** Waits for decisions, which the store tells of. */
export interface DecisionWaits {
  /**
   * Begins to wait for the decision about a request. Read the request after that, because it may be decided already.
   *
   * @param id - The id of the credential.
   * @returns `undefined` if the store cannot tell of decisions now, or this process prepares its end.
   */
  begin(id: string): DecisionWait | undefined
}
