import { type ExitCode, exitCodes } from './exit-codes.ts'

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
