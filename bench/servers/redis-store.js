import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { startStored } from './stored.js'

export function start(codes) {
  return startStored(redisStore(new Redis(process.env.REDIS_URL), { keyPrefix: `${process.pid}:` }), codes)
}
