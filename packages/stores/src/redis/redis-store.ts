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
  TokenFamily,
  TokenRecord,
  UserGrant,
} from '@device-auth/core'
import {
  foundToken,
  hasLiveFamily,
  isAlive,
  isKnown,
  isUndecided,
  matchesFilter,
  pollResult,
  receivedRotation,
  type StoredRecord,
  shouldNoteUse,
  toCredential,
  tokensEnd,
} from '@device-auth/core/stores'
import { tokenFamilies } from '../record.ts'
import { Attempts } from './attempts.ts'
import type { RunScript } from './client.ts'
import { createCredential, type Keys, keysUnder } from './creation.ts'
import { decisionDetails, recordFromHash, recordFromPoll, tokenArguments, whole } from './fields.ts'
import { Indexes, inChunks } from './indexes.ts'
import * as scripts from './scripts.ts'

/** Milliseconds that a claim stays in the index of its subject; no code lives for longer. */
const CLAIM_LIFETIME = 24 * 3_600_000

type Wanted = (record: StoredRecord, now: number) => boolean

/** The store contract in Lua. Each step is one script on one key. Index entries are written before the credential is changed. */
export class RedisStore implements DeviceStore {
  readonly shared = true
  readonly #run: RunScript
  /** Runs a script and, with the option `wait`, waits until the replicas have its write, so that a failover does not lose it. */
  readonly #keep: RunScript
  readonly #keys: Keys
  readonly #indexes: Indexes
  readonly #attempts: Attempts
  /** Milliseconds for which an approved credential stays in the indexes at least. */
  readonly #familyLifetime: number

  constructor(run: RunScript, keep: RunScript, prefix: string, familyLifetime: number) {
    this.#run = run
    this.#keep = keep
    this.#keys = keysUnder(prefix)
    this.#indexes = new Indexes(run, prefix)
    this.#attempts = new Attempts(run, prefix)
    this.#familyLifetime = familyLifetime
  }

  createDeviceCredential(credential: DeviceCredential): Promise<boolean> {
    return createCredential(this.#run, this.#keep, this.#keys, this.#indexes, credential)
  }

  async findDeviceCredential(id: string, now = Date.now()): Promise<DeviceCredential | undefined> {
    const record = await this.#read(id)
    return record !== undefined && isKnown(record, now) ? toCredential(record) : undefined
  }

  async pollDeviceCredential(id: string, clientId: string, now = Date.now()): Promise<PollResult> {
    const reply = await this.#run(scripts.poll, [this.#keys.credential(id)], [whole(now), clientId])
    return pollResult(recordFromPoll(id, clientId, reply), now)
  }

  async slowDown(id: string, clientId: string, now = Date.now()): Promise<number | undefined> {
    const interval = await this.#run(scripts.slowDown, [this.#keys.credential(id)], [whole(now), clientId])
    return interval == null ? undefined : Number(interval)
  }

  async findByUserCode(userCodeHash: string, now = Date.now()): Promise<DeviceCredential | undefined> {
    const id = String(await this.#run(scripts.readUserCode, [this.#keys.userCode(userCodeHash)], []))
    const record = id === '' ? undefined : await this.#read(id)
    if (record?.userCodeHash !== userCodeHash || !isUndecided(record, now)) return undefined
    return toCredential(record)
  }

  async claim(id: string, { subject, browser }: Claimant, now = Date.now()): Promise<ClaimResult> {
    await this.#indexes.addSubject(subject, id, now + CLAIM_LIFETIME, now)
    return (await this.#keep(scripts.claim, [this.#keys.credential(id)], [whole(now), subject, browser])) as ClaimResult
  }

  async decide(id: string, userGrant: UserGrant, now = Date.now()): Promise<DecideResult> {
    const { subject, approved } = userGrant
    const decision = [whole(now), subject, approved ? '1' : '0', decisionDetails(userGrant)]
    if (!approved) return this.#decide(id, decision)
    const end = now + this.#familyLifetime
    const [record] = await Promise.all([this.#read(id), this.#indexes.addSubject(subject, id, end, now)])
    if (record === undefined) return 'unknown'
    const [result] = await Promise.all([this.#decide(id, decision), this.#indexes.addOrigin(record, end, now)])
    return result
  }

  async #decide(id: string, decision: readonly string[]): Promise<DecideResult> {
    return (await this.#keep(scripts.decide, [this.#keys.credential(id)], decision)) as DecideResult
  }

  async lease(id: string, owner: string, until: number, now = Date.now(), refreshTokenHash?: string): Promise<boolean> {
    const values = [whole(now), owner, whole(until)]
    if (refreshTokenHash === undefined) return this.#step(scripts.lease, id, ...values)
    return this.#step(scripts.leaseFamily, id, ...values, refreshTokenHash)
  }

  async release(id: string, owner: string): Promise<void> {
    await this.#step(scripts.release, id, '0', owner)
  }

  async redeem(
    id: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now = Date.now(),
    owner = '',
  ): Promise<boolean> {
    const values = tokenArguments(tokens)
    if (!(await this.#change(scripts.redeem, id, whole(now), owner, sealedResponse, ...values))) return false
    const record = Number(values[2]) > now + this.#familyLifetime / 2 ? await this.#read(id) : undefined
    if (record?.family !== undefined) await this.#indexes.addFamily(record, tokensEnd(record.family), now)
    return true
  }

  async findToken(id: string, tokenHash: string, now = Date.now()): Promise<FoundToken | undefined> {
    const record = await this.#read(id)
    const found = foundToken(record, tokenHash, now)
    if (found?.type !== 'access_token') return found
    const received = record?.family && receivedRotation(record.family, tokenHash)
    if (received !== undefined) await this.#change(scripts.noteUse, id, whole(now), received.hash)
    else if (shouldNoteUse(found.family, now)) await this.#step(scripts.noteUse, id, whole(now), '')
    return found
  }

  async replayRotation(id: string, replacedHash: string, now = Date.now()): Promise<string | undefined> {
    const sealed = await this.#keep(scripts.replayRotation, [this.#keys.credential(id)], [whole(now), replacedHash])
    return sealed == null ? undefined : String(sealed)
  }

  async rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now = Date.now(),
    owner = '',
  ): Promise<boolean> {
    const values = tokenArguments(tokens)
    const rotation = [whole(now), currentHash, owner, sealedResponse, ...values]
    const record = recordFromHash(id, await this.#keep(scripts.rotate, [this.#keys.credential(id)], rotation))
    if (record?.family === undefined) return false
    await this.#indexes.addFamily(record, tokensEnd(record.family), now)
    return true
  }

  async revokeAccessToken(id: string, tokenHash: string): Promise<void> {
    await this.#change(scripts.removeAccessToken, id, '0', tokenHash)
  }

  async revoke(id: string, now = Date.now()): Promise<boolean> {
    return this.#change(scripts.revoke, id, whole(now))
  }

  async listFamilies(subject: string, now = Date.now()): Promise<readonly TokenFamily[]> {
    const records = await this.#search({ subject }, now, hasLiveFamily)
    return [...tokenFamilies(records)].sort((one, other) => one.createdAt - other.createdAt)
  }

  async findIds(filter: IncidentFilter, now = Date.now()): Promise<readonly string[]> {
    return (await this.#search(filter, now, isAlive)).map(({ id }) => id)
  }

  async renameFamily(id: string, subject: string, name: string, now = Date.now()): Promise<boolean> {
    return this.#change(scripts.rename, id, whole(now), subject, name)
  }

  takeAttempts(budgets: readonly AttemptBudget[], now = Date.now()): Promise<AttemptRefusal | undefined> {
    return this.#attempts.take(budgets, now)
  }

  giveBackAttempts(keys: readonly string[], now = Date.now()): Promise<void> {
    return this.#attempts.giveBack(keys, now)
  }

  /** Does nothing: Redis deletes the keys itself, by their time to live. */
  async sweep(): Promise<number> {
    return 0
  }

  /** Does nothing. The Redis client belongs to the application, which closes it. */
  async close(): Promise<void> {}

  /** Runs a script that returns 1 or 0. @returns true for 1 */
  async #step(script: string, id: string, ...parameters: readonly string[]): Promise<boolean> {
    return Number(await this.#run(script, [this.#keys.credential(id)], parameters)) === 1
  }

  /** Runs a script that returns 1 or 0 and, with the option `wait`, waits for the replicas. Returns true for 1. */
  async #change(script: string, id: string, ...parameters: readonly string[]): Promise<boolean> {
    return Number(await this.#keep(script, [this.#keys.credential(id)], parameters)) === 1
  }

  async #read(id: string): Promise<StoredRecord | undefined> {
    return recordFromHash(id, await this.#run(scripts.read, [this.#keys.credential(id)], []))
  }

  /** Reads the records of an incident. Indexes may name too many, so each record is checked. */
  async #search(filter: IncidentFilter, now: number, wanted: Wanted): Promise<readonly StoredRecord[]> {
    const ids = await this.#indexes.find(filter, now)
    const records = await inChunks(ids, (id) => this.#read(id))
    return records.filter((record) => wanted(record, now) && matchesFilter(record, filter))
  }
}
