import type { StoreClock } from '@device-auth/core'

/** Milliseconds after which the clock is measured again. */
const MAX_AGE = 30_000
/** Milliseconds by which the wall clock may move against the monotonic one before the clock is measured again. */
const MAX_JUMP = 1_000
/** Milliseconds that a good measurement takes at most. A slower one is used only until there is a faster one. */
const MAX_ROUND_TRIP = 1_000
/**
 * Milliseconds after which an answer is not used at all. A measurement is wrong by up to half of its round trip, and a node or a
 * connection may stand still for a minute in the middle of one: codes would then live that much too long, or end too early.
 */
const MAX_FIRST_ROUND_TRIP = 5_000

interface Measurement {
  /** Milliseconds of the monotonic clock. */
  readonly at: number
  /** Milliseconds that the answer took. */
  readonly roundTrip: number
  /** Milliseconds from the monotonic clock of the node to the clock of the database. */
  readonly toDatabase: number
  /** Milliseconds from the monotonic clock of the node to its wall clock. */
  readonly toWall: number
}

/**
 * The clock of a database, measured now and then. Between two measurements it follows the monotonic clock of the node, which
 * nobody sets.
 *
 * @param read asks the database for its time in epoch milliseconds
 */
export function measuredClock(read: () => Promise<number>): StoreClock {
  let known: Measurement | undefined
  let measuring: Promise<void> | undefined
  const measure = async (): Promise<void> => {
    try {
      known = better(known, await measureOnce(read))
    } finally {
      measuring = undefined
    }
  }
  return {
    now: () => (known === undefined ? Date.now() : Math.floor(performance.now() + known.toDatabase)),
    synchronize() {
      const at = performance.now()
      // a machine that was suspended: its monotonic clock has stood still, and its wall clock was set
      if (known === undefined || hasJumped(known, at)) {
        measuring ??= measure()
        return measuring
      }
      if ((at - known.at > MAX_AGE || known.roundTrip > MAX_ROUND_TRIP) && measuring === undefined) {
        measuring = measure()
        // the old measurement is good enough, and the step that follows reports a database that is down
        measuring.catch(() => {})
      }
      return undefined
    },
    get offset() {
      return known && Math.round(known.toDatabase - known.toWall)
    },
  }
}

async function measureOnce(read: () => Promise<number>): Promise<Measurement> {
  const sentAt = performance.now()
  const time = await read()
  const at = performance.now()
  return { at, roundTrip: at - sentAt, toDatabase: time - (sentAt + at) / 2, toWall: Date.now() - at }
}

/**
 * Keeps the old measurement if the new one took long and the wall clock has not moved since, unless the old one took longer.
 *
 * @throws Error if there is neither a good old one nor a new one of any use
 */
function better(known: Measurement | undefined, measured: Measurement): Measurement {
  const { at, roundTrip } = measured
  if (roundTrip <= MAX_ROUND_TRIP) return measured
  const old = known === undefined || hasJumped(known, at) ? undefined : known
  if (old !== undefined && old.roundTrip <= roundTrip) return { ...old, at }
  if (roundTrip <= MAX_FIRST_ROUND_TRIP) return measured
  throw new Error(
    `The database took ${Math.round(roundTrip / 1000)} seconds to tell its time. Check the connection to it.`,
  )
}

function hasJumped({ toWall }: Measurement, at: number): boolean {
  return Math.abs(Date.now() - at - toWall) > MAX_JUMP
}
