import { type DeviceTokenRequest, type DeviceTokenResult, pollDeviceToken } from '../endpoints/token.ts'
import { type Failure, failure } from '../http/failure.ts'
import { boundedInterval } from '../http/oauth-response.ts'
import { requestChecks } from '../http/option-checks.ts'
import type { RequestOptions } from '../http/post.ts'
import { steadyClock, systemClock, waitUntil } from '../runtime/clock.ts'
import { type Checks, checkRequest, isFunction, isNumberOf, knownOptions } from '../runtime/options.ts'
import { type TimeLimit, withTimeLimit } from '../runtime/time-limit.ts'
import { type SignInFailure, signInFailure } from './outcome.ts'
import { nextPollAt, type Pace, paceAfter } from './pacing.ts'
import { waitingPolls } from './waiting.ts'

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
  /** Seconds that the server holds a poll which asks for it (`maxPollWait` of its endpoints). Default: polls do not ask. */
  readonly maxWait?: number | undefined
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

/** The checks of the options of the polls, except `onPoll`. */
export const pollChecks: Checks<Omit<PollOptions, 'onPoll'>> = {
  ...requestChecks,
  timeLimit: isNumberOf('seconds'),
  maxNetworkFailures: isNumberOf('failures'),
  random: isFunction,
}

/** The tokens of a sign-in, or the reason why it failed. */
export type SignInResult = Extract<DeviceTokenResult, { readonly ok: true }> | SignInFailure

/**
 * Polls until there are tokens, the sign-in is denied, or the time is over. A network that fails does not end the polls: they back off
 * and continue.
 *
 * @example
 * const codes = await requestDeviceAuthorization({ address: deviceAuthorizationEndpoint, clientId: 'tv' })
 * if (codes.ok) {
 *   const result = await pollUntilDone({ address: tokenEndpoint, clientId: 'tv', ...codes })
 *   if (!result.ok) console.log(result.outcome)
 * }
 * @throws {TypeError} for a request without one of its texts, or an option that is misspelt or wrong; never rejects otherwise.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export async function pollUntilDone(request: PollRequest, options: PollOptions = {}): Promise<SignInResult> {
  const checks = { ...pollChecks, onPoll: isFunction }
  const given = checkRequest('pollUntilDone', request, options, checks, 'deviceCode')
  const { signal, timeLimit = Infinity, clock = systemClock } = given
  const late = signInFailure(failure('time_limit'))
  return withTimeLimit(
    timeLimit * 1000,
    { signal, clock: steadyClock(clock) },
    (limit) => pollWithin(limit, request, given),
    late,
  )
}

/** Seconds; the lifetime of codes that the server still knows although they look expired, because the clock was set forward meanwhile. */
const UNKNOWN_LIFETIME = 600

/** The loop itself. Its instants are those of the clock of the limit. */
export async function pollWithin(
  { signal, clock, left }: TimeLimit,
  request: PollRequest,
  options: PollOptions,
): Promise<SignInResult> {
  const { maxNetworkFailures = Infinity, onPoll, random = Math.random } = options
  const sent = knownOptions(requestChecks, options)
  const { interval, answeredAt = clock.now() } = request
  let { expiresAt } = request
  let pace: Pace = { interval: boundedInterval(interval), answeredAt, isPending: true, failures: 0, retryAfter: 0 }
  let last: Failure | undefined
  const waits = waitingPolls(request.maxWait, options)
  for (let attempt = 1; ; attempt++) {
    const at = nextPollAt(pace, expiresAt, clock.now(), random())
    // without an OAuth response at the end, the network is the reason
    if (at === undefined) return signInFailure(last && pace.failures > 0 ? last : failure('expired_token'))
    const report = { attempt, nextPollAt: at, interval: pace.interval, answeredAt: pace.answeredAt }
    onPoll?.(last ? { ...report, lastError: last.error } : report)
    // the server asks for more time than there is
    if (last && pace.retryAfter * 1000 > left()) return signInFailure(last)
    if (!(await waitUntil(at, clock, signal))) return signInFailure(failure('aborted'))
    const polledAt = clock.now()
    const headers = { ...waits.headers(), ...request.headers }
    const result = await pollDeviceToken({ ...request, headers }, { ...sent, signal })
    if (result.ok) return result
    if (!result.retryable) {
      const isPast = (options.clock ?? systemClock).now() > request.expiresAt
      return finalFailure(result, pace, isPast)
    }
    last = result
    waits.note(result)
    pace = paceAfter(pace, result, polledAt, clock.now())
    if (pace.failures > maxNetworkFailures) return signInFailure(result)
    if (attempt === 1 && pace.isPending && polledAt > expiresAt) expiresAt = polledAt + UNKNOWN_LIFETIME * 1000
  }
}

const forgotten = 'The server no longer knows this sign-in.'

/**
 * A device code that is unknown after a poll without a response was redeemed by that poll, or forgotten by a server that restarted:
 * both look the same from here. One that is unknown after its expiry was forgotten by the server.
 */
function finalFailure(result: Failure, pace: Pace, isPastExpiry: boolean): SignInFailure {
  if (result.error !== 'invalid_grant') return signInFailure(result)
  const { status, raw } = result
  if (pace.failures > 0)
    return signInFailure(failure(result.error, { status, raw, errorDescription: forgotten }), 'lost')
  return isPastExpiry ? signInFailure(result, 'expired') : signInFailure(result)
}
