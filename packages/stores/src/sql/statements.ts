import type { IncidentFilter } from '@device-auth/core'
import {
  ANSWER_USED,
  MAX_INTERVAL,
  MAX_REPLAYS,
  POLL_TOLERANCE,
  SLOW_DOWN_STEP,
  USE_RESOLUTION,
} from '@device-auth/core/stores'
import type { Dialect, SqlValue } from './client.ts'
import { credentialColumns, recordColumns } from './row.ts'

/** The tables of a store, quoted. */
export interface Tables {
  readonly credentials: string
  readonly attempts: string
}

/** Rows that one statement of a sweep deletes. */
export const SWEEP_ROWS = 500

/** Every request that a subject claimed or decided. An index is made for this expression, word for word. */
export const subjectSql = 'coalesce(subject, claimed_by)'

const recordSql = recordColumns.join(', ')
const ownerSql = 'coalesce(bound_subject, claimed_by)'
const tombstoneEndSql = '2 * expires_at - created_at'
/** The parameters of `claim` are another subject in another browser than those of the claim before. */
const sharedCodeSql = `(claimed_by <> $2 AND coalesce(claimed_in, '') <> $3)`

function whereUndecided(now: string): string {
  return `approved IS NULL AND ended = 0 AND expires_at > ${now}`
}

function whereApproved(now: string): string {
  return `approved = 1 AND ended = 0 AND redeemed_at IS NULL AND expires_at > ${now}`
}

/** The parameters of `lease` are the owner of the lease, or the lease has ended. */
function whereNotLeased(now: string): string {
  return `(lease_owner IS NULL OR lease_owner = $2 OR lease_until <= ${now})`
}

/** A poll at this time comes together with one that has raised the interval. */
function isSameBurst(now: string): string {
  return `coalesce(${now} - last_slowed_at, ${POLL_TOLERANCE}) < ${POLL_TOLERANCE}`
}

/** The lease is that of this owner; `''`: there is no lease. */
function whereLeasedTo(owner: string, now: string): string {
  return `coalesce(CASE WHEN lease_until > ${now} THEN lease_owner END, '') = ${owner}`
}

/**
 * The steps as single statements. The condition of a step is in its `WHERE`; a row comes back if it was met. This makes a step atomic:
 * of two statements on one row, the second one waits for the first, and then checks its condition on the row as the first has left it.
 */
export type Statements = ReturnType<typeof credentialStatements> &
  ReturnType<typeof familyStatements> &
  ReturnType<typeof attemptStatements>

/** The statements for these tables. */
export function sqlStatements(tables: Tables, dialect: Dialect): Statements {
  return {
    ...credentialStatements(tables.credentials, dialect),
    ...familyStatements(tables.credentials, dialect),
    ...attemptStatements(tables.attempts, dialect),
  }
}

/** The statement that finds the credentials of an incident, and its parameters. */
export function searchStatement(
  { findBySubject, findByClient, findByAddress }: Statements,
  filter: IncidentFilter,
  now: SqlValue,
): readonly [statement: string, parameters: readonly SqlValue[]] {
  if ('subject' in filter) return [findBySubject, [filter.subject, now]]
  if ('clientId' in filter) return [findByClient, [filter.clientId, now]]
  return [findByAddress, [filter.requester.from, now, filter.requester.to]]
}

/** Claims the credential with this value, `$1`, in a column that is unique. Returns the row as it is then. */
function claimStatement(table: string, column: 'id' | 'live_user_code', now: string): string {
  return `UPDATE ${table} SET claimed_by = CASE WHEN ${sharedCodeSql} THEN claimed_by ELSE $2 END,
        claimed_in = CASE WHEN ${sharedCodeSql} THEN claimed_in ELSE $3 END, subject = CASE WHEN ${sharedCodeSql} THEN '' END,
        approved = CASE WHEN ${sharedCodeSql} THEN 0 END, granted_scope = CASE WHEN ${sharedCodeSql} THEN '' END
      WHERE ${column} = $1 AND ${whereUndecided(now)} AND coalesce(bound_subject, $2) = $2 RETURNING ${recordSql}`
}

function credentialStatements(table: string, { time }: Dialect) {
  return {
    insert: `INSERT INTO ${table} (${credentialColumns.join(', ')})
      VALUES (${credentialColumns.map((_, index) => `$${index + 1}`).join(', ')})
      ON CONFLICT DO NOTHING RETURNING id`,
    freeUserCode: `UPDATE ${table} SET live_user_code = NULL
      WHERE live_user_code = $1 AND NOT (${whereUndecided(time('$2'))}) RETURNING id`,
    forget: `DELETE FROM ${table} WHERE id = $1 AND forget_at <= ${time('$2')} RETURNING id`,
    select: `SELECT ${recordSql}, ${time('$2')} AS read_at FROM ${table} WHERE id = $1`,
    selectByUserCode: `SELECT ${recordSql} FROM ${table} WHERE live_user_code = $1 AND ended = 0
      AND expires_at > ${time('$2')}`,
    pacePoll: `UPDATE ${table} SET last_polled_at = $2, last_slowed_at = $3, poll_interval = $4, last_polled_in = $7
      WHERE id = $1 AND approved IS NULL AND ended = 0
        AND coalesce(last_polled_at, -1) = $5 AND coalesce(last_slowed_at, -1) = $6
        AND coalesce(last_polled_in, '') = $8 RETURNING id`,
    slowDown: `UPDATE ${table} SET last_slowed_at = CASE WHEN ${isSameBurst(time('$3'))} THEN last_slowed_at ELSE ${time('$3')} END,
        poll_interval = CASE WHEN ${isSameBurst(time('$3'))} OR poll_interval >= ${MAX_INTERVAL} THEN poll_interval
          WHEN poll_interval + ${SLOW_DOWN_STEP} > ${MAX_INTERVAL} THEN ${MAX_INTERVAL} ELSE poll_interval + ${SLOW_DOWN_STEP} END
      WHERE id = $1 AND client_id = $2 AND ${whereUndecided(time('$3'))} RETURNING poll_interval`,
    claim: claimStatement(table, 'id', time('$4')),
    claimByUserCode: claimStatement(table, 'live_user_code', time('$4')),
    decide: `UPDATE ${table} SET subject = $2, approved = $3, granted_scope = $4, username = $5, authentication = $6, granted = $7
      WHERE id = $1 AND ${whereUndecided(time('$8'))} AND ($2 = '' OR coalesce(${ownerSql}, $2) = $2) RETURNING id`,
    lease: `UPDATE ${table} SET lease_owner = $2, lease_until = $3 WHERE id = $1 AND ${whereApproved(time('$4'))}
      AND ${whereNotLeased(time('$4'))} RETURNING id`,
    release: `UPDATE ${table} SET lease_owner = NULL, lease_until = NULL
      WHERE id = $1 AND lease_owner = $2 RETURNING id`,
    redeem: `UPDATE ${table} SET redeemed_at = ${time('$2')}, sealed_response = $3, access_tokens = $4, refresh_hash = $5,
        refresh_issued_at = $6, refresh_expires_at = $7, lease_owner = NULL, lease_until = NULL,
        forget_at = CASE WHEN forget_at > $8 THEN forget_at ELSE $8 END
      WHERE id = $1 AND ${whereApproved(time('$2'))} AND ${whereLeasedTo('$9', time('$2'))} RETURNING id`,
  }
}

function familyStatements(table: string, { accessTokensEnd, time, ...dialect }: Dialect) {
  const whereLiveFamily = (now: string): string =>
    `redeemed_at IS NOT NULL AND ended = 0 AND (refresh_expires_at > ${now} OR ${accessTokensEnd} > ${now})`
  const whereAlive = (now: string): string => `((redeemed_at IS NULL AND ended = 0 AND expires_at > ${now}
    AND coalesce(approved, 1) = 1) OR (${whereLiveFamily(now)}))`
  return {
    noteUse: `UPDATE ${table} SET last_used_at = ${time('$2')}
      WHERE id = $1 AND ended = 0 AND coalesce(last_used_at, 0) < ${time('$2')} - ${USE_RESOLUTION} RETURNING id`,
    leaseFamily: `UPDATE ${table} SET lease_owner = $2, lease_until = $3
      WHERE id = $1 AND refresh_hash = $5 AND refresh_expires_at > ${time('$4')} AND ended = 0 AND ${whereNotLeased(time('$4'))} RETURNING id`,
    noteReceived: `UPDATE ${table} SET last_used_at = ${time('$2')}, replays_left = ${ANSWER_USED}
      WHERE id = $1 AND ended = 0 AND rotated_hash = $3 RETURNING id`,
    replayRotation: `UPDATE ${table} SET replays_left = replays_left - CASE WHEN ${time('$3')} > $4 THEN 0 ELSE 1 END
      WHERE id = $1 AND rotated_hash = $2 AND forget_at > ${time('$3')} AND replays_left > 0 AND ended = 0
      RETURNING rotated_response, CASE WHEN ${time('$3')} > $4 THEN 1 ELSE 0 END AS late`,
    rotate: `UPDATE ${table} SET rotated_hash = refresh_hash, rotated_at = ${time('$3')}, rotated_response = $4, refresh_hash = $5,
        replays_left = ${MAX_REPLAYS}, refresh_issued_at = $6, refresh_expires_at = $7, access_tokens = ${dialect.appendAccessToken('$8', time('$3'))},
        lease_owner = NULL, lease_until = NULL,
        forget_at = ${dialect.greatest}(${tombstoneEndSql}, $9, ${accessTokensEnd})
      WHERE id = $1 AND refresh_hash = $2 AND refresh_expires_at > ${time('$3')} AND ended = 0
        AND ${whereLeasedTo('$10', time('$3'))} RETURNING id`,
    deriveAccessToken: `UPDATE ${table} SET access_tokens = ${dialect.insertAccessToken('$4', time('$3'))}
      WHERE id = $1 AND redeemed_at IS NOT NULL AND ended = 0 AND ${dialect.accessTokenEnd('$2')} > ${time('$3')}
        AND ${dialect.accessTokenEnd('$2')} >= $5 RETURNING id`,
    removeAccessToken: `UPDATE ${table} SET access_tokens = ${dialect.withoutAccessToken('$2')}
      WHERE id = $1 AND redeemed_at IS NOT NULL AND ended = 0 AND ${dialect.hasAccessToken('$2')} RETURNING id`,
    revoke: `UPDATE ${table} SET ended = 1, live_user_code = NULL, sealed_response = '', access_tokens = '[]',
        refresh_hash = NULL, refresh_expires_at = NULL, rotated_hash = NULL, rotated_response = NULL,
        forget_at = ${tombstoneEndSql}
      WHERE id = $1 AND ended = 0 AND ((redeemed_at IS NOT NULL AND forget_at > ${time('$2')})
        OR (redeemed_at IS NULL AND expires_at > ${time('$2')} AND coalesce(approved, 1) = 1)) RETURNING id`,
    listFamilies: `SELECT ${recordSql} FROM ${table} WHERE ${subjectSql} = $1 AND ${whereLiveFamily(time('$2'))} ORDER BY redeemed_at`,
    findBySubject: `SELECT id FROM ${table} WHERE ${subjectSql} = $1 AND ${whereAlive(time('$2'))}`,
    findByClient: `SELECT id FROM ${table} WHERE client_id = $1 AND ${whereAlive(time('$2'))}`,
    findByAddress: `SELECT id FROM ${table} WHERE address_key BETWEEN $1 AND $3 AND ${whereAlive(time('$2'))}`,
    renameFamily: `UPDATE ${table} SET device_name = $3
      WHERE id = $1 AND subject = $2 AND ${whereLiveFamily(time('$4'))} RETURNING id`,
    sweep: `DELETE FROM ${table} WHERE ${dialect.isOneOf(
      'id',
      `SELECT id FROM ${table} WHERE forget_at <= ${time('$1')} ORDER BY forget_at LIMIT ${SWEEP_ROWS} ${dialect.skipLocked}`,
    )} RETURNING id`,
  }
}

function attemptStatements(table: string, { isOneOf, skipLocked, time }: Dialect) {
  return {
    sweepAttempts: `DELETE FROM ${table} WHERE ${isOneOf(
      'attempt_key',
      `SELECT attempt_key FROM ${table} WHERE reset_at <= ${time('$1')} ORDER BY reset_at LIMIT ${SWEEP_ROWS} ${skipLocked}`,
    )} RETURNING attempt_key`,
  }
}
