import type { WatchListener, WatchNews } from '../contract/store.ts'

/** The listeners of watched credentials in one process: what a store needs for its function `watch`. */
export class Watchers {
  readonly #listeners = new Map<string, Set<WatchListener>>()

  /** Number of credentials that somebody watches. */
  get size(): number {
    return this.#listeners.size
  }

  /** Ids of the watched credentials. */
  ids(): Iterable<string> {
    return this.#listeners.keys()
  }

  /** Adds a listener. @returns the function that removes it */
  add(id: string, listener: WatchListener): () => void {
    const known = this.#listeners.get(id)
    if (known === undefined) this.#listeners.set(id, new Set([listener]))
    else known.add(listener)
    return () => {
      const listeners = this.#listeners.get(id)
      if (listeners?.delete(listener) && listeners.size === 0) this.#listeners.delete(id)
    }
  }

  /** Tells the listeners of a credential that it has changed. */
  changed(id: string): void {
    this.#tell(this.#listeners.get(id), 'changed')
  }

  /** Tells all listeners that changes may have been missed, and forgets them. */
  down(): void {
    const all = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const listeners of all) this.#tell(listeners, 'down')
  }

  #tell(listeners: Iterable<WatchListener> = [], news: WatchNews): void {
    // a copy, because a listener may end its watch
    for (const listener of [...listeners]) listener(news)
  }
}
