import type { Awaitable } from '@device-auth/core'
import type { RunScript } from './client.ts'

/** The time of a step: epoch milliseconds; `undefined`: the time of the Redis server in the moment in which it runs the step. */
export type Now = number | undefined

/** An estimate of the time of a database. */
export interface StoreClock {
  /** The estimated time of the database, in epoch milliseconds; the time of this process before the first measurement. */
  now(): number
  /**
   * Measures the time of the database: at the start, when the last measurement is older than 30 s, and after the clock of this
   * process was set. Otherwise it does nothing. A measurement that fails or takes more than a second leaves the estimate as it is.
   *
   * @returns a promise only if there is something to wait for; it never rejects
   */
  synchronize(): Awaitable<void>
  /** Milliseconds by which the database was ahead of this process when it was measured last; `undefined` before that. */
  readonly offset: number | undefined
}

/** The two clocks of this process, in milliseconds. */
export interface ProcessClocks {
  /** Epoch milliseconds; an operator may set this clock. */
  wall(): number
  /** Time since some moment; it only goes forward. */
  monotonic(): number
}

const MAX_AGE = 30_000
const MAX_JUMP = 1_000
const MAX_WAIT = 1_000

const readTime = `return redis.call('TIME')`

const processClocks: ProcessClocks = { wall: () => Date.now(), monotonic: () => performance.now() }

/**
 * The clock of a Redis server; on a Cluster that of one master, so the clocks of the masters must agree.
 *
 * @param key chooses the master
 */
export function redisClock(run: RunScript, key: string, clocks: ProcessClocks = processClocks): StoreClock {
  let measured: { readonly server: number; readonly wall: number; readonly at: number } | undefined
  let measuring: Promise<void> | undefined

  const measure = async (): Promise<void> => {
    const sent = clocks.monotonic()
    const [seconds, microseconds] = (await run(readTime, [key], [])) as unknown[]
    const at = clocks.monotonic()
    if (measured !== undefined && at - sent > MAX_WAIT) return
    // the server read its clock between the two moments
    const server = Number(seconds) * 1000 + Number(microseconds) / 1000 + (at - sent) / 2
    measured = { server, wall: clocks.wall(), at }
  }
  const start = (): Promise<void> => {
    measuring ??= measure()
      .catch(() => {})
      .finally(() => {
        measuring = undefined
      })
    return atMost(MAX_WAIT, measuring)
  }
  return {
    now: () => (measured === undefined ? clocks.wall() : measured.server + clocks.monotonic() - measured.at),
    synchronize() {
      if (measured === undefined) return start()
      const age = clocks.monotonic() - measured.at
      const jump = clocks.wall() - measured.wall - age
      // a machine that was suspended stops its monotonic clock: then the estimate is wrong, and the new one is waited for
      if (Math.abs(jump) > MAX_JUMP) return start()
      if (age > MAX_AGE) void start()
      return undefined
    },
    get offset() {
      return measured && measured.server - measured.wall
    },
  }
}

function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
