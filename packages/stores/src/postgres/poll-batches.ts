import type { PollResult, PollStyle, StoreClock } from '@device-auth/core'
import type { RunStatement } from '../sql/client.ts'
import { sqlState } from './client.ts'
import { readPolls, stamp } from './poll-function.ts'

/** Most polls in one statement. */
const MAX_BATCH = 500
/**
 * Statements that may be under way, and so the connections that polls use at most. Further polls wait and are sent together: the
 * slower the database is, the larger are the batches. All other connections are left to approvals, redemptions and refreshes.
 */
const MAX_UNDER_WAY = 2
/** Milliseconds after which a waiting poll is not sent any more: its device was answered as if the store was down. */
const MAX_WAIT = 5_000
/** SQLSTATE of a lock that was not given in time. */
const lockNotAvailable = '55P03'

interface WaitingPoll {
  readonly id: string
  readonly clientId: string
  /** Epoch milliseconds; `null`: the clock of the database, at the time when the poll arrived. */
  readonly now: number | null
  /** By the monotonic clock of the node, in milliseconds. */
  readonly arrivedAt: number
  readonly style: PollStyle | undefined
  resolve(result: PollResult): void
  reject(error: unknown): void
}

/** Sends polls that arrive together as one statement. */
export class PollBatches {
  readonly #run: RunStatement
  readonly #clock: StoreClock
  readonly #statement: string
  readonly #statementWithoutLocked: string
  #waiting: WaitingPoll[] = []
  /** The ids of the credentials whose polls are under way. */
  readonly #sent = new Set<string>()
  #underWay = 0
  #planned = false

  /** @param clock that of the database: it dates polls that a silent connection or a frozen server holds */
  constructor(run: RunStatement, pollFunction: string, clock: StoreClock) {
    this.#run = run
    this.#clock = clock
    this.#statement = `SELECT ${pollFunction}($1) AS polls`
    this.#statementWithoutLocked = `SELECT ${pollFunction}($1, true) AS polls`
  }

  poll(id: string, clientId: string, now: number | null, style?: PollStyle): Promise<PollResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, clientId, now, style, arrivedAt: performance.now(), resolve, reject })
      this.#plan()
    })
  }

  /** Sends at the end of this turn of the event loop: all requests that have arrived are read by then. */
  #plan(): void {
    if (this.#planned || this.#waiting.length === 0 || this.#underWay >= MAX_UNDER_WAY) return
    this.#planned = true
    setImmediate(() => this.#send())
  }

  #send(): void {
    this.#planned = false
    const polls = this.#take()
    if (polls.length === 0) return
    this.#underWay++
    void this.#answer(polls).finally(() => {
      this.#underWay--
      for (const { id } of polls) this.#sent.delete(id)
      this.#plan()
    })
    this.#plan()
  }

  /**
   * Takes each credential once, and none whose poll is under way: of two polls of one credential, the second must see what
   * the first has changed, and a locked row must not hold up a second statement.
   */
  #take(): readonly WaitingPoll[] {
    const [polls, rest]: [WaitingPoll[], WaitingPoll[]] = [[], []]
    const oldest = performance.now() - MAX_WAIT
    for (const each of this.#waiting) {
      if (each.arrivedAt < oldest)
        each.reject(new Error('postgresStore: the database is too slow for this poll. Look at its load.'))
      else if (polls.length >= MAX_BATCH || this.#sent.has(each.id)) rest.push(each)
      else {
        this.#sent.add(each.id)
        polls.push(each)
      }
    }
    this.#waiting = rest
    return polls
  }

  async #answer(polls: readonly WaitingPoll[]): Promise<void> {
    const batch = this.#batched(polls)
    try {
      const results = await this.#results(this.#statement, batch)
      for (const { id, resolve } of polls) resolve(results.get(id) ?? { status: 'unknown' })
    } catch (error) {
      if (sqlState(error) === lockNotAvailable) await this.#answerWithoutLocked(polls, batch)
      else for (const { reject } of polls) reject(error)
    }
  }

  /** The polls as the function of the database reads them. */
  #batched(polls: readonly WaitingPoll[]): string {
    const sentAt = performance.now()
    const batch = JSON.stringify(
      polls.map(({ id, clientId, now, arrivedAt, style }) => ({
        id,
        client_id: clientId,
        ...(now === null ? { waited: Math.floor(sentAt - arrivedAt) } : { polled_at: now }),
        ...(style === 'header' ? { polled_in: style } : undefined),
      })),
    )
    if (polls.some(({ now }) => now !== null)) return batch
    return stamp(batch, this.#clock.offset === undefined ? undefined : this.#clock.now())
  }

  /** Answers the polls of rows that nobody has locked, and rejects the others. */
  async #answerWithoutLocked(polls: readonly WaitingPoll[], batch: string): Promise<void> {
    try {
      const results = await this.#results(this.#statementWithoutLocked, batch)
      for (const { id, resolve } of polls) {
        const result = results.get(id)
        if (result !== undefined) resolve(result)
      }
      throw new Error(
        'postgresStore: the row of this sign-in is locked by another transaction, or does not exist. End that transaction.',
      )
    } catch (error) {
      // does nothing to the polls that were answered
      for (const { reject } of polls) reject(error)
    }
  }

  async #results(statement: string, batch: string): Promise<ReadonlyMap<string, PollResult>> {
    const [row] = await this.#run(statement, [batch])
    return readPolls(row?.polls)
  }
}
