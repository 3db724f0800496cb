import type { RegisteredClientStore } from '@device-auth/core'
import { checkedClients } from '../registered-clients-check.ts'
import type { RunStatement } from '../sql/client.ts'
import { sqlRegisteredClients } from '../sql/registered-clients.ts'
import type { SqliteDatabase } from './connection.ts'
import { explained } from './failures.ts'
import { openFile, type SqliteStoreOptions } from './file.ts'

/**
 * A store of registered clients in one SQLite file, for any number of processes on one machine. The connection may be that of
 * `sqliteStore`, with the same options. A registration is on the disk when its step ends. Missing tables are created.
 *
 * @param database a `Database` of `better-sqlite3` or a `DatabaseSync` of `node:sqlite`; you close it yourself
 * @throws {TypeError} for a database without the methods of a driver, a misspelt option or a wrong value.
 * @throws {Error} for an SQLite older than 3.38, tables of a newer release, and a file that cannot be written or opened.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
 */
export function sqliteRegisteredClients(
  database: SqliteDatabase,
  options: SqliteStoreOptions = {},
): RegisteredClientStore {
  const { connection, tables } = openFile('sqliteRegisteredClients', database, options)
  const table = tables.registeredClients
  // one process writes at a time, so the count cannot change before the row is there
  const insert = `INSERT INTO ${table} (client_id, revision, record)
    SELECT $1, $2, $3 WHERE (SELECT count(*) FROM ${table}) < $4
    ON CONFLICT (client_id) DO NOTHING RETURNING client_id`
  const run: RunStatement = (sql, parameters) =>
    connection.patiently(() => connection.run(sql, parameters, sql.startsWith('SELECT')))
  return checkedClients('sqliteRegisteredClients', sqlRegisteredClients(run, table, insert), explained)
}
