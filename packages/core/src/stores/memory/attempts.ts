import type { AttemptBudget, AttemptRefusal } from '../../contract/attempts.ts'

interface Window {
  count: number
  /** Epoch milliseconds. */
  readonly resetAt: number
  /** True if the key was tried again since it came into the queue, or since it was spared there. */
  triedAgain: boolean
}

/** Counters of one kind, such as `guess:user`, in the order in which they came. */
type Room = Map<string, Window>

/** Keys that are looked at for windows that have ended, when a new key finds no room. To look at all would stop the process for long. */
const sweepSlice = 256

/**
 * Attempts by key, in fixed windows. The number of keys is bounded. When it is reached, windows that have ended go first, as far as a look at some keys finds them,
 * then keys of the kind that has most of them: the oldest that were not tried again. So whoever fills the store with keys of one
 * kind, such as addresses, pushes out keys of that kind only, and the counters of accounts, clients and the server stay.
 */
export class AttemptCounters {
  readonly #maxKeys: number
  // The order of a Map is the queue. A key that is tried again is not moved until it would have to go: each move leaves
  // a hole in the Map, and V8 walks over the holes.
  readonly #rooms = new Map<string, Room>()
  #cursor = this.#all()
  #size = 0
  /** Epoch milliseconds; no window ends before. Saves looking through all of them. */
  #nextResetAt = Number.POSITIVE_INFINITY

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  /** Counts an attempt in each budget, or in none. @returns the first budget that had nothing left */
  take(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
    const found: (Window | undefined)[] = []
    for (const { key, limit, window } of budgets) {
      const live = this.#live(key, now)
      if ((live?.count ?? 0) >= limit) {
        return { index: found.length, retryAfter: live === undefined ? window : Math.ceil((live.resetAt - now) / 1000) }
      }
      found.push(live)
    }
    budgets.forEach(({ key, window }, index) => {
      // a key may be there twice: the first one has begun it
      const current = found[index] ?? this.#live(key, now) ?? this.#begin(key, now + window * 1000, now)
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

  /** Forgets the windows that have ended. */
  sweep(now: number): void {
    this.#nextResetAt = Number.POSITIVE_INFINITY
    this.#size = 0
    for (const [name, room] of this.#rooms) {
      for (const [key, { resetAt }] of room) {
        if (now >= resetAt) room.delete(key)
        else this.#nextResetAt = Math.min(this.#nextResetAt, resetAt)
      }
      this.#size += room.size
      if (room.size === 0) this.#rooms.delete(name)
    }
  }

  /** All keys, with the rooms that they are in. */
  *#all(): Generator<{ readonly room: Room; readonly key: string; readonly resetAt: number }, undefined> {
    for (const room of this.#rooms.values()) for (const [key, { resetAt }] of room) yield { room, key, resetAt }
  }

  /** Looks at the next keys, round and round, and forgets those whose windows have ended. */
  #sweepSlice(now: number): void {
    for (let seen = 0; seen < sweepSlice; seen++) {
      const next = this.#cursor.next()
      if (next.value === undefined) this.#cursor = this.#all()
      else if (now >= next.value.resetAt && next.value.room.delete(next.value.key)) this.#size--
    }
  }

  #live(key: string, now: number): Window | undefined {
    const window = this.#rooms.get(kindOf(key))?.get(key)
    if (window === undefined || now >= window.resetAt) return undefined
    window.triedAgain = true
    return window
  }

  #begin(key: string, resetAt: number, now: number): Window {
    const window = { count: 0, resetAt, triedAgain: false }
    const kind = kindOf(key)
    const isNew = this.#rooms.get(kind)?.has(key) !== true
    if (isNew && this.#size >= this.#maxKeys) this.#makeRoom(now)
    const room = this.#rooms.get(kind) ?? new Map<string, Window>()
    this.#rooms.set(kind, room.set(key, window))
    if (isNew) this.#size++
    this.#nextResetAt = Math.min(this.#nextResetAt, resetAt)
    return window
  }

  #makeRoom(now: number): void {
    if (now >= this.#nextResetAt) this.#sweepSlice(now)
    if (this.#size < this.#maxKeys) return
    const [largest = new Map<string, Window>()] = [...this.#rooms.values()].sort((one, other) => other.size - one.size)
    // several at once, because each walk from the front passes the holes of earlier deletions
    this.#size -= dropOldest(largest, Math.ceil(this.#maxKeys / 100))
  }
}

/** Drops the oldest keys that were not tried again, up to a number. @returns how many were dropped */
function dropOldest(room: Room, atMost: number): number {
  let dropped = 0
  for (const [key, window] of room) {
    if (dropped === atMost) break
    room.delete(key)
    if (window.triedAgain) {
      window.triedAgain = false
      room.set(key, window)
    } else dropped++
  }
  return dropped
}

/** The kind of a counter: the first two parts of a key such as `guess:user:490881:alice`. */
function kindOf(key: string): string {
  const second = key.indexOf(':', key.indexOf(':') + 1)
  return second < 0 ? '' : key.slice(0, second)
}
