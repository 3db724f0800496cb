import { NEVER } from '../record.ts'
import { changedChannel } from './subscribing.ts'

/**
 * Milliseconds that a key stays in Redis after it is over if nodes say what time it is: their clocks differ, and a key must
 * not go too early. If the time is that of the server, it goes at its end.
 */
export const TTL_MARGIN = 600_000

/**
 * Milliseconds for which an index has a credential that a user is about to claim or decide: more than the tombstone time of most
 * codes. A script that finds a later end says so.
 */
export const ANNOUNCED = 3_600_000

// Lua would write large numbers with an exponent: numbers are written as they came in ARGV, or by `whole`.
const prelude = `
-- the key of the credential, and the time in epoch milliseconds, as text and as a number
local key, instant, margin = KEYS[1], ARGV[1], ${TTL_MARGIN}
if instant == '' then
  local time = redis.call('TIME')
  instant, margin = time[1] .. string.format('%03d', math.floor(time[2] / 1000)), 0
end
local now = tonumber(instant)

-- the id of this call, for scripts that must not count it twice
local callId = ARGV[#ARGV]

-- a number in decimal digits
local function whole(number) return string.format('%.0f', number) end

-- the values of these fields, nil for a missing one
local function read(...)
  local values = redis.call('HMGET', key, ...)
  for index = 1, select('#', ...) do if values[index] == false then values[index] = nil end end
  return unpack(values, 1, select('#', ...))
end

-- true if this call was the last to change the credential: the client sends it again, because it had no answer
local function isRepeated() return redis.call('HGET', key, 'q') == callId end

-- wakes the polls that wait for this credential, on all nodes; a user without the right to do that still decides
local function tell() redis.pcall('PUBLISH', '${changedChannel}', string.match(key, '[^:]*$')) end

-- lets Redis delete the key at or soon after its end
local function expireAfter(expiringKey, ends)
  if ends >= ${NEVER} then redis.call('PEXPIREAT', expiringKey, '${NEVER}')
  else redis.call('PEXPIRE', expiringKey, whole(math.max(ends - now, 1) + margin)) end
end

-- the owner of the lease, '' while there is none
local function leaseHolder()
  local owner, ends = read('lo', 'lu')
  return (ends and now < tonumber(ends)) and owner or ''
end

-- the end of an access token, 0 if it is gone
local function accessTokenEnd(hash)
  local _, ends = string.match(redis.call('HGET', key, 'a:' .. hash) or '', '^(%d+) (%d+)')
  return tonumber(ends or 0)
end

-- true if a token can still be used
local function hasLiveToken(refreshTokenEnd, accessTokenHashes)
  if now < tonumber(refreshTokenEnd or 0) then return true end
  for hash in string.gmatch(accessTokenHashes or '', '%S+') do
    if now < accessTokenEnd(hash) then return true end
  end
  return false
end
`

/** A script that begins with the functions above. The first key is that of the credential, the first argument is the time, or '' for that of the server. */
export function withPrelude(body: string): string {
  return `${prelude}${body.trim()}\n`
}
