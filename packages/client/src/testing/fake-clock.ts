import { setImmediate } from 'node:timers'
import type { Clock } from '../runtime/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/**
 * A clock that a test moves. Its timers fire in order, and promises that wait for a timer settle before the time moves on. For a server in
 * the same process (`server.fetch`): the clock does not wait for real connections.
 *
 * @example
 * const clock = new FakeClock()
 * const flow = new DeviceFlow({ clientId: 'tv', clock, ... })
 * const result = await clock.until(flow.run())
 */
export class FakeClock implements Clock {
  #now: number
  /** Milliseconds that the wall clock was set forward. */
  #set = 0
  #lastTimer = 0
  readonly #timers = new Map<number, Timer>()

  /** @param now - Epoch milliseconds; default 1 January 2026, 00:00 UTC. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  /** The number of armed timers; 0 when everything was cleaned up. */
  get timers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#set
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    // a real timer fires at once when its delay does not fit in 31 bits
    const delay = milliseconds > 2 ** 31 - 1 ? 1 : milliseconds
    this.#timers.set(++this.#lastTimer, { at: this.#now + delay, callback })
    return this.#lastTimer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(Number(timer))
  }

  /** The machine sleeps: the seconds pass, and no timer fires. */
  sleep(seconds: number): void {
    this.#now += seconds * 1000
  }

  /** The wall clock is set forward, or back by negative seconds. Timers still fire after the delay that they were armed with. */
  setBy(seconds: number): void {
    this.sleep(seconds)
    this.#set += seconds * 1000
    for (const [id, { at, callback }] of this.#timers) this.#timers.set(id, { at: at + seconds * 1000, callback })
  }

  /** Lets the seconds pass, and fires the timers in them. */
  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000
    await settle()
    for (let next = this.#next(); next <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next)
      for (const [id, { at, callback }] of [...this.#timers]) {
        if (at > next || !this.#timers.delete(id)) continue
        callback()
      }
      await settle()
    }
    this.#now = end
  }

  /**
   * Lets time pass until a promise is settled.
   *
   * @param maxSeconds - Default: one day.
   * @returns The same promise.
   * @throws {Error} when the promise is not settled by then, or when it is not settled and no timer is armed.
   */
  async until<T>(promise: Promise<T>, maxSeconds: number = 86_400): Promise<T> {
    const end = this.#now + maxSeconds * 1000
    let isDone = false
    const mark = (): void => {
      isDone = true
    }
    promise.then(mark, mark)
    await settle()
    while (!isDone) {
      const next = this.#next()
      if (next > end) throw new Error(`The promise is not settled after ${maxSeconds} s.`)
      await this.advance(Math.max(0, next - this.#now) / 1000)
    }
    return promise
  }

  #next(): number {
    let next = Infinity
    for (const { at } of this.#timers.values()) next = Math.min(next, at)
    return next
  }
}

/** Waits until promises that need no time are settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
