import { MAX_INTERVAL, POLL_TOLERANCE, SLOW_DOWN_STEP } from '@device-auth/core'
import type { StoredRecord } from '../record.ts'
import type { RunStatement } from '../sql/client.ts'
import { RECORD_COLUMNS, toRecord } from '../sql/row.ts'

/** Polls in one statement. */
const MAX_BATCH = 500
/** Statements under way, before polls that arrive wait for one to come back. */
const MAX_UNDER_WAY = 2
/** Milliseconds that a poll waits for that at most. */
const MAX_WAIT = 4

/**
 * Reads, locks and paces all polls of a batch, and answers with the rows as they were before. Locks are taken in the
 * order of ids, so that batches of two nodes cannot wait for each other. The pacing is not waited for until it is on
 * the disk: a crash may lose it without harm.
 */
export function pollStatement(table: string): string {
  const accepted = `(last_polled_at IS NULL OR asked_at < last_polled_at
      OR asked_at >= last_polled_at + poll_interval * 1000 - ${POLL_TOLERANCE})`
  const newBurst = `(last_slowed_at IS NULL OR asked_at - last_slowed_at >= ${POLL_TOLERANCE})`
  return `WITH asked AS (
    SELECT id, client_id, asked_at FROM json_to_recordset(CAST(CAST($1 AS text) AS json))
      AS polls(id text, client_id text, asked_at bigint)
  ), held AS (
    SELECT ${RECORD_COLUMNS.map((name) => `kept.${name}`).join(', ')}, asked.asked_at
    FROM ${table} AS kept JOIN asked ON kept.id = asked.id AND kept.client_id = asked.client_id
    ORDER BY kept.id FOR NO KEY UPDATE OF kept
  ), judged AS (
    SELECT id, asked_at, poll_interval, ${accepted} AS accepted FROM held
    WHERE approved IS NULL AND ended = 0 AND expires_at > asked_at AND (${accepted} OR ${newBurst})
  ), paced AS (
    UPDATE ${table} AS kept SET
      last_polled_at = CASE WHEN accepted THEN asked_at ELSE kept.last_polled_at END,
      last_slowed_at = CASE WHEN accepted THEN kept.last_slowed_at ELSE asked_at END,
      poll_interval = CASE WHEN accepted THEN kept.poll_interval
        ELSE greatest(kept.poll_interval, least(kept.poll_interval + ${SLOW_DOWN_STEP}, ${MAX_INTERVAL})) END
    FROM judged WHERE kept.id = judged.id
  )
  SELECT *, (SELECT set_config('synchronous_commit', 'off', true)) AS relaxed FROM held`
}

interface WaitingPoll {
  readonly id: string
  readonly clientId: string
  readonly now: number
  resolve(record: StoredRecord | undefined): void
  reject(error: unknown): void
}

/** Sends polls that arrive together as one statement; each is answered by its own row. */
export class PollBatches {
  readonly #run: RunStatement
  readonly #statement: string
  #waiting: WaitingPoll[] = []
  #underWay = 0
  #planned = false
  #overdue: NodeJS.Timeout | undefined = undefined

  constructor(run: RunStatement, table: string) {
    this.#run = run
    this.#statement = pollStatement(table)
  }

  poll(id: string, clientId: string, now: number): Promise<StoredRecord | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, clientId, now, resolve, reject })
      this.#plan()
    })
  }

  /** At the end of this turn of the event loop, when the requests that have arrived are read. */
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

  /** Each credential once: polls of the same one are paced against each other. */
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
    const asked = polls.map(({ id, clientId, now }) => ({ id, client_id: clientId, asked_at: now }))
    try {
      const records = (await this.#run(this.#statement, [JSON.stringify(asked)])).map(toRecord)
      const byId = new Map(records.map((record) => [record.id, record]))
      for (const { id, resolve } of polls) resolve(byId.get(id))
    } catch (error) {
      for (const { reject } of polls) reject(error)
    }
  }
}
