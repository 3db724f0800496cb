type Listener<Detail> = (detail: Detail) => void

/** Typed events. A listener that throws disturbs neither the others nor the sign-in: its error is reported as uncaught. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #all = new Set<(type: keyof Events, detail: Events[keyof Events]) => void>()

  /** Listens; the function that it returns ends that. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** Listens to the next one only. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const end = this.on(name, (detail) => {
      end()
      listener(detail)
    })
    return end
  }

  /** Listens to all events. */
  onAny(listener: (type: keyof Events, detail: Events[keyof Events]) => void): () => void {
    this.#all.add(listener)
    return () => void this.#all.delete(listener)
  }

  protected emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
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
