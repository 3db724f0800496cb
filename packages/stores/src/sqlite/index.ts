import type { PollResult, StoreClock } from '@device-auth/core'
import { pace, pollResult } from '@device-auth/core/stores'
import type { CheckedStore } from '../checked-store.ts'
import { recordFromRow } from '../sql/row.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { type Statements, sqlStatements, type Tables } from '../sql/statements.ts'
import { SqliteAttempts } from './attempts.ts'
import { SqliteConnection, type SqliteDatabase } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { addedColumns, sqliteSchema } from './schema.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { SqliteDatabase, SqliteStatement } from './connection.ts'

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** The beginning of the names of tables and indexes: at most 41 letters, digits and `_`. @default 'device_auth_' */
  readonly tablePrefix?: string
  /** Milliseconds to wait for another process that is writing. The event loop goes on meanwhile. @default 2000 */
  readonly busyTimeout?: number
}

/**
 * A store in one SQLite file, for any number of processes on one machine. Give it a connection of its own, because it
 * sets the connection to WAL. Decisions and tokens are on the disk when a step ends. The pacing of polls is written to the
 * disk later: a crash of the machine (not of the process) may lose it. Missing tables are created.
 *
 * @param database a `Database` of `better-sqlite3` or a `DatabaseSync` of `node:sqlite`; you close it yourself
 * @throws RangeError for an impossible option; Error for an SQLite older than 3.38.
 */
export function sqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): CheckedStore {
  const { tablePrefix = 'device_auth_', busyTimeout = 2_000 } = options
  if (!/^[a-z_]\w{0,40}$/i.test(tablePrefix)) {
    throw new RangeError(
      'sqliteStore: tablePrefix must begin with a letter or _ and have at most 41 letters, digits and _.',
    )
  }
  if (!Number.isInteger(busyTimeout) || busyTimeout < 0) {
    throw new RangeError('sqliteStore: busyTimeout must be a whole number of milliseconds, 0 or more.')
  }
  const tables: Tables = { credentials: `${tablePrefix}credentials`, attempts: `${tablePrefix}attempts` }
  const connection = new SqliteConnection(database, busyTimeout)
  connection.prepareFile(sqliteSchema(tables, tablePrefix), addedColumns(tables))
  const statements = sqlStatements(tables, sqliteDialect)
  return new SqlStore({
    statements,
    run: (sql, parameters) => connection.patiently(() => connection.run(sql, parameters, sql === statements.noteUse)),
    poll: (id, clientId, now) => connection.patiently(() => pollRow(connection, statements, id, clientId, now)),
    clock: machineClock,
    attempts: new SqliteAttempts(connection, tables.attempts),
    // fails if the file is closed, or gone
    check: () => {
      connection.run(statements.select, ['', 0], true)
      return []
    },
    close: () => {},
  })
}

/** All processes on one machine have one clock, so there is nothing to measure. */
const machineClock: StoreClock = { now: Date.now, synchronize: () => undefined, offset: 0 }

/**
 * Reads the row and writes its pace. Within one process nothing happens between the two statements; if another process
 * changed the row between them, the second statement changes nothing, and both are done again.
 */
function pollRow(
  connection: SqliteConnection,
  { select, pacePoll }: Statements,
  id: string,
  clientId: string,
  time: number | null,
): PollResult {
  for (;;) {
    const now = time ?? Date.now()
    const [row] = connection.run(select, [id, now], true)
    const record = row && recordFromRow(row)
    if (record?.clientId !== clientId) return { status: 'unknown' }
    if (record.userGrant !== undefined || record.ended || now >= record.expiresAt) return pollResult(record, now)
    const { interval, lastPolledAt = null, lastSlowedAt = null } = pace(record, now)
    if (lastPolledAt === record.lastPolledAt && lastSlowedAt === record.lastSlowedAt) return pollResult(record, now)
    const before = [record.lastPolledAt ?? -1, record.lastSlowedAt ?? -1]
    const values = [id, lastPolledAt, lastSlowedAt, interval, ...before]
    if (connection.run(pacePoll, values, true).length > 0) return pollResult(record, now)
  }
}
