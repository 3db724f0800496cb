import type { PollResult } from '@device-auth/core'
import type { RunStatement } from '../sql/client.ts'
import { readPolls } from './poll-function.ts'

/** Most polls in one statement. */
const MAX_BATCH = 500
/** Statements that may be under way; while there are so many, further polls wait. */
const MAX_UNDER_WAY = 2
/** Milliseconds that a poll waits at most before it is sent all the same. */
const MAX_WAIT = 4

interface WaitingPoll {
  readonly id: string
  readonly clientId: string
  /** Epoch milliseconds; `null`: the clock of the database, at the time when the poll arrived. */
  readonly now: number | null
  /** By the monotonic clock of the node, in milliseconds. */
  readonly arrivedAt: number
  resolve(result: PollResult): void
  reject(error: unknown): void
}

/** Sends polls that arrive together as one statement. */
export class PollBatches {
  readonly #run: RunStatement
  readonly #statement: string
  #waiting: WaitingPoll[] = []
  #underWay = 0
  #planned = false
  #overdue: NodeJS.Timeout | undefined = undefined

  constructor(run: RunStatement, pollFunction: string) {
    this.#run = run
    this.#statement = `SELECT ${pollFunction}($1) AS polls`
  }

  poll(id: string, clientId: string, now: number | null): Promise<PollResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, clientId, now, arrivedAt: performance.now(), resolve, reject })
      this.#plan()
    })
  }

  /** Sends at the end of this turn of the event loop: all requests that have arrived are read by then. */
  #plan(): void {
    if (this.#planned || this.#waiting.length === 0) return
    if (this.#underWay < MAX_UNDER_WAY) {
      this.#planned = true
      setImmediate(() => this.#send())
    } else this.#overdue ??= setTimeout(() => this.#send(), MAX_WAIT)
  }

  #send(): void {
    this.#planned = false
    clearTimeout(this.#overdue)
    this.#overdue = undefined
    const batch = this.#take()
    if (batch.size === 0) return
    this.#underWay++
    void this.#answer(batch).finally(() => {
      this.#underWay--
      this.#plan()
    })
    this.#plan()
  }

  /** Takes each credential once: of two polls of one credential, the second must see what the first has changed. */
  #take(): ReadonlyMap<string, WaitingPoll> {
    const batch = new Map<string, WaitingPoll>()
    this.#waiting = this.#waiting.filter((each) => {
      if (batch.size >= MAX_BATCH || batch.has(each.id)) return true
      batch.set(each.id, each)
      return false
    })
    return batch
  }

  async #answer(batch: ReadonlyMap<string, WaitingPoll>): Promise<void> {
    const polls = [...batch.values()]
    const sentAt = performance.now()
    const batched = polls.map(({ id, clientId, now, arrivedAt }) =>
      now === null
        ? { id, client_id: clientId, waited: Math.floor(sentAt - arrivedAt) }
        : { id, client_id: clientId, polled_at: now },
    )
    try {
      const [row] = await this.#run(this.#statement, [JSON.stringify(batched)])
      const byId = readPolls(row?.polls)
      for (const { id, resolve } of polls) resolve(byId.get(id) ?? { status: 'unknown' })
    } catch (error) {
      for (const { reject } of polls) reject(error)
    }
  }
}
