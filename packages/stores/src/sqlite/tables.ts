import type { SqlRow } from '../sql/client.ts'
import type { SqliteDatabase } from './connection.ts'
import { type AddedColumn, addedColumns, SCHEMA_VERSION, type SqliteTables, sqliteSchema } from './schema.ts'

/** Creates the tables, indexes and columns that are missing. @throws Error if a newer release has changed the tables */
export function createTables(database: SqliteDatabase, tables: SqliteTables, prefix: string): void {
  const version = isThere(database, tables.schema) ? readVersion(database, tables) : 0
  if (version > SCHEMA_VERSION) throw new Error(`sqliteStore: ${newerTables(version)}`)
  database.exec(sqliteSchema(tables, prefix))
  for (const column of addedColumns(tables)) addColumn(database, column)
  if (version === SCHEMA_VERSION) return
  database.exec(`DELETE FROM ${tables.schema}; INSERT INTO ${tables.schema} (version) VALUES (${SCHEMA_VERSION})`)
}

/** True if the file has all tables of this release. Reading that needs no lock. */
export function hasTables(database: SqliteDatabase, tables: SqliteTables): boolean {
  return (
    Object.values(tables).every((table) => isThere(database, table)) && readVersion(database, tables) === SCHEMA_VERSION
  )
}

/** The version of the tables; 0 for tables without one. */
export function readVersion(database: SqliteDatabase, { schema }: SqliteTables): number {
  const [row] = database.prepare(`SELECT coalesce(max(version), 0) AS version FROM ${schema}`).all({}) as SqlRow[]
  return Number(row?.version)
}

/** The words for tables that a newer release has changed. */
export function newerTables(version: number): string {
  return `The tables are of version ${version}, newer than version ${SCHEMA_VERSION} of this release. Update this node as well.`
}

function isThere(database: SqliteDatabase, table: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1").all({ 1: table }).length > 0
}

function addColumn(database: SqliteDatabase, { table, name, definition }: AddedColumn): void {
  const known = database.prepare('SELECT name FROM pragma_table_info($1) WHERE name = $2')
  if (known.all({ 1: table, 2: name }).length > 0) return
  database.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`)
}
