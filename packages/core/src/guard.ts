import { type DeviceStore, StoreFullError } from './contract/store.ts'
import { isOAuthError } from './errors.ts'
import { type Awaitable, isThenable } from './http.ts'
import { forwardSteps, type StoreStep } from './stores/forward-steps.ts'

/** A store or hook that threw or took too long; the cause is what it threw. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure'
  readonly operation: string
  readonly kind: 'store' | 'hook'
  readonly timedOut: boolean

  constructor(operation: string, kind: 'store' | 'hook', cause: unknown) {
    super(`${kind} step ${operation} failed`, { cause })
    this.operation = operation
    this.kind = kind
    this.timedOut = cause instanceof TimeoutError
  }
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** What a caller may throw on purpose goes through as it is. */
function isDeliberate(error: unknown): boolean {
  return isOAuthError(error) || (error instanceof Error && error.name === StoreFullError.name)
}

/** Whether an error means that the server may do better later. */
export function isTransient(error: unknown): boolean {
  return error instanceof OperationFailure && (error.kind === 'store' || error.timedOut)
}

/** Told at the end of a measurement whether all went well. */
type End = (ok: boolean) => void

/**
 * Bounds an operation in time (milliseconds) and names it in what it throws. A value that comes at once passes
 * through at once: the poll path pays for a promise only where there is one.
 */
export function guard<Values extends readonly unknown[], T>(
  name: string,
  kind: 'store' | 'hook',
  timeout: number,
  operation: (...values: Values) => Awaitable<T>,
): (...values: Values) => Awaitable<T> {
  return (...values) => guarded(name, kind, timeout, () => operation(...values))
}

function guarded<T>(
  name: string,
  kind: 'store' | 'hook',
  timeout: number,
  work: () => Awaitable<T>,
  end?: End,
): Awaitable<T> {
  try {
    const result = work()
    if (isThenable(result)) {
      const bounded = within(result, name, kind, timeout)
      return end === undefined ? bounded : measured(bounded, end)
    }
    end?.(true)
    return result
  } catch (error) {
    end?.(false)
    throw isDeliberate(error) ? error : new OperationFailure(name, kind, error)
  }
}

async function measured<T>(result: Promise<T>, end: End): Promise<T> {
  try {
    const value = await result
    end(true)
    return value
  } catch (error) {
    end(false)
    throw error
  }
}

function within<T>(result: PromiseLike<T>, name: string, kind: 'store' | 'hook', timeout: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new OperationFailure(name, kind, new TimeoutError(`no answer within ${timeout} ms`)))
    }, timeout)
    result.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(isDeliberate(error) ? error : new OperationFailure(name, kind, error))
      },
    )
  })
}

/**
 * A store whose every step is bounded in time (milliseconds), measured, and fails as an {@link OperationFailure}.
 *
 * @param measure - Begins the measurement of a step; `undefined` when nobody wants it.
 */
export function guardStore(
  store: DeviceStore,
  timeout: number,
  measure?: (step: StoreStep) => End | undefined,
): DeviceStore {
  return forwardSteps(store.shared, (step, work) => guarded(step, 'store', timeout, () => work(store), measure?.(step)))
}

/** What the store's own check finds, bounded in time (milliseconds): warnings; rejects with what is wrong, as the store says it. */
export async function runStoreCheck(store: DeviceStore, timeout: number): Promise<readonly string[]> {
  try {
    return store.check === undefined ? [] : await guard('check', 'store', timeout, store.check.bind(store))()
  } catch (error) {
    throw error instanceof OperationFailure ? error.cause : error
  }
}
