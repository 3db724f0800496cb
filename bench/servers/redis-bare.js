import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { startBare } from './stored.js'

// the least that a server has to do for a poll: check client and status, and keep the time of the last poll
const script = `
local client, status, interval, last = unpack(redis.call('HMGET', KEYS[1], 'client', 'status', 'interval', 'last'))
if client ~= ARGV[1] then return 'unknown' end
if status == 'pending' and (not last or tonumber(ARGV[2]) >= tonumber(last) + tonumber(interval) * 1000 - 1000) then
  redis.call('HSET', KEYS[1], 'last', ARGV[2])
end
return status`
const sha = createHash('sha1').update(script).digest('hex')

export async function start(codes) {
  const client = new Redis(process.env.REDIS_URL)
  const key = (code) => `${process.pid}:${createHash('sha256').update(code).digest('base64url')}`
  await client.script('LOAD', script)
  return startBare(
    codes,
    (code) => client.hset(key(code), { client: 'tv', status: 'pending', interval: '5' }),
    async (code, clientId, now) => (await client.evalsha(sha, 1, key(code), clientId, now)) === 'pending',
  )
}
