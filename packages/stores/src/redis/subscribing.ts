import type { Channel, Subscription } from '../wake-up.ts'
import type { RedisClient, RunScript } from './client.ts'

/** The channel on which nodes hear of decisions, whatever the prefix of the keys. An ACL needs the right `&device-auth:changed`. */
export const changedChannel = 'device-auth:changed'

/** A connection of `ioredis` that only listens. */
interface IoRedisSubscriber {
  subscribe(channel: string): Promise<unknown>
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  disconnect(): void
}

/** A connection of `redis` that only listens. */
interface NodeRedisSubscriber {
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  on(event: 'error', listener: () => void): unknown
  destroy(): void
}

/**
 * Messages between the nodes of a store. On a Cluster, too, it is plain pub/sub, which reaches every node: the channel of a sharded
 * one would have to be in the slot of each credential, and decisions are rare.
 *
 * @returns `undefined` if the client cannot make a connection like its own (`duplicate`)
 */
export function redisChannel(client: RedisClient, run: RunScript): Channel | undefined {
  if (!('duplicate' in client) || typeof client.duplicate !== 'function') return undefined
  const { duplicate } = client as { duplicate(...options: readonly unknown[]): unknown }
  const open = (...options: readonly unknown[]): unknown => Reflect.apply(duplicate, client, options)
  // without its queue, the driver would reject the command that comes before the connection is made
  const queue = 'nodes' in client ? [[], { enableOfflineQueue: true }] : [{ enableOfflineQueue: true }]
  return {
    open: (onMessage, onLost) =>
      'evalsha' in client
        ? onIoRedis(open(...queue) as IoRedisSubscriber, onMessage, onLost)
        : onNodeRedis(open() as NodeRedisSubscriber, onMessage, onLost),
    send: (text) => run(send, [changedChannel], [text]),
  }
}

/** Sends a message. The key only chooses the node of a Cluster. */
const send = `return redis.call('PUBLISH', '${changedChannel}', ARGV[1])`

function onIoRedis(subscriber: IoRedisSubscriber, onMessage: (text: string) => void, onLost: () => void): Subscription {
  subscriber.on('message', (_, message) => onMessage(message))
  // the driver connects again by itself, but what was sent meanwhile is lost
  subscriber.on('close', onLost)
  subscriber.on('error', onLost)
  return { ready: subscriber.subscribe(changedChannel), close: () => subscriber.disconnect() }
}

function onNodeRedis(
  subscriber: NodeRedisSubscriber,
  onMessage: (text: string) => void,
  onLost: () => void,
): Subscription {
  subscriber.on('error', onLost)
  let isClosed = false
  const end = (): void => {
    isClosed = true
    try {
      subscriber.destroy()
    } catch {
      // the driver throws if the connection has ended already
    }
  }
  const listen = async (): Promise<void> => {
    await subscriber.connect()
    // a client of a Cluster that is ended while it connects makes connections all the same
    if (isClosed) end()
    else await subscriber.subscribe(changedChannel, onMessage)
  }
  return { ready: listen(), close: end }
}
