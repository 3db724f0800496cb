type Listener<Detail> = (detail: Detail) => void

/**
 * Typed events. An error of a listener is reported as an uncaught error, because it must neither reach the other listeners nor end the
 * sign-in.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #all = new Set<(name: keyof Events, detail: Events[keyof Events]) => void>()

  /** Listens to the events of one name; returns a function that removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** Listens to the next event of one name. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const end = this.on(name, (detail) => {
      end()
      listener(detail)
    })
    return end
  }

  /** Listens to all events. */
  onAny(listener: (name: keyof Events, detail: Events[keyof Events]) => void): () => void {
    this.#all.add(listener)
    return () => void this.#all.delete(listener)
  }

  /** Calls the listeners of the name, then those of all events. */
  emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
    const listeners = [...(this.#listeners.get(name) ?? [])] as Listener<Events[Name]>[]
    for (const listener of listeners) guarded(() => listener(detail))
    for (const listener of [...this.#all]) guarded(() => listener(name, detail))
  }
}

function guarded(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
