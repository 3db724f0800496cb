import type { EndpointName } from '../contract/hook-arguments.ts'
import type { Traffic } from '../contract/traffic.ts'
import type { OAuthResponse } from '../http.ts'
import { createAcceptQueue } from './accept-queue.ts'
import { createTurns } from './turns.ts'

/**
 * The share of each endpoint, as a multiple of the option `maxConcurrentRequests`. A device whose request for codes is
 * refused has lost nothing. A user at a page has a code that lives for minutes. A device that polls may be approved
 * already. The bound of polls is there for the memory only.
 */
const shares: Readonly<Record<EndpointName, number>> = {
  deviceAuthorization: 1,
  verification: 2,
  devices: 2,
  introspection: 40,
  revocation: 40,
  token: 40,
  decisionEvents: 40,
  metadata: 40,
  jwks: 40,
  userinfo: 40,
  globalTokenRevocation: 40,
  securityEvents: 40,
  registration: 2,
}

/**
 * The endpoints that are refused while the processor is too slow, with the share of the longest wait. Polls
 * and tokens are never refused for it.
 */
const busyShares: Readonly<Partial<Record<EndpointName, number>>> = {
  deviceAuthorization: 1,
  verification: 2,
  devices: 2,
}

/**
 * The part of a request that one at the token endpoint counts as for other endpoints. Polls wait for the store together, in few
 * statements: while it is slow, hundreds of them are under way, and that says nothing about the connections that are left.
 */
const TOKEN_PART = 1 / 10

/**
 * Counts the requests under way, and refuses those that are too many.
 *
 * @param max - The option `maxConcurrentRequests`.
 */
export function createTraffic(max: number, turns = createTurns(), acceptQueue = createAcceptQueue()): Traffic {
  /** The requests of the token endpoint, and all others. */
  let [tokenRequests, others] = [0, 0]
  /** The time at which the last request arrived, in monotonic milliseconds. */
  let latest = Number.NEGATIVE_INFINITY
  let draining = false
  const drainListeners = new Set<() => void>()
  const count = (endpoint: EndpointName, change: 1 | -1): void => {
    if (endpoint === 'token') tokenRequests += change
    else others += change
  }
  return {
    enter(endpoint, { arrivedAt, acceptedAt }) {
      turns.count()
      const part = endpoint === 'token' ? 1 : TOKEN_PART
      if (others + tokenRequests * part >= max * shares[endpoint]) return false
      const times = busyShares[endpoint]
      // calls without a connection, such as those of a test, may come one after another for long without a turn of the event loop
      if (times !== undefined && arrivedAt !== undefined) {
        // the body of an earlier request may come after those of later ones: whoever sends it slowly must not turn the clock back
        latest = Math.max(latest, arrivedAt)
        if (turns.areLong(times, latest)) return false
        if (acceptQueue.isLong(times, acceptedAt?.(), latest)) return false
      }
      count(endpoint, 1)
      return true
    },
    leave(endpoint) {
      count(endpoint, -1)
    },
    rejoin(endpoint) {
      count(endpoint, 1)
    },
    drain() {
      draining = true
      for (const listener of drainListeners) listener()
      drainListeners.clear()
    },
    draining: () => draining,
    onDrain(listener) {
      drainListeners.add(listener)
      return () => void drainListeners.delete(listener)
    },
    finish: (response) => (draining ? closing(response) : response),
  }
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-9.6 RFC 9112 section 9.6} */
function closing({ status, headers, body }: OAuthResponse): OAuthResponse {
  return { status, headers: { ...headers, connection: 'close' }, body }
}
