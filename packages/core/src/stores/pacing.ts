/** Milliseconds that a poll may be early: clocks and networks jitter, and a steady client must never livelock. */
export const POLL_TOLERANCE = 1_000

/** Seconds by which `slow_down` raises the interval. @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5} */
export const SLOW_DOWN_STEP = 5

/** Seconds above which the interval does not grow. */
export const MAX_INTERVAL = 60
