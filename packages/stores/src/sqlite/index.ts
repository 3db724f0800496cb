import type { PollResult, PollStyle, StoreClock } from '@device-auth/core'
import { type Pace, pace, pollResult, type StoredRecord } from '@device-auth/core/stores'
import type { CheckedStore } from '../checked-store.ts'
import { recordFromRow } from '../sql/row.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { type Statements, sqlStatements } from '../sql/statements.ts'
import { SqliteAttempts } from './attempts.ts'
import { checkFile } from './check.ts'
import type { SqliteConnection, SqliteDatabase } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { openFile, type SqliteStoreOptions } from './file.ts'
import { FileWatch } from './watching.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { SqliteDatabase, SqliteStatement } from './connection.ts'
export type { SqliteStoreOptions } from './file.ts'
export { sqliteRegisteredClients } from './registered-clients.ts'

/**
 * A store in one SQLite file, for any number of processes on one machine. Give it a connection that the application does not use,
 * because it sets the connection to WAL. Decisions and tokens are on the disk when a step ends. The pacing of polls is written to the
 * disk later: a crash of the machine (not of the process) may lose it. Missing tables are created.
 *
 * @param database a `Database` of `better-sqlite3` or a `DatabaseSync` of `node:sqlite`; you close it yourself
 * @throws {TypeError} for a database without the methods of a driver, a misspelt option or a wrong value.
 * @throws {Error} for an SQLite older than 3.38, tables of a newer release, and a file that cannot be written or opened.
 */
export function sqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): CheckedStore {
  const { connection, tables } = openFile('sqliteStore', database, options)
  const statements = sqlStatements(tables, sqliteDialect)
  const fileWatch = new FileWatch(connection, tables.credentials)
  return new SqlStore({
    name: 'sqliteStore',
    statements,
    run: (sql, parameters) => connection.patiently(() => connection.run(sql, parameters, sql === statements.noteUse)),
    poll: (id, clientId, time, style) => {
      // a poll that has to wait for another process counts from when it arrived
      const now = time ?? Date.now()
      return connection.patiently(() => pollRow(connection, statements, id, clientId, now, style))
    },
    clock: machineClock,
    watch: fileWatch.watch.bind(fileWatch),
    onChange: fileWatch.changed.bind(fileWatch),
    attempts: new SqliteAttempts(connection, tables.attempts),
    check: () => checkFile(connection, statements, tables),
    close: () => fileWatch.close(),
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
  now: number,
  style: PollStyle | undefined,
): PollResult {
  for (;;) {
    const [row] = connection.run(select, [id, now], true)
    const record = row && recordFromRow(row)
    if (record?.clientId !== clientId) return { status: 'unknown' }
    const result = pollResult(record, now, style)
    if (record.userGrant !== undefined || record.ended || now >= record.expiresAt) return result
    const paced = pace(record, now, style)
    const { interval, lastPolledAt = null, lastPolledIn = null, lastSlowedAt = null } = paced
    if (isUnchanged(record, paced)) return result
    const before = [record.lastPolledAt ?? -1, record.lastSlowedAt ?? -1, lastPolledIn, record.lastPolledIn ?? '']
    if (connection.run(pacePoll, [id, lastPolledAt, lastSlowedAt, interval, ...before], true).length > 0) return result
  }
}

/** True if a poll in the burst of an earlier one leaves the row as it is. */
function isUnchanged(record: StoredRecord, paced: Pace): boolean {
  const { lastPolledAt, lastPolledIn, lastSlowedAt } = paced
  return (
    lastPolledAt === record.lastPolledAt && lastPolledIn === record.lastPolledIn && lastSlowedAt === record.lastSlowedAt
  )
}
