import { subject } from '../sql/statements.ts'
import { createTakeFunction } from './attempts.ts'
import { createPollFunction } from './poll-function.ts'
import type { PostgresNames } from './tables.ts'

/** One step of the schema; once released it never changes. */
export interface Migration {
  readonly version: number
  readonly name: string
  sql(names: PostgresNames): string
}

const credentialsAndAttempts = (names: PostgresNames): string => {
  const { prefix, credentials, attempts, migrations } = names
  return `\
CREATE TABLE ${migrations} (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- One row from the request for codes to the end of the last token. Half of each page is left free, and no index has a
-- column that a poll writes, so that a poll's new row version stays on its page (HOT) and costs no index anything. What
-- is looked for is compared byte by byte, which is faster, and which no upgrade of the system's locales can break.
CREATE TABLE ${credentials} (
  id text COLLATE "C" PRIMARY KEY,
  client_id text COLLATE "C" NOT NULL,
  scope text NOT NULL,
  user_code_hash text NOT NULL,
  live_user_code text COLLATE "C" UNIQUE,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  forget_at bigint NOT NULL,
  poll_interval bigint NOT NULL,
  last_polled_at bigint,
  last_slowed_at bigint,
  requester text,
  address_key text COLLATE "C",
  binding_message text,
  bound_subject text,
  claimed_by text COLLATE "C",
  claimed_in text,
  subject text COLLATE "C",
  approved smallint,
  granted_scope text,
  username text,
  lease_owner text,
  lease_until bigint,
  ended smallint NOT NULL DEFAULT 0,
  redeemed_at bigint,
  sealed_response text NOT NULL DEFAULT '',
  access_tokens text NOT NULL DEFAULT '[]',
  refresh_hash text,
  refresh_issued_at bigint,
  refresh_expires_at bigint,
  rotated_hash text,
  rotated_at bigint,
  rotated_response text,
  last_used_at bigint,
  device_name text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- for the sweeper
CREATE INDEX "${prefix}forget_at" ON ${credentials} (forget_at);
-- a user's devices, and what he claimed or approved
CREATE INDEX "${prefix}subject" ON ${credentials} ((${subject})) WHERE ${subject} IS NOT NULL;
-- incidents: everything of a client, and of a network
CREATE INDEX "${prefix}client" ON ${credentials} (client_id);
CREATE INDEX "${prefix}address" ON ${credentials} (address_key) WHERE address_key IS NOT NULL;

CREATE TABLE ${attempts} (
  attempt_key text COLLATE "C" PRIMARY KEY,
  attempts bigint NOT NULL,
  reset_at bigint NOT NULL
) WITH (fillfactor = 50);

-- for the sweeper
CREATE INDEX "${prefix}reset_at" ON ${attempts} (reset_at);

-- all polls that arrive together, as one statement
${createPollFunction(names)}
-- all counters of an attempt
${createTakeFunction(names)}`
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'credentials-and-attempts', sql: credentialsAndAttempts },
]

/** The version that this release works with. */
export const SCHEMA_VERSION = 1
/** `server_version_num`: `SKIP LOCKED`, `json_to_recordset` and the rest are older, but not supported any more. */
export const MIN_SERVER_VERSION = 120_000

/** One migration as a plain file has it. */
export function migrationSql({ version, name, sql }: Migration, names: PostgresNames): string {
  return `${sql(names)}
INSERT INTO ${names.migrations} (version, name) VALUES (${version}, '${name}');
`
}

/**
 * All migrations that are missing, as one statement, so that it needs no session: any driver and pooler will do. Of
 * several nodes that run it at the same time, one does the work.
 */
export function migrationBlock(names: PostgresNames): string {
  const { schema, migrations, prefix } = names
  const steps = MIGRATIONS.map(
    (migration) => `IF done < ${migration.version} THEN
${migrationSql(migration, names)}
END IF;`,
  )
  const createSchema = `IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '${schema}') THEN
CREATE SCHEMA "${schema}";
END IF;`
  return `DO $migrate$
DECLARE done integer := 0;
BEGIN
PERFORM pg_advisory_xact_lock(hashtext('${schema ?? ''}.${prefix}migrations'));
IF current_setting('server_version_num')::integer < ${MIN_SERVER_VERSION} THEN
RAISE EXCEPTION 'device-auth needs PostgreSQL ${MIN_SERVER_VERSION / 10_000} or later, but this is %', version();
END IF;
${schema === undefined ? '' : createSchema}
IF to_regclass('${migrations}') IS NOT NULL THEN
SELECT coalesce(max(version), 0) INTO done FROM ${migrations};
END IF;
${steps.join('\n')}
END $migrate$`
}
