import { setTimeout as sleep } from 'node:timers/promises'
import { parseObject } from './json.ts'
import { type ConformanceTarget, skip } from './target.ts'

interface Pace {
  /** Seconds. `undefined` before the first poll. */
  lastPolledAt: number | undefined
  /** Seconds. */
  interval: number
}

/** Keeps the time of the server, and for each device code the time of its last poll, so that no case polls too fast by mistake. */
export interface Pacing {
  /** Remembers the interval of a new device code, in seconds. */
  start(deviceCode: string, interval: number): void
  /** Waits until a client may poll again. Does not wait before the first poll, as the RFC has no rule for it. */
  beforePoll(deviceCode: string): Promise<void>
  /** Remembers a poll and its answer. `slow_down` adds 5 seconds, as RFC 8628 section 3.5 says. */
  polled(deviceCode: string, answer: string): void
  /** The time of the server, in seconds since the epoch. */
  now(): number
  /** Waits some seconds: by the clock of the target, or in real time if the wait is short. Otherwise skips the case. */
  wait(seconds: number): Promise<void>
}

/** Seconds added to each wait in real time, so that rounding and timers do not make a poll early. */
const MARGIN = 0.1

/** Creates the pacing for a target. */
export function createPacing(target: ConformanceTarget): Pacing {
  const paces = new Map<string, Pace>()
  let advanced = 0
  const elapsed = (): number => (target.advance === undefined ? performance.now() / 1000 : advanced)
  const wait = async (seconds: number): Promise<void> => {
    if (!Number.isFinite(seconds)) throw skip('needs expires_in and interval as numbers')
    if (target.advance !== undefined) {
      await target.advance(seconds)
      advanced += seconds
      return
    }
    if (seconds > (target.maximumWait ?? 6))
      throw skip(`needs a clock (target.advance): otherwise it would wait ${Math.ceil(seconds)} s`)
    await sleep((seconds + MARGIN) * 1000)
  }
  return {
    wait,
    now: () => target.now?.() ?? Date.now() / 1000 + advanced,
    start: (deviceCode, interval) => void paces.set(deviceCode, { interval, lastPolledAt: undefined }),
    async beforePoll(deviceCode) {
      const pace = paces.get(deviceCode)
      if (pace?.lastPolledAt === undefined) return
      const left = pace.lastPolledAt + pace.interval - elapsed()
      if (left > 0) await wait(left)
    },
    polled(deviceCode, answer) {
      const pace = paces.get(deviceCode)
      if (pace === undefined) return
      pace.lastPolledAt = elapsed()
      if (parseObject(answer)?.error === 'slow_down') pace.interval += 5
    },
  }
}
