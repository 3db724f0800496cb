import { script, TTL_MARGIN } from './script.ts'

/** Adds to an index, and forgets some of what is over there. KEYS: ends, texts (or none). ARGV: now, end, member. */
export const addToIndex: string = script(`
local old = redis.call('ZRANGEBYSCORE', key, '-inf', whole(now - ${TTL_MARGIN}), 'LIMIT', 0, 16)
if #old > 0 then for i = 1, #KEYS do redis.call('ZREM', KEYS[i], unpack(old)) end end
redis.call('ZADD', key, 'GT', ARGV[2], ARGV[3])
if KEYS[2] then redis.call('ZADD', KEYS[2], 0, ARGV[3]) end
local latest = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
for i = 1, #KEYS do key = KEYS[i]; keepUntil(latest) end
return 1
`)

/** The members that are not over. ARGV: now. */
export const readIndex: string = `return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf')`

/** The members from one text to another. ARGV: from, to. */
export const readTexts: string = `return redis.call('ZRANGEBYLEX', KEYS[1], '[' .. ARGV[1], '[' .. ARGV[2] .. '~')`
