import { type Check, checkOptions, coreOwner, isWholeFrom } from '../../checks.ts'
import type { AttemptBudget, AttemptRefusal } from '../../contract/attempts.ts'
import {
  type Claimant,
  type ClaimResult,
  type DecideResult,
  type DeviceCredential,
  type DeviceStore,
  type FoundToken,
  type IncidentFilter,
  type PollResult,
  type PollStyle,
  StoreFullError,
  type TokenFamily,
  type TokenRecord,
  type UserCodeClaim,
  type UserGrant,
  type WatchListener,
} from '../../contract/store.ts'
import { mayRedeem, tombstoneEnd } from '../../lifecycle/credential.ts'
import { Watchers } from '../watchers.ts'
import { AttemptCounters } from './attempts.ts'
import { MemoryCredential, unknownPoll } from './credential.ts'
import { MemoryFamilies } from './families.ts'
import { MemoryFamily } from './family.ts'
import { InternedTexts, ownCopy } from './interned-texts.ts'
import { PendingCredentials } from './pending.ts'

/** Bounds of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Credentials and token families that are kept, including those that are over and still known for their tombstone
   * time. When the bound is reached, new requests are refused; no live record is ever dropped. @default 100000
   */
  readonly maxRecords?: number
  /** Keys that attempts are counted for. Beyond it, those of the most frequent kind are forgotten that were not tried for longest. @default 100000 */
  readonly maxAttemptKeys?: number
}

/** Records that each new request looks at, to forget those that are over. */
const SWEEP_SLICE = 8

/**
 * Keeps everything in this process: for one process only, and lost when the process ends. It answers without promises,
 * so that a poll does not pay for one.
 *
 * @throws {OptionError} from the constructor, for a wrong name, or a bound that is not a whole number from 1 to 16777216.
 */
export class MemoryStore implements DeviceStore {
  readonly shared = false
  readonly #maxRecords: number
  readonly #pending = new PendingCredentials()
  readonly #families = new MemoryFamilies()
  readonly #attempts: AttemptCounters
  readonly #texts = new InternedTexts()
  readonly #watchers = new Watchers()
  /** Epoch milliseconds; no record is over before. Saves a full store from looking through everything for each request. */
  #nextOverAt = Number.POSITIVE_INFINITY

  constructor(options: MemoryStoreOptions = {}) {
    const { maxRecords = 100_000, maxAttemptKeys = 100_000 } = checkOptions(coreOwner('MemoryStore'), options, checks)
    this.#maxRecords = maxRecords
    this.#attempts = new AttemptCounters(maxAttemptKeys, (id, now) => this.#known(id, now)?.takeNote())
  }

  /** @throws {@link StoreFullError} when `maxRecords` is reached. */
  createDeviceCredential(credential: DeviceCredential): boolean {
    const now = credential.createdAt
    if (this.#pending.isTaken(credential.userCodeHash, now) || this.#known(credential.id, now)) return false
    const stale = this.#pending.get(credential.id)
    if (stale !== undefined) this.#pending.delete(stale)
    this.#makeRoom(now)
    const kept = new MemoryCredential(credential, this.#texts)
    const keptUntil = tombstoneEnd(credential)
    kept.noteAttempt(this.#attempts.moveToNote(credential.id, keptUntil))
    this.#pending.add(kept)
    this.#nextOverAt = Math.min(this.#nextOverAt, keptUntil)
    return true
  }

  findDeviceCredential(id: string, now = Date.now()): DeviceCredential | undefined {
    return this.#known(id, now)
  }

  pollDeviceCredential(id: string, clientId: string, now = Date.now(), style?: PollStyle): PollResult {
    const credential = this.#pending.get(id)
    if (credential !== undefined) return credential.clientId === clientId ? credential.poll(now, style) : unknownPoll
    const family = this.#families.get(id, now)
    return family?.credential.clientId === clientId ? family.poll() : unknownPoll
  }

  slowDown(id: string, clientId: string, now = Date.now()): number | undefined {
    const credential = this.#pending.get(id)
    return credential?.clientId === clientId ? credential.slowDown(now) : undefined
  }

  watch(id: string, listener: WatchListener): () => void {
    return this.#watchers.add(id, listener)
  }

  findByUserCode(userCodeHash: string, now = Date.now()): DeviceCredential | undefined {
    return this.#pending.findByUserCode(userCodeHash, now)
  }

  claim(id: string, claimant: Claimant, now = Date.now()): ClaimResult {
    const result = this.#pending.get(id)?.claim(claimant, now) ?? 'unknown'
    if (result === 'shared') this.#watchers.changed(id)
    return result
  }

  claimByUserCode(
    userCodeHashes: readonly string[],
    claimant: Claimant,
    budgets: readonly AttemptBudget[],
    now = Date.now(),
  ): AttemptRefusal | UserCodeClaim {
    const refusal = this.takeAttempts(budgets, now)
    if (refusal !== undefined) return refusal
    for (const hash of userCodeHashes) {
      const credential = this.findByUserCode(hash, now)
      const result = credential === undefined ? 'unknown' : this.claim(credential.id, claimant, now)
      if (credential !== undefined && result !== 'unknown') return { result, credential }
    }
    return { result: 'unknown' }
  }

  decide(id: string, userGrant: UserGrant, now = Date.now()): DecideResult {
    const result = this.#known(id, now)?.decide(userGrant, now) ?? 'unknown'
    if (result === 'decided') this.#watchers.changed(id)
    return result
  }

  lease(id: string, owner: string, until: number, now = Date.now(), refreshTokenHash?: string): boolean {
    if (refreshTokenHash === undefined) return this.#pending.get(id)?.lease(owner, until, now) ?? false
    return this.#families.get(id, now)?.lease(owner, until, refreshTokenHash, now) ?? false
  }

  release(id: string, owner: string): void {
    const credential = this.#pending.get(id) ?? this.#families.get(id, 0)?.credential
    credential?.release(owner)
  }

  redeem(id: string, tokens: TokenRecord, sealedResponse: string, now = Date.now(), owner?: string): boolean {
    const credential = this.#pending.get(id)
    if (credential === undefined || !mayRedeem(credential, owner, now)) return false
    this.#pending.redeem(credential)
    this.#families.add(new MemoryFamily(credential, tokens, sealedResponse, now))
    return true
  }

  findToken(id: string, tokenHash: string, now = Date.now()): FoundToken | undefined {
    return this.#families.get(id, now)?.findToken(tokenHash, now)
  }

  rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now = Date.now(),
    owner?: string,
  ): boolean {
    const rotated = this.#families.get(id, now)?.rotate(currentHash, tokens, sealedResponse, now, owner) ?? false
    if (rotated) this.#nextOverAt = 0
    return rotated
  }

  replayRotation(id: string, replacedHash: string, now = Date.now()): string | undefined {
    return this.#families.get(id, now)?.replayRotation(replacedHash)
  }

  deriveAccessToken(id: string, subjectHash: string, tokens: TokenRecord, now = Date.now()): boolean {
    return this.#families.get(id, now)?.deriveAccessToken(subjectHash, tokens, now) ?? false
  }

  revokeAccessToken(id: string, tokenHash: string): boolean {
    const ended = this.#families.get(id, 0)?.revokeAccessToken(tokenHash) === true
    if (ended) this.#nextOverAt = 0
    return ended
  }

  revoke(id: string, now = Date.now()): boolean {
    const family = this.#families.get(id, now)
    if (family !== undefined) {
      if (!family.revoke()) return false
      this.#families.unlist(family)
      this.#nextOverAt = 0
      return true
    }
    const credential = this.#pending.get(id)
    if (!credential?.cancel(now)) return false
    this.#pending.freeUserCode(credential)
    this.#watchers.changed(id)
    return true
  }

  listFamilies(subject: string, now = Date.now()): readonly TokenFamily[] {
    return this.#families.list(subject, now).map((family) => family.toTokenFamily())
  }

  findIds(filter: IncidentFilter, now = Date.now()): readonly string[] {
    return [...this.#pending.find(filter, now), ...this.#families.find(filter, now)]
  }

  renameFamily(id: string, subject: string, name: string, now = Date.now()): boolean {
    const family = this.#families.get(id, now)
    if (family?.subject !== subject || !family.isLive(now)) return false
    family.name = ownCopy(name)
    return true
  }

  takeAttempts(budgets: readonly AttemptBudget[], now = Date.now()): AttemptRefusal | undefined {
    return this.#attempts.take(budgets, now)
  }

  giveBackAttempts(keys: readonly string[], now = Date.now()): void {
    this.#attempts.giveBack(keys, now)
  }

  sweep(now = Date.now()): number {
    this.#attempts.sweep(now)
    const pending = this.#pending.sweep(now)
    const families = this.#families.sweep(now)
    this.#nextOverAt = Math.min(pending.nextAt, families.nextAt)
    return pending.count + families.count
  }

  /** Does nothing: there is no connection to close, and the records stay. */
  close(): void {}

  #known(id: string, now: number): MemoryCredential | undefined {
    const credential = this.#pending.get(id)
    if (credential !== undefined) return now < tombstoneEnd(credential) ? credential : undefined
    return this.#families.get(id, now)?.credential
  }

  #makeRoom(now: number): void {
    this.#pending.sweepFront(now, SWEEP_SLICE)
    this.#families.sweepSlice(now, SWEEP_SLICE)
    if (this.#full() && now >= this.#nextOverAt) this.sweep(now)
    if (this.#full())
      throw new StoreFullError(
        `MemoryStore: maxRecords is reached, ${this.#maxRecords} are alive. Raise it, or keep sign-ins in a database.`,
      )
  }

  #full(): boolean {
    return this.#pending.size + this.#families.size >= this.#maxRecords
  }
}

/** The most entries that V8 allows in a Map. */
const LARGEST_BOUND = 2 ** 24

const checks: Record<keyof MemoryStoreOptions, Check> = {
  maxRecords: isWholeFrom(1, LARGEST_BOUND, 'records'),
  maxAttemptKeys: isWholeFrom(1, LARGEST_BOUND, 'keys'),
}
