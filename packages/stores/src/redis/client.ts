import { createHash } from 'node:crypto'

/** What the store asks of `ioredis`: a `Redis`, with Sentinels too, or a `Cluster`. */
export interface IoRedisClient {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  pipeline(): IoRedisPipeline
}

/** Commands that go out together, over one connection. */
export interface IoRedisPipeline {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): IoRedisPipeline
  wait(replicas: number, milliseconds: number): IoRedisPipeline
  exec(): Promise<[error: Error | null, reply: unknown][] | null>
}

interface ScriptOptions {
  keys: string[]
  arguments: string[]
}

/** What the store asks of `redis` 5 and later: what `createClient`, `createSentinel` or `createCluster` make. */
export interface NodeRedisClient {
  eval(script: string, options: ScriptOptions): Promise<unknown>
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>
  multi(): NodeRedisPipeline
}

/** Commands that go out together, over one connection. */
export interface NodeRedisPipeline {
  eval(script: string, options: ScriptOptions): NodeRedisPipeline
  wait(replicas: number, milliseconds: number): NodeRedisPipeline
  execAsPipeline(): Promise<unknown[]>
}

export type RedisClient = IoRedisClient | NodeRedisClient

/** Runs a script on keys that share a slot. */
export type RunScript = (script: string, keys: readonly string[], parameters: readonly string[]) => Promise<unknown>

const hashes = new Map<string, string>()

/** By its hash, and as a whole where a server has not seen it: after a restart or a failover, or on another node. */
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
