import type { ServerContext } from '../contract/context.ts'
import type { PollResult } from '../contract/store.ts'
import type { Awaitable, OAuthResponse } from '../http.ts'
import { beginHeldWait, mayHaveChanged, waitForNews } from './held-wait.ts'
import { usesPollHooks } from './hooked-poll.ts'
import type { Poll } from './poll-request.ts'

/*
 * A poll that asks to wait (`Prefer: wait=N`, read by prefer.ts) is held until the user has decided:
 *
 * 1. It takes a place (limits/held-places.ts). If none is free, it is answered as a poll that does not ask to wait.
 * 2. It begins to listen for news of its request (held-wait.ts, server/decision-waits.ts), which the store tells of (`watch`).
 * 3. It asks the store. It listens already, so that no decision can come unheard between this answer and the wait.
 * 4. If the request is pending, it waits for the first of these: news, N seconds, the end of the code, a client that goes away, or the
 *    shutdown of this process. Meanwhile it does not count as a request that is under way.
 * 5. After news, and after the end of the code, it asks the store once more, which gives the answer. Otherwise the first result is the
 *    answer: the request is still pending.
 */

/** The result of a poll, and if the poll was held before. */
export interface HeldResult {
  readonly result: PollResult
  readonly held: boolean
}

/** Polls that are held until the user has decided. */
export interface HeldPolls<Native> {
  /** The longest time that a poll is held, in seconds. */
  readonly maxWait: number
  /**
   * Asks the store; if the request is pending and there is a place, waits for the decision and asks once more.
   *
   * @param seconds - At most `maxWait`.
   * @param ask - Asks the store for the result of the poll.
   */
  hold(poll: Poll<Native>, seconds: number, ask: (poll: Poll<Native>) => Awaitable<PollResult>): Promise<HeldResult>
}

/**
 * The longest time that this server holds a poll, in seconds; `undefined` if it holds none: the option `longPolling` is
 * `false`, the store cannot tell of decisions, or hooks of the application decide polls and nobody tells of that.
 */
export function longestWait<Native>(context: ServerContext<Native>): number | undefined {
  const { longPolling } = context.options
  if (longPolling === false || context.decisionWaits === undefined || usesPollHooks(context)) return undefined
  return longPolling.maxWait
}

/** Makes the held polls of one server; `undefined` if it holds none. */
export function createHeldPolls<Native>(context: ServerContext<Native>): HeldPolls<Native> | undefined {
  const { heldPlaces } = context
  const maxWait = longestWait(context)
  if (maxWait === undefined || heldPlaces === undefined) return undefined
  return {
    maxWait,
    async hold(poll, seconds, ask) {
      const { client, request } = poll.tokenRequest
      const leave = heldPlaces.take(client.client_id, request.ip)
      const wait = leave && beginHeldWait(poll.id, request, context)
      try {
        const result = await ask(poll)
        if (wait === undefined || result.status !== 'pending') return { result, held: false }
        const end = await waitForNews(wait, { endpoint: 'token', seconds }, result.credential, context)
        return { result: mayHaveChanged(end, result.credential, context) ? await ask(poll) : result, held: true }
      } finally {
        wait?.end()
        leave?.()
      }
    },
  }
}

/** A poll as if it had just arrived, so that the time of its wait does not count as the patience of its client. */
export function arrivedNow<Native>(poll: Poll<Native>): Poll<Native> {
  const { tokenRequest } = poll
  const request = { ...tokenRequest.request, arrivedAt: performance.now() }
  return { ...poll, tokenRequest: { ...tokenRequest, request } }
}

/**
 * The answer to a poll that was held: it says so.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7240#section-3 RFC 7240 section 3}
 */
export function withAppliedWait({ status, headers, body }: OAuthResponse, seconds: number): OAuthResponse {
  return { status, headers: { ...headers, 'preference-applied': `wait=${seconds}` }, body }
}
