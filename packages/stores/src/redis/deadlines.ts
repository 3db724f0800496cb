import type { NodeRedisClient, RedisClient } from './client.ts'

/** The part of a client of `redis` that {@link reconnectWhenSilent} needs. `createClient` and `createCluster` make such clients. */
export interface WatchedClient {
  readonly isOpen: boolean
  readonly isReady?: boolean
  ping?(): Promise<unknown>
  on?(event: string, listener: () => void): unknown
  once?(event: string, listener: () => void): unknown
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
  const watch = new SilenceWatch(client, seconds * 1000)
  const timer = setInterval(() => void watch.look(), (seconds * 1000) / 4)
  timer.unref()
  return () => {
    clearInterval(timer)
    watch.end()
  }
}

/**
 * Looks at the connections of a client. A client that is connecting must not be opened a second time: it would go on with two connections,
 * of which nobody closes the first.
 */
class SilenceWatch {
  readonly #client: WatchedClient
  /** Milliseconds. */
  readonly #patience: number
  /** The times of the PINGs without an answer. */
  readonly #sentAt = new WeakMap<WatchedClient, number>()
  /** The times since when connections wait for the answers to the first commands, such as HELLO; `undefined` for the others. */
  readonly #handshakes = new WeakMap<WatchedClient, number | undefined>()
  #isOver = false

  constructor(client: WatchedClient, patience: number) {
    this.#client = client
    this.#patience = patience
  }

  async look(): Promise<void> {
    for (const connection of await connectionsOf(this.#client)) this.#lookAt(connection)
  }

  end(): void {
    this.#isOver = true
  }

  #lookAt(connection: WatchedClient): void {
    if (!this.#handshakes.has(connection)) this.#follow(connection)
    const sent = this.#sentAt.get(connection)
    if (!connection.isOpen) this.#sentAt.delete(connection)
    else if (connection.isReady === false) this.#lookAtHandshake(connection)
    else if (sent === undefined) void this.#ping(connection)
    else if (this.#isLate(sent)) {
      connection.destroy()
      connection.connect().catch(() => {})
    }
  }

  #isLate(since: number | undefined): boolean {
    return since !== undefined && performance.now() - since >= this.#patience
  }

  #follow(connection: WatchedClient): void {
    this.#handshakes.set(connection, undefined)
    connection.on?.('connect', () => this.#handshakes.set(connection, performance.now()))
    for (const event of ['ready', 'reconnecting', 'end']) {
      connection.on?.(event, () => {
        this.#handshakes.set(connection, undefined)
        this.#sentAt.delete(connection)
      })
    }
  }

  async #ping(connection: WatchedClient): Promise<void> {
    const sent = performance.now()
    this.#sentAt.set(connection, sent)
    // an error is an answer
    await connection.ping?.().catch(() => {})
    if (this.#sentAt.get(connection) === sent) this.#sentAt.delete(connection)
  }

  /** A client that is still connecting has a `connectTimeout` of its own, but none for the answers to its first commands. */
  #lookAtHandshake(connection: WatchedClient): void {
    if (!this.#isLate(this.#handshakes.get(connection))) return
    // after this event the client stops to try, because it is closed; `setImmediate` comes after that
    connection.once?.('reconnecting', () => setImmediate(() => void this.#openAgain(connection)))
    connection.destroy()
  }

  /** Opens a connection that was closed, unless a client of a Cluster has replaced it meanwhile. */
  async #openAgain(connection: WatchedClient): Promise<void> {
    const isKnown = (await connectionsOf(this.#client)).includes(connection)
    if (isKnown && !connection.isOpen && !this.#isOver) connection.connect().catch(() => {})
  }
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
