import type {
  AttemptBudget,
  AttemptRefusal,
  Awaitable,
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  FoundToken,
  IncidentFilter,
  PollResult,
  PollStyle,
  TokenFamily,
  TokenRecord,
  UserGrant,
} from '@device-auth/core'
import {
  checkDecision,
  foundToken,
  isKnown,
  pollResult,
  receivedRotation,
  type StoredRecord,
  shouldNoteUse,
  toCredential,
  USE_RESOLUTION,
} from '@device-auth/core/stores'
import type { CheckedStore } from '../checked-store.ts'
import { tokenFamilies } from '../record.ts'
import { type SqlAttempts, takeAttempts } from './attempts.ts'
import type { RunStatement, SqlValue } from './client.ts'
import { credentialValues, recordFromRow, tokenValues, userGrantValues } from './row.ts'
import { type Statements, SWEEP_ROWS, searchStatement } from './statements.ts'

/** Attempts of a decision, whose row may change between its two statements. */
const DECIDE_ROUNDS = 3

/** The parts of a {@link SqlStore} that SQLite and PostgreSQL do in different ways. */
export interface SqlStoreParts {
  readonly run: RunStatement
  readonly statements: Statements
  /** Paces a poll. @returns the record as it was before the poll; `undefined`: this client has no such credential */
  poll(id: string, clientId: string, now: number, style: PollStyle | undefined): Awaitable<StoredRecord | undefined>
  readonly attempts: SqlAttempts
  check(): Awaitable<readonly string[]>
  close(): Awaitable<void>
}

/** The store contract in SQL. Each step is one statement; in a race, the statement that changed a row has won. */
export class SqlStore implements CheckedStore {
  readonly shared = true
  readonly #parts: SqlStoreParts
  readonly #statements: Statements

  constructor(parts: SqlStoreParts) {
    this.#parts = parts
    this.#statements = parts.statements
  }

  async createDeviceCredential(credential: DeviceCredential): Promise<boolean> {
    const { insert, freeUserCode, forget } = this.#statements
    const values = credentialValues(credential)
    if (await this.#changes(insert, ...values)) return true
    // the row in the way may be over, and not swept yet
    const now = Math.floor(credential.createdAt)
    const freed = await this.#changes(freeUserCode, credential.userCodeHash, now)
    const forgotten = await this.#changes(forget, credential.id, now)
    return (freed || forgotten) && this.#changes(insert, ...values)
  }

  async findDeviceCredential(id: string, now: number): Promise<DeviceCredential | undefined> {
    const record = await this.#find(this.#statements.select, id)
    return record !== undefined && isKnown(record, now) ? toCredential(record) : undefined
  }

  async pollDeviceCredential(id: string, clientId: string, now: number, style?: PollStyle): Promise<PollResult> {
    const instant = Math.floor(now)
    return pollResult(await this.#parts.poll(id, clientId, instant, style), instant, style)
  }

  async slowDown(id: string, clientId: string, now: number): Promise<number | undefined> {
    const [row] = await this.#parts.run(this.#statements.slowDown, [id, clientId, Math.floor(now)])
    return row && Number(row.poll_interval)
  }

  async findByUserCode(userCodeHash: string, now: number): Promise<DeviceCredential | undefined> {
    const record = await this.#find(this.#statements.selectByUserCode, userCodeHash, Math.floor(now))
    return record && toCredential(record)
  }

  async claim(id: string, { subject, browser }: Claimant, now: number): Promise<ClaimResult> {
    const values = [id, subject, browser, Math.floor(now)]
    const [row] = await this.#parts.run(this.#statements.claim, values)
    if (row === undefined) return 'unknown'
    return row.approved == null ? 'claimed' : 'shared'
  }

  async decide(id: string, userGrant: UserGrant, now: number): Promise<DecideResult> {
    for (let round = 0; round < DECIDE_ROUNDS; round++) {
      if (await this.#changes(this.#statements.decide, id, ...userGrantValues(userGrant), Math.floor(now))) {
        return 'decided'
      }
      const record = await this.#find(this.#statements.select, id)
      if (record === undefined || !isKnown(record, now)) return 'unknown'
      const result = checkDecision(record, userGrant.subject, now)
      if (result !== 'decided') return result
    }
    throw new Error(`decide: the credential changed during each of ${DECIDE_ROUNDS} attempts.`)
  }

  async lease(id: string, owner: string, until: number, now: number, refreshTokenHash?: string): Promise<boolean> {
    const { lease, leaseFamily } = this.#statements
    const values = [id, owner, Math.floor(until), Math.floor(now)]
    if (refreshTokenHash === undefined) return this.#changes(lease, ...values)
    return this.#changes(leaseFamily, ...values, refreshTokenHash)
  }

  async release(id: string, owner: string): Promise<void> {
    await this.#changes(this.#statements.release, id, owner)
  }

  async redeem(id: string, tokens: TokenRecord, sealedResponse: string, now: number, owner = ''): Promise<boolean> {
    const { accessToken, refreshToken, end } = tokenValues(tokens)
    const values = [Math.floor(now), sealedResponse, `[${accessToken}]`, ...refreshToken, end, owner]
    return this.#changes(this.#statements.redeem, id, ...values)
  }

  async findToken(id: string, tokenHash: string, now: number): Promise<FoundToken | undefined> {
    const record = await this.#find(this.#statements.select, id)
    const found = foundToken(record, tokenHash, now)
    if (found?.type !== 'access_token') return found
    const instant = Math.floor(now)
    const received = record?.family && receivedRotation(record.family, tokenHash)
    if (received !== undefined) await this.#changes(this.#statements.noteReceived, id, instant, received.hash)
    else if (shouldNoteUse(found.family, now)) {
      await this.#changes(this.#statements.noteUse, id, instant, instant - USE_RESOLUTION)
    }
    return found
  }

  async replayRotation(id: string, replacedHash: string, now: number): Promise<string | undefined> {
    const [row] = await this.#parts.run(this.#statements.replayRotation, [id, replacedHash, Math.floor(now)])
    return row && String(row.rotated_response)
  }

  async rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: number,
    owner = '',
  ): Promise<boolean> {
    const { accessToken, refreshToken, end } = tokenValues(tokens)
    const values = [currentHash, Math.floor(now), sealedResponse, ...refreshToken, accessToken, end, owner]
    return this.#changes(this.#statements.rotate, id, ...values)
  }

  async revokeAccessToken(id: string, tokenHash: string): Promise<boolean> {
    return this.#changes(this.#statements.removeAccessToken, id, tokenHash)
  }

  async revoke(id: string, now: number): Promise<boolean> {
    return this.#changes(this.#statements.revoke, id, Math.floor(now))
  }

  async listFamilies(subject: string, now: number): Promise<readonly TokenFamily[]> {
    const rows = await this.#parts.run(this.#statements.listFamilies, [subject, Math.floor(now)])
    return tokenFamilies(rows.map(recordFromRow))
  }

  async findIds(filter: IncidentFilter, now: number): Promise<readonly string[]> {
    const [statement, values] = searchStatement(this.#statements, filter, Math.floor(now))
    return (await this.#parts.run(statement, values)).map(({ id }) => String(id))
  }

  async renameFamily(id: string, subject: string, name: string, now: number): Promise<boolean> {
    return this.#changes(this.#statements.renameFamily, id, subject, name, Math.floor(now))
  }

  takeAttempts(budgets: readonly AttemptBudget[], now: number): Promise<AttemptRefusal | undefined> {
    return takeAttempts(this.#parts.attempts, budgets, Math.floor(now))
  }

  async giveBackAttempts(keys: readonly string[], now: number): Promise<void> {
    await this.#parts.attempts.giveBack(keys, Math.floor(now))
  }

  /** Any number of nodes may sweep at the same time. */
  async sweep(now: number): Promise<number> {
    const instant = Math.floor(now)
    await this.#sweepAll(this.#statements.sweepAttempts, instant)
    return this.#sweepAll(this.#statements.sweep, instant)
  }

  async check(): Promise<readonly string[]> {
    return this.#parts.check()
  }

  async close(): Promise<void> {
    await this.#parts.close()
  }

  /** Runs a statement. @returns true if it changed a row */
  async #changes(statement: string, ...values: readonly SqlValue[]): Promise<boolean> {
    return (await this.#parts.run(statement, values)).length > 0
  }

  async #find(statement: string, ...values: readonly SqlValue[]): Promise<StoredRecord | undefined> {
    const [row] = await this.#parts.run(statement, values)
    return row && recordFromRow(row)
  }

  /** Deletes in slices, so that no transaction is long. @returns the number of rows */
  async #sweepAll(statement: string, now: number): Promise<number> {
    let swept = 0
    for (;;) {
      const { length } = await this.#parts.run(statement, [now])
      swept += length
      if (length < SWEEP_ROWS) return swept
    }
  }
}
