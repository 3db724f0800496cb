import { answerInTime } from '../answer-in-time.ts'
import type { RunStatement, SqlRow, SqlValue } from '../sql/client.ts'
import type { ExpectedClient } from '../store-options.ts'

/**
 * The method of a driver that the store uses. A `Pool` of `pg` has it; any other client that runs a statement with `$1`
 * parameters can be wrapped. It returns the rows, or an object that has them as `rows`.
 */
export interface PostgresClient {
  query(sql: string, parameters: SqlValue[]): PromiseLike<readonly SqlRow[] | { readonly rows: readonly SqlRow[] }>
}

/** The client that a store expects, for its error messages. */
export function expectedClient(store: string): ExpectedClient {
  return { store, methods: [['query']], example: 'new Pool() of pg' }
}

/** Milliseconds after which a statement is given up: the host is silent, or the statement waits for somebody else. */
const DEADLINE = 5_000

/** SQLSTATE of a serialization failure and of a deadlock: nothing was done, and the statement can be run again. */
const transient = new Set(['40001', '40P01'])
/** SQLSTATE of an undefined table, column, schema and function. */
const missingSchema = new Set(['42P01', '42703', '3F000', '42883'])
/** The most times that a statement is run. */
const MAX_RUNS = 5

/** The tables are missing, or older than this release. */
export class MissingTablesError extends Error {
  override readonly name = 'MissingTablesError'

  constructor(cause: unknown) {
    super('postgresStore: its tables are missing or too old. Call migrate() first.', { cause })
  }
}

/** The client returns rows in which the store does not find its columns. */
export class UnfitClientError extends TypeError {
  override readonly name = 'UnfitClientError'
}

/** The part of a `Pool` of `pg` that the store knows. */
export interface PostgresPool {
  readonly options: {
    readonly query_timeout?: number
    readonly connectionTimeoutMillis?: number
    readonly keepAlive?: boolean
  }
  listenerCount?(event: 'error'): number
  query(statement: {
    readonly text: string
    readonly values: readonly SqlValue[]
    readonly query_timeout: number
  }): PromiseLike<{ readonly rows: readonly SqlRow[] }>
}

/** True for a `Pool` of `pg`, or of a library that is built on it. */
export function isPool(client: object): client is PostgresPool {
  return 'totalCount' in client && 'waitingCount' in client && 'options' in client && client.options instanceof Object
}

/**
 * Runs statements. A statement that failed because of another transaction is run again, up to 5 times. A statement that gets no
 * answer is given up. A `Pool` of `pg` is told the time limit, so that it destroys the connection, and never lends it again.
 *
 * @param deadline milliseconds
 * @returns a function that rejects with {@link MissingTablesError}, {@link UnfitClientError}, with the driver's own error, or after the deadline
 */
export function runOn(client: PostgresClient, deadline: number = DEADLINE): RunStatement {
  const limit = (isPool(client) && client.options.query_timeout) || deadline
  const query = (text: string, values: readonly SqlValue[]): ReturnType<PostgresClient['query']> =>
    isPool(client) ? client.query({ text, values, query_timeout: limit }) : client.query(text, [...values])
  let areNamesKnown = false
  return async (sql, parameters) => {
    for (let runs = 1; ; runs++) {
      try {
        const result = await answerInTime(query(sql, parameters), limit, 'postgresStore')
        const rows = rowsOf(result)
        if (!areNamesKnown) areNamesKnown = keepsNames(rows[0])
        return rows
      } catch (error) {
        const state = sqlState(error)
        if (state !== undefined && missingSchema.has(state)) {
          throw new MissingTablesError(error)
        }
        if (state === undefined || !transient.has(state) || runs === MAX_RUNS) throw error
        await pause(Math.random() * 5 * 2 ** runs)
      }
    }
  }
}

/**
 * The rows of a result. Each result is looked at: the `query` of a TypeORM `DataSource` returns the rows of an INSERT, but a list of rows
 * and their count for an UPDATE.
 *
 * @throws {UnfitClientError} for rows that are arrays, which have no names
 */
function rowsOf(result: Awaited<ReturnType<PostgresClient['query']>>): readonly SqlRow[] {
  const rows = 'rows' in result ? result.rows : result
  if (!Array.isArray(rows[0])) return rows
  throw new UnfitClientError(
    `postgresStore: the client returns rows that are arrays; it must return the rows as objects. ${guide}`,
  )
}

/**
 * Looks if a row has the names of the statement. Rows with other names would look like rows without values, and all sign-ins would be
 * lost without an error.
 *
 * @returns `false` if the row does not tell, because a client that renames columns would leave its names as they are
 * @throws {UnfitClientError} for a row with other names
 */
function keepsNames(row: SqlRow | undefined): boolean {
  if (row === undefined) return false
  const names = Object.keys(row)
  const renamed = names.find((name) => /[A-Z]/.test(name))
  if (renamed === undefined) return names.some((name) => name.includes('_'))
  throw new UnfitClientError(
    `postgresStore: the client renames columns, as \`${renamed}\` shows; give it one without a plugin or option for camel case. ${guide}`,
  )
}

const guide = 'See docs/guides/sql-clients.md.'

/** The SQLSTATE of an error, or of the driver's error that a library has wrapped: in `cause`, or with Sequelize in `original`. */
export function sqlState(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = 'original' in cause ? cause.original : cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && /^[\dA-Z]{5}$/.test(cause.code)) return cause.code
  }
  return undefined
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
