import type { Tables } from '../sql/statements.ts'

/** Where the tables of a store are. */
export interface PostgresTableOptions {
  /** The schema of the tables. @default the first one of the connection's search_path */
  readonly schema?: string
  /** What the names of tables and indexes begin with: lower case letters, digits and `_`. @default 'device_auth_' */
  readonly tablePrefix?: string
}

/** The names of everything, quoted. */
export interface PostgresNames extends Tables {
  readonly prefix: string
  readonly schema: string | undefined
  readonly migrations: string
  /** Functions. */
  readonly poll: string
  readonly takeAttempts: string
}

/** @throws RangeError for names that would have to be quoted. */
export function postgresNames({ schema, tablePrefix: prefix = 'device_auth_' }: PostgresTableOptions): PostgresNames {
  if (!/^[a-z_][a-z\d_]{0,40}$/.test(prefix)) {
    throw new RangeError('postgresStore: tablePrefix must be lower case letters, digits and _, at most 41.')
  }
  if (schema !== undefined && !/^[a-z_][a-z\d_]{0,62}$/.test(schema)) {
    throw new RangeError('postgresStore: schema must be lower case letters, digits and _, at most 63.')
  }
  const table = (name: string): string => `${schema === undefined ? '' : `"${schema}".`}"${prefix}${name}"`
  return {
    prefix,
    schema,
    credentials: table('credentials'),
    attempts: table('attempts'),
    migrations: table('migrations'),
    poll: table('poll'),
    takeAttempts: table('take_attempts'),
  }
}
