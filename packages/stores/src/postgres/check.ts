import { randomBytes } from 'node:crypto'
import { unanswered } from '../checked-store.ts'
import type { RunStatement, SqlRow } from '../sql/client.ts'
import { credentialValues, recordFromRow } from '../sql/row.ts'
import { sqlStatements } from '../sql/statements.ts'
import { isPool, MissingTablesError, type PostgresClient, sqlState, UnfitClientError } from './client.ts'
import { clockSql, postgresDialect } from './dialect.ts'
import { MIN_SERVER_VERSION, SCHEMA_VERSION } from './migrations.ts'
import type { PostgresNames } from './names.ts'
import { readPolls } from './poll-function.ts'

/** The columns that no two rows may share: without their indexes, the store would not find out that a code is taken. */
const uniqueColumns = ['id', 'live_user_code', 'attempt_key']

/** The encodings that keep all characters: the second one keeps all bytes as they are. */
const wideEncodings: ReadonlySet<string> = new Set(['UTF8', 'SQL_ASCII'])

/** Milliseconds after which a sweep may delete the record of a check that was cut off. */
const LIFETIME = 60_000

/** The facts about the server and its tables. */
interface ServerReport {
  /** Epoch milliseconds. */
  readonly time: number
  /** The version of the tables. */
  readonly version: number
  readonly encoding: string
}

/**
 * Checks that the store can do its steps: it writes, reads and deletes a record of its own with the rights of its user.
 *
 * @returns warnings
 */
export async function checkServer(
  client: PostgresClient,
  run: RunStatement,
  names: PostgresNames,
): Promise<readonly string[]> {
  const report = await readServer(run, names)
  try {
    await probe(run, names, report.time)
  } catch (error) {
    throw error instanceof MissingTablesError ? damaged(names, error) : explained(error, names)
  }
  return [...serverWarnings(report), ...poolWarnings(client)]
}

/** @throws Error for a server or for tables that are too old, and for tables without their unique indexes. */
async function readServer(run: RunStatement, names: PostgresNames): Promise<ServerReport> {
  const { credentials, attempts, migrations } = names
  const sql = `SELECT current_setting('server_version_num')::integer AS server, current_setting('server_encoding') AS encoding,
    ${clockSql} AS time, num_nonnulls(to_regclass('${credentials}'), to_regclass('${attempts}')) AS found,
    (SELECT coalesce(max(version), 0) FROM ${migrations}) AS tables, (SELECT string_agg(attname, ' ')
      FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
      WHERE indrelid IN (to_regclass('${credentials}'), to_regclass('${attempts}'))
        AND indisunique AND indisvalid AND indnkeyatts = 1 AND indpred IS NULL) AS keys`
  const [row] = await runFirst(run, sql, names)
  requireResult(row?.server !== undefined, 'is not read back as it was written')
  if (Number(row?.server) < MIN_SERVER_VERSION) {
    throw new Error(`postgresStore needs PostgreSQL ${MIN_SERVER_VERSION / 10_000} or later.`)
  }
  if (Number(row?.tables) < SCHEMA_VERSION) {
    throw new Error(`postgresStore: its tables are of version ${row?.tables}, not ${SCHEMA_VERSION}. Call migrate().`)
  }
  if (Number(row?.found) < 2) throw damaged(names)
  const keys = String(row?.keys ?? '').split(' ')
  const missing = uniqueColumns.find((name) => !keys.includes(name))
  if (missing === undefined)
    return { version: Number(row?.tables), encoding: String(row?.encoding), time: Number(row?.time) }
  throw new Error(
    `postgresStore: the unique index of the column ${missing} is missing, as in a copy of the tables without their indexes. Create it, or restore the tables from a backup.`,
  )
}

/** The error for a schema whose version is right and that lacks something: `migrate()` does nothing about it. */
function damaged({ migrations }: PostgresNames, cause?: Error): Error {
  return new Error(
    `postgresStore: a table, a column or a function of the store was dropped or changed by hand, and migrate() does nothing about it, because the version of the tables is right. Restore the database from a backup; or drop ${migrations} and all else that the store has left there, and call migrate().`,
    { cause },
  )
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

/** Writes a record, and looks at what comes back: rules for rows, and clients that change results, make no error. */
async function probe(run: RunStatement, names: PostgresNames, createdAt: number): Promise<void> {
  const { insert, select } = sqlStatements(names, postgresDialect)
  const id = `check-${randomBytes(16).toString('hex')}`
  const fixed = { clientId: 'check', scope: '', interval: 5 }
  const credential = { ...fixed, id, userCodeHash: id, createdAt, expiresAt: createdAt + LIFETIME }
  await run(insert, credentialValues(credential))
  try {
    const [row] = await run(select, [id, createdAt])
    requireResult(row !== undefined && isSame(recordFromRow(row), credential), 'is not read back as it was written')
    const batch = JSON.stringify([{ id, client_id: 'check', polled_at: createdAt }])
    const [polled] = await run(`SELECT ${names.pollFunction}($1) AS polls`, [batch])
    requireResult(readPolls(polled?.polls).has(id), 'cannot be changed')
    const budget = { key: id, limit: 1, window: LIFETIME, index: 0 }
    await run(`SELECT ${names.takeAttemptsFunction}($1, NULL)`, [JSON.stringify([budget])])
  } catch (error) {
    // the first error is the one to tell, and a sweep deletes what is left
    await forgetProbe(run, names, id).catch(() => {})
    throw error
  }
  const [isDeleted, attempts] = await forgetProbe(run, names, id)
  requireResult(isDeleted, 'cannot be deleted')
  requireResult(attempts === 1, 'of attempts is not counted in')
}

/** @returns true if the record was deleted; and the attempts that were counted in it, `undefined` if that was not deleted */
async function forgetProbe(
  run: RunStatement,
  { credentials, attempts }: PostgresNames,
  id: string,
): Promise<readonly [isDeleted: boolean, attempts: number | undefined]> {
  const deleted = await run(`DELETE FROM ${credentials} WHERE id = $1 RETURNING id`, [id])
  const [counted] = await run(`DELETE FROM ${attempts} WHERE attempt_key = $1 RETURNING attempts`, [id])
  return [deleted.length > 0, counted && Number(counted.attempts)]
}

function isSame(read: object, written: object): boolean {
  return Object.entries(written).every(([name, value]) => Reflect.get(read, name) === value)
}

/** @throws Error if a step had another result than it has on a table without rules, over a client that returns rows as they are. */
function requireResult(isDone: boolean, fault: string): asserts isDone {
  if (isDone) return
  throw new Error(
    `postgresStore: a record ${fault}. Turn row-level security off for the user of the store, and give it a client that returns all rows with the names of their columns.`,
  )
}

/** The error of a probe in words that say what to do. The error of the server is its `cause`. */
export function explained(error: unknown, names: PostgresNames): Error {
  const cause = error instanceof Error ? error : new Error(String(error))
  const advice = adviceFor(sqlState(error), names)
  if (cause instanceof MissingTablesError || advice === undefined) return cause
  return new Error(`postgresStore: ${advice} The server says: ${cause.message}`, { cause })
}

function adviceFor(
  state: string | undefined,
  { credentials, attempts, migrations, registeredClients, registrationLock }: PostgresNames,
): string | undefined {
  switch (state) {
    case '25006':
      return 'the database is read-only. It is a standby, or default_transaction_read_only is on. Connect to the primary server.'
    case '42501':
      return `a right is missing. The user needs SELECT, INSERT, UPDATE and DELETE on ${credentials} and ${attempts}, SELECT on ${migrations}, with registered clients those of the first two also on ${registeredClients} and UPDATE on ${registrationLock}, EXECUTE on the functions, and USAGE on the schema.`
    case '53100':
      return 'the disk of the server is full. Free space: new codes and tokens cannot be stored.'
    case '53300':
      return 'the server has no connection left. Raise max_connections, or make the pools smaller.'
    default:
      return undefined
  }
}

function serverWarnings({ version, encoding }: ServerReport): readonly string[] {
  const newer = `The tables are of version ${version}, newer than version ${SCHEMA_VERSION} of this release. Update this node as well.`
  const narrow = `The encoding of the database is ${encoding}: requests with other characters fail. Use a database with the encoding UTF8.`
  return [...(version > SCHEMA_VERSION ? [newer] : []), ...(wideEncodings.has(encoding) ? [] : [narrow])]
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
