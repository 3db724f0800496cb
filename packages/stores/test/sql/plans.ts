import type { SqlValue } from '../../src/sql/client.ts'
import { credentialColumns } from '../../src/sql/row.ts'
import type { Statements } from '../../src/sql/statements.ts'
import { randomHash } from '../credentials.ts'

/** Columns and values of many rows, for `EXPLAIN`. Row `n` has the values of {@link typicalValues} for `n`. */
export const FILLER = {
  id: "'id' || n",
  client_id: "'tv' || n % 1000",
  scope: "'profile'",
  user_code_hash: "'code' || n",
  live_user_code: "CASE WHEN n % 2 = 0 THEN 'code' || n END",
  subject: "CASE WHEN n % 2 = 1 THEN 'user' || n % 5000 END",
  approved: 'CASE WHEN n % 2 = 1 THEN 1 END',
  poll_interval: '5',
} as const

/** The parameters of each statement. A new statement must be added here. */
export function typicalValues(now: number, n = 7): Readonly<Record<keyof Statements, readonly SqlValue[]>> {
  const [id, subject, code] = [`id${n}`, `user${n}`, `code${n + 1}`]
  const tokens = [randomHash(), now, now + 1_000] as const
  return {
    insert: credentialColumns.map((name) =>
      /_at$|interval/.test(name) ? now : name === 'approved' ? null : randomHash(),
    ),
    freeUserCode: [code, now],
    forget: [id, now],
    select: [id, now],
    selectByUserCode: [code, now],
    pacePoll: [id, now, null, 5, -1, -1, null, ''],
    slowDown: [id, `tv${n}`, now],
    claim: [id, subject, 'browser', now],
    claimByUserCode: [code, subject, 'browser', now],
    decide: [id, subject, 1, 'profile', null, null, null, now],
    lease: [id, 'owner', now + 1_000, now],
    leaseFamily: [id, 'owner', now + 1_000, now, randomHash()],
    release: [id, 'owner'],
    redeem: [id, now, 'sealed', '[]', ...tokens, now, ''],
    noteUse: [id, now],
    noteReceived: [id, now, randomHash()],
    replayRotation: [id, randomHash(), now, null],
    rotate: [id, randomHash(), now, 'sealed', ...tokens, '[]', now, ''],
    deriveAccessToken: [id, randomHash(), now, '[]', now],
    removeAccessToken: [id, randomHash()],
    revoke: [id, now],
    listFamilies: [subject, now],
    findBySubject: [subject, now],
    findByClient: [`tv${n}`, now],
    findByAddress: ['0'.repeat(31), now, `${'0'.repeat(31)}f`],
    renameFamily: [id, subject, 'name', now],
    sweep: [now - 1_000_000],
    sweepAttempts: [now - 1_000_000],
  }
}
