/** What Passport adds to a strategy for the time of one request. */
export interface StrategyActions {
  success(user: object, info?: object): void
  fail(challenge?: string | { readonly message: string }, status?: number): void
  pass(): void
  error(error: unknown): void
}
