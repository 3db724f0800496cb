/** The attempts under one key, and the neighbours of the key in its queue. */
export interface Counter {
  readonly key: string
  count: number
  /** Epoch milliseconds; the window ends then. */
  readonly resetAt: number
  readonly queue: CounterQueue
  before: Counter | undefined
  after: Counter | undefined
}

/**
 * Counters of one kind, such as `guess:user`, the one that was tried last at the end. The order of a `Map` cannot be the queue: V8
 * keeps a hole for each entry that was deleted or moved, and each walk from the front passes all of them.
 */
export class CounterQueue {
  #first: Counter | undefined = undefined
  #last: Counter | undefined = undefined
  #size = 0

  get first(): Counter | undefined {
    return this.#first
  }

  get size(): number {
    return this.#size
  }

  /** Adds a counter that is in no queue. */
  append(counter: Counter): void {
    counter.before = this.#last
    if (this.#last === undefined) this.#first = counter
    else this.#last.after = counter
    this.#last = counter
    this.#size++
  }

  remove(counter: Counter): void {
    const { before, after } = counter
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    counter.before = undefined
    counter.after = undefined
    this.#size--
  }

  moveToEnd(counter: Counter): void {
    if (counter === this.#last) return
    this.remove(counter)
    this.append(counter)
  }
}
