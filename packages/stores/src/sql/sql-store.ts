import type {
  AttemptBudget,
  AttemptRefusal,
  Awaitable,
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  DeviceStore,
  FoundToken,
  IncidentFilter,
  Now,
  PollResult,
  PollStyle,
  StoreClock,
  TokenFamily,
  TokenRecord,
  UserCodeClaim,
  UserGrant,
} from '@device-auth/core'
import {
  checkDecision,
  foundToken,
  isKnown,
  receivedRotation,
  type StoredRecord,
  shouldNoteUse,
  toCredential,
} from '@device-auth/core/stores'
import type { CheckedStore } from '../checked-store.ts'
import { lateStep } from '../late-step.ts'
import { tokenFamilies } from '../record.ts'
import { type SqlAttempts, takeAttempts } from './attempts.ts'
import type { RunStatement, SqlValue } from './client.ts'
import { credentialValues, recordFromRow, tokenValues, userGrantValues } from './row.ts'
import { type Statements, SWEEP_ROWS, searchStatement } from './statements.ts'

/** Attempts of a decision, whose row may change between its two statements. */
const DECIDE_ROUNDS = 3

/** The parts of a {@link SqlStore} that SQLite and PostgreSQL do in different ways. */
export interface SqlStoreParts {
  /** The name of the function that makes the store, for its messages. */
  readonly name: string
  readonly run: RunStatement
  readonly statements: Statements
  /** Paces a poll. @param now whole epoch milliseconds; `null`: the clock of the database */
  poll(id: string, clientId: string, now: number | null, style: PollStyle | undefined): Awaitable<PollResult>
  readonly clock: StoreClock
  /** Watches a credential; left out if the store cannot tell of changes. */
  readonly watch?: DeviceStore['watch'] | undefined
  /** Is told of each credential that this process has decided, denied as shared, or revoked. */
  readonly onChange?: ((id: string) => void) | undefined
  readonly attempts: SqlAttempts
  check(): Awaitable<readonly string[]>
  close(): Awaitable<void>
}

/** A record as it was read. */
interface ReadRecord {
  readonly record: StoredRecord
  /** The time of the step, in epoch milliseconds. */
  readonly at: number
}

/** The store contract in SQL. Each step is one statement; in a race, the statement that changed a row has won. */
export class SqlStore implements CheckedStore {
  readonly shared = true
  readonly clock: StoreClock
  readonly watch?: NonNullable<DeviceStore['watch']>
  readonly #parts: SqlStoreParts
  readonly #statements: Statements
  /** True if the last use of a token could not be noted, so that one outage is reported once. */
  #notesFail = false

  constructor(parts: SqlStoreParts) {
    this.clock = parts.clock
    this.#parts = parts
    this.#statements = parts.statements
    if (parts.watch !== undefined) this.watch = parts.watch
  }

  async createDeviceCredential(credential: DeviceCredential): Promise<boolean> {
    const { insert, freeUserCode, forget } = this.#statements
    const values = credentialValues(credential)
    if (await this.#changes(insert, ...values)) return true
    // the row in the way may be over, and not swept yet
    const at = time(credential.createdAt)
    const freed = await this.#changes(freeUserCode, credential.userCodeHash, at)
    const forgotten = await this.#changes(forget, credential.id, at)
    return (freed || forgotten) && this.#changes(insert, ...values)
  }

  async findDeviceCredential(id: string, now: Now): Promise<DeviceCredential | undefined> {
    const read = await this.#read(id, now)
    return read !== undefined && isKnown(read.record, read.at) ? toCredential(read.record) : undefined
  }

  async pollDeviceCredential(id: string, clientId: string, now: Now, style?: PollStyle): Promise<PollResult> {
    return this.#parts.poll(id, clientId, time(now), style)
  }

  async slowDown(id: string, clientId: string, now: Now): Promise<number | undefined> {
    const [row] = await this.#parts.run(this.#statements.slowDown, [id, clientId, time(now)])
    return row && Number(row.poll_interval)
  }

  async findByUserCode(userCodeHash: string, now: Now): Promise<DeviceCredential | undefined> {
    const [row] = await this.#parts.run(this.#statements.selectByUserCode, [userCodeHash, time(now)])
    return row && toCredential(recordFromRow(row))
  }

  async claim(id: string, { subject, browser }: Claimant, now: Now): Promise<ClaimResult> {
    const values = [id, subject, browser, time(now)]
    const [row] = await this.#parts.run(this.#statements.claim, values)
    if (row === undefined) return 'unknown'
    if (row.approved == null) return 'claimed'
    this.#parts.onChange?.(id)
    return 'shared'
  }

  async claimByUserCode(
    userCodeHashes: readonly string[],
    { subject, browser }: Claimant,
    budgets: readonly AttemptBudget[],
    now: Now,
    until?: number,
  ): Promise<AttemptRefusal | UserCodeClaim> {
    const refusal = await this.takeAttempts(budgets, now, until)
    if (refusal !== undefined) return refusal
    for (const hash of userCodeHashes) {
      const [row] = await this.#parts.run(this.#statements.claimByUserCode, [hash, subject, browser, time(now)])
      if (row === undefined) continue
      const credential = toCredential(recordFromRow(row))
      if (credential.userGrant === undefined) return { result: 'claimed', credential }
      this.#parts.onChange?.(credential.id)
      return { result: 'shared', credential }
    }
    return { result: 'unknown' }
  }

  async decide(id: string, userGrant: UserGrant, now: Now): Promise<DecideResult> {
    for (let round = 0; round < DECIDE_ROUNDS; round++) {
      if (await this.#changes(this.#statements.decide, id, ...userGrantValues(userGrant), time(now))) {
        this.#parts.onChange?.(id)
        return 'decided'
      }
      const read = await this.#read(id, now)
      if (read === undefined || !isKnown(read.record, read.at)) return 'unknown'
      const result = checkDecision(read.record, userGrant.subject, read.at)
      if (result !== 'decided') return result
    }
    throw new Error(`decide: other requests changed this sign-in during each of ${DECIDE_ROUNDS} attempts. Try again.`)
  }

  async lease(id: string, owner: string, until: number, now: Now, refreshTokenHash?: string): Promise<boolean> {
    const { lease, leaseFamily } = this.#statements
    const values = [id, owner, Math.floor(until), time(now)]
    if (refreshTokenHash === undefined) return this.#changes(lease, ...values)
    return this.#changes(leaseFamily, ...values, refreshTokenHash)
  }

  async release(id: string, owner: string): Promise<void> {
    await this.#changes(this.#statements.release, id, owner)
  }

  async redeem(id: string, tokens: TokenRecord, sealedResponse: string, now: Now, owner = ''): Promise<boolean> {
    const { accessToken, refreshToken, end } = tokenValues(tokens)
    const values = [time(now), sealedResponse, `[${accessToken}]`, ...refreshToken, end, owner]
    return this.#changes(this.#statements.redeem, id, ...values)
  }

  async findToken(id: string, tokenHash: string, now: Now): Promise<FoundToken | undefined> {
    const read = await this.#read(id, now)
    const found = read && foundToken(read.record, tokenHash, read.at)
    if (read === undefined || found?.type !== 'access_token') return found
    const failure = await this.#noteUse(id, tokenHash, now, read)
    return failure === undefined ? found : { ...found, noteFailure: failure }
  }

  /** Notes the use of an access token. @returns the error if that fails for the first time since it succeeded */
  async #noteUse(id: string, tokenHash: string, now: Now, { record, at }: ReadRecord): Promise<unknown> {
    const { family } = record
    const received = family && receivedRotation(family, tokenHash)
    const isDue = received !== undefined || (family !== undefined && shouldNoteUse(family, at))
    if (!isDue) return undefined
    const { noteReceived, noteUse } = this.#statements
    try {
      if (received === undefined) await this.#changes(noteUse, id, time(now))
      else await this.#changes(noteReceived, id, time(now), received.hash)
      this.#notesFail = false
      return undefined
    } catch (error) {
      const isFirst = !this.#notesFail
      this.#notesFail = true
      return isFirst ? error : undefined
    }
  }

  async replayRotation(id: string, replacedHash: string, now: Now, until?: number): Promise<string | undefined> {
    const [row] = await this.#parts.run(this.#statements.replayRotation, [id, replacedHash, time(now), time(until)])
    if (Number(row?.late) === 1) throw lateStep(this.#parts.name)
    return row && String(row.rotated_response)
  }

  async rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: Now,
    owner = '',
  ): Promise<boolean> {
    const { accessToken, refreshToken, end } = tokenValues(tokens)
    const values = [currentHash, time(now), sealedResponse, ...refreshToken, accessToken, end, owner]
    return this.#changes(this.#statements.rotate, id, ...values)
  }

  async deriveAccessToken(id: string, subjectHash: string, tokens: TokenRecord, now: Now): Promise<boolean> {
    const { accessToken, end } = tokenValues(tokens)
    return this.#changes(this.#statements.deriveAccessToken, id, subjectHash, time(now), accessToken, end)
  }

  async revokeAccessToken(id: string, tokenHash: string): Promise<boolean> {
    return this.#changes(this.#statements.removeAccessToken, id, tokenHash)
  }

  async revoke(id: string, now: Now): Promise<boolean> {
    const revoked = await this.#changes(this.#statements.revoke, id, time(now))
    if (revoked) this.#parts.onChange?.(id)
    return revoked
  }

  async listFamilies(subject: string, now: Now): Promise<readonly TokenFamily[]> {
    const rows = await this.#parts.run(this.#statements.listFamilies, [subject, time(now)])
    return tokenFamilies(rows.map(recordFromRow))
  }

  async findIds(filter: IncidentFilter, now: Now): Promise<readonly string[]> {
    const [statement, values] = searchStatement(this.#statements, filter, time(now))
    return (await this.#parts.run(statement, values)).map(({ id }) => String(id))
  }

  async renameFamily(id: string, subject: string, name: string, now: Now): Promise<boolean> {
    return this.#changes(this.#statements.renameFamily, id, subject, name, time(now))
  }

  takeAttempts(budgets: readonly AttemptBudget[], now: Now, until?: number): Promise<AttemptRefusal | undefined> {
    return takeAttempts(this.#parts.attempts, budgets, time(now), until)
  }

  async giveBackAttempts(keys: readonly string[], now: Now): Promise<void> {
    await this.#parts.attempts.giveBack(keys, time(now))
  }

  /** Any number of nodes may sweep at the same time. */
  async sweep(now?: Now): Promise<number> {
    const instant = time(now)
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

  /** Reads a record. @returns the record, and the time of the step */
  async #read(id: string, now: Now): Promise<ReadRecord | undefined> {
    const [row] = await this.#parts.run(this.#statements.select, [id, time(now)])
    return row && { record: recordFromRow(row), at: Number(row.read_at) }
  }

  /** Deletes in slices, so that no transaction is long. @returns the number of rows */
  async #sweepAll(statement: string, now: number | null): Promise<number> {
    let swept = 0
    for (;;) {
      const { length } = await this.#parts.run(statement, [now])
      swept += length
      if (length < SWEEP_ROWS) return swept
      // the statements of SQLite are done at once: without a pause, requests would wait for all slices
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** The time of a step as a statement has it: whole milliseconds, or NULL for the clock of the database. */
function time(now: Now): number | null {
  return now === undefined ? null : Math.floor(now)
}
