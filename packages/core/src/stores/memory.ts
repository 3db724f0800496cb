import {
  type AttemptBudget,
  type AttemptRefusal,
  type Claimant,
  type ClaimResult,
  type DecideResult,
  type DeviceCredential,
  type DeviceStore,
  type FoundToken,
  type IncidentFilter,
  type PollResult,
  StoreFullError,
  type TokenFamily,
  type TokenRecord,
  tombstoneEnd,
  type UserGrant,
} from '../contract/store.ts'
import { AttemptCounters } from './memory-attempts.ts'
import { MemoryCredential, unknownPoll } from './memory-credential.ts'
import { MemoryFamilies } from './memory-families.ts'
import { MemoryFamily } from './memory-family.ts'
import { PendingCredentials } from './memory-pending.ts'
import { InternedTexts } from './memory-texts.ts'

/** Bounds of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Credentials and grants that are kept, those that are over for less than their tombstone time included. When it is
   * reached, new requests are refused; no live record is ever dropped. @default 100000
   */
  readonly maxRecords?: number
  /** Keys that attempts are counted for; beyond, the oldest that are not in use go. @default 100000 */
  readonly maxAttemptKeys?: number
}

/** Records that a new request looks at to drop what is over. */
const sweepSlice = 8

/**
 * Keeps everything in this process: for one process only, and until it ends. It answers without promises, and it is
 * the specification that other stores are measured by.
 *
 * @throws RangeError from the constructor, for a bound that is not a whole number of at least 1.
 */
export class MemoryStore implements DeviceStore {
  readonly shared = false
  readonly #maxRecords: number
  readonly #pending = new PendingCredentials()
  readonly #grants = new MemoryFamilies()
  readonly #attempts: AttemptCounters
  readonly #texts = new InternedTexts()
  /** Nothing is over before (epoch milliseconds): spares looking through everything when the bound is reached. */
  #nextOverAt = Number.POSITIVE_INFINITY

  constructor(options: MemoryStoreOptions = {}) {
    this.#maxRecords = bound('maxRecords', options.maxRecords)
    this.#attempts = new AttemptCounters(bound('maxAttemptKeys', options.maxAttemptKeys))
  }

  /** @throws {@link StoreFullError} when `maxRecords` are alive. */
  createDeviceCredential(credential: DeviceCredential): boolean {
    const now = credential.createdAt
    if (this.#pending.findByUserCode(credential.userCodeHash, now) || this.#known(credential.id, now)) return false
    const stale = this.#pending.get(credential.id)
    if (stale !== undefined) this.#pending.delete(stale)
    this.#makeRoom(now)
    this.#pending.add(new MemoryCredential(credential, this.#texts))
    this.#nextOverAt = Math.min(this.#nextOverAt, tombstoneEnd(credential))
    return true
  }

  findDeviceCredential(id: string, now: number): DeviceCredential | undefined {
    return this.#known(id, now)
  }

  pollDeviceCredential(id: string, clientId: string, now: number): PollResult {
    const credential = this.#pending.get(id)
    if (credential !== undefined) return credential.clientId === clientId ? credential.poll(now) : unknownPoll
    const grant = this.#grants.get(id, now)
    return grant?.credential.clientId === clientId ? grant.poll() : unknownPoll
  }

  findByUserCode(userCodeHash: string, now: number): DeviceCredential | undefined {
    return this.#pending.findByUserCode(userCodeHash, now)
  }

  claim(id: string, claimant: Claimant, now: number): ClaimResult {
    const credential = this.#pending.get(id)
    const result = credential?.claim(claimant, now) ?? 'unknown'
    if (credential !== undefined && result === 'shared') this.#pending.freeUserCode(credential)
    return result
  }

  decide(id: string, userGrant: UserGrant, now: number): DecideResult {
    const credential = this.#known(id, now)
    if (credential === undefined || this.#grants.get(id, now)?.revoked) return 'unknown'
    const result = credential.decide(userGrant, now)
    if (result === 'decided') this.#pending.freeUserCode(credential)
    return result
  }

  lease(id: string, owner: string, until: number, now: number): boolean {
    return this.#pending.get(id)?.lease(owner, until, now) ?? false
  }

  release(id: string, owner: string): void {
    this.#pending.get(id)?.release(owner)
  }

  redeem(id: string, tokens: TokenRecord, sealedResponse: string, now: number, owner?: string): boolean {
    const credential = this.#pending.get(id)
    if (!credential?.redeemable(now, owner)) return false
    this.#pending.delete(credential)
    this.#grants.add(new MemoryFamily(credential, tokens, sealedResponse, now))
    return true
  }

  findToken(id: string, tokenHash: string, now: number): FoundToken | undefined {
    return this.#grants.get(id, now)?.findToken(tokenHash, now)
  }

  rotateRefreshToken(
    id: string,
    currentHash: string,
    tokens: TokenRecord,
    sealedResponse: string,
    now: number,
  ): boolean {
    const rotated = this.#grants.get(id, now)?.rotate(currentHash, tokens, sealedResponse, now) ?? false
    if (rotated) this.#nextOverAt = 0
    return rotated
  }

  revokeAccessToken(id: string, tokenHash: string): void {
    const grant = this.#grants.get(id, 0)
    if (grant?.revokeAccessToken(tokenHash)) this.#nextOverAt = 0
  }

  revoke(id: string, now: number): boolean {
    const grant = this.#grants.get(id, now)
    if (grant !== undefined) {
      if (!grant.revoke()) return false
      this.#grants.unlist(grant)
      this.#nextOverAt = 0
      return true
    }
    const credential = this.#pending.get(id)
    if (!credential?.cancel(now)) return false
    this.#pending.freeUserCode(credential)
    return true
  }

  listFamilies(subject: string, now: number): readonly TokenFamily[] {
    return this.#grants.list(subject, now).map((grant) => grant.toFamily())
  }

  findIds(filter: IncidentFilter, now: number): readonly string[] {
    return [...this.#pending.find(filter, now), ...this.#grants.find(filter, now)]
  }

  renameFamily(id: string, subject: string, name: string, now: number): boolean {
    const grant = this.#grants.get(id, now)
    if (grant?.subject !== subject || !grant.alive(now)) return false
    grant.name = name
    return true
  }

  takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
    return this.#attempts.take(budgets, now)
  }

  giveBackAttempts(keys: readonly string[], now: number): void {
    this.#attempts.giveBack(keys, now)
  }

  sweep(now: number): number {
    this.#attempts.sweep(now)
    const pending = this.#pending.sweep(now)
    const grants = this.#grants.sweep(now)
    this.#nextOverAt = Math.min(pending.nextAt, grants.nextAt)
    return pending.count + grants.count
  }

  /** Does nothing: there is nothing to close, and what is kept stays. */
  close(): void {}

  #known(id: string, now: number): MemoryCredential | undefined {
    const credential = this.#pending.get(id)
    if (credential !== undefined) return now < tombstoneEnd(credential) ? credential : undefined
    return this.#grants.get(id, now)?.credential
  }

  #makeRoom(now: number): void {
    this.#pending.sweepFront(now, sweepSlice)
    this.#grants.sweepSlice(now, sweepSlice)
    if (this.#full() && now >= this.#nextOverAt) this.sweep(now)
    if (this.#full()) throw new StoreFullError(`MemoryStore: maxRecords is reached, ${this.#maxRecords} are alive.`)
  }

  #full(): boolean {
    return this.#pending.size + this.#grants.size >= this.#maxRecords
  }
}

const defaultBound = 100_000
/** V8 cannot make a Map larger than that. */
const largestBound = 2 ** 24

/** A bound of a `MemoryStore`, or the default. */
function bound(name: keyof MemoryStoreOptions, value: number = defaultBound): number {
  if (Number.isInteger(value) && value >= 1 && value <= largestBound) return value
  throw new RangeError(
    `MemoryStore: ${name} must be a whole number from 1 to ${largestBound}, but is ${String(value)}.`,
  )
}
