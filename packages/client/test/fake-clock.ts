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
      const [next] = [...this.timers].sort(([, a], [, b]) => a.at - b.at)
      if (next === undefined || next[1].at > end) break
      this.timers.delete(next[0])
      this.#now = Math.max(this.#now, next[1].at)
      next[1].callback()
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
