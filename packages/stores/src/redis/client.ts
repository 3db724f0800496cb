import { createHash } from 'node:crypto'
import type { ExpectedClient } from '../store-options.ts'

/** The methods of `ioredis` that the store uses: those of a `Redis` (also with Sentinels) or a `Cluster`. */
export interface IoRedisClient {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  pipeline(): IoRedisPipeline
  /** Of a `Cluster`. */
  nodes?(role: 'master'): IoRedisClient[]
  readonly options?: IoRedisDeadlines & { readonly redisOptions?: IoRedisDeadlines | undefined }
}

/** The options of `ioredis` that the store looks at. */
export interface IoRedisDeadlines {
  /** Milliseconds without an answer after which the connection is made anew. */
  readonly socketTimeout?: number | undefined
}

/** Commands of `ioredis` that are sent together over one connection. */
export interface IoRedisPipeline {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): IoRedisPipeline
  wait(replicas: number, milliseconds: number): IoRedisPipeline
  exec(): Promise<[error: Error | null, reply: unknown][] | null>
}

interface ScriptOptions {
  keys: string[]
  arguments: string[]
}

/** The methods of `redis` 5 and later that the store uses: `createClient`, `createSentinel` and `createCluster` make them. */
export interface NodeRedisClient {
  eval(script: string, options: ScriptOptions): Promise<unknown>
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>
  multi(): NodeRedisPipeline
  /** Of a client that `createCluster` made. */
  readonly masters?: readonly object[]
  nodeClient?(master: object): NodeRedisClient | Promise<NodeRedisClient>
}

/** Commands of `redis` that are sent together over one connection. */
export interface NodeRedisPipeline {
  eval(script: string, options: ScriptOptions): NodeRedisPipeline
  wait(replicas: number, milliseconds: number): NodeRedisPipeline
  execAsPipeline(): Promise<unknown[]>
}

/** A client of either package. */
export type RedisClient = IoRedisClient | NodeRedisClient

/** The client that a store expects, for its error messages. */
export function expectedClient(store: string): ExpectedClient {
  const methods = [
    ['eval', 'evalsha', 'pipeline'],
    ['eval', 'evalSha', 'multi'],
  ]
  return { store, methods, example: 'new Redis() of ioredis or createClient() of redis', unfit: overHttp }
}

/** The clients of `@upstash/redis` and `@vercel/kv` have the methods of `ioredis`, but take keys and arguments as lists. */
function overHttp(client: object): string | undefined {
  if (!('evalshaRo' in client)) return undefined
  return 'a client that sends commands over HTTP, as @upstash/redis, does not fit; connect ioredis to the rediss:// address of the same database.'
}

/**
 * True if all commands of a client go over one connection to one server, which runs them in the order in which they are sent.
 * False for clusters, and for the pools and Sentinels of `redis`.
 */
export function isOneConnection(client: RedisClient): boolean {
  if ('evalSha' in client) return 'isDirtyWatch' in client
  return client.nodes === undefined
}

/** Runs a script on keys that are in one slot. @returns its reply */
export type RunScript = (script: string, keys: readonly string[], parameters: readonly string[]) => Promise<unknown>

const hashes = new Map<string, string>()

/**
 * Runs scripts by their hashes. A server that does not know a script, for example after a restart or a failover, is sent the
 * whole script.
 */
export function scriptsOn(client: RedisClient): RunScript {
  return async (script, keys, parameters) => {
    try {
      return await bySha(client, sha1(script), keys, parameters)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return inFull(client, script, keys, parameters)
    }
  }
}

function bySha(
  client: RedisClient,
  sha: string,
  keys: readonly string[],
  parameters: readonly string[],
): Promise<unknown> {
  if ('evalSha' in client) return client.evalSha(sha, { keys: [...keys], arguments: [...parameters] })
  return client.evalsha(sha, keys.length, ...keys, ...parameters)
}

function inFull(
  client: RedisClient,
  script: string,
  keys: readonly string[],
  parameters: readonly string[],
): Promise<unknown> {
  if ('evalSha' in client) return client.eval(script, { keys: [...keys], arguments: [...parameters] })
  return client.eval(script, keys.length, ...keys, ...parameters)
}

function sha1(script: string): string {
  const known = hashes.get(script)
  if (known !== undefined) return known
  const hash = createHash('sha1').update(script).digest('hex')
  hashes.set(script, hash)
  return hash
}
