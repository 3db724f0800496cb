import { type Failure, isTransient } from '../http/failure.ts'
import { own } from '../http/oauth-response.ts'
import { redacted } from '../http/redact.ts'

/**
 * The reason why a sign-in ended without tokens.
 *
 * - `expired`: nobody approved in time; request new codes
 * - `denied`: the user denied the request
 * - `aborted`: the application aborted its signal, or closed the flow
 * - `timeout`: the `timeLimit` of the application has passed
 * - `network`: the server could not be reached, or no OAuth response came back
 * - `misconfigured`: client, scope or address is wrong; another attempt does not help
 * - `lost`: after a poll without an answer, the server no longer knows this sign-in. It may have issued tokens in an answer that got
 *   lost, or have lost its own records, as after a restart; request new codes
 * - `unattended`: no user is present who could approve
 * - `rejected`: the server refused with any other error
 */
export type Outcome =
  | 'expired'
  | 'denied'
  | 'aborted'
  | 'timeout'
  | 'network'
  | 'misconfigured'
  | 'lost'
  | 'unattended'
  | 'rejected'

/** A sign-in that failed; `error` is the code of the last response. */
export interface SignInFailure extends Failure {
  readonly outcome: Outcome
  /** True if a new sign-in, with new codes, may succeed. */
  readonly restart: boolean
}

const outcomes: Readonly<Record<string, Outcome>> = {
  access_denied: 'denied',
  expired_token: 'expired',
  aborted: 'aborted',
  time_limit: 'timeout',
  unattended: 'unattended',
  slow_down: 'network',
}

const misconfigured =
  /^(?:invalid_(?:client|request|scope|target|response)|unauthorized_client|unsupported_grant_type|insecure_url|(?:client|store)_error|issuer_mismatch|metadata_not_found)$/

function outcomeOf(failure: Failure): Outcome {
  const { error } = failure
  if (isTransient(failure)) return 'network'
  if (misconfigured.test(error)) return 'misconfigured'
  return own(outcomes, error) ?? 'rejected'
}

/**
 * Makes the end of a sign-in from its last failure.
 *
 * @param outcome - Default: the outcome of the error code.
 */
export function signInFailure(last: Failure, outcome: Outcome = outcomeOf(last)): SignInFailure {
  const restart = outcome === 'expired' || outcome === 'lost'
  return redacted({ ...last, retryable: false, outcome, restart })
}
