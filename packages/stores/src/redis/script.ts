import { NEVER } from '../record.ts'

/** Milliseconds that keys stay after they are over: clocks of nodes differ, and the scripts look at the time anyway. */
export const TTL_MARGIN = 600_000

// The fields of a credential are listed in fields.ts. Numbers are written as they came, or by `whole`: Lua would write
// some of them with an exponent.
const prelude = `
local key = KEYS[1]
local now = tonumber(ARGV[1])
local function whole(n) return string.format('%.0f', n) end
local function read(...)
  local values = redis.call('HMGET', key, ...)
  for i = 1, select('#', ...) do if values[i] == false then values[i] = nil end end
  return values
end
local function keepUntil(ends)
  if ends >= ${NEVER} then redis.call('PERSIST', key)
  else redis.call('PEXPIRE', key, whole(math.max(ends - now, 0) + ${TTL_MARGIN})) end
end
local function accessEnd(hash)
  local _, ends = string.match(redis.call('HGET', key, 'a:' .. hash) or '', '^(%d+) (%d+)')
  return tonumber(ends or 0)
end
local function hasLiveToken(refreshEnds, hashes)
  if now < tonumber(refreshEnds or 0) then return true end
  for hash in string.gmatch(hashes or '', '%S+') do if now < accessEnd(hash) then return true end end
  return false
end
`

/** A step's Lua, behind what all of them use. */
export function script(body: string): string {
  return `${prelude}${body.trim()}\n`
}
