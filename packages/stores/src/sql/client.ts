import type { Awaitable } from '@device-auth/core'

/** A parameter of a statement. */
export type SqlValue = string | number | null

/** One row, by column name. */
export type SqlRow = Readonly<Record<string, unknown>>

/** Runs one statement as a transaction of its own. @returns its rows */
export type RunStatement = (sql: string, parameters: readonly SqlValue[]) => Awaitable<readonly SqlRow[]>

/** The expressions that SQLite and PostgreSQL write in different ways. */
export interface Dialect {
  /** The time of a step in epoch milliseconds: the value of a parameter or, if that is NULL, the clock of the database. */
  time(parameter: string): string
  /** The function that returns the greatest of its arguments. */
  readonly greatest: 'max' | 'greatest'
  /** True if the column has one of the few values that a subselect finds, each of which is then looked up by its index. */
  isOneOf(column: string, subselect: string): string
  /** At the end of a subselect of rows to delete: skips the rows that another node is deleting. */
  readonly skipLocked: string
  /** The end of the last access token. */
  readonly accessTokensEnd: string
  /** The latest live access tokens and one more. @param token the name of the parameter that has it, as the text of a JSON array */
  appendAccessToken(token: string, now: string): string
  /**
   * The latest live access tokens and one more before the last of them, which stays the last even if it is over.
   * @param token the name of the parameter that has it, as the text of a JSON array
   */
  insertAccessToken(token: string, now: string): string
  /** The end of the access token of this hash; 0 if there is none. @param hash the name of a parameter */
  accessTokenEnd(hash: string): string
  /** The access tokens without the one of this hash. @param hash the name of a parameter */
  withoutAccessToken(hash: string): string
  /** True if one of the access tokens has this hash. @param hash the name of a parameter */
  hasAccessToken(hash: string): string
}
