import { subjectSql, type Tables } from '../sql/statements.ts'

/** The version of the tables that this release makes. It is raised with every change of them. */
export const SCHEMA_VERSION = 5

/** The names of tables in a file. */
export interface SqliteTables extends Tables {
  /** One row: the version of the tables. Files of the first releases do not have it. */
  readonly schema: string
  /** The clients that registered themselves. */
  readonly registeredClients: string
}

/** The names of tables that begin with `prefix`. */
export function sqliteTables(prefix: string): SqliteTables {
  const [credentials, attempts, schema] = [`${prefix}credentials`, `${prefix}attempts`, `${prefix}schema`]
  return { credentials, attempts, schema, registeredClients: `${prefix}registered_clients` }
}

/** A column that the tables of an earlier release do not have. */
export interface AddedColumn {
  readonly table: string
  readonly name: string
  /** Its type and default. */
  readonly definition: string
}

/** The columns that were added since the first release, oldest first. */
export function addedColumns({ credentials }: Tables): readonly AddedColumn[] {
  return [
    { table: credentials, name: 'replays_left', definition: 'INTEGER NOT NULL DEFAULT 0' },
    { table: credentials, name: 'last_polled_in', definition: 'TEXT' },
    { table: credentials, name: 'authentication', definition: 'TEXT' },
    { table: credentials, name: 'nonce', definition: 'TEXT' },
    { table: credentials, name: 'granted', definition: 'TEXT' },
    { table: credentials, name: 'target', definition: 'TEXT' },
  ]
}

/** The statements that create the tables and indexes that are missing. */
export function sqliteSchema(tables: SqliteTables, prefix: string): string {
  const { credentials, attempts, schema, registeredClients } = tables
  const index = (name: string): string => `CREATE INDEX IF NOT EXISTS ${prefix}${name} ON`
  return `
    CREATE TABLE IF NOT EXISTS ${schema} (version INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS ${credentials} (
      id TEXT PRIMARY KEY, client_id TEXT NOT NULL, scope TEXT NOT NULL, user_code_hash TEXT NOT NULL,
      live_user_code TEXT UNIQUE, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, forget_at INTEGER NOT NULL,
      poll_interval INTEGER NOT NULL, last_polled_at INTEGER, last_slowed_at INTEGER, requester TEXT, address_key TEXT,
      binding_message TEXT, bound_subject TEXT, claimed_by TEXT, claimed_in TEXT, subject TEXT, approved INTEGER, granted_scope TEXT,
      username TEXT, lease_owner TEXT, lease_until INTEGER, ended INTEGER NOT NULL DEFAULT 0, redeemed_at INTEGER,
      sealed_response TEXT NOT NULL DEFAULT '', access_tokens TEXT NOT NULL DEFAULT '[]', refresh_hash TEXT,
      refresh_issued_at INTEGER, refresh_expires_at INTEGER, rotated_hash TEXT, rotated_at INTEGER,
      rotated_response TEXT, last_used_at INTEGER, device_name TEXT
    ) STRICT, WITHOUT ROWID;
    ${index('forget_at')} ${credentials} (forget_at);
    ${index('subject')} ${credentials} (${subjectSql}) WHERE ${subjectSql} IS NOT NULL;
    ${index('client')} ${credentials} (client_id);
    ${index('address')} ${credentials} (address_key) WHERE address_key IS NOT NULL;
    CREATE TABLE IF NOT EXISTS ${attempts} (
      attempt_key TEXT PRIMARY KEY, attempts INTEGER NOT NULL, reset_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    ${index('reset_at')} ${attempts} (reset_at);
    CREATE TABLE IF NOT EXISTS ${registeredClients} (
      client_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL
    ) STRICT;`
}
