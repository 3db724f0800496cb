/** A window of time in which attempts are counted. */
export interface CountingWindow {
  /** The number of the window since 1970. It is a part of the key, so that all counters of one window end together. */
  readonly number: number
  /** Seconds until the window ends. */
  readonly left: number
}

/**
 * The window of this length that an instant is in. Counters that share a budget need windows that begin and end together: with
 * windows of their own, accounts could save attempts of one hour and spend them with those of the next, within one hour of
 * the server.
 *
 * @param at - Epoch milliseconds.
 * @param length - Seconds.
 */
export function windowAt(at: number, length: number): CountingWindow {
  const number = Math.floor(at / (length * 1000))
  return { number, left: Math.max(1, Math.ceil((number + 1) * length - at / 1000)) }
}
