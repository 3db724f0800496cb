import { type Failure, isTransient } from '../http/failure.ts'
import type { RequestOptions } from '../http/post.ts'

/** Seconds between the longest wait and the timeout of a request: the answer has to arrive, too. */
const ANSWER_TIME = 5

/**
 * Decides for each poll how long it asks the server to hold it (`Prefer: wait`). After the first poll without an OAuth response
 * the polls of this sign-in are plain: a proxy in front of the server may cut what takes long.
 *
 * @param maxWait - Seconds that the server allows; `undefined`: it holds no polls.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7240#section-4.3 RFC 7240 section 4.3}
 */
export function waitingPolls(
  maxWait: number | undefined,
  { timeout = 30 }: Pick<RequestOptions, 'timeout'>,
): {
  /** The headers of the next poll; `undefined` for a plain one. */
  headers(): Readonly<Record<string, string>> | undefined
  /** Takes note of a poll that brought no tokens. */
  note(failed: Failure): void
} {
  let wait = Math.floor(Math.min(maxWait ?? 0, timeout - ANSWER_TIME))
  return {
    headers: () => (wait > 0 ? { prefer: `wait=${wait}` } : undefined),
    note(failed) {
      if (isTransient(failed)) wait = 0
    },
  }
}
