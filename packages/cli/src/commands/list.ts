import type { CommonOptions } from '../options.ts'
import { listSaved, type Saved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { type Pending, PendingSignIns } from '../sign-in/pending.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { instant, timeLeft } from '../terminal/time.ts'

/** `list`: prints the saved sign-ins and those that wait for approval. Columns on a terminal, tabs in a pipe. */
export async function list(options: CommonOptions, surroundings: Surroundings): Promise<void> {
  const { stdout, stderr } = surroundings
  const store = tokenStore(options, surroundings)
  const saved = await listSaved(store)
  const pending = await new PendingSignIns(store.folder).list()
  if (options.json) {
    for (const row of [...saved.map(savedEvent), ...pending.map(pendingEvent)]) stdout.write(jsonLine(row))
    return
  }
  const now = Date.now()
  const rows = [...saved.map((signIn) => savedRow(signIn, now)), ...pending.map((signIn) => pendingRow(signIn, now))]
  if (rows.length === 0) stderr.write('You are not signed in anywhere.\n')
  stdout.write(stdout.isTTY ? aligned(rows) : rows.map((row) => `${row.join('\t')}\n`).join(''))
}

type Row = readonly string[]

function savedRow({ owner, stored: { expiresAt, refreshToken } }: Saved, now: number): Row {
  const { issuer, clientId, scope, account } = owner
  return [issuer, clientId, scope, account, validity(expiresAt, refreshToken !== undefined, now)].map((cell) =>
    plain(cell),
  )
}

function validity(expiresAt: number | undefined, refreshable: boolean, now: number): string {
  if (expiresAt === undefined) return 'does not expire'
  if (expiresAt > now) return `valid for ${timeLeft(expiresAt, now)}${refreshable ? ', then refreshed' : ''}`
  return refreshable ? 'expired, refreshed on next use' : 'expired'
}

function pendingRow({ id, flow, account = '' }: Pending, now: number): Row {
  const { issuer = '', clientId, scope = '' } = flow.options
  const { userCode = '', expiresAt = 0 } = flow.session ?? {}
  const status = `waiting for approval of ${userCode}, ${timeLeft(expiresAt, now)} left: device-auth resume ${id}`
  return [issuer, clientId, [scope].flat().join(' '), account, status].map((cell) => plain(cell))
}

function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: Row): string => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    return cells.filter((_, column) => (widths[column] ?? 0) > 0).join('  ')
  }
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}

function savedEvent({ owner: { issuer, clientId, scope, account }, stored }: Saved): object {
  const who = { issuer, client_id: clientId, scope, account: account === '' ? undefined : account }
  const token = { expires_at: instant(stored.expiresAt), refreshable: stored.refreshToken !== undefined }
  return { type: 'signed_in', ...who, ...token }
}

function pendingEvent({ id, flow, account }: Pending): object {
  const { issuer, clientId, scope } = flow.options
  const { userCode, verificationUri, expiresAt } = flow.session ?? {}
  const codes = { user_code: userCode, verification_uri: verificationUri, expires_at: instant(expiresAt) }
  return { type: 'pending', issuer, client_id: clientId, scope, account, resume: id, ...codes }
}
