/** The failures of SQLite that an operator can do something about. */
export type SqliteFailure = 'busy' | 'readOnly' | 'ioError' | 'corrupt' | 'full' | 'cannotOpen' | 'notADatabase'

/** The result codes of SQLite, by the name that better-sqlite3 begins its code with and the number of node:sqlite. */
const codes: readonly (readonly [name: string, number: number, failure: SqliteFailure])[] = [
  ['SQLITE_BUSY', 5, 'busy'],
  ['SQLITE_READONLY', 8, 'readOnly'],
  ['SQLITE_IOERR', 10, 'ioError'],
  ['SQLITE_CORRUPT', 11, 'corrupt'],
  ['SQLITE_FULL', 13, 'full'],
  ['SQLITE_CANTOPEN', 14, 'cannotOpen'],
  ['SQLITE_NOTADB', 26, 'notADatabase'],
]

const advice: Readonly<Record<SqliteFailure, string>> = {
  busy: 'another process has kept the write lock of the file for longer than busyTimeout. End its transaction.',
  readOnly:
    'the file cannot be written. The user of this process needs the right to write the file and its folder, and the connection must not be read-only.',
  ioError: 'the disk or the file system fails. Look at the log of the system.',
  corrupt: 'the file is damaged. Restore it from a backup.',
  full: 'the disk is full, or the file has reached max_page_count. Free space: new codes and tokens cannot be stored.',
  cannotOpen: 'the file or its folder cannot be opened. Look at their rights, and whether the folder is still there.',
  notADatabase: 'the file is no SQLite database. Open another file.',
}

/** The failure behind an error of `better-sqlite3` or `node:sqlite`; `undefined` for any other error. */
export function failureOf(error: unknown): SqliteFailure | undefined {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
  // extended codes have a longer name, or more bits
  const found = codes.find(
    ([name, number]) => (typeof code === 'string' && code.startsWith(name)) || (Number(errcode) & 0xff) === number,
  )
  return found?.[2]
}

/** SQLite has no code of its own for a table or a column that is missing. */
const missing = /^no such (?:table|column)/
const restart =
  'a table was dropped or changed. Restart the process, which creates missing tables, or restore the file from a backup.'

/** The error in words that say what to do, with the error of the driver as its `cause`; other errors as they are. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const failure = failureOf(error)
  const text = failure === undefined && missing.test(error.message) ? restart : failure && advice[failure]
  if (text === undefined) return error
  return new Error(`sqliteStore: ${text} SQLite says: ${error.message}`, { cause: error })
}
