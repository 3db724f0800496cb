import type { Clock } from '../src/index.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** A clock that moves by hand; timers fire in order, with everything that waits for them. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1)
  #id = 0
  readonly timers = new Map<number, Timer>()

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, milliseconds: number): unknown {
    // as a real one: what does not fit in 31 bits fires at once
    const delay = milliseconds > 2 ** 31 - 1 ? 1 : milliseconds
    this.timers.set(++this.#id, { at: this.#now + delay, callback })
    return this.#id
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as number)
  }

  /** The machine sleeps: time passes, and no timer fires. */
  sleep(seconds: number): void {
    this.#now += seconds * 1000
  }

  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000
    await settle()
    for (;;) {
      let next = Infinity
      for (const { at } of this.timers.values()) next = Math.min(next, at)
      if (next > end) break
      this.#now = Math.max(this.#now, next)
      for (const [id, { at, callback }] of [...this.timers]) {
        if (at > next || !this.timers.delete(id)) continue
        callback()
      }
      await settle()
    }
    this.#now = end
  }

  /** Lets time pass until a promise is fulfilled. */
  async until<T>(promise: Promise<T>, maxSeconds = 86_400): Promise<T> {
    const end = this.#now + maxSeconds * 1000
    let isDone = false
    const mark = (): void => {
      isDone = true
    }
    promise.then(mark, mark)
    await settle()
    while (!isDone) {
      const next = Math.min(...[...this.timers.values()].map(({ at }) => at))
      if (next > end) throw new Error(`still waiting after ${maxSeconds} s`)
      await this.advance(Math.max(0, next - this.#now) / 1000)
    }
    return promise
  }
}

/** Lets everything happen that needs no time. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
