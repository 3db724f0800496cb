import type { CheckedStore } from '../checked-store.ts'
import { pace, type StoredRecord } from '../record.ts'
import { toRecord } from '../sql/row.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { type Statements, statements, type Tables } from '../sql/statements.ts'
import { SqliteAttempts } from './attempts.ts'
import { SqliteConnection, type SqliteDatabase } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { sqliteSchema } from './schema.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { SqliteDatabase, SqliteStatement } from './connection.ts'

/** How a {@link sqliteStore} uses its database. */
export interface SqliteStoreOptions {
  /** What the names of tables and indexes begin with: letters, digits and `_`. @default 'device_auth_' */
  readonly tablePrefix?: string
  /** Milliseconds to wait for another process that is writing; the process stands still meanwhile. @default 2000 */
  readonly busyTimeout?: number
}

/**
 * Keeps everything in one SQLite file, for any number of processes on one machine. Give it a connection of its own:
 * it is set to WAL. Decisions and tokens are on the disk when a step ends; the pacing of polls is when SQLite says so,
 * and a crash of the machine (not of the process) may lose it. The tables are made when they are missing.
 *
 * @throws RangeError for a prefix or time that is not possible; Error for an SQLite older than 3.38.
 */
export function sqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): CheckedStore {
  const { tablePrefix = 'device_auth_', busyTimeout = 2_000 } = options
  if (!/^[a-z_]\w{0,40}$/i.test(tablePrefix)) {
    throw new RangeError('sqliteStore: tablePrefix must be letters, digits and _, at most 41.')
  }
  if (!Number.isInteger(busyTimeout) || busyTimeout < 0) {
    throw new RangeError('sqliteStore: busyTimeout must be a whole number of milliseconds.')
  }
  const tables: Tables = { credentials: `${tablePrefix}credentials`, attempts: `${tablePrefix}attempts` }
  const connection = new SqliteConnection(database, busyTimeout)
  connection.prepareFile(sqliteSchema(tables, tablePrefix))
  const texts = statements(tables, sqliteDialect)
  return new SqlStore({
    statements: texts,
    run: (sql, parameters) => connection.run(sql, parameters, sql === texts.noteUse),
    poll: (id, clientId, now) => poll(connection, texts, id, clientId, now),
    attempts: new SqliteAttempts(connection, tables.attempts),
    // reads from the file: it may be closed, or gone
    check: () => {
      connection.run(texts.select, [''], true)
      return []
    },
    close: () => {},
  })
}

/** Nothing is between the two statements of one process; against another's, the second one checks. */
function poll(
  connection: SqliteConnection,
  { select, pace: write }: Statements,
  id: string,
  clientId: string,
  now: number,
): StoredRecord | undefined {
  for (;;) {
    const [row] = connection.run(select, [id], true)
    const record = row && toRecord(row)
    if (record?.clientId !== clientId) return undefined
    if (record.userGrant !== undefined || record.ended || now >= record.expiresAt) return record
    const { interval, lastPolledAt = null, lastSlowedAt = null } = pace(record, now)
    if (lastPolledAt === record.lastPolledAt && lastSlowedAt === record.lastSlowedAt) return record
    const before = [record.lastPolledAt ?? -1, record.lastSlowedAt ?? -1]
    if (connection.run(write, [id, lastPolledAt, lastSlowedAt, interval, ...before], true).length > 0) return record
  }
}
