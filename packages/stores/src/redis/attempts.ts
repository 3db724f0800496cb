import type { AttemptBudget, AttemptRefusal, Now } from '@device-auth/core'
import { lateStep } from '../late-step.ts'
import { newCallId } from './call-id.ts'
import type { RunScript } from './client.ts'
import { instant, whole } from './fields.ts'
import { withPrelude } from './prelude.ts'

/** Milliseconds for which a call is remembered, so that it counts once if it is sent again. */
const REMEMBERED = 120_000

/**
 * Counts an attempt under each key, or under none. KEYS: the counters, that of this call. ARGV: now, the time after which the caller
 * has given up (or ''), then for each counter its limit and its window in milliseconds. Returns an empty list; or the place (from 1)
 * of the first counter that is spent, and the milliseconds until its window ends; or the place 0 if it came too late.
 */
const take: string = withPrelude(`
local call = table.remove(KEYS)
if redis.call('EXISTS', call) == 1 then return {} end
-- all attempts that a server finds when it wakes are done at once
local givenUpAt = tonumber(ARGV[2])
if givenUpAt and now > givenUpAt then return { 0 } end
local counted = {}
for place, counter in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * place + 1]), tonumber(ARGV[2 * place + 2])
  local attempts, ends = string.match(redis.call('GET', counter) or '', '^(%d+) (%d+)$')
  attempts, ends = tonumber(attempts or 0), tonumber(ends or 0)
  if now >= ends then attempts, ends = 0, now + window end
  if attempts >= limit then return { place, whole(ends - now) } end
  counted[place] = { attempts + 1, ends }
end
for place, counter in ipairs(KEYS) do
  local attempts, ends = unpack(counted[place])
  redis.call('SET', counter, whole(attempts) .. ' ' .. whole(ends), 'PX', whole(math.max(ends - now, 1)))
end
redis.call('SET', call, '', 'PX', ${REMEMBERED})
return {}
`)

/** Takes one attempt back under each key. KEYS: the counters, that of this call. ARGV: now. Returns 0. */
const giveBack: string = withPrelude(`
local call = table.remove(KEYS)
if redis.call('EXISTS', call) == 1 then return 0 end
redis.call('SET', call, '', 'PX', ${REMEMBERED})
for _, counter in ipairs(KEYS) do
  local attempts, ends = string.match(redis.call('GET', counter) or '', '^(%d+) (%d+)$')
  if attempts and now < tonumber(ends) and tonumber(attempts) > 0 then
    redis.call('SET', counter, whole(tonumber(attempts) - 1) .. ' ' .. ends, 'PX', whole(tonumber(ends) - now))
  end
end
return 0
`)

/**
 * The counters of attempts. All are in one slot, so that one script can count in several of them, also on a Cluster. There is
 * one script for each request for codes and each user code that is typed, and none for a poll, unless its number was wrong.
 */
export class Attempts {
  readonly #run: RunScript
  readonly #prefix: string

  constructor(run: RunScript, prefix: string) {
    this.#run = run
    this.#prefix = `${prefix}{attempts}:`
  }

  async take(budgets: readonly AttemptBudget[], now: Now, until?: number): Promise<AttemptRefusal | undefined> {
    const bounds = budgets.flatMap(({ limit, window }) => [String(limit), whole(window * 1000)])
    const keys = [...budgets.map(({ key }) => this.#prefix + key), this.#callKey()]
    const [place, left] = (await this.#run(take, keys, [instant(now), instant(until), ...bounds])) as unknown[]
    if (place === undefined) return undefined
    if (Number(place) === 0) throw lateStep('redisStore')
    return { index: Number(place) - 1, retryAfter: Math.ceil(Number(left) / 1000) }
  }

  async giveBack(keys: readonly string[], now: Now): Promise<void> {
    const prefixed = keys.map((key) => this.#prefix + key)
    await this.#run(giveBack, [...prefixed, this.#callKey()], [instant(now)])
  }

  #callKey(): string {
    return `${this.#prefix}call:${newCallId()}`
  }
}
