import type { StoreClock } from '@device-auth/core'

/** Milliseconds after which the clock is measured again. */
const MAX_AGE = 30_000
/** Milliseconds by which the wall clock may move against the monotonic one before the clock is measured again. */
const MAX_JUMP = 1_000
/** Milliseconds that a measurement may take. A slower one is used only if there is no other. */
const MAX_ROUND_TRIP = 1_000

interface Measurement {
  /** Milliseconds of the monotonic clock. */
  readonly at: number
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
      if (at - known.at > MAX_AGE && measuring === undefined) {
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

async function measureOnce(read: () => Promise<number>): Promise<Measurement & { readonly roundTrip: number }> {
  const sentAt = performance.now()
  const time = await read()
  const at = performance.now()
  return { at, toDatabase: time - (sentAt + at) / 2, toWall: Date.now() - at, roundTrip: at - sentAt }
}

/** Keeps the old measurement if the new one took long, which makes it inexact, and the wall clock has not moved since. */
function better(
  known: Measurement | undefined,
  { roundTrip, ...measured }: Measurement & { readonly roundTrip: number },
): Measurement {
  const isExact = roundTrip <= MAX_ROUND_TRIP || known === undefined || hasJumped(known, measured.at)
  return isExact ? measured : { ...known, at: measured.at }
}

function hasJumped({ toWall }: Measurement, at: number): boolean {
  return Math.abs(Date.now() - at - toWall) > MAX_JUMP
}
