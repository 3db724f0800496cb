import { MAX_ACCESS_TOKENS } from '@device-auth/core/stores'
import { withPrelude } from './prelude.ts'

/**
 * Adds an access token that is derived from another one. ARGV: now, hash of the other one, hash of the new one, access token, its
 * end, call id. Returns 1; 0 when it is not possible.
 */
export const deriveAccessToken: string = withPrelude(`
if isRepeated() then return 1 end
local subjectHash, hash, accessToken, ends = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local ended, accessHashes = read('x', 'at')
local subjectEnd = accessTokenEnd(subjectHash)
if ended or now >= subjectEnd or ends > subjectEnd then return 0 end
local kept = {}
for each in string.gmatch(accessHashes, '%S+') do kept[#kept + 1] = each end
local last, live = table.remove(kept), {}
for _, each in ipairs(kept) do
  if now < accessTokenEnd(each) then live[#live + 1] = each else redis.call('HDEL', key, 'a:' .. each) end
end
live[#live + 1] = hash
live[#live + 1] = last
while #live > ${MAX_ACCESS_TOKENS} do redis.call('HDEL', key, 'a:' .. table.remove(live, 1)) end
redis.call('HSET', key, 'at', table.concat(live, ' '), 'a:' .. hash, accessToken, 'q', callId)
return 1
`)
