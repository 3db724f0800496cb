import { isOAuthError } from './errors.ts'
import { type Awaitable, isThenable } from './http.ts'
import { type DeviceStore, StoreFullError } from './stores/store.ts'

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

type Operation = (...values: never[]) => unknown

/**
 * Bounds an operation in time (milliseconds) and names it in what it throws. A value that comes at once passes
 * through at once: the poll path pays for a promise only where there is one.
 */
export function guard<F extends Operation>(name: string, kind: 'store' | 'hook', timeout: number, operation: F): F {
  const guarded = (...values: Parameters<F>): unknown => {
    try {
      const result = operation(...values) as Awaitable<unknown>
      return isThenable(result) ? within(result, name, kind, timeout) : result
    } catch (error) {
      throw isDeliberate(error) ? error : new OperationFailure(name, kind, error)
    }
  }
  return guarded as F
}

function within(result: PromiseLike<unknown>, name: string, kind: 'store' | 'hook', timeout: number): Promise<unknown> {
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

const steps = [
  'createDeviceCredential',
  'findDeviceCredential',
  'pollDeviceCredential',
  'findByUserCode',
  'claim',
  'decide',
  'lease',
  'release',
  'redeem',
  'findToken',
  'rotateRefreshToken',
  'revokeAccessToken',
  'revokeGrant',
  'listGrants',
  'findGrants',
  'renameGrant',
  'takeAttempts',
  'giveBackAttempts',
  'sweep',
  'close',
] as const satisfies readonly (keyof DeviceStore)[]

/** The store's steps by name, for whoever checks or wraps a store. */
export const storeSteps: readonly (typeof steps)[number][] = steps

/** A store whose every step is bounded in time (milliseconds) and fails as an {@link OperationFailure}. */
export function guardStore(store: DeviceStore, timeout: number): DeviceStore {
  const guarded: Record<string, unknown> = { shared: store.shared }
  for (const step of steps) guarded[step] = guard(step, 'store', timeout, store[step].bind(store) as Operation)
  return guarded as unknown as DeviceStore
}
