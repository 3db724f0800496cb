import type { AttemptBudget, AttemptRefusal } from '../../contract/attempts.ts'
import { type Counter, CounterQueue } from './counters.ts'
import { SpreadMap } from './spread-map.ts'

/**
 * Takes the note of an attempt out of the record with this id.
 *
 * @returns the end of its window, in epoch milliseconds; `undefined` if no record has a note
 */
type TakeNote = (id: string, now: number) => number | undefined

/** Keys that are looked at for windows that have ended, when a new key finds no room. To look at all would stop the process for long. */
const SWEEP_SLICE = 256

/**
 * Attempts by key, in fixed windows. The number of keys is bounded. When it is reached, windows that have ended go first, as far as a
 * look at some keys finds them, then the key of the kind that has most of them that was not tried for longest. So whoever fills the store
 * with keys of one kind, such as addresses, pushes out keys of that kind only, and the counters of accounts, clients and the server stay.
 *
 * Each request for codes is counted under the id of its record. A counter takes a third of the memory of a record, so the record notes
 * the attempt itself, and has no counter until the key is used again: when the user has decided.
 */
export class AttemptCounters {
  readonly #maxKeys: number
  readonly #takeNote: TakeNote
  readonly #counters = new SpreadMap<Counter>()
  readonly #queues = new Map<string, CounterQueue>()
  readonly #next = this.#counters.walk()
  /** Epoch milliseconds; no window ends before. Saves looking through all of them. */
  #nextResetAt = Number.POSITIVE_INFINITY

  constructor(maxKeys: number, takeNote: TakeNote) {
    this.#maxKeys = maxKeys
    this.#takeNote = takeNote
  }

  /** Counts an attempt in each budget, or in none. @returns the first budget that had nothing left */
  take(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
    const found: (Counter | undefined)[] = []
    for (const { key, limit, window } of budgets) {
      const live = this.#live(key, now)
      if ((live?.count ?? 0) >= limit) {
        return { index: found.length, retryAfter: live === undefined ? window : Math.ceil((live.resetAt - now) / 1000) }
      }
      found.push(live)
    }
    budgets.forEach(({ key, window }, index) => {
      // a key may be there twice: the first one has begun it
      const current = found[index] ?? this.#live(key, now) ?? this.#begin(key, 0, now + window * 1000, now)
      current.count++
    })
    return undefined
  }

  /** Takes one attempt back from each key. */
  giveBack(keys: readonly string[], now: number): void {
    for (const key of keys) {
      const current = this.#live(key, now)
      if (current !== undefined && current.count > 0) current.count--
    }
  }

  /**
   * Takes out the counter of a record that was tried once, so that the record can note it.
   *
   * @param id - The id of the record, which is the key.
   * @param keptUntil - Epoch milliseconds; the record is kept until then.
   * @returns the end of the window, in epoch milliseconds; `undefined` if there is nothing to note
   */
  moveToNote(id: string, keptUntil: number): number | undefined {
    const counter = this.#counters.get(id)
    if (counter?.count !== 1 || counter.resetAt > keptUntil) return undefined
    this.#delete(counter)
    return counter.resetAt
  }

  /** Forgets the windows that have ended. */
  sweep(now: number): void {
    this.#nextResetAt = Number.POSITIVE_INFINITY
    for (const counter of this.#counters.values()) {
      if (now >= counter.resetAt) this.#delete(counter)
      else this.#nextResetAt = Math.min(this.#nextResetAt, counter.resetAt)
    }
    for (const [kind, { size }] of this.#queues) if (size === 0) this.#queues.delete(kind)
  }

  /** Looks at the next keys, round and round, and forgets those whose windows have ended. */
  #sweepSlice(now: number): void {
    for (let seen = 0; seen < SWEEP_SLICE; seen++) {
      const counter = this.#next()
      if (counter !== undefined && now >= counter.resetAt) this.#delete(counter)
    }
  }

  #live(key: string, now: number): Counter | undefined {
    const counter = this.#counters.get(key) ?? this.#moveFromNote(key, now)
    if (counter === undefined || now >= counter.resetAt) return undefined
    counter.queue.moveToEnd(counter)
    return counter
  }

  /** The counter of a record that has noted it: from now on it is here. */
  #moveFromNote(key: string, now: number): Counter | undefined {
    const resetAt = this.#takeNote(key, now)
    return resetAt === undefined ? undefined : this.#begin(key, 1, resetAt, now)
  }

  #begin(key: string, count: number, resetAt: number, now: number): Counter {
    const ended = this.#counters.get(key)
    if (ended !== undefined) this.#delete(ended)
    else if (this.#counters.size >= this.#maxKeys) this.#makeRoom(now)
    const counter = { key, count, resetAt, queue: this.#queueOf(key), before: undefined, after: undefined }
    counter.queue.append(counter)
    this.#counters.set(key, counter)
    this.#nextResetAt = Math.min(this.#nextResetAt, resetAt)
    return counter
  }

  #queueOf(key: string): CounterQueue {
    const kind = kindOf(key)
    const queue = this.#queues.get(kind) ?? new CounterQueue()
    if (queue.size === 0) this.#queues.set(kind, queue)
    return queue
  }

  #makeRoom(now: number): void {
    if (now >= this.#nextResetAt) this.#sweepSlice(now)
    if (this.#counters.size < this.#maxKeys) return
    let largest: CounterQueue | undefined
    for (const queue of this.#queues.values()) if (queue.size > (largest?.size ?? 0)) largest = queue
    if (largest?.first !== undefined) this.#delete(largest.first)
  }

  #delete(counter: Counter): void {
    this.#counters.delete(counter.key)
    counter.queue.remove(counter)
  }
}

/** The kind of a counter: the first two parts of a key such as `guess:user:490881:alice`. The id of a record has none. */
function kindOf(key: string): string {
  const second = key.indexOf(':', key.indexOf(':') + 1)
  return second < 0 ? '' : key.slice(0, second)
}
