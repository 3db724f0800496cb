import { type Check, isNumberFrom } from '@device-auth/core'
import { type CheckedStore, unanswered } from '../checked-store.ts'
import { checkStore, type ExpectedClient } from '../store-options.ts'
import { type RedisClient, type RunScript, scriptsOn } from './client.ts'
import { RedisStore } from './redis-store.ts'
import { isReplicas, type ReplicaOptions, scriptsReplicatedOn } from './replicas.ts'
import { inspect } from './scripts.ts'

export type { CheckedStore } from '../checked-store.ts'
export type { IoRedisClient, IoRedisPipeline, NodeRedisClient, NodeRedisPipeline, RedisClient } from './client.ts'
export type { ReplicaOptions } from './replicas.ts'

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** The beginning of all keys. @default 'device-auth:' */
  readonly keyPrefix?: string
  /**
   * Seconds for which a token family is listed among its user's devices without a refresh; from 3600 to 3153600000. If tokens live for
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

const expectedClient: ExpectedClient = {
  store: 'redisStore',
  methods: [
    ['eval', 'evalsha', 'pipeline'],
    ['eval', 'evalSha', 'multi'],
  ],
  example: 'new Redis() of ioredis or createClient() of redis',
}

const checks: Record<keyof RedisStoreOptions, Check> = {
  keyPrefix: (value) => (typeof value === 'string' ? undefined : 'a string'),
  familyLifetime: isNumberFrom(3600, 100 * 365 * 24 * 3600, 'seconds'),
  wait: isReplicas,
}

/**
 * A store in Redis 6.2 or later, or in Valkey, for any number of nodes: on one server, with Sentinels, or on a Cluster. Each
 * step is one script on one key.
 *
 * @param client of `ioredis` or `redis`; you close it yourself
 * @throws {TypeError} for a client without the methods of a driver, a misspelt option or a wrong value.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): CheckedStore {
  const given = checkStore(expectedClient, client, options, checks)
  const { keyPrefix = 'device-auth:', familyLifetime = 90 * 24 * 3600, wait } = given
  const run = scriptsOn(client)
  const keep = wait === undefined ? run : scriptsReplicatedOn(client, wait)
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
