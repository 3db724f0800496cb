import type { ErrorContext } from '../contract/hook-arguments.ts'

/** Milliseconds in which one kind of error is told once. */
const PERIOD = 1000

/** The kinds in one second that errors may make: an application can put anything into their messages, codes and names. */
const MAX_KINDS = 100

/** An error that was not told yet, and the number of those before it that never will be. */
interface Waiting {
  readonly error: unknown
  readonly where: ErrorContext
  readonly leftOut: number
}

/** Tells of errors, but not of each one. */
export interface ErrorReports {
  /** Reports an error. `operation` is the step that failed. */
  add(operation: string, error: unknown, where: ErrorContext): void
  /** Tells at once what waits for the end of its second. */
  flush(): void
}

/**
 * Calls `tell` at most once a second for each kind of error: a database that is away fails every request, and a log line
 * for each of them would be a failure of its own. The first error of a kind is told at once. Those that follow within the
 * second are told together at its end, as the last one of them with `leftOut`, the number of the others.
 *
 * Errors are of one kind if they have the same operation, endpoint, name, `code` and message. Words with digits do not count:
 * they are ids, ports and addresses. With {@link MAX_KINDS} kinds in one second, operation and endpoint alone count.
 */
export function createErrorReports(tell: (error: unknown, where: ErrorContext) => void): ErrorReports {
  const kinds = new Map<string, Waiting | undefined>()
  const tellWaiting = (kind: string): boolean => {
    const waiting = kinds.get(kind)
    if (waiting === undefined) return false
    kinds.set(kind, undefined)
    const { error, where, leftOut } = waiting
    tell(error, leftOut === 0 ? where : { ...where, leftOut })
    return true
  }
  const endPeriod = (kind: string): void => {
    if (tellWaiting(kind)) startPeriod(kind)
    else kinds.delete(kind)
  }
  const startPeriod = (kind: string): void => {
    const timer: unknown = setTimeout(endPeriod, PERIOD, kind)
    // a log line that waits must not keep a process alive that has nothing else to do; in workers a timer is a number
    if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
  }
  return {
    add(operation, error, where) {
      const kind = readableKind(operation, error, where, kinds.size < MAX_KINDS)
      if (kinds.has(kind)) {
        const before = kinds.get(kind)
        kinds.set(kind, { error, where, leftOut: before === undefined ? 0 : before.leftOut + 1 })
        return
      }
      kinds.set(kind, undefined)
      startPeriod(kind)
      tell(error, where)
    },
    flush() {
      for (const kind of kinds.keys()) tellWaiting(kind)
    },
  }
}

/** The kind of an error. One whose name or message cannot be read must not fail the request a second time. */
function readableKind(operation: string, error: unknown, where: ErrorContext, withError: boolean): string {
  if (!withError) return `${operation} ${where.endpoint}`
  try {
    return kindOf(operation, error, where)
  } catch {
    return `${operation} ${where.endpoint}`
  }
}

function kindOf(operation: string, error: unknown, { endpoint }: ErrorContext): string {
  if (!(error instanceof Error)) return `${operation} ${endpoint} ${typeof error}`
  const code: unknown = Reflect.get(error, 'code')
  const message = error.message.slice(0, 200).replace(/\S*\d\S*/g, '#')
  return [operation, endpoint, error.name, typeof code === 'string' ? code : '', message].join(' ')
}
