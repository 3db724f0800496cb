import { type Failure, isTransient } from '../http/failure.ts'
import { boundedInterval } from '../http/oauth-response.ts'

/** The pace of the polls of one device code. Plain JSON, so that a server can keep it between two polls. */
export interface Pace {
  /** Seconds between polls, as the server wants them. */
  readonly interval: number
  /** The arrival of the last response, in epoch milliseconds; of the codes, before the first poll. */
  readonly answeredAt: number
  /** The time of the last poll, in epoch milliseconds; missing before the first poll. */
  readonly polledAt?: number
  /** True if the last response was `authorization_pending`. */
  readonly isPending: boolean
  /** The number of polls in a row without an OAuth response. */
  readonly failures: number
  /** Seconds that the last response asked to wait (`Retry-After`); 0 if it did not. */
  readonly retryAfter: number
  /** True if the server held the last poll for an interval or longer, so that the next one may follow at once. */
  readonly wasHeld?: boolean
}

/**
 * The pace after a poll that brought no tokens. `slow_down` adds 5 seconds to the interval, for this and all later polls.
 *
 * @param failure - The result of the poll.
 * @param polledAt - When the poll was sent; epoch milliseconds.
 * @param answeredAt - When the response arrived; epoch milliseconds.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
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
    ...(failure.held && answeredAt - polledAt >= interval * 1000 ? { wasHeld: true } : {}),
  }
}

/** Milliseconds added to each wait: clocks of virtual machines drift, and a poll that is 1 ms early costs five seconds. */
const MARGIN = 100
/** Milliseconds between the last poll and expiry: the server began to count before the client did. */
const LAST_POLL = 1000
/** Seconds; the longest pause after failures. */
const LONGEST_BACK_OFF = 60

/**
 * Seconds to wait after failures in a row: doubled with each failure, and never less than the first wait.
 *
 * @param first - Seconds.
 * @param longest - Seconds; default a minute.
 */
export function backOff(first: number, failures: number, random: number, longest: number = LONGEST_BACK_OFF): number {
  return Math.max(first, Math.min(first * 2 ** failures, longest)) * (1 + random / 10)
}

/**
 * The time of the next poll. It is never earlier than one interval after the last response or, if the server held the last poll for
 * that long, after its request.
 *
 * The last poll comes just before expiry: when a further poll would not fit after the next one, the next one waits until then. If the
 * last poll got no OAuth response, it is repeated once, past expiry, because the lost response may have been a success. A machine that
 * slept past the last poll, and codes that look expired before the first poll, get one poll too: the server decides.
 *
 * @param expiresAt - When the device code expires; epoch milliseconds.
 * @param now - Epoch milliseconds.
 * @param random - At least 0, less than 1. After a failure it makes the pause longer, so that many devices do not poll at the same time.
 * @returns Epoch milliseconds; `undefined` when the device code expires first.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function nextPollAt(pace: Pace, expiresAt: number, now: number, random: number): number | undefined {
  const { interval, answeredAt, polledAt, isPending, failures, retryAfter, wasHeld = false } = pace
  const step = interval * 1000 + MARGIN
  const earliest = Math.max(answeredAt + (wasHeld ? 0 : step), now)
  const last = expiresAt - LAST_POLL
  if (earliest > last) {
    // the interval is as long as the codes live, or the clock is wrong: one poll is better than none
    if (polledAt === undefined) return Math.max(last, now)
    return polledAt < (isPending ? last : expiresAt) ? earliest : undefined
  }
  const least = wasHeld ? 0 : backOff(interval, failures, failures && random) * 1000 + MARGIN
  const asked = retryAfter === 0 ? 0 : retryAfter * 1000 + MARGIN
  const pause = Math.max(least, asked)
  const wanted = Math.max(answeredAt + pause, now)
  return wanted + step > last ? last : wanted
}
