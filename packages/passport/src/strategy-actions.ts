/** The actions that Passport adds to a strategy for one request; the strategy ends with exactly one of them. */
export interface StrategyActions {
  /** The user is authenticated; `info` becomes `req.authInfo`. */
  success(user: object, info?: object): void
  /** The user is not authenticated; Passport tries its next strategy or answers with the status. */
  fail(challenge?: string | { readonly message: string }, status?: number): void
  /** The request goes on to the application without a user. */
  pass(): void
  /** The strategy could not do its work; the error goes to the error middleware. */
  error(error: unknown): void
}
