import { type IncidentFilter, tombstoneEnd } from '../contract/store.ts'
import type { MemoryCredential } from './memory-credential.ts'
import { matchesFilter } from './memory-filter.ts'

const compactFrom = 1024

/** The credentials that are not redeemed, by id and by user code. */
export class PendingCredentials {
  readonly #byId = new Map<string, MemoryCredential>()
  readonly #byUserCode = new Map<string, MemoryCredential>()
  // In the order of creation, which is that of expiry wherever lifetimes are equal. A Map cannot serve as the queue:
  // V8 keeps the holes of deleted entries, and each new iterator walks over them.
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
    return credential?.undecided(now) ? credential : undefined
  }

  /** Looks through all of them: incidents are rare. */
  find(filter: IncidentFilter, now: number): readonly string[] {
    const found = [...this.#byId.values()].filter((each) => each.alive(now) && matchesFilter(each, filter))
    return found.map(({ id }) => id)
  }

  /** A user code of an expired credential passes to this one. */
  add(credential: MemoryCredential): void {
    this.#byId.set(credential.id, credential)
    this.#byUserCode.set(credential.userCodeHash, credential)
    this.#queue.push(credential)
  }

  freeUserCode(credential: MemoryCredential): void {
    if (this.#byUserCode.get(credential.userCodeHash) === credential) this.#byUserCode.delete(credential.userCodeHash)
  }

  delete(credential: MemoryCredential): void {
    this.#byId.delete(credential.id)
    this.freeUserCode(credential)
  }

  /** Forgets what is over at the front of the queue, in a bounded slice: what a request can pay for. */
  sweepFront(now: number, atMost: number): void {
    for (let swept = 0; swept < atMost && this.#front < this.#queue.length; swept++) {
      const credential = this.#queue[this.#front]
      if (credential !== undefined && this.#byId.get(credential.id) === credential) {
        if (now < tombstoneEnd(credential)) break
        this.delete(credential)
      }
      this.#queue[this.#front++] = undefined
    }
    if (this.#front >= compactFrom && this.#front * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#front)
      this.#front = 0
    }
  }

  /** Forgets all that is over; answers how many went, and when the next will be over (epoch milliseconds). */
  sweep(now: number): { readonly count: number; readonly nextAt: number } {
    const kept: MemoryCredential[] = []
    const before = this.size
    let nextAt = Number.POSITIVE_INFINITY
    for (const credential of this.#byId.values()) {
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
