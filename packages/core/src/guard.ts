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

/** Begins a measurement; `undefined` when nobody wants it. What it returns is told at the end whether all went well. */
export type Measure = () => ((ok: boolean) => void) | undefined

/**
 * Bounds an operation in time (milliseconds) and names it in what it throws. A value that comes at once passes
 * through at once: the poll path pays for a promise only where there is one.
 */
export function guard<F extends Operation>(
  name: string,
  kind: 'store' | 'hook',
  timeout: number,
  operation: F,
  measure?: Measure,
): F {
  const guarded = (...values: Parameters<F>): unknown => {
    const end = measure?.()
    try {
      const result = operation(...values) as Awaitable<unknown>
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
  return guarded as F
}

async function measured(result: Promise<unknown>, end: (ok: boolean) => void): Promise<unknown> {
  try {
    const value = await result
    end(true)
    return value
  } catch (error) {
    end(false)
    throw error
  }
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

/** A store whose every step is bounded in time (milliseconds), measured, and fails as an {@link OperationFailure}. */
export function guardStore(
  store: DeviceStore,
  timeout: number,
  measure?: (step: (typeof steps)[number]) => ReturnType<Measure>,
): DeviceStore {
  const guarded: Record<string, unknown> = { shared: store.shared }
  for (const step of steps) {
    const measureStep = measure && ((): ReturnType<Measure> => measure(step))
    guarded[step] = guard(step, 'store', timeout, store[step].bind(store) as Operation, measureStep)
  }
  return guarded as unknown as DeviceStore
}

/** What the store's own check finds, bounded in time (milliseconds): warnings; rejects with what is wrong, as the store says it. */
export async function checkStore(store: DeviceStore, timeout: number): Promise<readonly string[]> {
  try {
    return store.check === undefined ? [] : await guard('check', 'store', timeout, store.check.bind(store))()
  } catch (error) {
    throw error instanceof OperationFailure ? error.cause : error
  }
}
