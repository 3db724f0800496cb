import type { ServerContext } from '../contract/context.ts'
import type { DecisionWait, DecisionWaits, WaitEnd } from '../contract/decision-waits.ts'
import type { LongPolling } from '../contract/options.ts'
import type { DeviceCredential, PollResult } from '../contract/store.ts'
import type { Awaitable, OAuthResponse } from '../http.ts'
import { addressPrefix, publicAddress } from '../ip-address.ts'
import { usesPollHooks } from './hooked-poll.ts'
import type { Poll } from './poll-request.ts'

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
  const { options, decisionWaits } = context
  const maxWait = longestWait(context)
  if (maxWait === undefined || decisionWaits === undefined || options.longPolling === false) return undefined
  const places = new Places(options.longPolling)
  return {
    maxWait,
    async hold(poll, seconds, ask) {
      const leave = places.take(poll)
      const wait = leave && begin(poll, decisionWaits)
      try {
        const result = await ask(poll)
        if (wait === undefined || result.status !== 'pending') return { result, held: false }
        const end = await waitForNews(wait, seconds, result.credential, poll)
        const isOver = end === 'changed' || (end === 'time' && context.now() >= result.credential.expiresAt)
        return { result: isOver ? await ask(poll) : result, held: true }
      } finally {
        wait?.end()
        leave?.()
      }
    },
  }
}

function begin<Native>(poll: Poll<Native>, waits: DecisionWaits): DecisionWait | undefined {
  const wait = waits.begin(poll.id)
  if (wait === undefined) return undefined
  const isClosed = poll.tokenRequest.request.aborted?.(() => wait.end()) === true
  if (isClosed) wait.end()
  return wait
}

/** Waits until the user has decided, the code expires or the time is over. Meanwhile the poll is no request under way. */
async function waitForNews<Native>(
  wait: DecisionWait,
  seconds: number,
  { expiresAt }: DeviceCredential,
  { context }: Poll<Native>,
): Promise<WaitEnd> {
  // a timer may end a millisecond early
  const untilExpiry = Math.max(expiresAt - context.now() + 1, 0)
  context.traffic.leave()
  try {
    return await wait.until(Math.min(seconds * 1000, untilExpiry))
  } finally {
    context.traffic.rejoin()
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

/** The places of held polls. A private address is not counted, because it is that of a proxy. */
class Places {
  readonly #bounds: LongPolling
  #held = 0
  readonly #byClient = new Map<string, number>()
  readonly #byAddress = new Map<string, number>()

  constructor(bounds: LongPolling) {
    this.#bounds = bounds
  }

  /** Takes a place. @returns the function that leaves it; `undefined` if none is free */
  take<Native>({ tokenRequest: { client, request } }: Poll<Native>): (() => void) | undefined {
    const { maxHeld, maxHeldPerClient, maxHeldPerAddress } = this.#bounds
    const clientId = client.client_id
    const address = publicAddress(request.ip) === undefined ? undefined : addressPrefix(request.ip)
    if (this.#held >= maxHeld || (this.#byClient.get(clientId) ?? 0) >= maxHeldPerClient) return undefined
    if (address !== undefined && (this.#byAddress.get(address) ?? 0) >= maxHeldPerAddress) return undefined
    this.#count(clientId, address, 1)
    return () => this.#count(clientId, address, -1)
  }

  #count(clientId: string, address: string | undefined, change: 1 | -1): void {
    this.#held += change
    add(this.#byClient, clientId, change)
    if (address !== undefined) add(this.#byAddress, address, change)
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
