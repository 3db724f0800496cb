import { failureOf } from './failures.ts'

/** Milliseconds between two attempts, in which the event loop goes on. */
const PAUSE = 15
/** Milliseconds of work after which the event loop goes on, when the other process has ended and many steps have waited for it. */
const MAX_WORK = 10

interface WaitingStep {
  /** By the monotonic clock, in milliseconds. */
  readonly deadline: number
  /** Tries the step and settles its promise. @returns the error of SQLite while the file is still locked */
  attempt(): unknown
  reject(error: unknown): void
}

/**
 * The steps of one connection that wait for another process that is writing, in the order in which they came. One attempt at a time
 * finds out if the lock is gone: with hundreds of waiting steps, an attempt of each would leave no time for anything else.
 */
export class WaitingSteps {
  #line: WaitingStep[] = []
  readonly #onEmpty: () => void

  /** @param onEmpty is called when no step waits any more */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty
  }

  /** True if a step waits. */
  get some(): boolean {
    return this.#line.length > 0
  }

  /**
   * Lets a step wait.
   *
   * @param patience milliseconds after which the promise rejects with the error of SQLite
   */
  add<T>(step: () => T, patience: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = (): unknown => {
        try {
          resolve(step())
        } catch (error) {
          if (failureOf(error) === 'busy') return error
          reject(error)
        }
        return undefined
      }
      this.#line.push({ deadline: performance.now() + patience, attempt, reject })
      if (this.#line.length === 1) this.#tryLater()
    })
  }

  #tryLater(): void {
    // processes that wait for each other must not try at the same moments
    setTimeout(() => this.#tryInTurn(), PAUSE * (0.5 + Math.random()))
  }

  #tryInTurn(): void {
    const end = performance.now() + MAX_WORK
    let busy: unknown
    while (this.#line.length > 0 && busy === undefined && performance.now() < end) {
      busy = this.#line[0]?.attempt()
      if (busy === undefined) this.#line.shift()
    }
    if (busy !== undefined) this.#giveUpLate(busy)
    if (this.#line.length === 0) this.#onEmpty()
    else if (busy === undefined) setImmediate(() => this.#tryInTurn())
    else this.#tryLater()
  }

  #giveUpLate(error: unknown): void {
    const now = performance.now()
    const [late, rest] = [
      this.#line.filter((step) => step.deadline <= now),
      this.#line.filter((step) => step.deadline > now),
    ]
    this.#line = rest
    for (const step of late) step.reject(error)
  }
}
