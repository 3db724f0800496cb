import { type Clock, sleepUntil, systemClock } from '../runtime/clock.ts'
import { type Failure, failure, isTransient } from './failure.ts'

/** Repeats an exchange that the network failed: after 1, 2, 4, ... seconds, or when the server says. */
export async function persistently<Success extends { readonly ok: true }>(
  run: () => Promise<Success | Failure>,
  attempts: number,
  { clock = systemClock, signal }: { readonly clock?: Clock | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Success | Failure> {
  for (let attempt = 1; ; attempt++) {
    const result = await run()
    if (result.ok || attempt >= attempts) return result
    if (!isTransient(result) && result.error !== 'slow_down') return result
    const seconds = Math.max(Math.min(2 ** (attempt - 1), 60), result.retryAfter ?? 0)
    if (!(await sleepUntil(clock.now() + seconds * 1000, clock, signal))) return failure('aborted')
  }
}
