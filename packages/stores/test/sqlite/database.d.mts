import type { SqliteDatabase } from '../../src/sqlite/connection.ts'

/** A database of any driver, as tests use it. */
export interface OwnDatabase extends SqliteDatabase {
  close(): void
}

export declare const drivers: {
  readonly 'better-sqlite3'?: (path: string) => OwnDatabase
  readonly 'node:sqlite'?: (path: string) => OwnDatabase
}
export declare const openSqlite: (path: string) => OwnDatabase
export declare const noSqlite: 'better-sqlite3' | undefined
