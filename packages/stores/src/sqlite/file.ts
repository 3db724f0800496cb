import { type Check, isWholeFrom } from '@device-auth/core'
import { checkStore } from '../store-options.ts'
import { SqliteConnection, type SqliteDatabase } from './connection.ts'
import { explained } from './failures.ts'
import { type SqliteTables, sqliteTables } from './schema.ts'
import { createTables, hasTables } from './tables.ts'

/** Options of a store in a file. */
export interface SqliteStoreOptions {
  /** The beginning of the names of tables and indexes: at most 41 letters, digits and `_`. @default 'device_auth_' */
  readonly tablePrefix?: string
  /** Milliseconds to wait for another process that is writing; 0 to 600000. The event loop goes on meanwhile. @default 2000 */
  readonly busyTimeout?: number
}

const checks: Record<keyof SqliteStoreOptions, Check> = {
  tablePrefix: (value) =>
    typeof value === 'string' && /^[a-z_]\w{0,40}$/i.test(value)
      ? undefined
      : 'a name of at most 41 letters, digits and _ that does not begin with a digit',
  busyTimeout: isWholeFrom(0, 600_000, 'milliseconds'),
}

/**
 * Checks the arguments of a store, sets the connection up and creates the tables that are missing.
 *
 * @param store the store, as the messages name it
 * @throws {TypeError} for a database without the methods of a driver, a misspelt option or a wrong value.
 * @throws {Error} for an SQLite that is too old, tables of a newer release, and a file that cannot be written or opened.
 */
export function openFile(
  store: string,
  database: SqliteDatabase,
  options: SqliteStoreOptions,
): { readonly connection: SqliteConnection; readonly tables: SqliteTables } {
  const expected = { store, methods: [['exec', 'prepare']], example: 'new Database(file) of better-sqlite3' }
  const { tablePrefix = 'device_auth_', busyTimeout = 2_000 } = checkStore(expected, database, options, checks)
  const tables = sqliteTables(tablePrefix)
  const connection = new SqliteConnection(database, busyTimeout)
  try {
    connection.prepareFile(
      (file) => createTables(file, tables, tablePrefix),
      (file) => hasTables(file, tables),
    )
  } catch (error) {
    throw explained(error)
  }
  return { connection, tables }
}
