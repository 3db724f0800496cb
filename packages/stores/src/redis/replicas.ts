import { type Check, isNumberFrom, isObject, isWholeFrom } from '@device-auth/core'
import type { RedisClient, RunScript } from './client.ts'
import { touch } from './scripts.ts'

/** Seconds to wait for replicas, unless an option says otherwise. */
export const DEFAULT_TIMEOUT = 0.1

/** The replicas that must have a write before its step is done. */
export interface ReplicaOptions {
  /** Number of replicas, from 1 to 1000. */
  readonly replicas: number
  /** Seconds to wait for them, 0.001 to 5. Other commands on the same connection wait meanwhile. @default 0.1 */
  readonly timeout?: number
}

const memberChecks: Record<keyof ReplicaOptions, Check> = {
  replicas: isWholeFrom(1, 1000, 'replicas'),
  timeout: isNumberFrom(0.001, 5, 'seconds'),
}

/** Checks for {@link ReplicaOptions}. `timeout: null` counts as not given. */
export const isReplicas: Check = (value) => {
  const members: ReadonlySet<string> = new Set(Object.keys(memberChecks))
  const { replicas, timeout }: Partial<Record<string, unknown>> = Object(value)
  const fits =
    isObject(value) === undefined &&
    Object.keys(Object(value)).every((name) => members.has(name)) &&
    memberChecks.replicas(replicas) === undefined &&
    memberChecks.timeout(timeout ?? 1) === undefined
  return fits
    ? undefined
    : '{ replicas: a whole number from 1 to 1000, timeout: seconds from 0.001 to 5 (default 0.1) }'
}

/**
 * Runs scripts and waits for replicas, in one round trip. WAIT waits for the last write of its own connection and for all that
 * the server wrote before. So script and WAIT go out in one pipeline, and between them the key is written once more: a script
 * that finds its work done already writes nothing, and the earlier write may be one that the replicas did not have in time.
 * A pipeline cannot react to a script that the server does not know, so it sends the whole script.
 *
 * @returns a function that rejects with an `Error` when too few replicas had the write in time
 */
export function scriptsReplicatedOn(
  client: RedisClient,
  { replicas, timeout = DEFAULT_TIMEOUT }: ReplicaOptions,
): RunScript {
  return async (script, keys, parameters) => {
    const [reply, , acknowledged] = await pipelined(client, script, keys, parameters, [replicas, timeout * 1000])
    if (Number(acknowledged) < replicas) {
      throw new Error(
        `redisStore: ${acknowledged} of ${replicas} replicas had the write within ${timeout} s. Start the others, or lower \`wait.replicas\`.`,
      )
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
  const timeout = Math.ceil(milliseconds)
  if ('evalSha' in client) {
    const commands = client.multi().eval(script, { keys: [...keys], arguments: [...parameters] })
    commands.eval(touch, { keys: [...keys], arguments: [] }).wait(replicas, timeout)
    return commands.execAsPipeline().catch((error) => Promise.reject(firstError(error)))
  }
  const commands = client.pipeline().eval(script, keys.length, ...keys, ...parameters)
  const results =
    (await commands
      .eval(touch, keys.length, ...keys)
      .wait(replicas, timeout)
      .exec()) ?? []
  for (const [error] of results) if (error !== null) throw error
  return results.map(([, reply]) => reply)
}

/** The first error of a pipeline of `redis`, whose own error only has their number. */
function firstError(error: unknown): unknown {
  const { replies } = error as { readonly replies?: readonly unknown[] }
  return replies?.find((reply) => reply instanceof Error) ?? error
}
