import { type DeviceTokenRequest, type DeviceTokenResult, pollDeviceToken } from '../endpoints/token.ts'
import type { Failure } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'
import { boundedInterval } from '../http/response.ts'
import { linkedController } from '../runtime/abort.ts'
import { systemClock, waitUntil } from '../runtime/clock.ts'
import { type SignInFailure, signInEndedBy, signInFailure } from './outcome.ts'
import { nextPollAt, type Pace, paceAfter } from './pacing.ts'

/** The state of the polls before a wait. */
export interface PollReport {
  /** The number of the next poll, from 1. */
  readonly attempt: number
  /** The time of the next poll, in epoch milliseconds. */
  readonly nextPollAt: number
  /** Seconds between polls. */
  readonly interval: number
  /** The arrival of the last response, in epoch milliseconds; of the codes, before the first poll. */
  readonly answeredAt: number
  /** The error code of the last poll; missing before the first. */
  readonly lastError?: string
}

/** The device code to poll for. */
export interface PollRequest extends DeviceTokenRequest {
  /** Seconds between polls. */
  readonly interval: number
  /** The expiry of the device code, in epoch milliseconds. */
  readonly expiresAt: number
  /** The arrival of the codes, or of the last response, in epoch milliseconds; default now. */
  readonly answeredAt?: number | undefined
}

/** The options of the polls. */
export interface PollOptions extends RequestOptions {
  /** Seconds for all polls together; default until the device code expires. */
  readonly timeLimit?: number | undefined
  /** The number of polls in a row that may stay without an OAuth response; default: no limit until the device code expires. */
  readonly maxNetworkFailures?: number | undefined
  /**
   * Called before the wait for each poll.
   *
   * @example
   * onPoll: ({ nextPollAt, lastError }) => console.log(new Date(nextPollAt), lastError)
   */
  readonly onPoll?: ((report: PollReport) => void) | undefined
  /** A random number from 0 up to 1, for tests; default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** The tokens of a sign-in, or the reason why it failed. */
export type SignInResult = Extract<DeviceTokenResult, { readonly ok: true }> | SignInFailure

/**
 * Polls until there are tokens, the sign-in is denied, or the time is over. A network that fails does not end the polls: they back off
 * and continue. Never rejects.
 *
 * @example
 * const codes = await requestDeviceAuthorization({ address: deviceAuthorizationEndpoint, clientId: 'tv' })
 * if (codes.ok) {
 *   const result = await pollUntilDone({ address: tokenEndpoint, clientId: 'tv', ...codes })
 *   if (!result.ok) console.log(result.outcome)
 * }
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export async function pollUntilDone(request: PollRequest, options: PollOptions = {}): Promise<SignInResult> {
  const { signal, timeLimit, clock = systemClock } = options
  if (timeLimit === undefined) return pollUntilEnd(request, options)
  const inner = linkedController(signal)
  const limit = waitUntil(clock.now() + timeLimit * 1000, clock, inner.signal).then((isLate) => {
    inner.abort()
    return isLate
  })
  try {
    const result = await pollUntilEnd(request, { ...options, signal: inner.signal })
    inner.abort()
    const isLate = await limit
    return !result.ok && result.outcome === 'aborted' && isLate ? signInEndedBy('timeout') : result
  } finally {
    inner.abort()
    inner.unlink()
  }
}

/** The loop itself, without the time limit. */
async function pollUntilEnd(request: PollRequest, options: PollOptions): Promise<SignInResult> {
  const { clock = systemClock, signal, maxNetworkFailures = Infinity, onPoll, random = Math.random } = options
  const { expiresAt, interval, answeredAt = clock.now() } = request
  let pace: Pace = { interval: boundedInterval(interval), answeredAt, isPending: true, failures: 0, retryAfter: 0 }
  let last: Failure | undefined
  for (let attempt = 1; ; attempt++) {
    const at = nextPollAt(pace, expiresAt, clock.now(), random())
    // without an OAuth response at the end, the network is the reason
    if (at === undefined) {
      return last !== undefined && pace.failures > 0 ? signInFailure(last) : signInEndedBy('expired')
    }
    const report = { attempt, nextPollAt: at, interval: pace.interval, answeredAt: pace.answeredAt }
    onPoll?.(last === undefined ? report : { ...report, lastError: last.error })
    if (!(await waitUntil(at, clock, signal))) return signInEndedBy('aborted')
    const polledAt = clock.now()
    const result = await pollDeviceToken(request, options)
    if (result.ok) return result
    if (!result.retryable) return finalFailure(result, pace)
    last = result
    pace = paceAfter(pace, result, polledAt, clock.now())
    if (pace.failures > maxNetworkFailures) return signInFailure(result)
  }
}

/** A device code that is unknown after a lost response was probably redeemed by the poll whose response got lost. */
function finalFailure(result: Failure, pace: Pace): SignInFailure {
  return result.error === 'invalid_grant' && pace.failures > 0 ? signInFailure(result, 'lost') : signInFailure(result)
}
