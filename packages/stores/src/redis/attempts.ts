import type { AttemptBudget, AttemptRefusal } from '@device-auth/core'
import type { RunScript } from './client.ts'
import { whole } from './fields.ts'
import { script } from './script.ts'

/** ARGV: now, and for each key its limit and its window in milliseconds. Answers which one is spent, and when it ends. */
const take: string = script(`
local counted = {}
for i, key in ipairs(KEYS) do
  local count, ends = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  count, ends = tonumber(count or 0), tonumber(ends or 0)
  if now >= ends then count, ends = 0, now + tonumber(ARGV[2 * i + 1]) end
  if count >= tonumber(ARGV[2 * i]) then return { i, whole(ends) } end
  counted[i] = { count + 1, ends }
end
for i, key in ipairs(KEYS) do
  local count, ends = unpack(counted[i])
  redis.call('SET', key, whole(count) .. ' ' .. whole(ends), 'PX', whole(math.max(ends - now, 1)))
end
return {}
`)

/** ARGV: now. */
const giveBack: string = script(`
for _, key in ipairs(KEYS) do
  local count, ends = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  if count and now < tonumber(ends) and tonumber(count) > 0 then
    redis.call('SET', key, whole(tonumber(count) - 1) .. ' ' .. ends, 'PX', whole(tonumber(ends) - now))
  end
end
return 0
`)

/**
 * The counters. All are in one slot, so that an attempt is counted in several of them at once on a Cluster too: it is one
 * script for each request for codes and each code that a user types, and none for a poll (but for its wrong numbers).
 */
export class Attempts {
  readonly #run: RunScript
  readonly #prefix: string

  constructor(run: RunScript, prefix: string) {
    this.#run = run
    this.#prefix = `${prefix}{attempts}:`
  }

  async take(budgets: readonly AttemptBudget[], now: number): Promise<AttemptRefusal | undefined> {
    const bounds = budgets.flatMap(({ limit, window }) => [String(limit), whole(window * 1000)])
    const keys = budgets.map(({ key }) => this.#prefix + key)
    const [place, ends] = (await this.#run(take, keys, [whole(now), ...bounds])) as unknown[]
    if (place === undefined) return undefined
    return { index: Number(place) - 1, retryAfter: Math.ceil((Number(ends) - Math.floor(now)) / 1000) }
  }

  async giveBack(keys: readonly string[], now: number): Promise<void> {
    const prefixed = keys.map((key) => this.#prefix + key)
    await this.#run(giveBack, prefixed, [whole(now)])
  }
}
