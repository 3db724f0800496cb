const WINDOW_MS = 1_000
/** Answers of `slow_down` in one window before a code counts as a flood. */
const MAX_SLOW_DOWNS = 10
const MAX_CODES = 10_000

interface Flood {
  readonly clientId: string
  since: number
  slowDowns: number
  interval: number
}

/**
 * Answers floods of polls without the store. After more than ten answers of `slow_down` within a second, further polls of
 * that code are answered from here until the second is over. Ordinary clients, even hasty ones, are never counted as a flood.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export class FloodGuard {
  readonly #floods = new Map<string, Flood>()

  /**
   * The interval (seconds) to answer `slow_down` with, or `undefined` if the store has to be asked. For another client than
   * the code's own it is always `undefined`: to that client the code is unknown.
   */
  interval(id: string, clientId: string, now: number): number | undefined {
    if (this.#floods.size === 0) return undefined
    const flood = this.#floods.get(id)
    if (flood === undefined || flood.clientId !== clientId || flood.slowDowns <= MAX_SLOW_DOWNS) return undefined
    if (now - flood.since >= WINDOW_MS || now < flood.since) {
      // one poll goes through, and a further one only a second later
      flood.since = now
      return undefined
    }
    return flood.interval
  }

  /** Counts one `slow_down` of the store. */
  slowedDown(id: string, clientId: string, interval: number, now: number): void {
    const flood = this.#floods.get(id)
    if (flood === undefined) {
      if (this.#floods.size >= MAX_CODES) this.#floods.clear()
      this.#floods.set(id, { clientId, since: now, slowDowns: 1, interval })
      return
    }
    flood.interval = interval
    if (flood.slowDowns <= MAX_SLOW_DOWNS && now - flood.since >= WINDOW_MS) {
      flood.since = now
      flood.slowDowns = 1
    } else flood.slowDowns++
  }

  /** Forgets a code that is over or that polls at its pace. */
  forget(id: string, clientId: string): void {
    if (this.#floods.size > 0 && this.#floods.get(id)?.clientId === clientId) this.#floods.delete(id)
  }
}
