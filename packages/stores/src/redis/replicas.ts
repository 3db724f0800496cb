import type { RedisClient, RunScript } from './client.ts'

/** Replicas that have to have what is kept, before a step is done. */
export interface ReplicaOptions {
  /** How many of them. */
  readonly replicas: number
  /** Seconds to wait for them, 0.001 to 5. Other commands of the same connection wait meanwhile. @default 0.1 */
  readonly timeout?: number
}

/**
 * Runs scripts and waits for replicas, in one round trip: WAIT is about the connection that wrote, so both go out in
 * one pipeline. A pipeline cannot come back to a script that the server has not seen, so it brings the whole.
 *
 * @throws RangeError for a number or time that is not possible.
 */
export function scriptsReplicatedOn(client: RedisClient, { replicas, timeout = 0.1 }: ReplicaOptions): RunScript {
  if (!Number.isInteger(replicas) || replicas < 1) {
    throw new RangeError('redisStore: wait.replicas must be a whole number, at least 1.')
  }
  if (!(timeout >= 0.001 && timeout <= 5)) {
    throw new RangeError('redisStore: wait.timeout must be 0.001 to 5 seconds.')
  }
  return async (script, keys, parameters) => {
    const [reply, acknowledged] = await pipelined(client, script, keys, parameters, [replicas, timeout * 1000])
    if (Number(acknowledged) < replicas) {
      throw new Error(`redisStore: ${acknowledged} of ${replicas} replicas had a write within ${timeout} s.`)
    }
    return reply
  }
}

async function pipelined(
  client: RedisClient,
  script: string,
  keys: readonly string[],
  parameters: readonly string[],
  [replicas, milliseconds]: readonly [replicas: number, milliseconds: number],
): Promise<readonly unknown[]> {
  const patience = Math.ceil(milliseconds)
  if ('evalSha' in client) {
    const options = { keys: [...keys], arguments: [...parameters] }
    return client.multi().eval(script, options).wait(replicas, patience).execAsPipeline()
  }
  const commands = client.pipeline().eval(script, keys.length, ...keys, ...parameters)
  const results = (await commands.wait(replicas, patience).exec()) ?? []
  for (const [error] of results) if (error !== null) throw error
  return results.map(([, reply]) => reply)
}
