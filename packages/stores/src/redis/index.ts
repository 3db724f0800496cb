import type { Check } from '@device-auth/core'
import type { CheckedStore } from '../checked-store.ts'
import { checkStore } from '../store-options.ts'
import { WakeUp } from '../wake-up.ts'
import { checkServers } from './check.ts'
import { expectedClient, isOneConnection, type RedisClient, scriptsOn } from './client.ts'
import { redisClock } from './clock.ts'
import { warnOfMissingDeadline } from './deadlines.ts'
import { defaultPrefix, keyChecks, type RedisKeyOptions } from './key-options.ts'
import { RedisStore } from './redis-store.ts'
import { DEFAULT_TIMEOUT, scriptsReplicatedOn } from './replicas.ts'
import { redisChannel } from './subscribing.ts'

export type { CheckedStore } from '../checked-store.ts'
export type {
  IoRedisClient,
  IoRedisDeadlines,
  IoRedisPipeline,
  NodeRedisClient,
  NodeRedisPipeline,
  RedisClient,
} from './client.ts'
export { reconnectWhenSilent, type WatchedClient } from './deadlines.ts'
export type { RedisKeyOptions } from './key-options.ts'
export { redisRegisteredClients } from './registered-clients.ts'
export type { ReplicaOptions } from './replicas.ts'

/** Options of {@link redisStore}. */
export interface RedisStoreOptions extends RedisKeyOptions {
  /**
   * Is told of errors that no step rejects with, each kind at most once a minute: a note of the use of an access token that a
   * full or read-only server did not take. @default process.emitWarning
   */
  readonly onError?: (error: Error) => void
}

const checks: Record<keyof RedisStoreOptions, Check> = {
  ...keyChecks,
  onError: (value) => (typeof value === 'function' ? undefined : 'a function'),
}

/**
 * A store in Redis 6.2 or later, or in Valkey, for any number of nodes: on one server, with Sentinels, or on a Cluster. Each
 * step is one script on one key. The time is that of the server; on a Cluster, the clocks of the masters must agree.
 *
 * Polls that wait hear of decisions by pub/sub, on one more connection for each node. The store makes it with the client's own
 * `duplicate()` when the first poll wants to wait, and ends it in `close`.
 *
 * @param client of `ioredis` or `redis`; you close it yourself. Without a deadline for a silent host, the process is warned.
 * @throws {TypeError} for a client without the methods of a driver, a misspelt option or a wrong value.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): CheckedStore {
  const given = checkStore(expectedClient('redisStore'), client, options, checks)
  const { keyPrefix = defaultPrefix, wait, onError = (error) => process.emitWarning(error) } = given
  const run = scriptsOn(client)
  const keep = wait === undefined ? run : scriptsReplicatedOn(client, wait)
  warnOfMissingDeadline(client, wait === undefined ? 0 : (wait.timeout ?? DEFAULT_TIMEOUT))
  const clock = redisClock(run, `${keyPrefix}clock`)
  const channel = redisChannel(client, run)
  const wakeUp = channel && new WakeUp(channel)
  const store = new (class extends RedisStore implements CheckedStore {
    check(): Promise<readonly string[]> {
      return checkServers(client, { keyPrefix, wait })
    }
  })({ run, keep, prefix: keyPrefix, clock, onError, isOrdered: isOneConnection(client) })
  const watching = wakeUp && { watch: wakeUp.watch.bind(wakeUp), close: async () => wakeUp.close() }
  return Object.assign(store, watching)
}
