import { type Check, type DeviceStore, isFunction, isNumberFrom } from '@device-auth/core'
import type { CheckedStore } from '../checked-store.ts'
import { measuredClock } from '../measured-clock.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { sqlStatements } from '../sql/statements.ts'
import { checkStore } from '../store-options.ts'
import { WakeUp } from '../wake-up.ts'
import { PostgresAttempts } from './attempts.ts'
import { checkServer } from './check.ts'
import { expectedClient, type PostgresClient, runOn } from './client.ts'
import { clockSql, postgresDialect } from './dialect.ts'
import { listenerLike, type MakeListener, postgresChannel, withNotices } from './listening.ts'
import { runMigrations } from './migrations.ts'
import { nameChecks, type PostgresTableOptions, postgresNames } from './names.ts'
import { PollBatches } from './poll-batches.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { SqlRow, SqlValue } from '../sql/client.ts'
export type { PostgresClient } from './client.ts'
export type { MakeListener, PostgresListener } from './listening.ts'
export type { PostgresTableOptions } from './names.ts'
export { postgresRegisteredClients } from './registered-clients.ts'

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions extends PostgresTableOptions {
  /** Seconds between two sweeps of records that are over, 0 to 86400; 0: never, the application calls `sweep`. @default 60 */
  readonly sweepInterval?: number
  /**
   * Makes the connection on which this node hears of decisions (`LISTEN`), for polls that wait: one for each node, made when the first
   * poll wants to wait. Give it if the pool goes through a pooler such as PgBouncer: the connection has to go to the server itself.
   *
   * @default for a `Pool` of `pg`, a connection like its own; for other clients none: polls are answered at once
   * @example
   * postgresStore(pool, { listener: () => new pg.Client({ host: 'db.internal', port: 5432 }) })
   */
  readonly listener?: MakeListener
}

const checks: Record<keyof PostgresStoreOptions, Check> = {
  ...nameChecks,
  sweepInterval: isNumberFrom(0, 86_400, 'seconds'),
  listener: isFunction,
}

/** Checks the arguments of a function. `migrate` takes the options of the store too, because both are often one object. */
function checked<Options>(name: string, client: PostgresClient, options: Options): NonNullable<Options> {
  return checkStore(expectedClient(name), client, options, checks)
}

/**
 * A store in PostgreSQL 12 or later, for any number of nodes. Each step is a transaction of one statement, without sessions
 * or named statements, so it works through a pooler in transaction mode. Call {@link migrate} before, or apply the files
 * in `migrations/postgres`.
 *
 * @param client a pool. `close` ends the sweeps and not the pool, which you end yourself
 * @throws {TypeError} for a client without the method `query`, a misspelt option or a wrong value.
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): CheckedStore {
  const { sweepInterval = 60, listener = listenerLike(client), ...tables } = checked('postgresStore', client, options)
  const names = postgresNames(tables)
  const run = runOn(client)
  const clock = measuredClock(async () => {
    const [row] = await run(`SELECT ${clockSql} AS time`, [])
    return Number(row?.time)
  })
  const batches = new PollBatches(run, names.pollFunction, clock)
  const channel = `${names.prefix}changed`
  const wakeUp = listener && new WakeUp(postgresChannel(channel, listener, run))
  const sweeps = sweepInterval > 0 ? setInterval(() => void sweepQuietly(store), sweepInterval * 1000) : undefined
  // in Workers a timer is a number
  if (typeof sweeps === 'object') sweeps.unref()
  const store = new SqlStore({
    name: 'postgresStore',
    statements: withNotices(sqlStatements(names, postgresDialect), channel),
    watch: wakeUp?.watch.bind(wakeUp),
    run,
    poll: (...poll) => batches.poll(...poll),
    clock,
    attempts: new PostgresAttempts(run, names),
    check: () => checkServer(client, run, names),
    close: () => {
      clearInterval(sweeps)
      wakeUp?.close()
    },
  })
  return store
}

/** Ignores a failure: the next sweep does it, and a database that is down fails other steps that report it. */
async function sweepQuietly(store: DeviceStore): Promise<void> {
  try {
    await store.sweep()
  } catch {}
}

/**
 * Creates or updates the tables; does nothing if they are up to date. Any number of nodes may call it at the same time. It
 * is one statement. The user needs the right to create tables in the schema, and to create the schema if it is missing.
 * It may run while nodes work: while another transaction keeps a table locked, such as a backup, it is tried again for about
 * a minute and a half, and the nodes wait half a second at most each time.
 *
 * @throws {TypeError} for a client without the method `query`, a misspelt option or a wrong value.
 * @throws {Error} for a PostgreSQL older than 12, for tables of a newer release, for a lock that is not released, or what the client throws.
 */
export async function migrate(client: PostgresClient, options: PostgresTableOptions = {}): Promise<void> {
  const names = postgresNames(checked('migrate', client, options))
  await runMigrations(client, names)
}
