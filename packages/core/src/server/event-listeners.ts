import {
  type DeviceAuthEventName,
  type DeviceAuthEvents,
  type DeviceAuthListener,
  type EventHub,
  eventNames,
} from '../contract/events.ts'
import { nearest } from '../nearest.ts'

/** Checks name and listener, for callers without a type checker: a misspelt event would never be emitted. */
function checkListener(given: unknown, listener: unknown): void {
  const name = String(given)
  if (!eventNames.some((known) => known === given)) {
    const meant = nearest(name, eventNames)
    const hint = meant === undefined ? `expected one of ${eventNames.join(', ')}.` : `did you mean \`${meant}\`?`
    throw new TypeError(`Device Auth: there is no event \`${name}\`; ${hint}`)
  }
  if (typeof listener !== 'function')
    throw new TypeError(`Device Auth: the listener for \`${name}\` must be a function.`)
}

/** The listeners of one server. An error of a listener changes no answer, and the other listeners are still called. */
export class EventListeners implements EventHub {
  readonly #listeners = new Map<DeviceAuthEventName, Set<(event: never) => unknown>>()
  readonly #onListenerError: (name: DeviceAuthEventName, error: unknown) => void

  constructor(onListenerError: (name: DeviceAuthEventName, error: unknown) => void) {
    this.#onListenerError = onListenerError
  }

  on<Name extends DeviceAuthEventName>(name: Name, listener: DeviceAuthListener<Name>): () => void {
    checkListener(name, listener)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  has(name: DeviceAuthEventName): boolean {
    const listeners = this.#listeners.get(name)
    return listeners !== undefined && listeners.size > 0
  }

  emit<Name extends DeviceAuthEventName>(name: Name, event: DeviceAuthEvents[Name]): void {
    // a copy, because a listener may add another
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      void this.#call(name, listener as DeviceAuthListener<Name>, event)
    }
  }

  async #call<Name extends DeviceAuthEventName>(
    name: Name,
    listener: DeviceAuthListener<Name>,
    event: DeviceAuthEvents[Name],
  ): Promise<void> {
    try {
      await listener(event)
    } catch (error) {
      this.#onListenerError(name, error)
    }
  }
}
