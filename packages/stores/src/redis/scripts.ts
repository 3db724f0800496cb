import { MAX_INTERVAL, POLL_TOLERANCE, SLOW_DOWN_STEP } from '@device-auth/core'
import { MAX_ACCESS_TOKENS } from '../record.ts'
import { script } from './script.ts'

/** Keeps a credential; 0 when one with this id is known. ARGV: now, forgetAt, fields and values. */
export const create: string = script(`
local known = redis.call('HGET', key, 'f')
if known and now < tonumber(known) then return 0 end
redis.call('DEL', key)
redis.call('HSET', key, 'f', ARGV[2], unpack(ARGV, 3))
keepUntil(tonumber(ARGV[2]))
return 1
`)

/** Forgets a credential that nobody has been told of. */
export const discard: string = `return redis.call('DEL', KEYS[1])`

export const read: string = `return redis.call('HGETALL', KEYS[1])`

/**
 * Points a user code to a credential; answers with the id of another one that holds it. ARGV: now, id, expiresAt, and
 * the id of a holder that was seen to be over.
 */
export const holdUserCode: string = script(`
local holder, ends = string.match(redis.call('GET', key) or '', '^(%S+) (%d+)$')
if holder and holder ~= ARGV[4] and now < tonumber(ends) then return holder end
redis.call('SET', key, ARGV[2] .. ' ' .. ARGV[3])
keepUntil(tonumber(ARGV[3]))
return ''
`)

/** ARGV: the id that has to be the holder. */
export const releaseUserCode: string = `
local holder = string.match(redis.call('GET', KEYS[1]) or '', '^%S+')
if holder == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`

export const readUserCode: string = `return string.match(redis.call('GET', KEYS[1]) or '', '^%S+') or ''`

/** Paces a pending credential and answers with what a poll needs of it; with all of one that is not. ARGV: now, client id. */
export const poll: string = script(`
local c, ea, iv, lp, ls, ap, x, ra, ca, bs, cb, ci, d = unpack(redis.call('HMGET', key,
  'c', 'ea', 'iv', 'lp', 'ls', 'ap', 'x', 'ra', 'ca', 'bs', 'cb', 'ci', 'd'))
if c ~= ARGV[2] then return false end
if ap or x or ra or now >= tonumber(ea) then return { redis.call('HGETALL', key) } end
local last, interval = tonumber(lp or now + 1), tonumber(iv)
if now < last or now >= last + interval * 1000 - ${POLL_TOLERANCE} then
  redis.call('HSET', key, 'lp', ARGV[1])
elseif not ls or now - tonumber(ls) >= ${POLL_TOLERANCE} then
  local raised = math.max(interval, math.min(interval + ${SLOW_DOWN_STEP}, ${MAX_INTERVAL}))
  redis.call('HSET', key, 'ls', ARGV[1], 'iv', whole(raised))
end
return { ea, iv, lp, ls, ca, bs, cb, ci, d }
`)

/** ARGV: now, subject, browser. */
export const claim: string = script(`
local ea, ap, x, bs, cb, ci = unpack(read('ea', 'ap', 'x', 'bs', 'cb', 'ci'), 1, 6)
if not ea or ap or x or now >= tonumber(ea) or (bs or ARGV[2]) ~= ARGV[2] then return 'unknown' end
if cb and cb ~= ARGV[2] and ci ~= ARGV[3] then
  redis.call('HSET', key, 'gs', '', 'ap', '0', 'g', '{"scope":""}')
  return 'shared'
end
redis.call('HSET', key, 'cb', ARGV[2], 'ci', ARGV[3])
return 'claimed'
`)

/** ARGV: now, subject, whether approved (1, 0), the rest of the decision as JSON. */
export const decide: string = script(`
local ea, ap, x, bs, cb, f = unpack(read('ea', 'ap', 'x', 'bs', 'cb', 'f'), 1, 6)
if not ea or x or now >= tonumber(f) then return 'unknown' end
local owner = bs or cb
if owner and ARGV[2] ~= '' and ARGV[2] ~= owner then return 'unknown' end
if now >= tonumber(ea) then return 'expired' end
if ap then return 'alreadyDecided' end
redis.call('HSET', key, 'gs', ARGV[2], 'ap', ARGV[3], 'g', ARGV[4])
return 'decided'
`)

const isApproved = `
local ea, ap, x, ra, lo, lu, f = unpack(read('ea', 'ap', 'x', 'ra', 'lo', 'lu', 'f'), 1, 7)
if ap ~= '1' or x or ra or now >= tonumber(ea) then return 0 end
local holder = (lu and now < tonumber(lu)) and lo or ''
`

/** ARGV: now, owner, until. */
export const lease: string = script(`${isApproved}
if holder ~= '' and holder ~= ARGV[2] then return 0 end
redis.call('HSET', key, 'lo', ARGV[2], 'lu', ARGV[3])
return 1
`)

/** ARGV: now, owner. */
export const release: string = script(`
if redis.call('HGET', key, 'lo') == ARGV[2] then redis.call('HDEL', key, 'lo', 'lu') end
return 0
`)

/** ARGV: now, owner or '', sealed response, access token hash, access token, end of the tokens, refresh token fields. */
export const redeem: string = script(`${isApproved}
if holder ~= ARGV[2] then return 0 end
local ends = math.max(tonumber(f), tonumber(ARGV[6]))
redis.call('HSET', key, 'ra', ARGV[1], 'sr', ARGV[3], 'at', ARGV[4], 'a:' .. ARGV[4], ARGV[5], 'f', whole(ends),
  unpack(ARGV, 7))
redis.call('HDEL', key, 'lo', 'lu')
keepUntil(ends)
return 1
`)

/**
 * Answers with the record as it is then. ARGV: now, current hash, sealed response, access token hash, access token, end
 * of the tokens, refresh token fields.
 */
export const rotate: string = script(`
local rh, re, x, at, ca, ea = unpack(read('rh', 're', 'x', 'at', 'ca', 'ea'), 1, 6)
if x or rh ~= ARGV[2] or now >= tonumber(re) then return {} end
local ends, kept = math.max(2 * tonumber(ea) - tonumber(ca), tonumber(ARGV[6])), {}
for hash in string.gmatch(at or '', '%S+') do
  if now < accessEnd(hash) then kept[#kept + 1] = hash else redis.call('HDEL', key, 'a:' .. hash) end
end
kept[#kept + 1] = ARGV[4]
while #kept > ${MAX_ACCESS_TOKENS} do redis.call('HDEL', key, 'a:' .. table.remove(kept, 1)) end
redis.call('HDEL', key, 'rh', 'ri', 're')
redis.call('HSET', key, 'at', table.concat(kept, ' '), 'a:' .. ARGV[4], ARGV[5], 'oh', rh, 'oa', ARGV[1],
  'or', ARGV[3], unpack(ARGV, 7))
for _, hash in ipairs(kept) do ends = math.max(ends, accessEnd(hash)) end
redis.call('HSET', key, 'f', whole(ends))
keepUntil(ends)
return redis.call('HGETALL', key)
`)

/** ARGV: now, hash. */
export const removeAccessToken: string = script(`
if redis.call('HDEL', key, 'a:' .. ARGV[2]) == 0 then return 0 end
local kept = {}
for hash in string.gmatch(redis.call('HGET', key, 'at'), '%S+') do
  if hash ~= ARGV[2] then kept[#kept + 1] = hash end
end
redis.call('HSET', key, 'at', table.concat(kept, ' '))
return 1
`)

/** ARGV: now. */
export const revoke: string = script(`
local ea, ap, x, ra, f, at, ca = unpack(read('ea', 'ap', 'x', 'ra', 'f', 'at', 'ca'), 1, 7)
if not ea or x then return 0 end
if ra then
  if now >= tonumber(f) then return 0 end
  for hash in string.gmatch(at or '', '%S+') do redis.call('HDEL', key, 'a:' .. hash) end
  redis.call('HDEL', key, 'at', 'sr', 'rh', 'ri', 're', 'oh', 'oa', 'or')
  local ends = 2 * tonumber(ea) - tonumber(ca)
  redis.call('HSET', key, 'f', whole(ends))
  keepUntil(ends)
elseif ap == '0' or now >= tonumber(ea) then return 0 end
redis.call('HSET', key, 'x', '1')
return 1
`)

/** ARGV: now. */
export const noteUse: string = script(`
local ra, x = unpack(read('ra', 'x'), 1, 2)
if ra and not x then redis.call('HSET', key, 'us', ARGV[1]) end
return 0
`)

/** ARGV: now, subject, name. */
export const rename: string = script(`
local gs, ra, x, re, at = unpack(read('gs', 'ra', 'x', 're', 'at'), 1, 5)
if not ra or x or gs ~= ARGV[2] or not hasLiveToken(re, at) then return 0 end
redis.call('HSET', key, 'n', ARGV[3])
return 1
`)

/** What INFO says of the version and of what happens when the memory is full. */
export const inspect: string = `return { redis.call('INFO', 'server'), redis.call('INFO', 'memory') }`
