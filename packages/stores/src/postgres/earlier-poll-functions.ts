import { firstPolledColumns, polledColumns, secondPolledColumns } from '../sql/row.ts'
import { clockSql } from './dialect.ts'
import type { PostgresNames } from './names.ts'

/**
 * The versions of the poll function that `poll-function.ts` has replaced. A migration never changes once it is released, so
 * these stay as they were, with their numbers written out.
 */
type EarlierPollVersion = 1 | 2 | 3

/** The columns that a version reads of a credential that is not pending. */
const readColumns = { 1: firstPolledColumns, 2: secondPolledColumns, 3: polledColumns }
/** The columns that a version added to those of a pending credential. */
const addedColumns = { 1: '', 2: ', nonce', 3: ', nonce, target' }

function pollStatement(table: string, version: EarlierPollVersion, locking: string): string {
  const isPending = 'approved IS NULL AND ended = 0 AND expires_at > polled_at'
  const isOnTime = `(last_polled_at IS NULL OR polled_at < last_polled_at
      OR polled_at >= last_polled_at + poll_interval * 1000 - least(1000, poll_interval * 500))`
  const isTwin = `(polled_at < last_polled_at + 1000 AND coalesce(polled_in, 'form') <> coalesce(last_polled_in, 'form')
      AND coalesce(last_polled_in, 'form') <> 'both')`
  const isNewBurst = '(last_slowed_at IS NULL OR polled_at - last_slowed_at >= 1000)'
  return `WITH poll AS (
    SELECT id, client_id, coalesce(polled_at, called_at - waited) AS polled_at, polled_in
    FROM json_to_recordset(CAST(batch AS json))
      AS entry(id text, client_id text, polled_at bigint, waited bigint, polled_in text)
  ), locked AS (
    SELECT ${readColumns[version].map((name) => `credential.${name}`).join(', ')}, poll.polled_at, poll.polled_in
    FROM ${table} AS credential JOIN poll ON credential.id = poll.id AND credential.client_id = poll.client_id
    ORDER BY credential.id FOR NO KEY UPDATE OF credential ${locking}
  ), judged AS (
    SELECT id, polled_at, polled_in, ${isOnTime} AS is_on_time, NOT ${isOnTime} AND ${isTwin} AS is_twin
    FROM locked WHERE ${isPending} AND (${isOnTime} OR ${isTwin} OR ${isNewBurst})
  ), paced AS (
    UPDATE ${table} AS credential SET
      last_polled_at = CASE WHEN is_on_time THEN polled_at ELSE credential.last_polled_at END,
      last_polled_in = CASE WHEN is_on_time THEN polled_in WHEN is_twin THEN 'both' ELSE credential.last_polled_in END,
      last_slowed_at = CASE WHEN is_on_time OR is_twin THEN credential.last_slowed_at ELSE polled_at END,
      poll_interval = CASE WHEN is_on_time OR is_twin THEN credential.poll_interval
        ELSE greatest(credential.poll_interval, least(credential.poll_interval + 5, 60)) END
    FROM judged WHERE credential.id = judged.id
  )
  SELECT json_agg(CASE WHEN ${isPending} THEN json_build_array(id, client_id, scope, user_code_hash, created_at, expires_at, poll_interval, last_polled_at, last_slowed_at, requester, binding_message, bound_subject, claimed_by, claimed_in, last_polled_in, polled_at, polled_in${addedColumns[version]})
    ELSE row_to_json(locked) END) INTO rows_before FROM locked`
}

/**
 * The poll function as a migration made it.
 *
 * - 1 (migration `functions`): knows no nonce, no log-in and no target
 * - 2 (migration `logins`): reads the nonce and the log-in too
 * - 3 (migration `targets`): reads the target too, but takes each poll as if it came at once
 */
export function earlierPollFunction({ pollFunction, credentials }: PostgresNames, version: EarlierPollVersion): string {
  return `CREATE${version === 1 ? '' : ' OR REPLACE'} FUNCTION ${pollFunction}(batch text, skips_locked boolean DEFAULT false) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET search_path FROM CURRENT AS $poll$
DECLARE
  rows_before text;
  called_at bigint := ${clockSql};
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  IF skips_locked THEN
  ${pollStatement(credentials, version, 'SKIP LOCKED')};
  ELSE
  PERFORM set_config('lock_timeout', '500', true);
  ${pollStatement(credentials, version, '')};
  END IF;
  RETURN rows_before;
END $poll$;
`
}
