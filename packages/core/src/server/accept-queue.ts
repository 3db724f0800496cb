import type { AcceptedAt } from '../http.ts'

/** Connections that wait to be accepted from which requests for codes are refused, if it lasts; pages from twice as many. */
const MANY_CONNECTIONS = 100
/** Milliseconds for which so many have to wait: a burst is over earlier. */
const LASTING = 500
/** Milliseconds between two looks at the queue. */
const BETWEEN_LOOKS = 50
/** Milliseconds between two requests from which nobody looks. */
const RARE = 20
/** Bytes of the list of sockets that are read at most: the system lists those that listen first. */
const START_OF_LIST = 16_384
/** Bytes that are read at once: about two rows. */
const PART = 256
/** A row of a socket that does not listen. */
const otherState = /:[0-9A-F]{4} (?!0A)[0-9A-F]{2} /

/** Looks at the queue of connections that the system keeps for a server until they are accepted. */
export interface AcceptQueue {
  /**
   * Notes a request.
   *
   * @param times - 1 for a request for codes; a page is refused from twice as many connections, after twice as long.
   * @param at - The place that its connection was accepted at, for the first request of a connection.
   * @param now - Monotonic milliseconds.
   * @returns true if so many connections have been waiting for long that this request is to be refused
   */
  isLong(times: number, at: AcceptedAt | undefined, now: number): boolean
}

/**
 * When the processor is the bottleneck, devices that come with a connection of their own wait where this process does not see them: Node
 * accepts one new connection a turn of its event loop, and the system keeps the others.
 *
 * @param countWaiting - Tells how many connections wait at a place.
 */
export function createAcceptQueue(countWaiting: (at: AcceptedAt) => number = systemAcceptQueue()): AcceptQueue {
  let [noted, looked, waiting, longSince] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  /** Requests over connections that are kept hold the others up too. */
  let last: AcceptedAt | undefined
  return {
    isLong(times, at = last, now) {
      if (at === undefined) return false
      last = at
      const isBusy = now - noted < RARE
      noted = now
      if (!isBusy) waiting = 0
      else if (now - looked >= BETWEEN_LOOKS) {
        looked = now
        waiting = countWaiting(at)
      }
      if (waiting < MANY_CONNECTIONS) longSince = now
      if (waiting < times * MANY_CONNECTIONS) return false
      // refusals take time too: where they do not make the queue shorter, they help nobody, so every other part of the time is served
      return Math.floor((now - longSince) / (times * LASTING)) % 2 === 1
    },
  }
}

/**
 * Makes a function that tells how many connections wait to be accepted. Linux tells it; on other systems it is always 0.
 *
 * @param folder - The folder of the lists of sockets.
 */
export function systemAcceptQueue(folder = '/proc/net'): (at: AcceptedAt) => number {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs')
  return ({ port, isIPv6 }) => (fs === undefined ? 0 : waitingAt(fs, `${folder}/${isIPv6 ? 'tcp6' : 'tcp'}`, port))
}

/**
 * The connections that wait at a port, from a list of the sockets of the system. If there are others that listen at this port, at another
 * address or together with this server, it is the shortest queue: that of a process that hangs says nothing about this one.
 */
function waitingAt(fs: typeof import('node:fs'), path: string, port: number): number {
  // 0A is the state of sockets that listen; what waits to be read there is the number of connections
  const row = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A \\S+:([0-9A-F]{8}) `, 'g')
  const part = Buffer.alloc(PART)
  let file: number | undefined
  let least = Number.POSITIVE_INFINITY
  try {
    file = fs.openSync(path, 'r')
    // no more than is needed, because the system makes the list while it is read
    for (let text = ''; least >= MANY_CONNECTIONS && text.length < START_OF_LIST; ) {
      const length = fs.readSync(file, part)
      text += part.toString('latin1', 0, length)
      least = Math.min(...Array.from(text.matchAll(row), ([, waiting = '']) => Number.parseInt(waiting, 16)))
      if (length === 0 || otherState.test(text)) break
    }
  } catch {
    // a system without this list
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
  return Number.isFinite(least) ? least : 0
}
