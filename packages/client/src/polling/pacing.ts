import { type Failure, isTransient } from '../http/failure.ts'
import { boundedInterval } from '../http/response.ts'

/** Where a wait for approval stands. */
export interface Pace {
  /** Seconds between polls, as the server wants them. */
  readonly interval: number
  /** When the last answer, or the codes, arrived; epoch milliseconds. */
  readonly answeredAt: number
  /** When the last poll was sent, if there was one; epoch milliseconds. */
  readonly polledAt?: number
  /** The last answer was that nobody has decided. */
  readonly isPending: boolean
  /** Polls in a row that nobody answered in the words of OAuth. */
  readonly failures: number
  /** Seconds that the last answer asked to wait. */
  readonly retryAfter: number
}

/**
 * The pace after an answer that was no token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export function paceAfter(pace: Pace, failure: Failure, polledAt: number, answeredAt: number): Pace {
  const asked = failure.interval ?? 0
  const interval = failure.error === 'slow_down' ? Math.max(pace.interval + 5, asked) : Math.max(pace.interval, asked)
  return {
    interval: boundedInterval(interval),
    answeredAt,
    polledAt,
    isPending: failure.error === 'authorization_pending',
    failures: isTransient(failure) ? pace.failures + 1 : 0,
    retryAfter: failure.retryAfter ?? 0,
  }
}

// clocks of virtual machines drift, and a poll that comes 1 ms early costs five seconds
const MARGIN = 100
// the server began to count before we did
const LAST_POLL = 1000
const LONGEST_BACK_OFF = 60

/** Seconds to wait after failures in a row: doubled with each, and never less than the interval. */
export function backOff(interval: number, failures: number): number {
  return Math.max(interval, Math.min(interval * 2 ** Math.min(failures, 30), LONGEST_BACK_OFF))
}

/**
 * When to poll (epoch milliseconds), or nothing when the codes expire before.
 *
 * Never earlier than one interval after the last answer. The last poll is the one just before expiry: where another would not fit behind
 * the next, the next waits until then. A last poll that got no decision is repeated past expiry, once, because an answer that was lost may have been a success.
 *
 * @param random - At least 0, less than 1: spreads devices that lost the same server; later, never earlier.
 */
export function nextPollAt(pace: Pace, expiresAt: number, now: number, random: number): number | undefined {
  const { interval, answeredAt, polledAt, isPending, failures, retryAfter } = pace
  const step = interval * 1000 + MARGIN
  const earliest = Math.max(answeredAt + step, now)
  const last = expiresAt - LAST_POLL
  if (earliest > last) {
    // an interval as long as the codes live: one poll is better than none
    if (polledAt === undefined) return now < last ? last : undefined
    return !isPending && polledAt < expiresAt ? earliest : undefined
  }
  const spread = failures === 0 ? 1 : 1 + random / 10
  const pause = Math.max(backOff(interval, failures) * spread, retryAfter) * 1000 + MARGIN
  const wanted = Math.max(answeredAt + pause, now)
  return wanted + step > last ? last : wanted
}
