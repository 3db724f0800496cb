/** A store for any database that can lock a row in a transaction. Each step reads one record, asks a rule and writes the result. */
import type {
  AttemptBudget,
  AttemptRefusal,
  Claimant,
  ClaimResult,
  DecideResult,
  DeviceCredential,
  DeviceStore,
  FoundToken,
  IncidentFilter,
  PollResult,
  PollStyle,
  TokenFamily,
  TokenRecord,
  UserCodeClaim,
  UserGrant,
} from '@device-auth/core'
import {
  checkClaim,
  checkDecision,
  foundToken,
  hasLiveFamily,
  holdsUserCode,
  isAlive,
  isKnown,
  isSameBurst,
  isUndecided,
  matchesFilter,
  mayLease,
  mayLeaseFamily,
  pace,
  pollResult,
  raisedInterval,
  SHARED_CODE_DENIAL,
  type StoredRecord,
  toCredential,
  toTokenFamily,
} from '@device-auth/core/stores'
import { giveBack, take } from './attempts.ts'
import type { Database, Range, Transaction } from './database.ts'
import { derived, ended, redeemed, replayed, rotated, used, withoutAccessToken } from './family.ts'
import { newRecord, recordKey, toRecord, toRow } from './record.ts'

/** The answer of a step, and the changed record if it changes the record. */
interface Change<T> {
  readonly answer: T
  readonly record?: StoredRecord | undefined
}

/** Keeps one row for each sign-in, one for each user code, and one for each key that attempts are counted for. */
export class RecordStore implements DeviceStore {
  /** Other processes use the same database. */
  readonly shared = true
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async createDeviceCredential(credential: DeviceCredential): Promise<boolean> {
    const { id, userCodeHash, createdAt: now, expiresAt } = credential
    return this.#database.transaction(async (transaction) => {
      // the lock of the user code comes first: of two credentials with one code, the second one waits here
      const holderId = await transaction.lock(codeKey(userCodeHash))
      const holder = holderId === undefined ? undefined : await lockRecord(transaction, holderId)
      if (holder !== undefined && isUndecided(holder, now)) return false
      const same = await lockRecord(transaction, id)
      if (same !== undefined && isKnown(same, now)) return false
      await transaction.write(toRow(newRecord(credential)))
      await transaction.write({ key: codeKey(userCodeHash), value: id, forgetAt: expiresAt })
      return true
    })
  }

  async findDeviceCredential(id: string, now = Date.now()): Promise<DeviceCredential | undefined> {
    const record = await this.#read(id)
    return record !== undefined && isKnown(record, now) ? toCredential(record) : undefined
  }

  async findByUserCode(userCodeHash: string, now = Date.now()): Promise<DeviceCredential | undefined> {
    const id = await this.#database.read(codeKey(userCodeHash))
    const record = id === undefined ? undefined : await this.#read(id)
    return record !== undefined && holdsUserCode(record, now) ? toCredential(record) : undefined
  }

  async pollDeviceCredential(id: string, clientId: string, now = Date.now(), style?: PollStyle): Promise<PollResult> {
    return this.#change<PollResult>(id, { status: 'unknown' }, (record) => {
      const own = record.clientId === clientId ? record : undefined
      const answer = pollResult(own, now, style)
      if (answer.status !== 'pending' && answer.status !== 'slow_down') return { answer }
      const { accepted: _, ...paced } = pace(record, now, style)
      return { answer, record: { ...record, ...paced } }
    })
  }

  async slowDown(id: string, clientId: string, now = Date.now()): Promise<number | undefined> {
    return this.#change<number | undefined>(id, undefined, (record) => {
      if (record.clientId !== clientId || !isUndecided(record, now)) return { answer: undefined }
      if (isSameBurst(record.lastSlowedAt, now)) return { answer: record.interval }
      const interval = raisedInterval(record.interval)
      return { answer: interval, record: { ...record, interval, lastSlowedAt: now } }
    })
  }

  async claim(id: string, claimant: Claimant, now = Date.now()): Promise<ClaimResult> {
    return this.#change<ClaimResult>(id, 'unknown', (record) => {
      const answer = checkClaim(record, claimant, now)
      if (answer === 'unknown') return { answer }
      if (answer === 'shared') return { answer, record: { ...record, userGrant: SHARED_CODE_DENIAL } }
      return { answer, record: { ...record, claimedBy: claimant.subject, claimedIn: claimant.browser } }
    })
  }

  async claimByUserCode(
    userCodeHashes: readonly string[],
    claimant: Claimant,
    budgets: readonly AttemptBudget[],
    now = Date.now(),
  ): Promise<AttemptRefusal | UserCodeClaim> {
    const refusal = await this.takeAttempts(budgets, now)
    if (refusal !== undefined) return refusal
    for (const hash of userCodeHashes) {
      const credential = await this.findByUserCode(hash, now)
      const result = credential === undefined ? 'unknown' : await this.claim(credential.id, claimant, now)
      if (credential !== undefined && result !== 'unknown') return { result, credential }
    }
    return { result: 'unknown' }
  }

  async decide(id: string, userGrant: UserGrant, now = Date.now()): Promise<DecideResult> {
    return this.#change<DecideResult>(id, 'unknown', (record) => {
      if (!isKnown(record, now)) return { answer: 'unknown' }
      const answer = checkDecision(record, userGrant.subject, now)
      return { answer, record: answer === 'decided' ? { ...record, userGrant } : undefined }
    })
  }

  async lease(id: string, owner: string, until: number, now = Date.now(), refreshTokenHash?: string): Promise<boolean> {
    return this.#replace(id, (record) => {
      const { family } = record
      const may =
        refreshTokenHash === undefined
          ? mayLease(record, owner, now)
          : family !== undefined && mayLeaseFamily(record, family, owner, refreshTokenHash, now)
      return may ? { ...record, leaseOwner: owner, leaseUntil: until } : undefined
    })
  }

  async release(id: string, owner: string): Promise<void> {
    await this.#replace(id, (record) =>
      record.leaseOwner === owner ? { ...record, leaseOwner: undefined, leaseUntil: undefined } : undefined,
    )
  }

  async redeem(id: string, tokens: TokenRecord, sealed: string, now = Date.now(), owner?: string): Promise<boolean> {
    return this.#replace(id, (record) => redeemed(record, tokens, sealed, owner, now))
  }

  async findToken(id: string, tokenHash: string, now = Date.now()): Promise<FoundToken | undefined> {
    const record = await this.#read(id)
    const found = foundToken(record, tokenHash, now)
    // most checks of a token change nothing, so they take no lock
    if (record === undefined || used(record, found, tokenHash, now) === undefined) return found
    return this.#change<FoundToken | undefined>(id, undefined, (locked) => {
      const answer = foundToken(locked, tokenHash, now)
      return { answer, record: used(locked, answer, tokenHash, now) }
    })
  }

  async rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealed: string,
    now = Date.now(),
    owner?: string,
  ): Promise<boolean> {
    return this.#replace(id, (record) => rotated(record, currentHash, tokens, sealed, owner, now))
  }

  async replayRotation(id: string, replacedHash: string, now = Date.now()): Promise<string | undefined> {
    return this.#change<string | undefined>(id, undefined, (record) => {
      const next = isKnown(record, now) ? replayed(record, replacedHash) : undefined
      return { answer: next?.family?.rotated?.sealedResponse, record: next }
    })
  }

  async deriveAccessToken(id: string, subjectHash: string, tokens: TokenRecord, now = Date.now()): Promise<boolean> {
    return this.#replace(id, (record) => derived(record, subjectHash, tokens, now))
  }

  async revokeAccessToken(id: string, tokenHash: string): Promise<boolean> {
    return this.#replace(id, (record) => withoutAccessToken(record, tokenHash))
  }

  async revoke(id: string, now = Date.now()): Promise<boolean> {
    return this.#replace(id, (record) => {
      const isLeft = record.family === undefined ? isAlive(record, now) : !record.ended && isKnown(record, now)
      return isLeft ? ended(record) : undefined
    })
  }

  async listFamilies(subject: string, now = Date.now()): Promise<readonly TokenFamily[]> {
    const found = await this.#search({ column: 'subject', from: subject, to: subject })
    // a database that takes `Ada` and `ada` for the same must not show the devices of another user
    const records = found.filter((each) => matchesFilter(each, { subject }))
    const families = records.flatMap((each) => (hasLiveFamily(each, now) ? [toTokenFamily(each, each.family)] : []))
    return families.sort((one, other) => one.createdAt - other.createdAt)
  }

  async findIds(filter: IncidentFilter, now = Date.now()): Promise<readonly string[]> {
    const records = await this.#search(toRange(filter))
    return records.filter((each) => isAlive(each, now) && matchesFilter(each, filter)).map(({ id }) => id)
  }

  async renameFamily(id: string, subject: string, name: string, now = Date.now()): Promise<boolean> {
    return this.#replace(id, (record) =>
      hasLiveFamily(record, now) && record.userGrant?.subject === subject
        ? { ...record, family: { ...record.family, name } }
        : undefined,
    )
  }

  async takeAttempts(budgets: readonly AttemptBudget[], now = Date.now()): Promise<AttemptRefusal | undefined> {
    return this.#database.transaction((transaction) => take(transaction, budgets, now))
  }

  async giveBackAttempts(keys: readonly string[], now = Date.now()): Promise<void> {
    await this.#database.transaction((transaction) => giveBack(transaction, keys, now))
  }

  async sweep(now = Date.now()): Promise<number> {
    return this.#database.deleteForgotten(now)
  }

  /** The client of the database belongs to the application, which closes it. */
  async close(): Promise<void> {}

  async #read(id: string): Promise<StoredRecord | undefined> {
    const value = await this.#database.read(recordKey(id))
    return value === undefined ? undefined : toRecord(value)
  }

  async #search(range: Range): Promise<readonly StoredRecord[]> {
    return (await this.#database.search(range)).map(toRecord)
  }

  /** Locks a record, asks a rule, and writes the changed record, in one transaction. */
  async #change<T>(id: string, unknown: T, rule: (record: StoredRecord) => Change<T>): Promise<T> {
    // guesses of strangers come here too: they make no row, and wait for no lock
    if ((await this.#database.read(recordKey(id))) === undefined) return unknown
    return this.#database.transaction(async (transaction) => {
      const found = await lockRecord(transaction, id)
      if (found === undefined) return unknown
      const { answer, record } = rule(found)
      if (record !== undefined) await transaction.write(toRow(record))
      return answer
    })
  }

  /** Replaces a record by the one that the rule returns. @returns `false` if the rule returned none */
  async #replace(id: string, rule: (record: StoredRecord) => StoredRecord | undefined): Promise<boolean> {
    return this.#change(id, false, (found) => {
      const record = rule(found)
      return { answer: record !== undefined, record }
    })
  }
}

function codeKey(userCodeHash: string): string {
  return `code:${userCodeHash}`
}

async function lockRecord(transaction: Transaction, id: string): Promise<StoredRecord | undefined> {
  const value = await transaction.lock(recordKey(id))
  return value === undefined ? undefined : toRecord(value)
}

function toRange(filter: IncidentFilter): Range {
  if ('subject' in filter) return { column: 'subject', from: filter.subject, to: filter.subject }
  if ('clientId' in filter) return { column: 'clientId', from: filter.clientId, to: filter.clientId }
  return { column: 'address', ...filter.requester }
}
