import type { ServerContext } from '../contract/context.ts'
import type { DecisionWait, DecisionWaits, WaitEnd } from '../contract/decision-waits.ts'
import type { EventHub } from '../contract/events.ts'
import type { DeviceStore, WatchListener } from '../contract/store.ts'
import type { Traffic } from '../contract/traffic.ts'

/** The parts of a server that waits need. */
interface WaitParts {
  readonly store: DeviceStore
  readonly traffic: Traffic
  readonly events: EventHub
  now(): number
  readonly fail: ServerContext['fail']
}

/**
 * Makes the waits of one server. The events `wakeUpDown` and `wakeUpRestored` are emitted when a wait is the first to notice.
 *
 * @returns `undefined` if the store has no function `watch`.
 */
export function createDecisionWaits({ store, traffic, events, now, fail }: WaitParts): DecisionWaits | undefined {
  if (store.watch === undefined) return undefined
  let isUp = true
  const note = (up: boolean): void => {
    if (up === isUp) return
    isUp = up
    events.emit(up ? 'wakeUpRestored' : 'wakeUpDown', { at: now() })
  }
  const watch = (id: string, listener: WatchListener): (() => void) | undefined => {
    try {
      return store.watch?.(id, listener)
    } catch (error) {
      fail('watch', error, { endpoint: 'token' })
      return undefined
    }
  }
  return {
    begin(id) {
      if (traffic.draining()) return undefined
      const wait = new Wait()
      const stopWatch = watch(id, (news) => {
        if (news === 'down') note(false)
        wait.finish(news)
      })
      note(stopWatch !== undefined)
      if (stopWatch === undefined) return undefined
      wait.onEnd(
        stopWatch,
        traffic.onDrain(() => wait.finish('drained')),
      )
      return wait
    },
  }
}

class Wait implements DecisionWait {
  #end: WaitEnd | undefined
  #resolve: ((end: WaitEnd) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #stopWatch: (() => void) | undefined
  #stopDrain: (() => void) | undefined

  onEnd(stopWatch: () => void, stopDrain: () => void): void {
    this.#stopWatch = stopWatch
    this.#stopDrain = stopDrain
  }

  /** Ends the wait with its first reason. */
  finish(end: WaitEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    clearTimeout(this.#timer)
    this.#resolve?.(end)
  }

  until(milliseconds: number): Promise<WaitEnd> {
    if (this.#end !== undefined) return Promise.resolve(this.#end)
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#timer = setTimeout(() => this.finish('time'), milliseconds)
    })
  }

  end(): void {
    this.finish('aborted')
    this.#stopWatch?.()
    this.#stopDrain?.()
  }
}
