import type { FlowEvents, FlowState } from './state.ts'

/** An event of a flow with its name. */
export type FlowEvent = {
  [Name in keyof FlowEvents]: { readonly type: Name; readonly detail: FlowEvents[Name] }
}[keyof FlowEvents]

/** The events of a flow until its sign-in ends. */
export async function* eventsOf(
  flow: FlowState & { stopPolling(): void },
  run: () => Promise<unknown>,
): AsyncGenerator<FlowEvent, undefined> {
  const queue: FlowEvent[] = []
  let wake = (): void => {}
  let isDone = false
  const stop = flow.onAny((type, detail) => {
    queue.push({ type, detail } as FlowEvent)
    wake()
  })
  const end = (): void => {
    isDone = true
    wake()
  }
  run().then(end, end)
  try {
    for (;;) {
      const next = queue.shift()
      if (next !== undefined) yield next
      else if (isDone) return undefined
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stop()
    if (!isDone) flow.stopPolling()
  }
}
