import { type CheckedStore, unanswered } from '../checked-store.ts'
import { type RedisClient, type RunScript, scriptsOn } from './client.ts'
import { RedisStore } from './redis-store.ts'
import { type ReplicaOptions, scriptsReplicatedOn } from './replicas.ts'
import { inspect } from './scripts.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { IoRedisClient, IoRedisPipeline, NodeRedisClient, NodeRedisPipeline, RedisClient } from './client.ts'
export type { ReplicaOptions } from './replicas.ts'

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** The beginning of all keys. @default 'device-auth:' */
  readonly keyPrefix?: string
  /**
   * Seconds for which a token family is listed among its user's devices without a refresh; at least 3600. If tokens live for
   * more than half of it, a redemption costs a second round trip. @default 7776000 (90 days)
   */
  readonly familyLifetime?: number
  /**
   * Waits until replicas have everything that a device or a user is told: new codes, decisions, tokens and revocations, but
   * not polls. If they do not have it in time, the step rejects as if the store was down, although the write may have
   * happened. Default: no waiting; a failover may forget the last writes.
   */
  readonly wait?: ReplicaOptions
}

const minVersion = [6, 2] as const

/**
 * A store in Redis 6.2 or later, or in Valkey, for any number of nodes: on one server, with Sentinels, or on a Cluster. Each
 * step is one script on one key.
 *
 * @param client of `ioredis` or `redis`; you close it yourself
 * @throws RangeError for an impossible option.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): CheckedStore {
  const { keyPrefix = 'device-auth:', familyLifetime = 90 * 24 * 3600 } = options
  if (!(familyLifetime >= 3600)) throw new RangeError('redisStore: familyLifetime must be at least 3600 seconds.')
  const run = scriptsOn(client)
  const keep = options.wait === undefined ? run : scriptsReplicatedOn(client, options.wait)
  return new (class extends RedisStore implements CheckedStore {
    check(): Promise<readonly string[]> {
      return checkServer(run, keyPrefix)
    }
  })(run, keep, keyPrefix, familyLifetime * 1000)
}

async function checkServer(run: RunScript, keyPrefix: string): Promise<readonly string[]> {
  const info = await readInfo(run, keyPrefix)
  const version = /^redis_version:(.*?)\r?$/m.exec(info)?.[1] ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])) {
    throw new Error(`redisStore needs Redis ${minVersion.join('.')} or later, but this is ${version}.`)
  }
  const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(info)?.[1] ?? ''
  if (policy === 'noeviction') return []
  return [`maxmemory-policy is ${policy}: a full server may evict live sign-ins. Set it to noeviction.`]
}

async function readInfo(run: RunScript, keyPrefix: string): Promise<string> {
  try {
    return ((await run(inspect, [`${keyPrefix}check`], [])) as unknown[]).join('\r\n')
  } catch (error) {
    throw unanswered('redisStore', error)
  }
}
