import { setImmediate } from 'node:timers'
import type { Clock } from '../runtime/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/**
 * A clock that moves by hand; its timers fire in order, and what waits for them happens before time goes on. For a server in the same
 * process (`server.fetch`): it does not know how long a real connection takes.
 *
 * @example
 * const clock = new FakeClock()
 * const flow = new DeviceFlow({ clientId: 'tv', clock, ... })
 * const result = await clock.until(flow.run())
 */
export class FakeClock implements Clock {
  #now: number
  #lastTimer = 0
  readonly #timers = new Map<number, Timer>()

  /** @param now - Epoch milliseconds; default the first of January 2026. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  /** How many timers are armed: none, when everything was cleaned up. */
  get timers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    // as a real one: what does not fit in 31 bits fires at once
    const delay = milliseconds > 2 ** 31 - 1 ? 1 : milliseconds
    this.#timers.set(++this.#lastTimer, { at: this.#now + delay, callback })
    return this.#lastTimer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(Number(timer))
  }

  /** The machine sleeps: this many seconds pass, and no timer fires. */
  sleep(seconds: number): void {
    this.#now += seconds * 1000
  }

  /** The wall clock is set, by seconds forth or back; timers fire after the time that they were set for. */
  setBy(seconds: number): void {
    this.sleep(seconds)
    for (const [id, { at, callback }] of this.#timers) this.#timers.set(id, { at: at + seconds * 1000, callback })
  }

  /** Lets this many seconds pass. */
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
   * @param maxSeconds - Default a day.
   * @returns The promise.
   * @throws {Error} when it is not settled by then, or nothing waits for the time any more.
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
      if (next > end) throw new Error(`still waiting after ${maxSeconds} s`)
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

/** Lets everything happen that needs no time. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
