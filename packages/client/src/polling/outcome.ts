import { type Failure, failure, isTransient } from '../http/failure.ts'
import { redacted } from '../http/redact.ts'

/**
 * How a sign-in ended without a token.
 *
 * - `expired`: nobody decided in time; ask for a new code
 * - `denied`: a person said no
 * - `aborted`: by the application's signal
 * - `timeout`: the application's `timeLimit`
 * - `network`: the server could not be reached, or nothing of OAuth came back
 * - `misconfigured`: client, scope or address; no repetition helps
 * - `lost`: tokens were probably issued in an answer that got lost; ask for a new code
 * - `unattended`: nobody is there who could approve
 * - `rejected`: any other word of the server
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

/** The end of a sign-in that failed; `error` has the code of the last answer. */
export interface SignInFailure extends Failure {
  readonly outcome: Outcome
  /** A new code would help. */
  readonly restart: boolean
}

const outcomes: Readonly<Record<string, Outcome>> = {
  access_denied: 'denied',
  expired_token: 'expired',
  aborted: 'aborted',
  invalid_client: 'misconfigured',
  unauthorized_client: 'misconfigured',
  unsupported_grant_type: 'misconfigured',
  invalid_request: 'misconfigured',
  invalid_scope: 'misconfigured',
  invalid_target: 'misconfigured',
  insecure_url: 'misconfigured',
  client_error: 'misconfigured',
}

/** The outcome that a failure stands for. */
export function outcomeOf(failure: Failure): Outcome {
  if (isTransient(failure) || failure.error === 'slow_down') return 'network'
  return Object.hasOwn(outcomes, failure.error) ? (outcomes[failure.error] ?? 'rejected') : 'rejected'
}

/** A failure as the end of a sign-in. */
export function ended(last: Failure, outcome: Outcome = outcomeOf(last)): SignInFailure {
  const restart = outcome === 'expired' || outcome === 'lost'
  return redacted({ ...last, retryable: false, outcome, restart })
}

/** An end that no answer told. */
export function endedBy(outcome: 'expired' | 'aborted' | 'timeout'): SignInFailure {
  return ended(failure(outcome === 'expired' ? 'expired_token' : outcome), outcome)
}
