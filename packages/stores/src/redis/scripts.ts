// The steps of the store contract in Lua, one script each. Redis runs a script as one step: no other command runs before its end, so
// what a script has read is still true when it writes. The fields of a credential are listed in fields.ts. Unless a
// script says otherwise, its key is that of the credential, and its first argument is the time: epoch milliseconds, or '' for
// the time of the server. The last argument of some is the id of the call, which they keep to know it when it comes again.

import { ANSWER_USED, MAX_ACCESS_TOKENS, MAX_REPLAYS } from '@device-auth/core/stores'
import { ANNOUNCED, withPrelude } from './prelude.ts'

/** Creates a credential. ARGV: now, time to forget it, fields and values, call id. Returns 1; 0 when the id is known. */
export const create: string = withPrelude(`
if isRepeated() then return 1 end
local forgetAt = redis.call('HGET', key, 'f')
if forgetAt and now < tonumber(forgetAt) then return 0 end
redis.call('DEL', key)
redis.call('HSET', key, 'f', ARGV[2], 'q', callId, unpack(ARGV, 3, #ARGV - 1))
expireAfter(key, tonumber(ARGV[2]))
return 1
`)

/** Deletes a credential whose code no device was told. No arguments. */
export const discard: string = `return redis.call('DEL', KEYS[1])`

/**
 * Writes a key once more without changing it, so that replicas are sent a write. A key that does not exist has nothing to wait
 * for. KEYS: one or more. No arguments. Returns 0.
 */
export const touch: string = `
for _, each in ipairs(KEYS) do
  local left = redis.call('PTTL', each)
  if left > 0 then redis.call('PEXPIRE', each, left) end
end
return 0
`

/**
 * Reads a credential. No arguments. Returns its fields and values, an empty list when there is none; and the time of the server,
 * in seconds and microseconds.
 */
export const read: string = `return { redis.call('HGETALL', KEYS[1]), redis.call('TIME') }`

/**
 * Gives a user code to a credential. KEYS: user code. ARGV: now, id of the credential, its end, id of a holder that is over
 * (or ''), call id. Returns '', or the id of another credential that holds the code.
 */
export const holdUserCode: string = withPrelude(`
local id, expiresAt, formerHolder = ARGV[2], ARGV[3], ARGV[4]
local holder, heldUntil, heldBy = string.match(redis.call('GET', key) or '', '^(%S+) (%d+) (%S+)$')
if heldBy == callId then return '' end
if holder and holder ~= formerHolder and now < tonumber(heldUntil) then return holder end
redis.call('SET', key, table.concat({ id, expiresAt, callId }, ' '))
expireAfter(key, tonumber(expiresAt))
return ''
`)

/** Frees a user code. KEYS: user code. ARGV: id of the credential that must hold it. Returns 0. */
export const releaseUserCode: string = `
local holder = string.match(redis.call('GET', KEYS[1]) or '', '^%S+')
if holder == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`

/** Reads a user code. KEYS: user code. No arguments. Returns the id of the credential that holds it, or ''. */
export const readUserCode: string = `return string.match(redis.call('GET', KEYS[1]) or '', '^%S+') or ''`

// the time to forget the credential, if its entry in the index of the subject ends before; otherwise ''
const latePart = `
local function late(forgetAt) return tonumber(forgetAt) > now + ${ANNOUNCED} and forgetAt or '' end
`

/**
 * Binds a credential to whoever presents its code. ARGV: now, subject, browser, hash of the code (or '' if it is not asked for by
 * its code), call id. Returns claimed, shared or unknown; the time to forget the credential or '', as above; and its fields and
 * values before the claim, if it was asked for by its code.
 */
export const claim: string = withPrelude(`${latePart}
local subject, browser, userCodeHash = ARGV[2], ARGV[3], ARGV[4]
local expiresAt, approved, ended, boundSubject, claimedBy, claimedIn, forgetAt, details =
  read('ea', 'ap', 'x', 'bs', 'cb', 'ci', 'f', 'd')
local fields = userCodeHash ~= '' and redis.call('HGETALL', key) or {}
if approved and isRepeated() then return { 'shared', '', fields } end
if not expiresAt or approved or ended or now >= tonumber(expiresAt) then return { 'unknown' } end
if boundSubject and boundSubject ~= subject then return { 'unknown' } end
if userCodeHash ~= '' and cjson.decode(details).userCodeHash ~= userCodeHash then return { 'unknown' } end
if claimedBy and claimedBy ~= subject and claimedIn ~= browser then
  redis.call('HSET', key, 'gs', '', 'ap', '0', 'g', '{"scope":""}', 'q', callId)
  tell()
  return { 'shared', '', fields }
end
redis.call('HSET', key, 'cb', subject, 'ci', browser)
return { 'claimed', late(forgetAt), fields }
`)

/**
 * Records the user's decision. ARGV: now, subject, 1 or 0 for approved or denied, the rest of the decision as JSON, call
 * id. Returns decided, alreadyDecided, expired or unknown; and the time to forget the credential or '', as above.
 */
export const decide: string = withPrelude(`${latePart}
local subject = ARGV[2]
local expiresAt, approved, ended, boundSubject, claimedBy, forgetAt = read('ea', 'ap', 'x', 'bs', 'cb', 'f')
if not expiresAt or ended or now >= tonumber(forgetAt) then return { 'unknown' } end
local owner = boundSubject or claimedBy
if owner and subject ~= '' and subject ~= owner then return { 'unknown' } end
if now >= tonumber(expiresAt) then return { 'expired' } end
if approved then
  if isRepeated() then return { 'decided', late(forgetAt) } end
  return { 'alreadyDecided' }
end
redis.call('HSET', key, 'gs', subject, 'ap', ARGV[3], 'g', ARGV[4], 'q', callId)
tell()
return { 'decided', late(forgetAt) }
`)

// the beginning of lease and redeem: returns 0 unless the code can be redeemed
const requireApproved = `
local expiresAt, approved, ended, redeemedAt, forgetAt = read('ea', 'ap', 'x', 'ra', 'f')
if approved ~= '1' or ended or redeemedAt or now >= tonumber(expiresAt) then return 0 end
local holder = leaseHolder()
`

/** Leases an approved credential. ARGV: now, owner, end of the lease. Returns 1; 0 when it is not possible. */
export const lease: string = withPrelude(`${requireApproved}
local owner = ARGV[2]
if holder ~= '' and holder ~= owner then return 0 end
redis.call('HSET', key, 'lo', owner, 'lu', ARGV[3])
return 1
`)

/**
 * Leases a token family. ARGV: now, owner, end of the lease, hash of the current refresh token. Returns 1; 0 when it is not
 * possible.
 */
export const leaseFamily: string = withPrelude(`
local owner, currentHash = ARGV[2], ARGV[4]
local refreshHash, refreshEnd, ended = read('rh', 're', 'x')
if ended or refreshHash ~= currentHash or now >= tonumber(refreshEnd) then return 0 end
local holder = leaseHolder()
if holder ~= '' and holder ~= owner then return 0 end
redis.call('HSET', key, 'lo', owner, 'lu', ARGV[3])
return 1
`)

/** Gives a lease back. ARGV: now (not used), owner. Returns 0. */
export const release: string = withPrelude(`
if redis.call('HGET', key, 'lo') == ARGV[2] then redis.call('HDEL', key, 'lo', 'lu') end
return 0
`)

/**
 * Redeems a code. ARGV: now, owner of the lease (or ''), sealed response, hash of the access token, access token, end of
 * the last token, fields and values of the refresh token, call id. Returns 1; 0 when it is not possible.
 */
export const redeem: string = withPrelude(`
if isRepeated() then return 1 end
${requireApproved}
local owner, sealedResponse, hash, accessToken, tokensEnd = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if holder ~= owner then return 0 end
local ends = math.max(tonumber(forgetAt), tonumber(tokensEnd))
redis.call('HSET', key, 'q', callId, 'ra', instant, 'sr', sealedResponse, 'at', hash, 'a:' .. hash, accessToken, 'f', whole(ends),
  unpack(ARGV, 7, #ARGV - 1))
redis.call('HDEL', key, 'lo', 'lu')
expireAfter(key, ends)
return 1
`)

/**
 * Replaces the refresh token. ARGV: now, hash of the current refresh token, owner of the lease (or ''), sealed response, hash
 * of the access token, access token, end of the last token, fields and values of the refresh token, call id. Returns all fields
 * and values as they are then; an empty list when it is not possible.
 */
export const rotate: string = withPrelude(`
if isRepeated() then return redis.call('HGETALL', key) end
local currentHash, owner, sealedResponse, hash, accessToken, tokensEnd =
  ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local refreshHash, refreshEnd, ended, accessHashes, createdAt, expiresAt = read('rh', 're', 'x', 'at', 'ca', 'ea')
if ended or refreshHash ~= currentHash or now >= tonumber(refreshEnd) or leaseHolder() ~= owner then return {} end
local kept = {}
for each in string.gmatch(accessHashes or '', '%S+') do
  if now < accessTokenEnd(each) then kept[#kept + 1] = each else redis.call('HDEL', key, 'a:' .. each) end
end
kept[#kept + 1] = hash
while #kept > ${MAX_ACCESS_TOKENS} do redis.call('HDEL', key, 'a:' .. table.remove(kept, 1)) end
redis.call('HDEL', key, 'rh', 'ri', 're', 'lo', 'lu')
redis.call('HSET', key, 'at', table.concat(kept, ' '), 'a:' .. hash, accessToken, 'oh', refreshHash, 'oa', instant,
  'or', sealedResponse, 'ol', '${MAX_REPLAYS}', 'q', callId, unpack(ARGV, 8, #ARGV - 1))
local tombstoneEnd = 2 * tonumber(expiresAt) - tonumber(createdAt)
local ends = math.max(tombstoneEnd, tonumber(tokensEnd))
for _, each in ipairs(kept) do ends = math.max(ends, accessTokenEnd(each)) end
redis.call('HSET', key, 'f', whole(ends))
expireAfter(key, ends)
return redis.call('HGETALL', key)
`)

/** Ends one access token. ARGV: now (not used), its hash. Returns 1; 0 when there is none. */
export const removeAccessToken: string = withPrelude(`
local removed = ARGV[2]
if redis.call('HDEL', key, 'a:' .. removed) == 0 then return 0 end
local kept = {}
for hash in string.gmatch(redis.call('HGET', key, 'at'), '%S+') do
  if hash ~= removed then kept[#kept + 1] = hash end
end
redis.call('HSET', key, 'at', table.concat(kept, ' '))
return 1
`)

/**
 * Ends a request, or a token family with all its tokens. ARGV: now, call id. Returns all fields and values as they are then; an
 * empty list when nothing was alive.
 */
export const revoke: string = withPrelude(`
if isRepeated() then return redis.call('HGETALL', key) end
local expiresAt, approved, ended, redeemedAt, forgetAt, accessHashes, createdAt =
  read('ea', 'ap', 'x', 'ra', 'f', 'at', 'ca')
if not expiresAt or ended then return {} end
if redeemedAt then
  if now >= tonumber(forgetAt) then return {} end
  for hash in string.gmatch(accessHashes or '', '%S+') do redis.call('HDEL', key, 'a:' .. hash) end
  redis.call('HDEL', key, 'at', 'sr', 'rh', 'ri', 're', 'oh', 'oa', 'or', 'ol')
  local tombstoneEnd = 2 * tonumber(expiresAt) - tonumber(createdAt)
  redis.call('HSET', key, 'f', whole(tombstoneEnd))
  expireAfter(key, tombstoneEnd)
elseif approved == '0' or now >= tonumber(expiresAt) then return {} end
redis.call('HSET', key, 'x', '1', 'q', callId)
tell()
return redis.call('HGETALL', key)
`)

/**
 * Notes the use of an access token. ARGV: now, hash of the refresh token whose replacement came in the same answer (or '').
 * Returns 0.
 */
export const noteUse: string = withPrelude(`
local redeemedAt, ended, rotatedHash = read('ra', 'x', 'oh')
if not redeemedAt or ended then return 0 end
redis.call('HSET', key, 'us', instant)
if rotatedHash == ARGV[2] then redis.call('HSET', key, 'ol', '${ANSWER_USED}') end
return 0
`)

/**
 * Takes one repetition of the answer to the last rotation. ARGV: now, hash of the replaced refresh token, the time after which the
 * caller has given up (or ''), call id. Returns all fields and values as they are then; an empty list when there is no repetition
 * left; 'late' when the caller has given up.
 */
export const replayRotation: string = withPrelude(`
if isRepeated() then return redis.call('HGETALL', key) end
local rotatedHash, left, ended, forgetAt = read('oh', 'ol', 'x', 'f')
local replaysLeft, givenUpAt = tonumber(left or '0'), tonumber(ARGV[3])
if givenUpAt and now > givenUpAt then return { 'late' } end
if ended or rotatedHash ~= ARGV[2] or replaysLeft < 1 or now >= tonumber(forgetAt) then return {} end
redis.call('HSET', key, 'ol', whole(replaysLeft - 1), 'q', callId)
return redis.call('HGETALL', key)
`)

/** Names a live token family. ARGV: now, subject, name. Returns 1; 0 when this subject has no such family. */
export const rename: string = withPrelude(`
local subject, redeemedAt, ended, refreshEnd, accessHashes = read('gs', 'ra', 'x', 're', 'at')
if not redeemedAt or ended or subject ~= ARGV[2] or not hasLiveToken(refreshEnd, accessHashes) then return 0 end
redis.call('HSET', key, 'n', ARGV[3])
return 1
`)

/**
 * Asks the server about itself. No keys, no arguments. Returns its time, and what INFO says of its version, its memory and its
 * role; only the time if the user may not run INFO.
 */
export const inspect: string = `
local reply = { redis.call('TIME') }
for _, section in ipairs({ 'server', 'memory', 'replication' }) do
  local info = redis.pcall('INFO', section)
  if type(info) == 'string' then reply[#reply + 1] = info end
end
return reply
`

/**
 * Runs all commands that the scripts of the store have, on a key that nothing else uses. KEYS: it. No arguments. Returns 1, or
 * the error of the first command that fails.
 */
export const probe: string = `
local key = KEYS[1]
redis.call('SET', key, 'probe', 'PX', 60000)
if redis.call('GET', key) ~= 'probe' then return redis.error_reply('ERR the probe was not read back') end
redis.call('EXISTS', key)
redis.call('PTTL', key)
redis.call('DEL', key)
redis.call('HSET', key, 'field', 'probe')
redis.call('PEXPIRE', key, 60000)
redis.call('HGET', key, 'field')
redis.call('HMGET', key, 'field')
redis.call('HGETALL', key)
redis.call('HDEL', key, 'field')
redis.call('ZADD', key, 'GT', 1, 'member')
redis.call('PEXPIREAT', key, redis.call('TIME')[1] .. '999')
redis.call('ZADD', key, 'GT', 1, 'member')
redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
redis.call('ZRANGEBYSCORE', key, '-inf', '+inf')
redis.call('ZRANGEBYLEX', key, '-', '+')
redis.call('ZREM', key, 'member')
return 1
`
