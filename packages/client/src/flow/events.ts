import type { Emitter } from '../runtime/emitter.ts'
import type { FlowEvents } from './state.ts'

/** An event of a flow: its name (`type`) and its detail. */
export type FlowEvent = {
  [Name in keyof FlowEvents]: { readonly type: Name; readonly detail: FlowEvents[Name] }
}[keyof FlowEvents]

/** The sign-in whose events are iterated over. */
export interface IteratedSignIn {
  /** Settles when the sign-in has ended. */
  start(): Promise<unknown>
  /** Called when the loop is left before the end. */
  pause(): void
}

/** Starts a sign-in and iterates over the events until it ends. Events that the loop has not yet taken are queued. */
export async function* eventsOf(
  events: Emitter<FlowEvents>,
  signIn: IteratedSignIn,
): AsyncGenerator<FlowEvent, undefined> {
  const queue: FlowEvent[] = []
  let wake = (): void => {}
  let isDone = false
  const stop = events.onAny((type, detail) => {
    queue.push({ type, detail } as FlowEvent)
    wake()
  })
  const end = (): void => {
    isDone = true
    wake()
  }
  signIn.start().then(end, end)
  try {
    for (;;) {
      const next = queue.shift()
      if (next !== undefined) yield next
      else if (isDone) return undefined
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stop()
    if (!isDone) signIn.pause()
  }
}
