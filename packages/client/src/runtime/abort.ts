/** A controller that a signal aborts too, until it is unlinked. */
export interface LinkedController {
  readonly signal: AbortSignal
  abort(): void
  /** Lets go of the outer signal, which may live much longer. */
  unlink(): void
}

/** Links; `AbortSignal.any` is not everywhere yet, and leaks where signals live long. */
export function linkedController(outer: AbortSignal | undefined): LinkedController {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort)
  return { signal: controller.signal, abort, unlink: () => outer?.removeEventListener('abort', abort) }
}

/** The promise, or a rejection with the reason of the signal if that is aborted before. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
