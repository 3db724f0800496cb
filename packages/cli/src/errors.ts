import type { Failure, Outcome, SignInFailure } from '@device-auth/client'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { plain } from './terminal/plain-text.ts'

/** What else is known of an error. */
export interface ErrorDetails {
  /** The code of the error, for programs; see the RFCs and `Failure` of the client. */
  readonly error: string
  /** What to do about it. */
  readonly hint?: string | undefined
  /** For `--verbose`. */
  readonly detail?: string | undefined
}

/** Ends the command, with a sentence for people and a code for programs. Holds no secrets. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  readonly details: ErrorDetails

  constructor(exitCode: ExitCode, message: string, details: ErrorDetails) {
    super(message)
    this.exitCode = exitCode
    this.details = details
  }
}

/** An option or a command is wrong or missing. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(exitCodes.usage, message, { error: 'usage', hint })
}

/** Whom the failure is about. */
export interface Subject {
  readonly issuer: string
  readonly clientId: string
}

/** The outcome of an exchange outside a sign-in. */
export function exchangeOutcome({ error, retryable }: Failure): Outcome {
  if (error === 'aborted') return 'aborted'
  return retryable ? 'network' : 'misconfigured'
}

type Words = readonly [exitCode: ExitCode, message: string, hint?: string | undefined]

const byOutcome: Readonly<Record<Exclude<Outcome, 'misconfigured' | 'network'>, Words>> = {
  expired: [exitCodes.expired, 'Nobody approved in time, and the code has expired.', 'Run this again for a new one.'],
  denied: [exitCodes.denied, 'The request was declined.'],
  aborted: [exitCodes.interrupted, 'Stopped.'],
  timeout: [exitCodes.expired, 'Nobody approved within the time limit.', 'Run this again, or raise --time-limit.'],
  lost: [exitCodes.failed, 'The tokens were lost on their way.', 'Run this again for a new code.'],
  unattended: [
    exitCodes.unattended,
    'Nobody can approve a sign-in here.',
    'Sign in where somebody can, or say --interactive.',
  ],
  rejected: [exitCodes.failed, 'The server refuses the sign-in.', 'Run this again; --verbose shows what it says.'],
}

/** How a sign-in or an exchange failed, in words, with the exit code. */
export function failureError(failure: Failure | SignInFailure, subject: Subject, outcome: Outcome): CliError {
  const [exitCode, message, hint] = wordsFor(failure, subject, outcome)
  const { error, errorDescription, status } = failure
  const said = errorDescription === undefined ? '' : `: ${plain(errorDescription)}`
  const detail = `${plain(error, 100)}${status === undefined ? '' : ` (HTTP ${status})`}${said}`
  return new CliError(exitCode, message, { error: plain(error, 100), hint, detail })
}

function wordsFor(failure: Failure, subject: Subject, outcome: Outcome): Words {
  if (outcome === 'network') return networkWords(failure, plain(subject.issuer))
  if (outcome === 'misconfigured') return misconfiguredWords(failure, plain(subject.clientId, 100))
  const [exitCode, message, hint] = byOutcome[outcome]
  const said = failure.errorDescription
  const isSaid = said !== undefined && (outcome === 'rejected' || outcome === 'unattended')
  return [exitCode, isSaid ? `${message} ${plain(said)}` : message, hint]
}

function networkWords({ error, status }: Failure, issuer: string): Words {
  const { network } = exitCodes
  if (error === 'timeout') return [network, `${issuer} does not answer in time.`, 'Try again later.']
  if (error === 'network_error')
    return [network, `There is no authorization server at ${issuer}, or no way to it.`, 'Check address and connection.']
  if (status !== undefined && status >= 500)
    return [network, `${issuer} is out of order for the moment.`, 'Try again later.']
  const hint = 'Check the address; a network that asks you to log in first may answer in its place.'
  return [network, `What answers at ${issuer} is no authorization server.`, hint]
}

function misconfiguredWords({ error, errorDescription }: Failure, clientId: string): Words {
  const { misconfigured } = exitCodes
  const said = errorDescription === undefined ? '' : ` ${plain(errorDescription)}`
  switch (error) {
    case 'invalid_client':
      return [
        misconfigured,
        `The server does not know the client ${clientId}, or wants its secret.`,
        'Check --client-id.',
      ]
    case 'unauthorized_client':
      return [
        misconfigured,
        `The client ${clientId} may not sign in devices.`,
        'Allow it the device grant at the server.',
      ]
    case 'invalid_scope':
      return [misconfigured, `The server refuses the scopes.${said}`, 'Check --scope.']
    case 'insecure_url':
      return [misconfigured, 'The server names an address that is not https.', 'Run doctor to see which.']
    case 'client_error':
      return [misconfigured, said.trim() || 'The request cannot be made.']
    default:
      return [misconfigured, `The server refuses the request.${said}`, 'Run doctor to see how it deviates.']
  }
}
