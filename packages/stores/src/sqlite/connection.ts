import type { Awaitable } from '@device-auth/core'
import type { SqlRow, SqlValue } from '../sql/client.ts'
import { failureOf } from './failures.ts'
import { type FileIdentity, fileIdentity } from './file-identity.ts'
import { WaitingSteps } from './waiting-steps.ts'

/** One prepared statement of `better-sqlite3` or `node:sqlite`. */
export interface SqliteStatement {
  all(parameters: Record<string, SqlValue>): unknown[]
}

/** The methods of a database that the store uses: `better-sqlite3` and `node:sqlite` have them. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/** Runs a statement within a transaction. @returns its rows */
export type RunTogether = (sql: string, parameters: readonly SqlValue[]) => readonly SqlRow[]

const minVersion = [3, 38] as const

/** Milliseconds for which the first statement that finds another process writing stops the event loop at most; later ones do not. */
const MAX_BLOCKED = 10
/** Milliseconds between two attempts to turn the write-ahead log on. */
const PAUSE = 15
/**
 * Bytes of the write-ahead log that are kept. While another process reads for a long time, such as a backup, the log grows;
 * when it has ended, the log is used from its beginning and cut to this length.
 */
const MAX_LOG = 16 * 1024 * 1024

/** The databases whose connection does not wait for the disk now. Two stores may share one connection. */
const laxDatabases = new WeakSet<SqliteDatabase>()

/** The steps that wait, by the database: two stores may share one connection. */
const waitingSteps = new WeakMap<SqliteDatabase, WaitingSteps>()

/** One connection to a file, with its prepared statements. */
export class SqliteConnection {
  readonly #database: SqliteDatabase
  readonly #busyTimeout: number
  readonly #prepared = new Map<string, SqliteStatement>()
  readonly #waiting: WaitingSteps
  #file: FileIdentity | undefined

  constructor(database: SqliteDatabase, busyTimeout: number) {
    this.#database = database
    this.#busyTimeout = busyTimeout
    this.#waiting = waitingSteps.get(database) ?? new WaitingSteps(() => this.#waitShortlyAgain())
    waitingSteps.set(database, this.#waiting)
  }

  /** False if the file or its log was deleted, or another one has its place. */
  isInPlace(): boolean {
    return this.#file?.isInPlace() !== false
  }

  /** True if somebody has cut the file to 0 bytes. */
  isEmpty(): boolean {
    return this.#file?.isEmpty() === true
  }

  /**
   * Checks the version, sets the connection up, creates missing tables.
   *
   * @param isCurrent says if the file has all tables already; then another process that is writing is no reason to fail
   * @throws Error for an SQLite that is too old, and for a database that returns rows as arrays
   */
  prepareFile(
    createTables: (database: SqliteDatabase) => void,
    isCurrent: (database: SqliteDatabase) => boolean,
  ): void {
    const database = this.#database
    // first: node:sqlite does not wait at all by default, and another process may just be creating the tables
    database.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`)
    const [row] = database.prepare('SELECT sqlite_version() AS version').all({}) as SqlRow[]
    if (typeof row?.version !== 'string')
      throw new TypeError('sqliteStore needs rows as objects. Open the database without the option returnArrays.')
    const { version } = row
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])) {
      throw new Error(`sqliteStore needs SQLite ${minVersion.join('.')} or later, but this is ${version}.`)
    }
    this.#useLog()
    database.exec(`PRAGMA journal_size_limit = ${MAX_LOG}`)
    database.exec('PRAGMA synchronous = FULL')
    laxDatabases.delete(database)
    const mayBeBusy = isCurrent(database)
    if (mayBeBusy) this.#waitShortly()
    try {
      this.transaction(() => createTables(database))
    } catch (error) {
      if (!mayBeBusy || failureOf(error) !== 'busy') throw error
    }
    this.#setLax(false)
    this.#waitShortly()
    this.#file = fileIdentity(database.prepare('PRAGMA database_list').all({}) as SqlRow[])
  }

  /** Ignores a failure: the application has closed the database meanwhile. */
  #waitShortlyAgain(): void {
    try {
      this.#waitShortly()
    } catch {}
  }

  /** From now on, the time is waited in patiently(). */
  #waitShortly(): void {
    this.#database.exec(`PRAGMA busy_timeout = ${Math.min(this.#busyTimeout, MAX_BLOCKED)}`)
  }

  /**
   * Turns the write-ahead log on, which waits here: SQLite itself does not wait for another process that turns it on at the same
   * moment, whatever its time-out is. Processes that are started together meet here.
   */
  #useLog(): void {
    const deadline = performance.now() + this.#busyTimeout
    for (;;) {
      try {
        this.#database.exec('PRAGMA journal_mode = WAL')
        return
      } catch (error) {
        if (failureOf(error) !== 'busy' || performance.now() >= deadline) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
      }
    }
  }

  /**
   * Does one step, which waits while another process is writing. The event loop goes on meanwhile. While a step waits, no statement
   * stops it at all: hundreds of them would stop it for seconds.
   */
  patiently<T>(step: () => T): Awaitable<T> {
    try {
      return step()
    } catch (error) {
      if (failureOf(error) !== 'busy') throw error
      if (!this.#waiting.some) this.#database.exec('PRAGMA busy_timeout = 0')
      return this.#waiting.add(step, this.#busyTimeout)
    }
  }

  /**
   * Runs statements as one transaction, and rolls it back if its result is not to be kept. A crash of the machine may lose
   * the transaction.
   */
  transaction<T>(work: (run: RunTogether) => T, keep: (result: T) => boolean = () => true): T {
    this.#setLax(true)
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work((sql, parameters) => this.run(sql, parameters, true))
      this.#database.exec(keep(result) ? 'COMMIT' : 'ROLLBACK')
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  /** Ignores a failure: SQLite may have rolled back already, for example when the disk is full. */
  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {}
  }

  /** @param lax do not wait until the change is on the disk; a crash of the machine may lose it. @returns its rows */
  run(sql: string, parameters: readonly SqlValue[], lax: boolean): readonly SqlRow[] {
    this.#setLax(lax)
    const named: Record<string, SqlValue> = {}
    parameters.forEach((value, index) => {
      named[index + 1] = value
    })
    return this.#statement(sql).all(named) as SqlRow[]
  }

  #setLax(lax: boolean): void {
    const database = this.#database
    if (laxDatabases.has(database) === lax) return
    database.exec(`PRAGMA synchronous = ${lax ? 'NORMAL' : 'FULL'}`)
    if (lax) laxDatabases.add(database)
    else laxDatabases.delete(database)
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}
