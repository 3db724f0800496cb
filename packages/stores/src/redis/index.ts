import { type CheckedStore, unanswered } from '../checked-store.ts'
import { type RedisClient, type RunScript, scriptsOn } from './client.ts'
import { RedisStore } from './redis-store.ts'
import { type ReplicaOptions, scriptsReplicatedOn } from './replicas.ts'
import { inspect } from './scripts.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { IoRedisClient, IoRedisPipeline, NodeRedisClient, NodeRedisPipeline, RedisClient } from './client.ts'
export type { ReplicaOptions } from './replicas.ts'

/** How a {@link redisStore} uses its server. */
export interface RedisStoreOptions {
  /** What all keys begin with. @default 'device-auth:' */
  readonly keyPrefix?: string
  /**
   * Seconds for which an approved sign-in is listed among its user's devices without being refreshed. Tokens that live
   * for more than half of it cost their redemption a second round trip. @default 7776000 (90 days)
   */
  readonly grantLifetime?: number
  /**
   * Waits until replicas have what a device or a user is told: new codes, decisions, tokens and their end; not polls.
   * A step that they do not have in time rejects, as for a store that is down, and may be there all the same.
   * Default: a failover may forget the last writes.
   */
  readonly wait?: ReplicaOptions
}

const minVersion = [6, 2] as const

/**
 * Keeps everything in Redis 6.2 or Valkey, or later, single, with Sentinels or as a Cluster, for any number of nodes:
 * by the client of `ioredis` or `redis` that you give it and that stays yours. Each step is one script on one key.
 *
 * @throws RangeError for a lifetime, or a number of replicas, that is not possible.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): CheckedStore {
  const { keyPrefix = 'device-auth:', grantLifetime = 90 * 24 * 3600 } = options
  if (!(grantLifetime >= 3600)) throw new RangeError('redisStore: grantLifetime must be at least 3600 seconds.')
  const run = scriptsOn(client)
  const keep = options.wait === undefined ? run : scriptsReplicatedOn(client, options.wait)
  return new (class extends RedisStore implements CheckedStore {
    check(): Promise<readonly string[]> {
      return check(run, keyPrefix)
    }
  })(run, keep, keyPrefix, grantLifetime * 1000)
}

async function check(run: RunScript, keyPrefix: string): Promise<readonly string[]> {
  const info = await ask(run, keyPrefix)
  const version = /^redis_version:(.*?)\r?$/m.exec(info)?.[1] ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])) {
    throw new Error(`redisStore needs Redis ${minVersion.join('.')} or later, but this is ${version}.`)
  }
  const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(info)?.[1] ?? ''
  if (policy === 'noeviction') return []
  return [`maxmemory-policy is ${policy}: a full server may evict live sign-ins; set it to noeviction.`]
}

async function ask(run: RunScript, keyPrefix: string): Promise<string> {
  try {
    return ((await run(inspect, [`${keyPrefix}check`], [])) as unknown[]).join('\r\n')
  } catch (error) {
    throw unanswered('redisStore', error)
  }
}
