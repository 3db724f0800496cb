import type { Attempt } from './store.ts'

interface Window {
  count: number
  /** Epoch milliseconds. */
  readonly resetAt: number
}

/**
 * Attempts by key, in fixed windows. The number of keys is bounded: windows that have ended go first, then the keys
 * that have been tried least recently, so that a flood of addresses does not push out the budget of the whole server.
 */
export class AttemptCounters {
  readonly #maxKeys: number
  /** The least recently tried first. */
  readonly #windows = new Map<string, Window>()
  /** No window ends before (epoch milliseconds): spares looking through them all. */
  #nextResetAt = Number.POSITIVE_INFINITY

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  take(key: string, limit: number, window: number, now: number): Attempt {
    const current = this.#live(key, now) ?? { count: 0, resetAt: now + window * 1000 }
    const allowed = current.count < limit
    if (allowed) current.count++
    this.#windows.delete(key)
    if (current.count > 0) this.#keep(key, current, now)
    return { allowed, retryAfter: Math.ceil((current.resetAt - now) / 1000) }
  }

  giveBack(key: string, now: number): void {
    const current = this.#live(key, now)
    if (current !== undefined && current.count > 0) current.count--
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
    return window !== undefined && now < window.resetAt ? window : undefined
  }

  #keep(key: string, window: Window, now: number): void {
    if (this.#windows.size >= this.#maxKeys) this.#makeRoom(now)
    this.#windows.set(key, window)
    this.#nextResetAt = Math.min(this.#nextResetAt, window.resetAt)
  }

  #makeRoom(now: number): void {
    if (now >= this.#nextResetAt) this.sweep(now)
    if (this.#windows.size < this.#maxKeys) return
    // a few at once, because V8's iterators walk over the holes of what was deleted before
    let excess = Math.ceil(this.#maxKeys / 100)
    for (const key of this.#windows.keys()) {
      if (excess-- === 0) return
      this.#windows.delete(key)
    }
  }
}
