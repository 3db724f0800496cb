import type { RunStatement, SqlRow, SqlValue } from '../sql/client.ts'

/**
 * The method of a driver that the store uses. A `Pool` of `pg` has it; any other client that runs a statement with `$1`
 * parameters can be wrapped. It returns the rows, or an object that has them as `rows`.
 */
export interface PostgresClient {
  query(sql: string, parameters: SqlValue[]): PromiseLike<readonly SqlRow[] | { readonly rows: readonly SqlRow[] }>
}

/** SQLSTATE of a serialization failure and of a deadlock: nothing was done, and the statement can be run again. */
const transient = new Set(['40001', '40P01'])
/** SQLSTATE of an undefined table, column, schema and function. */
const missingSchema = new Set(['42P01', '42703', '3F000', '42883'])
/** The most times that a statement is run. */
const maxRuns = 5

/** The tables are missing, or older than this release. */
export class MissingTablesError extends Error {
  override readonly name = 'MissingTablesError'

  constructor(cause: unknown) {
    super('postgresStore: its tables are missing or too old. Call migrate() first.', { cause })
  }
}

/**
 * Runs statements. A statement that failed because of another transaction is run again, up to 5 times.
 *
 * @returns a function that rejects with {@link MissingTablesError}, or with the driver's own error
 */
export function runOn(client: PostgresClient): RunStatement {
  return async (sql, parameters) => {
    for (let runs = 1; ; runs++) {
      try {
        const result = await client.query(sql, [...parameters])
        return 'rows' in result ? result.rows : result
      } catch (error) {
        const state = sqlState(error)
        if (state !== undefined && missingSchema.has(state)) {
          throw new MissingTablesError(error)
        }
        if (state === undefined || !transient.has(state) || runs === maxRuns) throw error
        await pause(Math.random() * 5 * 2 ** runs)
      }
    }
  }
}

/** The SQLSTATE of an error, or of its cause if a library has wrapped the driver's error. */
function sqlState(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && /^[\dA-Z]{5}$/.test(cause.code)) return cause.code
  }
  return undefined
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
