// Fills Redis with a million credentials: copies of one that the store made, so the fields are not repeated here.

import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { startRedis } from '../databases.js'
import { newCodes, newCredential } from './credentials.js'

const copy = `
local fields = redis.call('HGETALL', KEYS[1])
local ttl = redis.call('PTTL', KEYS[1])
for i = 2, #ARGV do
  redis.call('HSET', ARGV[1] .. ARGV[i], unpack(fields))
  redis.call('PEXPIRE', ARGV[1] .. ARGV[i], ttl)
end`

export async function startRedisMillion(now, settings = []) {
  const server = await startRedis(settings)
  const client = new Redis(server.url)
  const number = async (section, name) => Number(new RegExp(`${name}:(.*)\r`).exec(await client.info(section))[1])
  const cpu = async () => ((await number('cpu', 'used_cpu_user')) + (await number('cpu', 'used_cpu_sys'))) * 1000
  return {
    cpu,
    async fill(prefix, count) {
      const store = redisStore(client, { keyPrefix: prefix })
      const first = newCredential(now)
      await store.createDeviceCredential(first)
      await store.pollDeviceCredential(first.id, 'tv', now)
      const { codes, ids } = newCodes(count)
      for (let at = 0; at < count; at += 1_000) {
        const key = `${prefix}credential:`
        await client.eval(copy, 1, key + first.id, key, ...ids.slice(at, at + 1_000))
      }
      return { store, codes }
    },
    /** The memory of one credential with its indexes. */
    async facts() {
      const [store, count, before] = [
        redisStore(client, { keyPrefix: 'size:' }),
        20_000,
        await number('memory', 'used_memory'),
      ]
      for (let at = 0; at < count; at += 500) {
        await Promise.all(Array.from({ length: 500 }, () => store.createDeviceCredential(newCredential(now))))
      }
      return {
        'memory per credential': `${Math.round(((await number('memory', 'used_memory')) - before) / count)} bytes`,
      }
    },
    async stop() {
      client.disconnect()
      server.stop()
    },
  }
}
