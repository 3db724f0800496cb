import { linkedController } from './abort.ts'
import { type Clock, waitUntil } from './clock.ts'

/** The time that something may take. */
export interface TimeLimit {
  /** Aborted when the time is over, or by the application. */
  readonly signal: AbortSignal | undefined
  /** Measures the time. */
  readonly clock: Clock
  /** Returns the milliseconds that are left; `Infinity` without a limit. */
  left(): number
}

/**
 * Runs a function within a time limit.
 *
 * @param milliseconds - `Infinity` for no limit.
 * @param late - The result when the time is over.
 * @returns The result of the function, or `late` in place of the error `aborted`.
 */
export async function withTimeLimit<T extends { readonly error?: unknown }>(
  milliseconds: number,
  { signal, clock }: Pick<TimeLimit, 'signal' | 'clock'>,
  run: (limit: TimeLimit) => Promise<T>,
  late: T,
): Promise<T> {
  if (milliseconds === Infinity) return run({ signal, clock, left: () => Infinity })
  const end = clock.now() + milliseconds
  const inner = linkedController(signal)
  let isLate = false
  void waitUntil(end, clock, inner.signal).then((isOver) => {
    if (!isOver) return
    isLate = true
    inner.end()
  })
  try {
    const result = await run({ signal: inner.signal, clock, left: () => end - clock.now() })
    return isLate && result.error === 'aborted' ? late : result
  } finally {
    inner.end()
  }
}
