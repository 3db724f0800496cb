import type { PollResult, Requester, TokenTarget } from '@device-auth/core'
import {
  MAX_INTERVAL,
  POLL_TOLERANCE,
  pollResult,
  SLOW_DOWN_STEP,
  type StoredRecord,
  TOLERATED_SHARE,
  TWIN_WINDOW,
} from '@device-auth/core/stores'
import { LATE_POLL } from '../late-step.ts'
import { pendingRecord, readStyles } from '../record.ts'
import type { SqlRow } from '../sql/client.ts'
import { polledColumns, recordFromRow } from '../sql/row.ts'
import { clockSql } from './dialect.ts'
import type { PostgresNames } from './names.ts'

/** Milliseconds that a batch waits for a row that somebody else has locked. */
const LOCK_TIMEOUT = 500
/** The beginning of a batch whose node knows when it sends it. */
const sentAtStart = '[{"sent_at":'
/** The columns that a poll of a pending credential needs, in the order of `PendingRow`. */
const pendingColumns = [
  'id',
  'client_id',
  'scope',
  'user_code_hash',
  'created_at',
  'expires_at',
  'poll_interval',
  'last_polled_at',
  'last_slowed_at',
  'requester',
  'binding_message',
  'bound_subject',
  'claimed_by',
  'claimed_in',
  'last_polled_in',
] as const

/** The parts of the statement that depend on where it is used. */
interface PollStatementOptions {
  /** A clause that assigns the result, within a function. */
  readonly into?: string
  /** `SKIP LOCKED` to leave out the rows that somebody else has locked. */
  readonly locking?: string
  /** True if the polls are late: one may come behind one that was sent after it, and changes nothing then. */
  readonly isLate?: string
  /** True if nobody knows when the polls were sent. They may be late: they are not told to slow down, and make no other poll too early. */
  readonly isUndated?: string
}

/**
 * The statement that paces all polls of a batch, and returns the rows as they were before as one JSON text. It locks the
 * rows in the order of their ids, so that batches of two nodes cannot wait for each other.
 *
 * @param table the table of credentials
 * @param batch the parameter that has the polls: a JSON array of objects with id, client_id, for the header polled_in, and either
 *   polled_at or the milliseconds for which the poll has waited
 * @param clock the time of polls without polled_at
 */
export function pollStatement(
  table: string,
  batch: string,
  clock: string,
  { into = '', locking = '', isLate = 'false', isUndated = 'false' }: PollStatementOptions = {},
): string {
  const isWithoutTrace = `last_polled_at IS NOT NULL AND (${isUndated} OR ${isLate} AND polled_at < last_polled_at)`
  // an undated first poll may be as old as its code
  const keptTime = `CASE WHEN ${isUndated} THEN created_at ELSE polled_at END`
  const isPending = 'approved IS NULL AND ended = 0 AND expires_at > polled_at'
  const isOnTime = `(last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(${POLL_TOLERANCE}, poll_interval * ${1000 * TOLERATED_SHARE}))`
  const isTwin = `(polled_at < last_polled_at + ${TWIN_WINDOW} AND coalesce(polled_in, 'form') <> coalesce(last_polled_in, 'form')
      AND coalesce(last_polled_in, 'form') <> 'both')`
  const pending = pendingColumns.map((name) =>
    name === 'last_polled_at' ? `CASE WHEN NOT ${isUndated} THEN last_polled_at END` : name,
  )
  const isNewBurst = `(last_slowed_at IS NULL OR polled_at - last_slowed_at >= ${POLL_TOLERANCE})`
  // nonce and target came later: they are the last ones, so that nodes of earlier releases read the others where they were
  return `WITH poll AS (
    SELECT id, client_id, coalesce(polled_at, ${clock} - waited) AS polled_at, polled_in
    FROM json_to_recordset(CAST(${batch} AS json))
      AS entry(id text, client_id text, polled_at bigint, waited bigint, polled_in text)
  ), locked AS (
    SELECT ${polledColumns.map((name) => `credential.${name}`).join(', ')}, poll.polled_at, poll.polled_in
    FROM ${table} AS credential JOIN poll ON credential.id = poll.id AND credential.client_id = poll.client_id
    ORDER BY credential.id FOR NO KEY UPDATE OF credential ${locking}
  ), judged AS (
    SELECT id, ${keptTime} AS polled_at, polled_in, ${isOnTime} AS is_on_time, NOT ${isOnTime} AND ${isTwin} AS is_twin
    FROM locked WHERE ${isPending} AND (${isOnTime} OR ${isTwin} OR ${isNewBurst}) AND NOT (${isWithoutTrace})
  ), paced AS (
    UPDATE ${table} AS credential SET
      last_polled_at = CASE WHEN is_on_time THEN polled_at ELSE credential.last_polled_at END,
      last_polled_in = CASE WHEN is_on_time THEN polled_in WHEN is_twin THEN 'both' ELSE credential.last_polled_in END,
      last_slowed_at = CASE WHEN is_on_time OR is_twin THEN credential.last_slowed_at ELSE polled_at END,
      poll_interval = CASE WHEN is_on_time OR is_twin THEN credential.poll_interval
        ELSE greatest(credential.poll_interval, least(credential.poll_interval + ${SLOW_DOWN_STEP}, ${MAX_INTERVAL})) END
    FROM judged WHERE credential.id = judged.id
  )
  SELECT json_agg(CASE WHEN ${isPending} THEN json_build_array(${pending.join(', ')}, polled_at, polled_in, nonce, target)
    ELSE row_to_json(locked) END) ${into} FROM locked`
}

/**
 * The function that runs the statement. The server keeps the plan of a function for each connection, whatever pooler is in
 * front. That plan must not depend on the number of rows when it was made, so the settings make it use the primary key.
 * It keeps the search path of its creation, because the names of tables may be without a schema. Its commit does not wait for
 * the disk: a crash may lose the pacing, which does no harm. A row that somebody else has locked fails the batch soon (SQLSTATE
 * 55P03), because it would keep all other devices of the batch waiting; the batch is then sent again without the locked rows.
 *
 * All polls that a frozen server or a silent connection has held begin at once, so a late batch counts from when it was sent. See `stamp`.
 *
 * It is version 4, of the migration `late-steps`. To change it, keep this text as a version of `earlier-poll-functions.ts`, and let a new
 * migration make the changed one.
 */
export function createPollFunction({ pollFunction, credentials }: PostgresNames): string {
  const statement = (locking: string): string =>
    pollStatement(credentials, 'batch', 'called_at', {
      into: 'INTO rows_before',
      locking,
      isLate: 'is_late',
      isUndated: 'is_undated',
    })
  // a regular expression in place of these calls costs 3 % of a poll
  return `CREATE OR REPLACE FUNCTION ${pollFunction}(batch text, skips_locked boolean DEFAULT false) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET search_path FROM CURRENT AS $poll$
DECLARE
  rows_before text;
  called_at bigint := ${clockSql};
  sent_at bigint := CASE WHEN starts_with(batch, '${sentAtStart}')
    THEN CAST(split_part(substr(batch, ${sentAtStart.length + 1}, 20), ',', 1) AS bigint) END;
  is_late boolean := coalesce(sent_at < called_at - ${LATE_POLL}, false);
  is_undated boolean := starts_with(batch, '[{"undated":true');
BEGIN
  IF is_late THEN
    called_at := sent_at;
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  IF skips_locked THEN
  ${statement('SKIP LOCKED')};
  ELSE
  PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT}', true);
  ${statement('')};
  END IF;
  RETURN rows_before;
END $poll$;
`
}

/**
 * A batch with the time at which it is sent. It is the first field of the first poll, where the function finds it without reading the
 * JSON, and where a function of an earlier version does not look.
 *
 * @param batch a JSON array of polls without polled_at, at least one
 * @param sentAt by the clock of the database; `undefined` if the node does not know that clock yet
 */
export function stamp(batch: string, sentAt: number | undefined): string {
  return `${sentAt === undefined ? '[{"undated":true' : `${sentAtStart}${sentAt}`},${batch.slice(2)}`
}

/** The results of a batch by the ids of the credentials. @param json the result of the function */
export function readPolls(json: unknown): ReadonlyMap<string, PollResult> {
  const rows = json == null ? [] : (JSON.parse(String(json)) as readonly (PendingRow | SqlRow)[])
  const results = new Map<string, PollResult>()
  for (const row of rows) {
    const record = isPendingRow(row) ? readPending(row) : recordFromRow(row)
    const result = isPendingRow(row)
      ? pollResult(record, row[15], row[16] ?? 'form')
      : pollResult(record, Number(row.polled_at))
    results.set(record.id, result)
  }
  return results
}

type PendingRow = readonly [
  id: string,
  clientId: string,
  scope: string,
  userCodeHash: string,
  createdAt: number,
  expiresAt: number,
  interval: number,
  lastPolledAt: number | null,
  lastSlowedAt: number | null,
  requester: string | null,
  bindingMessage: string | null,
  boundSubject: string | null,
  claimedBy: string | null,
  claimedIn: string | null,
  lastPolledIn: string | null,
  polledAt: number,
  polledIn: 'header' | null,
  nonce: string | null,
  target: string | null,
]

function isPendingRow(row: PendingRow | SqlRow): row is PendingRow {
  return Array.isArray(row)
}

function readPending(row: PendingRow): StoredRecord {
  const [requester, target] = [row[9], row[18]]
  return pendingRecord({
    id: row[0],
    clientId: row[1],
    scope: row[2],
    userCodeHash: row[3],
    createdAt: row[4],
    expiresAt: row[5],
    interval: row[6],
    lastPolledAt: row[7] ?? undefined,
    lastPolledIn: readStyles(row[14]),
    lastSlowedAt: row[8] ?? undefined,
    requester: requester === null ? undefined : (JSON.parse(requester) as Requester),
    bindingMessage: row[10] ?? undefined,
    boundSubject: row[11] ?? undefined,
    claimedBy: row[12] ?? undefined,
    claimedIn: row[13] ?? undefined,
    nonce: row[17] ?? undefined,
    target: target === null ? undefined : (JSON.parse(target) as TokenTarget),
  })
}
