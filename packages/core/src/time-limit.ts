import { type DeviceStore, isStoreFull } from './contract/store.ts'
import { isOAuthError } from './errors.ts'
import { type Awaitable, isThenable } from './http.ts'
import { forwardSteps, type StoreStep } from './stores/forward-steps.ts'

/** The error for a store step or hook that threw, or took too long. `cause` is the error that it threw. */
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

/**
 * `true` for the errors that are passed on unchanged: those that stores and hooks throw on purpose, and the failure of a store step
 * inside of a hook, which has its name already.
 */
function isDeliberate(error: unknown): boolean {
  return isOAuthError(error) || error instanceof OperationFailure || isStoreFull(error)
}

/** The value that was thrown, or an error in its place: to compare a revoked proxy with a class throws, and the operation would never end. */
function comparable(thrown: unknown): unknown {
  try {
    void (thrown instanceof Error)
    return thrown
  } catch {
    return new TypeError('Device Auth: what was thrown cannot be read; it may be a revoked proxy.')
  }
}

/**
 * `true` if the error is temporary, so that a later attempt may succeed: the store failed, or a hook or the store took longer than `timeout`.
 */
export function isTransient(error: unknown): boolean {
  return error instanceof OperationFailure && (error.kind === 'store' || error.timedOut)
}

/** Ends a measurement. `ok` is `false` if the step failed. */
type End = (ok: boolean) => void

/** An operation that is limited in time. */
interface Operation {
  readonly name: string
  readonly kind: 'store' | 'hook'
  /** Milliseconds. */
  readonly timeout: number
  /** Is told when it failed or took too long. */
  readonly onFailure?: (() => void) | undefined
}

/**
 * Limits the time of an operation. The result fails with an {@link OperationFailure} that has the name of the
 * operation. A value that is there at once is returned at once: a poll pays for a promise only where there is one.
 *
 * @param kind - `hook` for a function of the application, `store` for a function that stands for the store: the failure
 *   of a store is temporary.
 * @param timeout - Milliseconds.
 */
export function guard<Values extends readonly unknown[], T>(
  name: string,
  kind: 'store' | 'hook',
  timeout: number,
  work: (...values: Values) => Awaitable<T>,
): (...values: Values) => Awaitable<T> {
  const operation = { name, kind, timeout }
  return (...values) => guarded(operation, () => work(...values))
}

function guarded<T>(operation: Operation, work: () => Awaitable<T>, end?: End): Awaitable<T> {
  try {
    const result = work()
    if (isThenable(result)) {
      const bounded = withTimeout(result, operation)
      return end === undefined ? bounded : measured(bounded, end)
    }
    end?.(true)
    return result
  } catch (thrown) {
    end?.(false)
    const error = comparable(thrown)
    throw isDeliberate(error) ? error : failure(operation, error)
  }
}

function failure({ name, kind, onFailure }: Operation, cause: unknown): OperationFailure {
  onFailure?.()
  return new OperationFailure(name, kind, cause)
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

function withTimeout<T>(result: PromiseLike<T>, operation: Operation): Promise<T> {
  const { timeout } = operation
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(failure(operation, new TimeoutError(`no answer within ${timeout} ms`)))
    }, timeout)
    result.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (thrown: unknown) => {
        clearTimeout(timer)
        const error = comparable(thrown)
        reject(isDeliberate(error) ? error : failure(operation, error))
      },
    )
  })
}

/**
 * Wraps a store: each step is limited in time, measured, and fails with an {@link OperationFailure}.
 *
 * @param timeout - Milliseconds.
 * @param measure - Begins the measurement of a step. It returns `undefined` if nobody listens.
 * @param onFailure - Is told of each step that failed or took too long.
 */
export function guardStore(
  store: DeviceStore,
  timeout: number,
  measure?: (step: StoreStep) => End | undefined,
  onFailure?: () => void,
): DeviceStore {
  return forwardSteps(store.shared, (name, work) =>
    guarded({ name, kind: 'store', timeout, onFailure }, () => work(store), measure?.(name)),
  )
}

/**
 * Runs the check of a store, of sign-ins or of registered clients.
 *
 * @param timeout - Milliseconds.
 * @returns Warnings for the operator. Rejects with the error of the store itself.
 */
export async function runStoreCheck(
  store: { check?(): Awaitable<readonly string[]> },
  timeout: number,
): Promise<readonly string[]> {
  try {
    return store.check === undefined ? [] : await guard('check', 'store', timeout, store.check.bind(store))()
  } catch (error) {
    throw error instanceof OperationFailure ? error.cause : error
  }
}
