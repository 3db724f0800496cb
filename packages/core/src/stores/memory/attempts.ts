import type { AttemptBudget, AttemptRefusal } from '../../contract/store.ts'

interface Window {
  count: number
  /** Epoch milliseconds. */
  readonly resetAt: number
  /** True if the key was tried again since it came into the queue, or since it was spared there. */
  triedAgain: boolean
}

/**
 * Attempts by key, in fixed windows. The number of keys is bounded. When it is reached, windows that have ended go first,
 * then the oldest keys that were not tried again: a flood of addresses must not push out the budget of the whole server.
 */
export class AttemptCounters {
  readonly #maxKeys: number
  // The order of the Map is the queue. A key that is tried again is not moved until it would have to go: each move leaves
  // a hole in the Map, and V8 walks over the holes.
  readonly #windows = new Map<string, Window>()
  /** Epoch milliseconds; no window ends before. Saves looking through all of them. */
  #nextResetAt = Number.POSITIVE_INFINITY

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  /** Counts an attempt in each budget, or in none. @returns the first budget that had nothing left */
  take(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
    for (const [index, { key, limit, window }] of budgets.entries()) {
      const { count, resetAt } = this.#live(key, now) ?? { count: 0, resetAt: now + window * 1000 }
      if (count >= limit) return { index, retryAfter: Math.ceil((resetAt - now) / 1000) }
    }
    for (const { key, window } of budgets) {
      const current = this.#live(key, now) ?? this.#begin(key, now + window * 1000, now)
      current.count++
    }
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
    for (const [key, { resetAt }] of this.#windows) {
      if (now >= resetAt) this.#windows.delete(key)
      else this.#nextResetAt = Math.min(this.#nextResetAt, resetAt)
    }
  }

  #live(key: string, now: number): Window | undefined {
    const window = this.#windows.get(key)
    if (window === undefined || now >= window.resetAt) return undefined
    window.triedAgain = true
    return window
  }

  #begin(key: string, resetAt: number, now: number): Window {
    const window = { count: 0, resetAt, triedAgain: false }
    if (this.#windows.size >= this.#maxKeys && !this.#windows.has(key)) this.#makeRoom(now)
    this.#windows.set(key, window)
    this.#nextResetAt = Math.min(this.#nextResetAt, resetAt)
    return window
  }

  #makeRoom(now: number): void {
    if (now >= this.#nextResetAt) this.sweep(now)
    if (this.#windows.size < this.#maxKeys) return
    // several at once, because each walk from the front passes the holes of earlier deletions
    let excess = Math.ceil(this.#maxKeys / 100)
    for (const [key, window] of this.#windows) {
      if (excess === 0) return
      this.#windows.delete(key)
      if (window.triedAgain) {
        window.triedAgain = false
        this.#windows.set(key, window)
      } else excess--
    }
  }
}
