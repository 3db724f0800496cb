import type { DeviceStore } from '@device-auth/core'
import { type CheckedStore, unanswered } from '../checked-store.ts'
import type { RunStatement, SqlRow } from '../sql/client.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { statements } from '../sql/statements.ts'
import { PostgresAttempts } from './attempts.ts'
import { MissingTablesError, type PostgresClient, runOn } from './client.ts'
import { postgresDialect } from './dialect.ts'
import { MIN_SERVER_VERSION, migrationBlock, SCHEMA_VERSION } from './migrations.ts'
import { PollBatches } from './poll-batches.ts'
import { type PostgresNames, type PostgresTableOptions, postgresNames } from './tables.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { SqlRow, SqlValue } from '../sql/client.ts'
export type { PostgresClient } from './client.ts'
export type { PostgresTableOptions } from './tables.ts'

/** How a {@link postgresStore} works. */
export interface PostgresStoreOptions extends PostgresTableOptions {
  /** Seconds between two sweeps of what is over; 0 for none, when something else calls `sweep`. @default 60 */
  readonly sweepInterval?: number
}

/**
 * Keeps everything in PostgreSQL 12 or later, for any number of nodes. Each step is one statement by itself, without
 * sessions or named statements, so a pooler in transaction mode will do. The client stays yours: `close` ends the
 * sweeps, not the pool. Call {@link migrate} before, or apply the files in `migrations/postgres`.
 *
 * @throws RangeError for a name or time that is not possible.
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): CheckedStore {
  const { sweepInterval = 60 } = options
  if (!(sweepInterval >= 0 && sweepInterval <= 86_400)) {
    throw new RangeError('postgresStore: sweepInterval must be 0 to 86400 seconds.')
  }
  const names = postgresNames(options)
  const run = runOn(client)
  const batches = new PollBatches(run, names.poll)
  const sweeps = sweepInterval > 0 ? setInterval(() => void sweepQuietly(store), sweepInterval * 1000) : undefined
  sweeps?.unref()
  const store = new SqlStore({
    statements: statements(names, postgresDialect),
    run,
    poll: (id, clientId, now) => batches.poll(id, clientId, now),
    attempts: new PostgresAttempts(run, names),
    check: () => check(run, names),
    close: () => clearInterval(sweeps),
  })
  return store
}

/** What could not be swept now will be the next time; steps that matter say themselves when the database is down. */
async function sweepQuietly(store: DeviceStore): Promise<void> {
  try {
    await store.sweep(Date.now())
  } catch {}
}

async function check(run: RunStatement, { migrations }: PostgresNames): Promise<readonly string[]> {
  const sql = `SELECT current_setting('server_version_num')::integer AS server,
    (SELECT coalesce(max(version), 0) FROM ${migrations}) AS tables`
  const [row] = await ask(run, sql)
  if (Number(row?.server) < MIN_SERVER_VERSION) {
    throw new Error(`postgresStore needs PostgreSQL ${MIN_SERVER_VERSION / 10_000} or later.`)
  }
  if (Number(row?.tables) < SCHEMA_VERSION) {
    throw new Error(`postgresStore: its tables are of version ${row?.tables}, not ${SCHEMA_VERSION}. Call migrate().`)
  }
  return []
}

async function ask(run: RunStatement, sql: string): Promise<readonly SqlRow[]> {
  try {
    return await run(sql, [])
  } catch (error) {
    throw error instanceof MissingTablesError ? error : unanswered('postgresStore', error)
  }
}

/**
 * Makes or updates the tables; what is done already is left alone. Any number of nodes may call it at the same time.
 * It is one statement, and needs the right to create tables in the schema (and the schema, when it is missing).
 */
export async function migrate(client: PostgresClient, options: PostgresTableOptions = {}): Promise<void> {
  await client.query(migrationBlock(postgresNames(options)), [])
}
