import { statSync } from 'node:fs'
import type { SqlRow } from '../sql/client.ts'

/** Finds out later if the path of a database still leads to its file. */
export interface FileIdentity {
  /** False if the file was deleted, or another one has its place: this connection then writes where nobody reads. */
  isInPlace(): boolean
}

/**
 * The file of a database that is open. A database in memory has none, and is always in place.
 *
 * @param rows those of `PRAGMA database_list`
 */
export function fileIdentity(rows: readonly SqlRow[]): FileIdentity {
  const path = String(rows.find(({ name }) => name === 'main')?.file ?? '')
  const opened = inode(path)
  return { isInPlace: () => opened === inode(path) }
}

/** The device and the number of the file at a path; `undefined` if there is none. */
function inode(path: string): string | undefined {
  const file = path === '' ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false })
  return file && `${file.dev} ${file.ino}`
}
