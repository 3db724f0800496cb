import { CommanderError } from 'commander'
import { CliError } from './errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { jsonLine, plain } from './terminal/plain-text.ts'
import { Screen } from './terminal/screen.ts'
import type { Surroundings } from './terminal/surroundings.ts'

const docs = 'https://www.npmjs.com/package/@device-auth/cli#exit-codes'

/** Runs a command and says how it ended. Never rejects. @param args - What follows the name of the program. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    await createProgram(surroundings).parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    // help and version end like this too; commander has said what is wrong
    if (error instanceof CommanderError) return commanderEnd(error, args, surroundings)
    return tell(asCliError(error, surroundings), args, surroundings)
  }
}

function commanderEnd(
  { exitCode, message }: CommanderError,
  args: readonly string[],
  { stdout }: Surroundings,
): ExitCode {
  if (exitCode === 0) return exitCodes.ok
  const { usage } = exitCodes
  if (args.includes('--json')) stdout.write(jsonLine({ type: 'failed', error: 'usage', message, exit_code: usage }))
  return usage
}

function asCliError(error: unknown, { signal }: Surroundings): CliError {
  if (error instanceof CliError) return error
  if (signal.aborted) return new CliError(exitCodes.interrupted, 'Stopped.', { error: 'aborted' })
  const detail = error instanceof Error ? error.stack : undefined
  const message = `Something went wrong: ${plain(error instanceof Error ? error.message : error)}`
  return new CliError(exitCodes.failed, message, { error: 'unexpected', hint: '--verbose shows where.', detail })
}

function tell(error: CliError, args: readonly string[], surroundings: Surroundings): ExitCode {
  const screen = new Screen(surroundings.stderr, surroundings)
  const { exitCode, message, details } = error
  screen.failed(details.hint === undefined ? message : `${message} ${details.hint}`)
  const isSelfEvident = exitCode === exitCodes.denied || exitCode === exitCodes.interrupted
  if (args.includes('--verbose') && details.detail !== undefined)
    screen.line(
      `  ${details.detail
        .split('\n')
        .map((line) => plain(line))
        .join('\n  ')}`,
    )
  if (!isSelfEvident) screen.line(screen.paint('dim', `  ${docs}`))
  if (args.includes('--json')) {
    surroundings.stdout.write(
      jsonLine({ type: 'failed', error: details.error, message, hint: details.hint, exit_code: exitCode }),
    )
  }
  return exitCode
}
