import type { IncidentFilter } from '../../contract/store.ts'
import { holdsUserCode, isOpen, isUndecided, matchesFilter, tombstoneEnd } from '../../lifecycle/credential.ts'
import type { MemoryCredential } from './credential.ts'
import { SpreadMap } from './spread-map.ts'

/** Empty places at the front of the queue from which it is copied without them. */
const COMPACT_FROM = 1024

/**
 * The credentials that are not redeemed, by id; and all that have not expired, by user code. A new credential may take over
 * the user code of a decided one.
 */
export class PendingCredentials {
  readonly #byId = new SpreadMap<MemoryCredential>()
  // not spread: it has all requests of an hour, redeemed ones too, and each new request would cost a tenth more
  readonly #byUserCode = new Map<string, MemoryCredential>()
  // In the order of creation, which is the order of expiry as long as all lifetimes are equal. The Map cannot be the
  // queue: V8 keeps a hole for each deleted entry, and each new iterator walks over the holes.
  #queue: (MemoryCredential | undefined)[] = []
  #front = 0

  get size(): number {
    return this.#byId.size
  }

  get(id: string): MemoryCredential | undefined {
    return this.#byId.get(id)
  }

  findByUserCode(userCodeHash: string, now: number): MemoryCredential | undefined {
    const credential = this.#byUserCode.get(userCodeHash)
    return credential !== undefined && holdsUserCode(credential, now) ? credential : undefined
  }

  /** True if an undecided credential has this user code, so that no other may take it. */
  isTaken(userCodeHash: string, now: number): boolean {
    const credential = this.#byUserCode.get(userCodeHash)
    return credential !== undefined && isUndecided(credential, now)
  }

  /** The ids of the credentials that an incident is about. Looks through all of them: incidents are rare. */
  find(filter: IncidentFilter, now: number): readonly string[] {
    const found = [...this.#byId.values()].filter((each) => isOpen(each, now) && matchesFilter(each, filter))
    return found.map(({ id }) => id)
  }

  /** If a credential that is decided or expired still has the user code, it passes to this one. */
  add(credential: MemoryCredential): void {
    this.#byId.set(credential.id, credential)
    this.#byUserCode.set(credential.userCodeHash, credential)
    this.#queue.push(credential)
  }

  freeUserCode(credential: MemoryCredential): void {
    if (this.#byUserCode.get(credential.userCodeHash) === credential) this.#byUserCode.delete(credential.userCodeHash)
  }

  /** Takes out a credential that was redeemed. It keeps its user code, so that a second decision is told of the first. */
  redeem(credential: MemoryCredential): void {
    this.#byId.delete(credential.id)
  }

  delete(credential: MemoryCredential): void {
    if (this.#byId.get(credential.id) === credential) this.#byId.delete(credential.id)
    this.freeUserCode(credential)
  }

  /** Forgets what is over among the first few of the queue. Cheap enough for each request. */
  sweepFront(now: number, atMost: number): void {
    for (let swept = 0; swept < atMost && this.#front < this.#queue.length; swept++) {
      const credential = this.#queue[this.#front]
      if (credential !== undefined) {
        if (now < tombstoneEnd(credential)) break
        this.delete(credential)
      }
      this.#queue[this.#front++] = undefined
    }
    if (this.#front >= COMPACT_FROM && this.#front * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#front)
      this.#front = 0
    }
  }

  /** Forgets all credentials that are over. @returns their number, and when the next one is over (epoch milliseconds) */
  sweep(now: number): { readonly count: number; readonly nextAt: number } {
    const kept: MemoryCredential[] = []
    const before = this.size
    let nextAt = Number.POSITIVE_INFINITY
    for (const credential of this.#queue) {
      if (credential === undefined) continue
      const end = tombstoneEnd(credential)
      if (now >= end) this.delete(credential)
      else {
        kept.push(credential)
        nextAt = Math.min(nextAt, end)
      }
    }
    this.#queue = kept
    this.#front = 0
    return { count: before - this.size, nextAt }
  }
}
