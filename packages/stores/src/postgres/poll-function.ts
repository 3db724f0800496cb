import { MAX_INTERVAL, POLL_TOLERANCE, type Requester, SLOW_DOWN_STEP } from '@device-auth/core'
import { pendingRecord, type StoredRecord } from '../record.ts'
import type { SqlRow } from '../sql/client.ts'
import { RECORD_COLUMNS, toRecord } from '../sql/row.ts'
import type { PostgresNames } from './tables.ts'

/** What a poll needs of a pending credential, in the order of `PendingRow`. */
const PENDING_COLUMNS = [
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
] as const

/**
 * Reads, locks and paces all polls of a batch, and answers with the rows as they were before, as one JSON text. Locks
 * are taken in the order of ids, so that batches of two nodes cannot wait for each other.
 */
export function pollStatement(table: string, polls: string, into = ''): string {
  const isPending = 'approved IS NULL AND ended = 0 AND expires_at > asked_at'
  const accepted = `(last_polled_at IS NULL OR asked_at < last_polled_at
      OR asked_at >= last_polled_at + poll_interval * 1000 - ${POLL_TOLERANCE})`
  const newBurst = `(last_slowed_at IS NULL OR asked_at - last_slowed_at >= ${POLL_TOLERANCE})`
  return `WITH asked AS (
    SELECT id, client_id, asked_at FROM json_to_recordset(CAST(${polls} AS json))
      AS given(id text, client_id text, asked_at bigint)
  ), held AS (
    SELECT ${RECORD_COLUMNS.map((name) => `kept.${name}`).join(', ')}, asked.asked_at
    FROM ${table} AS kept JOIN asked ON kept.id = asked.id AND kept.client_id = asked.client_id
    ORDER BY kept.id FOR NO KEY UPDATE OF kept
  ), judged AS (
    SELECT id, asked_at, ${accepted} AS accepted FROM held WHERE ${isPending} AND (${accepted} OR ${newBurst})
  ), paced AS (
    UPDATE ${table} AS kept SET
      last_polled_at = CASE WHEN accepted THEN asked_at ELSE kept.last_polled_at END,
      last_slowed_at = CASE WHEN accepted THEN kept.last_slowed_at ELSE asked_at END,
      poll_interval = CASE WHEN accepted THEN kept.poll_interval
        ELSE greatest(kept.poll_interval, least(kept.poll_interval + ${SLOW_DOWN_STEP}, ${MAX_INTERVAL})) END
    FROM judged WHERE kept.id = judged.id
  )
  SELECT json_agg(CASE WHEN ${isPending} THEN json_build_array(${PENDING_COLUMNS.join(', ')})
    ELSE row_to_json(held) END) ${into} FROM held`
}

/**
 * A function, because the server keeps its plan for each connection, whatever pooler is in front. The plan must not
 * depend on how many rows there were when it was made: it goes by the primary key always. The pacing is not waited for
 * until it is on the disk: a crash may lose it without harm.
 */
export function createPollFunction({ poll, credentials }: PostgresNames): string {
  return `CREATE FUNCTION ${poll}(polls text) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $poll$
DECLARE answer text;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  ${pollStatement(credentials, 'polls', 'INTO answer')};
  RETURN answer;
END $poll$;
`
}

/** The records of a batch by their ids. */
export function readPolls(json: unknown): ReadonlyMap<string, StoredRecord> {
  const rows = json == null ? [] : (JSON.parse(String(json)) as readonly (PendingRow | SqlRow)[])
  const records = new Map<string, StoredRecord>()
  for (const row of rows) {
    const record = isPendingRow(row) ? readPending(row) : toRecord(row)
    records.set(record.id, record)
  }
  return records
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
]

function isPendingRow(row: PendingRow | SqlRow): row is PendingRow {
  return Array.isArray(row)
}

function readPending(row: PendingRow): StoredRecord {
  const requester = row[9]
  return pendingRecord({
    id: row[0],
    clientId: row[1],
    scope: row[2],
    userCodeHash: row[3],
    createdAt: row[4],
    expiresAt: row[5],
    interval: row[6],
    lastPolledAt: row[7] ?? undefined,
    lastSlowedAt: row[8] ?? undefined,
    requester: requester === null ? undefined : (JSON.parse(requester) as Requester),
    bindingMessage: row[10] ?? undefined,
    boundSubject: row[11] ?? undefined,
    claimedBy: row[12] ?? undefined,
    claimedIn: row[13] ?? undefined,
  })
}
