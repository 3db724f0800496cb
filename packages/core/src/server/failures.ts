import type { ServerContext } from '../contract/context.ts'
import type { ErrorContext } from '../contract/hook-arguments.ts'
import type { Hooks } from '../contract/hooks.ts'
import { OperationFailure } from '../time-limit.ts'
import { createErrorReports } from './error-reports.ts'

/**
 * Makes the part of the context that reports failures to the application: the original error, without our wrapper. The
 * event `failed` is emitted for each failure, the hook `onError` is called once a second for each kind.
 *
 * @param context - Returns the context, which is not complete yet.
 */
export function createFailures<Native>(
  context: () => ServerContext<Native>,
): Pick<ServerContext<Native>, 'fail' | 'flushErrors'> {
  const reports = createErrorReports((error, where) => void callOnError(context().hooks, error, where))
  return {
    fail(operation, error, where) {
      const { events, now } = context()
      const cause = error instanceof OperationFailure ? error.cause : error
      // not for a failing listener of `failed`, which would be called again and again
      if (operation !== 'listener:failed') events.emit('failed', { at: now(), operation, error: cause })
      reports.add(operation, cause, where)
    },
    flushErrors: reports.flush,
  }
}

/** Calls `onError`. An error of `onError` itself is ignored, so that it changes no answer and does not end the process. */
async function callOnError<Native>({ onError }: Hooks<Native>, error: unknown, where: ErrorContext): Promise<void> {
  try {
    await onError(error, where)
  } catch {
    // the log itself fails: nobody can be told
  }
}
