import { setTimeout as sleep } from 'node:timers/promises'
import { CommanderError } from 'commander'
import { CliError } from './errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { fileFault } from './saved/state-folder.ts'
import { jsonLine, plain } from './terminal/plain-text.ts'
import { Screen } from './terminal/screen.ts'
import type { Surroundings } from './terminal/surroundings.ts'
import { terminalOf } from './terminal/terminal.ts'

const exitCodesUrl = 'https://www.npmjs.com/package/@device-auth/cli#exit-codes'
/** Milliseconds that a command has to end by itself after Ctrl-C. */
const STOP_TIME = 45

/**
 * Runs a command and returns its exit code. Never rejects. After Ctrl-C it returns within about 50 milliseconds, even if the command has
 * not ended: the caller exits then. Only while tokens are being replaced or saved, it waits for their end.
 *
 * @param args - The arguments after the name of the program.
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    await Promise.race([createProgram(surroundings).parseAsync(args, { from: 'user' }), stopped(surroundings)])
    return exitCodes.ok
  } catch (error) {
    await Promise.allSettled(surroundings.uncut)
    // commander also throws after --help and --version, and has already printed its message
    if (error instanceof CommanderError) return endOfCommander(error, args, surroundings)
    return report(asCliError(error, surroundings), args, surroundings)
  }
}

/** Rejects a while after Ctrl-C. A command that waits for a server must not keep the person waiting. */
function stopped(surroundings: Surroundings): Promise<never> {
  const { signal, stderr, uncut } = surroundings
  const stop = async (): Promise<never> => {
    await sleep(STOP_TIME, undefined, { ref: false })
    // the command has not removed its status line
    if (terminalOf(stderr, surroundings).live) stderr.write('\r\x1b[K')
    if (uncut.size > 0) {
      new Screen(stderr, surroundings).line(
        'Stopping as soon as the tokens are saved. Ctrl-C again stops at once, and the sign-in may be lost.',
      )
      await Promise.allSettled(uncut)
      // the command may have more to say
      await sleep(STOP_TIME, undefined, { ref: false })
    }
    throw interrupted()
  }
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => stop().catch(reject), { once: true })
  })
}

function interrupted(): CliError {
  return new CliError(exitCodes.interrupted, 'Stopped.', { error: 'aborted' })
}

function endOfCommander(
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
  if (signal.aborted) return interrupted()
  const detail = error instanceof Error ? error.stack : undefined
  if (isFileError(error)) {
    const hint = 'Use a folder that you can write to; --state-folder names it.'
    return new CliError(exitCodes.failed, `Cannot use ${error.path}: ${fileFault(error)}.`, {
      error: 'file_error',
      hint,
      detail,
    })
  }
  const message = `Unexpected error: ${plain(error instanceof Error ? error.message : error)}`
  const hint = 'Run the command again with --verbose to see where it happened.'
  return new CliError(exitCodes.failed, message, { error: 'unexpected', hint, detail })
}

/** True for an error of the file system at one of the files of this program. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

function report(error: CliError, args: readonly string[], surroundings: Surroundings): ExitCode {
  const screen = new Screen(surroundings.stderr, surroundings)
  const { exitCode, message, details } = error
  screen.failed(details.hint === undefined ? message : `${message} ${details.hint}`)
  if (args.includes('--verbose') && details.detail !== undefined) {
    for (const line of details.detail.split('\n')) screen.line(`  ${plain(line)}`)
  }
  const isSelfEvident = exitCode === exitCodes.denied || exitCode === exitCodes.interrupted
  if (!isSelfEvident) screen.line(screen.paint('dim', `  ${exitCodesUrl}`))
  if (args.includes('--json')) {
    surroundings.stdout.write(
      jsonLine({ type: 'failed', error: details.error, message, hint: details.hint, exit_code: exitCode }),
    )
  }
  return exitCode
}
