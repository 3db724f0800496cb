import type { Tables } from '../sql/statements.ts'

/** The place of a store's tables. */
export interface PostgresTableOptions {
  /** The schema of the tables: at most 63 lower-case letters, digits and `_`. @default the first schema of the connection's search_path */
  readonly schema?: string
  /** The beginning of the names of tables and indexes: at most 41 lower-case letters, digits and `_`. @default 'device_auth_' */
  readonly tablePrefix?: string
}

/** The names of tables and functions, quoted. */
export interface PostgresNames extends Tables {
  readonly prefix: string
  readonly schema: string | undefined
  readonly migrations: string
  readonly pollFunction: string
  readonly takeAttemptsFunction: string
}

/** The names for these options. @throws RangeError for a schema or prefix that would have to be quoted. */
export function postgresNames({ schema, tablePrefix: prefix = 'device_auth_' }: PostgresTableOptions): PostgresNames {
  if (!/^[a-z_][a-z\d_]{0,40}$/.test(prefix)) {
    throw new RangeError(
      'postgresStore: tablePrefix must begin with a letter or _ and have at most 41 lower-case letters, digits and _.',
    )
  }
  if (schema !== undefined && !/^[a-z_][a-z\d_]{0,62}$/.test(schema)) {
    throw new RangeError(
      'postgresStore: schema must begin with a letter or _ and have at most 63 lower-case letters, digits and _.',
    )
  }
  const quoted = (name: string): string => `${schema === undefined ? '' : `"${schema}".`}"${prefix}${name}"`
  return {
    prefix,
    schema,
    credentials: quoted('credentials'),
    attempts: quoted('attempts'),
    migrations: quoted('migrations'),
    pollFunction: quoted('poll_batch'),
    takeAttemptsFunction: quoted('count_attempts'),
  }
}
