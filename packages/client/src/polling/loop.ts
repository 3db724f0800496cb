import { type DeviceTokenRequest, type DeviceTokenResult, pollDeviceToken } from '../endpoints/token.ts'
import type { Failure } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'
import { boundedInterval } from '../http/response.ts'
import { linkedController } from '../runtime/abort.ts'
import { sleepUntil, systemClock } from '../runtime/clock.ts'
import { ended, endedBy, type SignInFailure } from './outcome.ts'
import { nextPollAt, type Pace, paceAfter } from './pacing.ts'

/** Said before each wait. */
export interface PollReport {
  /** The number of the poll that comes next, from 1. */
  readonly attempt: number
  /** Epoch milliseconds. */
  readonly nextPollAt: number
  /** Seconds. */
  readonly interval: number
  /** Epoch milliseconds; when the last answer, or the codes, arrived. */
  readonly answeredAt: number
  /** The code of the last answer. */
  readonly lastError?: string
}

/** What is waited for. */
export interface PollRequest extends DeviceTokenRequest {
  /** Seconds between polls. */
  readonly interval: number
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** When the codes, or the last answer, arrived; epoch milliseconds; default now. */
  readonly answeredAt?: number | undefined
}

/** How it is waited for. */
export interface PollOptions extends RequestOptions {
  /** Seconds for the whole; default until the codes expire. */
  readonly timeLimit?: number | undefined
  /** Polls in a row that may stay without an answer of OAuth; default: all of them, until the codes expire. */
  readonly maxNetworkFailures?: number | undefined
  readonly onPoll?: ((report: PollReport) => void) | undefined
  /** For tests; default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Tokens, or how the sign-in ended without. */
export type SignInResult = Extract<DeviceTokenResult, { readonly ok: true }> | SignInFailure

/**
 * Polls until there is a token, a decision, or no time left. The network may come and go meanwhile.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export async function pollUntilDone(request: PollRequest, options: PollOptions = {}): Promise<SignInResult> {
  const { signal, timeLimit, clock = systemClock } = options
  if (timeLimit === undefined) return poll(request, options)
  const inner = linkedController(signal)
  const limit = sleepUntil(clock.now() + timeLimit * 1000, clock, inner.signal).then((isLate) => {
    inner.abort()
    return isLate
  })
  try {
    const result = await poll(request, { ...options, signal: inner.signal })
    inner.abort()
    const isLate = await limit
    return !result.ok && result.outcome === 'aborted' && isLate ? endedBy('timeout') : result
  } finally {
    inner.abort()
    inner.unlink()
  }
}

async function poll(request: PollRequest, options: PollOptions): Promise<SignInResult> {
  const { clock = systemClock, signal, maxNetworkFailures = Infinity, onPoll, random = Math.random } = options
  const { expiresAt, interval, answeredAt = clock.now() } = request
  let pace: Pace = { interval: boundedInterval(interval), answeredAt, isPending: true, failures: 0, retryAfter: 0 }
  let last: Failure | undefined
  for (let attempt = 1; ; attempt++) {
    const at = nextPollAt(pace, expiresAt, clock.now(), random())
    // what the server said last counts; where it said nothing, the network is to blame
    if (at === undefined) return last !== undefined && pace.failures > 0 ? ended(last) : endedBy('expired')
    const report = { attempt, nextPollAt: at, interval: pace.interval, answeredAt: pace.answeredAt }
    onPoll?.(last === undefined ? report : { ...report, lastError: last.error })
    if (!(await sleepUntil(at, clock, signal))) return endedBy('aborted')
    const polledAt = clock.now()
    const result = await pollDeviceToken(request, options)
    if (result.ok) return result
    if (!result.retryable) return final(result, pace)
    last = result
    pace = paceAfter(pace, result, polledAt, clock.now())
    if (pace.failures > maxNetworkFailures) return ended(result)
  }
}

/** A code that is unknown after an answer that never came was probably redeemed by it. */
function final(result: Failure, pace: Pace): SignInFailure {
  return result.error === 'invalid_grant' && pace.failures > 0 ? ended(result, 'lost') : ended(result)
}
