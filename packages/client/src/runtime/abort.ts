/** An abort controller that is also aborted by an outer signal. */
export interface LinkedController {
  readonly signal: AbortSignal
  /** Aborts, and removes the listener on the outer signal, which may live much longer. Call it also when the work is done. */
  end(): void
}

/** Makes a controller that an outer signal aborts. `AbortSignal.any` is missing in some runtimes, and leaks where signals live long. */
export function linkedController(outer: AbortSignal | undefined): LinkedController {
  const controller = new AbortController()
  const end = (): void => {
    controller.abort()
    outer?.removeEventListener('abort', end)
  }
  if (outer?.aborted) end()
  else outer?.addEventListener('abort', end)
  return { signal: controller.signal, end }
}

/** Settles as the promise does, or rejects with the reason of the signal when the signal is aborted first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
