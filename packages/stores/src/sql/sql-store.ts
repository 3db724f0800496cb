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
  TokenFamily,
  TokenRecord,
  UserGrant,
} from '@device-auth/core'
import type { CheckedStore } from '../checked-store.ts'
import { refusedDecision } from '../decision.ts'
import { foundToken, toFamily, useIsNews } from '../family.ts'
import { isKnown, pollResult, type StoredRecord, toCredential, USE_RESOLUTION } from '../record.ts'
import { type SqlAttempts, takeAttempts } from './attempts.ts'
import type { RunStatement, SqlValue } from './client.ts'
import { credentialValues, tokenValues, toRecord, userGrantValues } from './row.ts'
import { type Statements, SWEEP_ROWS, search } from './statements.ts'

/** How often a decision looks again when the row changed between its two statements. */
const DECIDE_ROUNDS = 3

/** What a {@link SqlStore} is made of. */
export interface SqlStoreParts {
  readonly run: RunStatement
  readonly statements: Statements
  /** Paces a poll and answers with the record as it was before. */
  poll(id: string, clientId: string, now: number): Awaitable<StoredRecord | undefined>
  readonly attempts: SqlAttempts
  check(): Awaitable<readonly string[]>
  close(): Awaitable<void>
}

/** The store contract in SQL. Each step is one statement, and the rows that it changed decide every race. */
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
    // what stands in the way may be over, and only not swept yet
    const now = Math.floor(credential.createdAt)
    const freed = await this.#changes(freeUserCode, credential.userCodeHash, now)
    const forgotten = await this.#changes(forget, credential.id, now)
    return (freed || forgotten) && this.#changes(insert, ...values)
  }

  async findDeviceCredential(id: string, now: number): Promise<DeviceCredential | undefined> {
    const record = await this.#find(this.#statements.select, id)
    return record !== undefined && isKnown(record, now) ? toCredential(record) : undefined
  }

  async pollDeviceCredential(id: string, clientId: string, now: number): Promise<PollResult> {
    const instant = Math.floor(now)
    return pollResult(await this.#parts.poll(id, clientId, instant), instant)
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
      const refusal = refusedDecision(await this.#find(this.#statements.select, id), userGrant.subject, now)
      if (refusal !== undefined) return refusal
    }
    throw new Error('A decision found its credential changed each time that it looked.')
  }

  async lease(id: string, owner: string, until: number, now: number): Promise<boolean> {
    return this.#changes(this.#statements.lease, id, owner, Math.floor(until), Math.floor(now))
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
    const found = record && foundToken(record, tokenHash, now)
    if (found?.type === 'access_token' && useIsNews(record as StoredRecord, now)) {
      const instant = Math.floor(now)
      await this.#changes(this.#statements.noteUse, id, instant, instant - USE_RESOLUTION)
    }
    return found
  }

  async rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: number,
  ): Promise<boolean> {
    const { accessToken, refreshToken, end } = tokenValues(tokens)
    const values = [currentHash, Math.floor(now), sealedResponse, ...refreshToken, accessToken, end]
    return this.#changes(this.#statements.rotate, id, ...values)
  }

  async revokeAccessToken(id: string, tokenHash: string): Promise<void> {
    await this.#changes(this.#statements.removeAccessToken, id, tokenHash)
  }

  async revoke(id: string, now: number): Promise<boolean> {
    return this.#changes(this.#statements.revoke, id, Math.floor(now))
  }

  async listFamilies(subject: string, now: number): Promise<readonly TokenFamily[]> {
    const rows = await this.#parts.run(this.#statements.list, [subject, Math.floor(now)])
    return rows.map((row) => toFamily(toRecord(row)))
  }

  async findIds(filter: IncidentFilter, now: number): Promise<readonly string[]> {
    const [statement, values] = search(this.#statements, filter, Math.floor(now))
    return (await this.#parts.run(statement, values)).map(({ id }) => String(id))
  }

  async renameFamily(id: string, subject: string, name: string, now: number): Promise<boolean> {
    return this.#changes(this.#statements.rename, id, subject, name, Math.floor(now))
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

  async #changes(statement: string, ...values: readonly SqlValue[]): Promise<boolean> {
    return (await this.#parts.run(statement, values)).length > 0
  }

  async #find(statement: string, ...values: readonly SqlValue[]): Promise<StoredRecord | undefined> {
    const [row] = await this.#parts.run(statement, values)
    return row && toRecord(row)
  }

  /** In slices, so that no transaction is long. */
  async #sweepAll(statement: string, now: number): Promise<number> {
    let swept = 0
    for (;;) {
      const { length } = await this.#parts.run(statement, [now])
      swept += length
      if (length < SWEEP_ROWS) return swept
    }
  }
}
