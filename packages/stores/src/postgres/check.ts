import { randomBytes } from 'node:crypto'
import { unanswered } from '../checked-store.ts'
import type { RunStatement, SqlRow } from '../sql/client.ts'
import { credentialValues } from '../sql/row.ts'
import { sqlStatements } from '../sql/statements.ts'
import { isPool, MissingTablesError, type PostgresClient, sqlState, UnfitClientError } from './client.ts'
import { postgresDialect } from './dialect.ts'
import { MIN_SERVER_VERSION, SCHEMA_VERSION } from './migrations.ts'
import type { PostgresNames } from './names.ts'

/**
 * Checks that the store can do its steps: it writes, reads and deletes a record of its own with the rights of its user. The record
 * is over from the beginning, so that a sweep deletes it if the check is cut off.
 *
 * @returns warnings
 */
export async function checkServer(
  client: PostgresClient,
  run: RunStatement,
  names: PostgresNames,
): Promise<readonly string[]> {
  const tables = await readTables(run, names)
  try {
    await probe(run, names)
  } catch (error) {
    throw explained(error, names)
  }
  return [...tableWarnings(tables), ...poolWarnings(client)]
}

/** The version of the tables. @throws Error for a server or for tables that are too old. */
async function readTables(run: RunStatement, names: PostgresNames): Promise<number> {
  const sql = `SELECT current_setting('server_version_num')::integer AS server,
    (SELECT coalesce(max(version), 0) FROM ${names.migrations}) AS tables`
  const [row] = await runFirst(run, sql, names)
  if (Number(row?.server) < MIN_SERVER_VERSION) {
    throw new Error(`postgresStore needs PostgreSQL ${MIN_SERVER_VERSION / 10_000} or later.`)
  }
  if (Number(row?.tables) < SCHEMA_VERSION) {
    throw new Error(`postgresStore: its tables are of version ${row?.tables}, not ${SCHEMA_VERSION}. Call migrate().`)
  }
  return Number(row?.tables)
}

async function runFirst(run: RunStatement, sql: string, names: PostgresNames): Promise<readonly SqlRow[]> {
  try {
    return await run(sql, [])
  } catch (error) {
    if (sqlState(error) !== undefined) throw explained(error, names)
    const isOurs = error instanceof MissingTablesError || error instanceof UnfitClientError
    throw isOurs ? error : unanswered('postgresStore', error)
  }
}

async function probe(run: RunStatement, names: PostgresNames): Promise<void> {
  const { insert, removeAccessToken } = sqlStatements(names, postgresDialect)
  const id = `check-${randomBytes(16).toString('hex')}`
  const credential = { id, clientId: 'check', scope: '', userCodeHash: id, createdAt: 0, expiresAt: 0, interval: 5 }
  await run(insert, credentialValues(credential))
  try {
    await run(`SELECT ${names.pollFunction}($1)`, [JSON.stringify([{ id, client_id: 'check', polled_at: 0 }])])
    await run(removeAccessToken, [id, ''])
    const budget = { key: id, limit: 1, window: 1, index: 0 }
    await run(`SELECT ${names.takeAttemptsFunction}($1, NULL)`, [JSON.stringify([budget])])
  } catch (error) {
    // the first error is the one to tell, and a sweep deletes what is left
    await forgetProbe(run, names, id).catch(() => {})
    throw error
  }
  await forgetProbe(run, names, id)
}

async function forgetProbe(run: RunStatement, { credentials, attempts }: PostgresNames, id: string): Promise<void> {
  await run(`DELETE FROM ${credentials} WHERE id = $1`, [id])
  await run(`DELETE FROM ${attempts} WHERE attempt_key = $1`, [id])
}

/** The error of a probe in words that say what to do. The error of the server is its `cause`. */
function explained(error: unknown, names: PostgresNames): Error {
  const cause = error instanceof Error ? error : new Error(String(error))
  const advice = adviceFor(sqlState(error), names)
  if (cause instanceof MissingTablesError || advice === undefined) return cause
  return new Error(`postgresStore: ${advice} The server says: ${cause.message}`, { cause })
}

function adviceFor(
  state: string | undefined,
  { credentials, attempts, migrations }: PostgresNames,
): string | undefined {
  switch (state) {
    case '25006':
      return 'the database is read-only. It is a standby, or default_transaction_read_only is on. Connect to the primary server.'
    case '42501':
      return `a right is missing. The user needs SELECT, INSERT, UPDATE and DELETE on ${credentials} and ${attempts}, SELECT on ${migrations}, EXECUTE on the functions, and USAGE on the schema.`
    case '53100':
      return 'the disk of the server is full. Free space: new codes and tokens cannot be stored.'
    case '53300':
      return 'the server has no connection left. Raise max_connections, or make the pools smaller.'
    default:
      return undefined
  }
}

function tableWarnings(version: number): readonly string[] {
  if (version <= SCHEMA_VERSION) return []
  return [
    `The tables are of version ${version}, newer than version ${SCHEMA_VERSION} of this release. Update this node as well.`,
  ]
}

/** A time limit and a listener that a pool of `pg` does not have by default. */
function poolWarnings(client: PostgresClient): readonly string[] {
  if (!isPool(client)) return []
  const { options } = client
  const hasLimit = (options.connectionTimeoutMillis ?? 0) > 0
  const hasListener = client.listenerCount?.('error') !== 0
  return [...(hasLimit ? [] : [noTimeLimit]), ...(hasListener ? [] : [noListener])]
}

const noTimeLimit =
  'The pool has no connectionTimeoutMillis: while a host is silent, it waits minutes for each new connection. Set it to 5000.'
const noListener =
  "The pool has no listener of 'error': when the database restarts, an idle connection breaks, and that ends the process. Write pool.on('error', (error) => console.error(error))."
