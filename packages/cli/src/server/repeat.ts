import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '@device-auth/client'
import type { Connection } from './connection.ts'

/** Waits for milliseconds; ends early when the signal is aborted. */
type Wait = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>

const wait: Wait = (milliseconds, signal) =>
  // the next request finds the signal aborted, and says so
  sleep(milliseconds, undefined, signal && { signal }).catch(() => {})

/** Seconds; a longer `Retry-After` is not waited for, because somebody is waiting: the message names the time. */
const LONGEST_WAIT = 10

/**
 * Sends a request again after a failure that may pass, 1 and 2 seconds later, or when the server asks for it (`Retry-After`), as the client
 * does during a sign-in. For requests that may be sent twice: discovery and revocation.
 */
export async function repeat<Success extends { readonly ok: true }>(
  send: () => Promise<Success | Failure>,
  { maxAttempts = 1, signal }: Pick<Connection, 'maxAttempts' | 'signal'>,
  pause: Wait = wait,
): Promise<Success | Failure> {
  for (let attempt = 1; ; attempt++) {
    const result = await send()
    if (result.ok || !result.retryable || attempt >= maxAttempts || signal?.aborted) return result
    const seconds = Math.max(attempt, result.retryAfter ?? 0)
    if (seconds > LONGEST_WAIT) return result
    await pause(seconds * 1000, signal)
  }
}
