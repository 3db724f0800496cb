import { createJoin, type Join } from '../keys/join.ts'

/** Milliseconds in which fetches are counted. */
const PERIOD = 60_000

/** The most fetches of one host in a minute, so that this server is no tool to flood another one. */
const PER_HOST = 10

/** The most fetches at the same time: each of them holds a connection for up to its time limit. */
const AT_ONCE = 10

/** Counts the fetches that strangers cause, because they chose the address. */
export interface FetchBudget {
  /** Takes one fetch; `false` if there is none left for this host or this minute. */
  take(host: string, now: number): boolean
  /** Ends a fetch that was taken. */
  end(): void
  readonly join: Join
}

/**
 * Makes a budget for the fetches of one process.
 *
 * @param perMinute - The most fetches in a minute.
 */
export function createFetchBudget(perMinute: number): FetchBudget {
  let startedAt = Number.NEGATIVE_INFINITY
  let running = 0
  let total = 0
  const hosts = new Map<string, number>()
  return {
    take(host, now) {
      if (Math.abs(now - startedAt) >= PERIOD) {
        startedAt = now
        total = 0
        hosts.clear()
      }
      const ofHost = hosts.get(host) ?? 0
      if (running >= AT_ONCE || total >= perMinute || ofHost >= PER_HOST) return false
      running++
      total++
      hosts.set(host, ofHost + 1)
      return true
    },
    end: () => void running--,
    join: createJoin(),
  }
}
