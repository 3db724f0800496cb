import type { RunStatement, SqlRow, SqlValue } from '../sql/client.ts'

/**
 * What the store asks of a driver: `pg.Pool` has it. Anything else that runs a statement with `$1` parameters will do
 * as well; it may answer with the rows, or with an object that has them.
 */
export interface PostgresClient {
  query(sql: string, parameters: SqlValue[]): PromiseLike<readonly SqlRow[] | { readonly rows: readonly SqlRow[] }>
}

/** Serialization failure, deadlock: nothing was done, and trying again will do it. */
const transient = new Set(['40001', '40P01'])
/** Undefined table, column, schema, function. */
const missingSchema = new Set(['42P01', '42703', '3F000', '42883'])
const attempts = 5

export class MissingTablesError extends Error {
  override readonly name = 'MissingTablesError'

  constructor(cause: unknown) {
    super('postgresStore: its tables are missing, or are those of an older version. Call migrate() first.', { cause })
  }
}

/** Runs statements, tries again what was in the way of another transaction, and says what a missing table means. */
export function runOn(client: PostgresClient): RunStatement {
  return async (sql, parameters) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await client.query(sql, [...parameters])
        return 'rows' in result ? result.rows : result
      } catch (error) {
        const state = sqlState(error)
        if (state !== undefined && missingSchema.has(state)) {
          throw new MissingTablesError(error)
        }
        if (state === undefined || !transient.has(state) || attempt === attempts) throw error
        await pause(Math.random() * 5 * 2 ** attempt)
      }
    }
  }
}

/** The SQLSTATE of a driver's error, or of the error that a library wrapped. */
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
