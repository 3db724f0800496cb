import type { Awaitable } from '@device-auth/core'

/** What the statements of a store bind. */
export type SqlValue = string | number | null

/** One row, by column name. */
export type SqlRow = Readonly<Record<string, unknown>>

/** Runs one statement by itself, as its own transaction, and answers with its rows. */
export type RunStatement = (sql: string, parameters: readonly SqlValue[]) => Awaitable<readonly SqlRow[]>

/** What SQLite and PostgreSQL do not say in the same words. */
export interface Dialect {
  /** The function that answers with the greatest of its arguments. */
  readonly greatest: 'max' | 'greatest'
  /** After a subselect of rows to delete: leave those that another node is deleting. */
  readonly skipLocked: string
  /** When the last of the access tokens ends. */
  readonly accessTokensEnd: string
  /** The latest live access tokens, and one more: a JSON array as text, in the first parameter. */
  appendAccessToken(token: string, now: string): string
  /** The access tokens without the one of this hash. */
  withoutAccessToken(hash: string): string
}
