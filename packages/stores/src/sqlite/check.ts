import { randomBytes } from 'node:crypto'
import { credentialValues } from '../sql/row.ts'
import type { Statements } from '../sql/statements.ts'
import type { RunTogether, SqliteConnection } from './connection.ts'
import { explained } from './failures.ts'
import { SCHEMA_VERSION, type SqliteTables } from './schema.ts'
import { newerTables } from './tables.ts'

const misplaced =
  'the file was deleted, or replaced by another one, while this process has it open. What is written here is lost. Restart the process.'
const emptied =
  'the file was cut to 0 bytes while this process has it open. Stop all processes that use it, restore it from a backup, and start them again.'

/**
 * Checks that the store can do its steps: it writes, reads and deletes a record of its own in one transaction.
 *
 * @returns warnings
 */
export async function checkFile(
  connection: SqliteConnection,
  statements: Statements,
  tables: SqliteTables,
): Promise<readonly string[]> {
  if (!connection.isInPlace()) throw new Error(`sqliteStore: ${misplaced}`)
  if (connection.isEmpty()) throw new Error(`sqliteStore: ${emptied}`)
  try {
    const version = await connection.patiently(() => connection.transaction((run) => probe(run, statements, tables)))
    return version > SCHEMA_VERSION ? [newerTables(version)] : []
  } catch (error) {
    throw explained(error)
  }
}

/** @returns the version of the tables */
function probe(run: RunTogether, { insert, select, forget }: Statements, tables: SqliteTables): number {
  const id = `check-${randomBytes(16).toString('hex')}`
  const [size] = run('PRAGMA page_size', [])
  // longer than a page, so that the file needs room for one
  const scope = '.'.repeat(Number(size?.page_size))
  const credential = { id, clientId: 'check', scope, userCodeHash: id, createdAt: 0, expiresAt: 0, interval: 5 }
  run(insert, credentialValues(credential))
  run(select, [id, 0])
  run(forget, [id, Date.now()])
  const [row] = run(`SELECT coalesce(max(version), 0) AS version FROM ${tables.schema}`, [])
  return Number(row?.version)
}
