import type { Check } from '@device-auth/core'
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
  readonly registeredClients: string
  readonly registrationLock: string
  readonly insertClientFunction: string
}

/** Checks for a name that needs no quotation marks, of at most so many characters. */
const isName =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most && /^[a-z_][a-z\d_]*$/.test(value)
      ? undefined
      : `a name of at most ${most} lower-case letters, digits and _ that does not begin with a digit`

/** The checks of the options for names. */
export const nameChecks: Record<keyof PostgresTableOptions, Check> = { schema: isName(63), tablePrefix: isName(41) }

/** The names for these options, which have been checked. */
export function postgresNames({ schema, tablePrefix: prefix = 'device_auth_' }: PostgresTableOptions): PostgresNames {
  const quoted = (name: string): string => `${schema === undefined ? '' : `"${schema}".`}"${prefix}${name}"`
  return {
    prefix,
    schema,
    credentials: quoted('credentials'),
    attempts: quoted('attempts'),
    migrations: quoted('migrations'),
    pollFunction: quoted('poll_batch'),
    takeAttemptsFunction: quoted('count_attempts'),
    registeredClients: quoted('registered_clients'),
    registrationLock: quoted('registration_lock'),
    insertClientFunction: quoted('insert_client'),
  }
}
