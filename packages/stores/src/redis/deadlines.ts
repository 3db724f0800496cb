import type { NodeRedisClient, RedisClient } from './client.ts'

/** The part of a client of `redis` that {@link reconnectWhenSilent} needs. `createClient` and `createCluster` make such clients. */
export interface WatchedClient {
  readonly isOpen: boolean
  ping?(): Promise<unknown>
  connect(): Promise<unknown>
  destroy(): void
  readonly masters?: readonly object[]
  nodeClient?(master: object): WatchedClient | Promise<WatchedClient>
}

const watched = new WeakSet<object>()
const warned = new WeakSet<object>()

/**
 * Makes a client of `redis` leave a host that has gone silent. Its own `socketTimeout` does not, because everything that is sent
 * starts that time anew; nor does `pingInterval`, which does not look at the answer. A client that does not answer a PING in time
 * is connected anew, to where its name leads by then. The commands that wait for an answer are rejected.
 *
 * @param answerTime - The seconds that an answer may take, longer than the option `wait.timeout` of the store. Default: 5.
 * @returns ends the watch; call it before you close the client
 * @throws {TypeError} for what is no client of `redis`.
 * @throws {RangeError} for an impossible time.
 */
export function reconnectWhenSilent(client: WatchedClient, answerTime?: number | null): () => void {
  if (typeof Reflect.get(Object(client), 'destroy') !== 'function')
    throw new TypeError('reconnectWhenSilent needs a client as its first argument, such as createClient() of redis.')
  const seconds: unknown = answerTime ?? 5
  if (!(typeof seconds === 'number' && seconds > 0 && seconds <= 3600)) {
    throw new RangeError('reconnectWhenSilent: its second argument must be a number of seconds above 0, at most 3600.')
  }
  watched.add(client)
  const sentAt = new WeakMap<WatchedClient, number>()
  const watch = (connection: WatchedClient): void => {
    const sent = sentAt.get(connection)
    if (!connection.isOpen) sentAt.delete(connection)
    else if (sent === undefined) void ping(connection, sentAt)
    else if (performance.now() - sent >= seconds * 1000) {
      sentAt.delete(connection)
      connection.destroy()
      connection.connect().catch(() => {})
    }
  }
  const timer = setInterval(() => void connectionsOf(client).then((all) => all.forEach(watch)), (seconds * 1000) / 4)
  timer.unref()
  return () => clearInterval(timer)
}

async function ping(connection: WatchedClient, sentAt: WeakMap<WatchedClient, number>): Promise<void> {
  const sent = performance.now()
  sentAt.set(connection, sent)
  // an error is an answer
  await connection.ping?.().catch(() => {})
  if (sentAt.get(connection) === sent) sentAt.delete(connection)
}

async function connectionsOf(client: WatchedClient): Promise<readonly WatchedClient[]> {
  const { masters } = client
  if (masters === undefined) return [client]
  const connections = masters.map(async (master) => client.nodeClient?.(master))
  const settled = await Promise.allSettled(connections)
  return settled.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? [each.value] : []))
}

/**
 * Warns the process, once for each client, of what the client lacks to leave a host that has gone silent.
 *
 * @param wait seconds that the store may let it wait for replicas
 */
export function warnOfMissingDeadline(client: RedisClient, wait: number): void {
  const missing = missingDeadline(client, wait)
  if (missing === undefined || warned.has(client)) return
  warned.add(client)
  process.emitWarning(missing)
}

function missingDeadline(client: RedisClient, wait: number): string | undefined {
  if ('evalSha' in client) {
    if (watched.has(client) || isSentinel(client)) return undefined
    return 'redisStore: without reconnectWhenSilent(client), this client of redis hangs for many minutes when its host goes silent.'
  }
  const { options } = client
  if (options === undefined) return undefined
  const timeout = options.socketTimeout ?? options.redisOptions?.socketTimeout
  if (timeout === undefined) {
    return 'redisStore: without the option socketTimeout, such as 5000, this client of ioredis hangs for many minutes when its host goes silent.'
  }
  if (timeout > wait * 1000) return undefined
  return 'redisStore: socketTimeout of the client of ioredis must be longer than the option wait.timeout of the store.'
}

/** A client of Sentinels has connections that nothing can watch from outside; it leaves a host when its Sentinels do. */
function isSentinel(client: NodeRedisClient): boolean {
  return 'acquire' in client
}
