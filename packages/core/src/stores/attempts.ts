/** So many attempts in a window, counted under a key. */
export interface AttemptBudget {
  readonly key: string
  readonly limit: number
  /** Seconds; a window begins with its first attempt. */
  readonly window: number
}

/** Why an attempt was not counted. */
export interface AttemptRefusal {
  /** Which of the budgets had nothing left: the first one that had not, by its place. */
  readonly index: number
  /** Seconds until its window ends. */
  readonly retryAfter: number
}
