import { subjectSql } from '../sql/statements.ts'
import { createTakeFunction } from './attempts.ts'
import { type PostgresClient, sqlState } from './client.ts'
import { earlierPollFunction } from './earlier-poll-functions.ts'
import type { PostgresNames } from './names.ts'
import { createPollFunction } from './poll-function.ts'
import { createRegisteredClients } from './registered-clients-tables.ts'

/**
 * Milliseconds that a migration waits for the lock of a table. Whoever comes after it waits behind it, so it gives up soon when
 * somebody else keeps the table, such as a backup, and is tried again.
 */
const LOCK_TIMEOUT = 500
/** Milliseconds between two attempts, in which the steps of the nodes go on. */
const PAUSE = 1_000
/** The most attempts: about a minute and a half. */
const ATTEMPTS = 60
/** SQLSTATE of a lock that was not to be had, of a serialization failure and of a deadlock: nothing was done. */
const transient = new Set(['55P03', '40001', '40P01'])

/** One step of the schema. It never changes once it is released. */
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
-- column that a poll writes, so that the new row version of a poll stays on its page (HOT) and changes no index. Columns
-- that are searched are compared byte by byte: that is faster, and an upgrade of the system's locales cannot break it.
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

-- for sweeps
CREATE INDEX "${prefix}forget_at" ON ${credentials} (forget_at);
-- for the devices of a user, and the requests that the user claimed or approved
CREATE INDEX "${prefix}subject" ON ${credentials} ((${subjectSql})) WHERE ${subjectSql} IS NOT NULL;
-- for incidents: everything of a client, or of a network
CREATE INDEX "${prefix}client" ON ${credentials} (client_id);
CREATE INDEX "${prefix}address" ON ${credentials} (address_key) WHERE address_key IS NOT NULL;

CREATE TABLE ${attempts} (
  attempt_key text COLLATE "C" PRIMARY KEY,
  attempts bigint NOT NULL,
  reset_at bigint NOT NULL
) WITH (fillfactor = 50);

-- for sweeps
CREATE INDEX "${prefix}reset_at" ON ${attempts} (reset_at);`
}

const replays = ({ credentials }: PostgresNames): string => `\
-- how many times the answer to the last rotation may still be given again
ALTER TABLE ${credentials} ADD COLUMN replays_left smallint NOT NULL DEFAULT 0;`

const probingClients = ({ credentials }: PostgresNames): string => `\
-- in which authentication styles the last accepted poll came; NULL is the form
ALTER TABLE ${credentials} ADD COLUMN last_polled_in text;`

const functions = (names: PostgresNames): string => `\
-- paces all polls that arrive together
${earlierPollFunction(names, 1)}
-- counts an attempt in all of its budgets
${createTakeFunction(names, 1)}`

const logins = (names: PostgresNames): string => `\
-- for OpenID Connect: when and how the user logged in, as JSON, and the nonce of the device
ALTER TABLE ${names.credentials} ADD COLUMN authentication text, ADD COLUMN nonce text;
-- polls read them too; the nonce comes last, so that nodes of an earlier release read the others where they were
${earlierPollFunction(names, 2)}`

const targets = (names: PostgresNames): string => `\
-- what tokens are for beside their scope, as JSON: as requested, and as granted together with data of the application
ALTER TABLE ${names.credentials} ADD COLUMN granted text, ADD COLUMN target text;
${earlierPollFunction(names, 3)}`

const lateSteps = (names: PostgresNames): string => `\
-- a poll or an attempt that a silent connection or a frozen server has held is judged by when it was sent
${createPollFunction(names)}
${createTakeFunction(names, 2)}`

const registeredClients = (names: PostgresNames): string => `\
-- clients that registered themselves
${createRegisteredClients(names)}`

/**
 * All steps, oldest first. The last step that makes a function again holds the function that nodes call: of polls `late-steps`, of
 * attempts `late-steps` too. A function keeps its name and its arguments, so that nodes of earlier releases go on during an update.
 */
export const allMigrations: readonly Migration[] = [
  { version: 1, name: 'credentials-and-attempts', sql: credentialsAndAttempts },
  { version: 2, name: 'replays', sql: replays },
  { version: 3, name: 'probing-clients', sql: probingClients },
  { version: 4, name: 'functions', sql: functions },
  { version: 5, name: 'logins', sql: logins },
  { version: 6, name: 'targets', sql: targets },
  { version: 7, name: 'late-steps', sql: lateSteps },
  { version: 8, name: 'registered-clients', sql: registeredClients },
]

/** The version of the tables that this release needs. */
export const SCHEMA_VERSION = 8
/** As `server_version_num`. The functions that are used are older, but older servers are not supported any more. */
export const MIN_SERVER_VERSION = 120_000

/** One migration, as the files in `migrations/postgres` have it. */
export function migrationSql({ version, name, sql }: Migration, names: PostgresNames): string {
  return `${sql(names)}
INSERT INTO ${names.migrations} (version, name) VALUES (${version}, '${name}');
`
}

/**
 * One statement that runs all migrations that are missing. It needs no session, so it works with any driver and pooler. If
 * several nodes run it at the same time, one does the work and the others wait.
 */
function migrationBlock(names: PostgresNames): string {
  const { schema, migrations, prefix } = names
  const steps = allMigrations.map(
    (migration) => `IF current_version < ${migration.version} THEN
${migrationSql(migration, names)}
END IF;`,
  )
  const createSchema = `IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '${schema}') THEN
CREATE SCHEMA "${schema}";
END IF;`
  return `DO $migrate$
DECLARE current_version integer := 0;
BEGIN
PERFORM pg_advisory_xact_lock(hashtext('${schema ?? ''}.${prefix}migrations'));
PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT}', true);
IF current_setting('server_version_num')::integer < ${MIN_SERVER_VERSION} THEN
RAISE EXCEPTION 'device-auth needs PostgreSQL ${MIN_SERVER_VERSION / 10_000} or later, but this is %', version();
END IF;
${schema === undefined ? '' : createSchema}
IF to_regclass('${migrations}') IS NOT NULL THEN
SELECT coalesce(max(version), 0) INTO current_version FROM ${migrations};
END IF;
IF current_version > ${SCHEMA_VERSION} THEN
RAISE EXCEPTION 'device-auth: the tables are of version %, newer than version ${SCHEMA_VERSION} of this release. Update the release.', current_version;
END IF;
${steps.join('\n')}
END $migrate$`
}

/** Runs all migrations that are missing, and tries again while somebody else keeps a lock of a table. */
export async function runMigrations(client: PostgresClient, names: PostgresNames): Promise<void> {
  const sql = migrationBlock(names)
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(sql, [])
      return
    } catch (error) {
      if (!transient.has(sqlState(error) ?? '')) throw error
      if (attempt === ATTEMPTS) throw new Error(`migrate: ${kept(names)}`, { cause: error })
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

function kept({ credentials }: PostgresNames): string {
  return `another transaction keeps a lock of ${credentials}, such as a backup. End it, and call migrate() again.`
}
