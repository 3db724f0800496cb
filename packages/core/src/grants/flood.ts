const windowMs = 1_000
const patience = 10
const maxCodes = 10_000

interface Flood {
  readonly clientId: string
  since: number
  polls: number
  interval: number
}

/**
 * Answers floods without the store: a code that is told to slow down more than ten times within a second is told so
 * from here until the second is over. Ordinary clients, even hasty ones, never get in.
 */
export class FloodGuard {
  readonly #floods = new Map<string, Flood>()

  /**
   * The interval (seconds) to answer at once with, or `undefined` when the store has to be asked. To another client
   * the code is unknown, flooded or not.
   */
  interval(id: string, clientId: string, now: number): number | undefined {
    if (this.#floods.size === 0) return undefined
    const flood = this.#floods.get(id)
    if (flood === undefined || flood.clientId !== clientId || flood.polls <= patience) return undefined
    if (now - flood.since >= windowMs || now < flood.since) {
      // one poll goes through, and a further one only a second later
      flood.since = now
      return undefined
    }
    return flood.interval
  }

  /** Notes that the store said `slow_down`. */
  slowedDown(id: string, clientId: string, interval: number, now: number): void {
    const flood = this.#floods.get(id)
    if (flood === undefined) {
      if (this.#floods.size >= maxCodes) this.#floods.clear()
      this.#floods.set(id, { clientId, since: now, polls: 1, interval })
      return
    }
    flood.interval = interval
    if (flood.polls <= patience && now - flood.since >= windowMs) {
      flood.since = now
      flood.polls = 1
    } else flood.polls++
  }

  /** Forgets a code that is over or polls as it should. */
  forget(id: string, clientId: string): void {
    if (this.#floods.size > 0 && this.#floods.get(id)?.clientId === clientId) this.#floods.delete(id)
  }
}
