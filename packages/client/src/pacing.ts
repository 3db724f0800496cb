import { boundedInterval } from './answer.ts'
import { type Failure, isTransient } from './results.ts'

/** Where a wait for approval stands. */
export interface Pace {
  /** Seconds between polls, as the server wants them. */
  readonly interval: number
  /** Polls in a row that nobody answered, or not in the words of OAuth. */
  readonly failures: number
  /** Seconds that the last answer asked to wait. */
  readonly retryAfter: number
}

/** The pace before the first poll. */
export function firstPace(interval: number): Pace {
  return { interval: boundedInterval(interval), failures: 0, retryAfter: 0 }
}

/**
 * The pace after an answer that was no token.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export function paceAfter(pace: Pace, failure: Failure): Pace {
  const failures = isTransient(failure) ? pace.failures + 1 : 0
  const asked = failure.interval ?? 0
  const interval = failure.error === 'slow_down' ? Math.max(pace.interval + 5, asked) : Math.max(pace.interval, asked)
  return { interval: boundedInterval(interval), failures, retryAfter: failure.retryAfter ?? 0 }
}

// clocks of virtual machines drift; a poll that comes 1 ms early costs five seconds
const MARGIN = 100
// before the expiry that is counted from our receipt of the codes
const LAST_POLL = 1000
const LONGEST_BACK_OFF = 60

/** Seconds that a back-off adds up to: doubled with each failure, and never less than the interval. */
export function backOff(interval: number, failures: number): number {
  return Math.max(interval, Math.min(interval * 2 ** Math.min(failures, 30), LONGEST_BACK_OFF))
}

/**
 * When to poll (epoch milliseconds), or nothing when the codes expire before.
 *
 * Never earlier than one interval after the last answer. The last poll is the one just before expiry: where another would not fit behind the
 * next, the next waits until then. A last poll that got no answer is repeated past expiry, because it may have been a success.
 *
 * @param answeredAt - When the last answer, or the codes, arrived.
 * @param random - At least 0, less than 1: spreads devices that lost the same server, later but never earlier.
 */
export function nextPollAt(pace: Pace, answeredAt: number, expiresAt: number, random: number): number | undefined {
  const { interval, failures, retryAfter } = pace
  const step = interval * 1000 + MARGIN
  const earliest = answeredAt + step
  const spread = failures === 0 ? 1 : 1 + random / 10
  const wanted = answeredAt + Math.max(backOff(interval, failures) * spread, retryAfter) * 1000 + MARGIN
  const last = expiresAt - LAST_POLL
  if (earliest > last) return failures > 0 && answeredAt < expiresAt ? earliest : undefined
  return wanted + step > last ? last : wanted
}
