import type { SqlRow, SqlValue } from '../sql/client.ts'

/** One prepared statement of `better-sqlite3` or `node:sqlite`. */
export interface SqliteStatement {
  all(parameters: Record<string, SqlValue>): unknown[]
}

/** What the store asks of a database: `better-sqlite3` and `node:sqlite` have it. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/** Runs a statement within a transaction. */
export type RunTogether = (sql: string, parameters: readonly SqlValue[]) => readonly SqlRow[]

const minVersion = [3, 38] as const

export class SqliteConnection {
  readonly #database: SqliteDatabase
  readonly #busyTimeout: number
  readonly #prepared = new Map<string, SqliteStatement>()
  #lax = false

  constructor(database: SqliteDatabase, busyTimeout: number) {
    this.#database = database
    this.#busyTimeout = busyTimeout
  }

  prepareFile(schema: string): void {
    const database = this.#database
    const [row] = database.prepare('SELECT sqlite_version() AS version').all({}) as SqlRow[]
    const version = String(row?.version)
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])) {
      throw new Error(`sqliteStore needs SQLite ${minVersion.join('.')} or later, but this is ${version}.`)
    }
    database.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`)
  }

  /** Statements that take effect together, if their result is to be kept. A crash of the machine may lose them. */
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

  /** SQLite may have done it by itself, as when the disk is full. */
  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {}
  }

  /** A lax statement may be lost when the machine crashes: it is not waited for until it is on the disk. */
  run(sql: string, parameters: readonly SqlValue[], lax: boolean): readonly SqlRow[] {
    this.#setLax(lax)
    const named: Record<string, SqlValue> = {}
    parameters.forEach((value, index) => {
      named[index + 1] = value
    })
    return this.#statement(sql).all(named) as SqlRow[]
  }

  #setLax(lax: boolean): void {
    if (this.#lax === lax) return
    this.#database.exec(`PRAGMA synchronous = ${lax ? 'NORMAL' : 'FULL'}`)
    this.#lax = lax
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}
