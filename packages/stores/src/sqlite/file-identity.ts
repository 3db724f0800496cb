import { statSync } from 'node:fs'
import type { SqlRow } from '../sql/client.ts'

/** Finds out later if a database still has its files. They are looked at from outside: to open one would end the locks of SQLite. */
export interface FileIdentity {
  /** False if the file or its log was deleted, or another one has its place: this connection then writes where nobody reads. */
  isInPlace(): boolean
  /**
   * True if somebody has cut the file to 0 bytes. This connection may go on for long with the pages that it remembers, while any other one
   * finds an empty database.
   */
  isEmpty(): boolean
}

/** The ends of the names of a database file, of its log, and of the index of the log. */
const files = ['', '-wal', '-shm']

/**
 * The files of a database that is open. A database in memory has none, and is always in place.
 *
 * @param rows those of `PRAGMA database_list`
 */
export function fileIdentity(rows: readonly SqlRow[]): FileIdentity {
  const path = String(rows.find(({ name }) => name === 'main')?.file ?? '')
  // without those that do not exist yet: another process may turn the log on later
  const opened = files.flatMap((end) => {
    const number = inode(path, end)
    return number === undefined ? [] : [{ end, number }]
  })
  return {
    isInPlace: () => opened.every(({ end, number }) => number === inode(path, end)),
    isEmpty: () => path !== '' && statSync(path, { throwIfNoEntry: false })?.size === 0,
  }
}

/** The device and the number of the file at a path; `undefined` if there is none. */
function inode(path: string, end: string): string | undefined {
  const file = path === '' ? undefined : statSync(path + end, { bigint: true, throwIfNoEntry: false })
  return file && `${file.dev} ${file.ino}`
}
