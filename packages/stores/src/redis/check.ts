import { unanswered } from '../checked-store.ts'
import { newCallId } from './call-id.ts'
import { type RedisClient, type RunScript, scriptsOn } from './client.ts'
import { timeFromReply } from './fields.ts'
import { type ReplicaOptions, scriptsReplicatedOn } from './replicas.ts'
import { inspect, probe } from './scripts.ts'

const minVersion = [6, 2] as const
/** Milliseconds by which the clocks of the masters of a Cluster may differ. */
const MAX_SKEW = 1_000
/** Keys that are tried until one is in a slot of the master: a master that has one slot of a thousand is found. */
const MAX_KEYS = 20_000

/** Errors of Redis that a probe may end with, and what to do about them. */
const remedies: readonly (readonly [error: RegExp, remedy: string])[] = [
  [
    /\bNOREPLICAS\b|replicas had the write/,
    'Too few replicas are connected. Start them, or lower min-replicas-to-write of the server or `wait.replicas` of the store.',
  ],
  [
    /\bREADONLY\b|\bMASTERDOWN\b/,
    'This server is a replica, which refuses writes. Connect to the master, or through Sentinels.',
  ],
  [/\bOOM\b/, 'The memory is full (maxmemory). Give it more; do not set a policy that evicts keys.'],
  [
    /\bMISCONF\b|No space left/,
    'It cannot write to its disk, so it refuses writes. Make room on the disk, or repair it.',
  ],
  [/\bLOADING\b/, 'It is reading its data from the disk. Wait until it has started.'],
  [/\bNOAUTH\b|\bWRONGPASS\b/, 'The user name or the password of the client is missing or wrong.'],
  [/\bCLUSTERDOWN\b/, 'Some slots of the Cluster have no master. Repair the Cluster.'],
  [
    /\bNOPERM\b|no permissions|can't run this command|can't access/,
    'The user has too few rights. Give it those of docs/guides/redis-clients.md.',
  ],
]

interface Checked {
  readonly keyPrefix: string
  readonly wait: ReplicaOptions | undefined
}

/**
 * Writes, reads and deletes a probe on every master, with all commands of the store, and looks at the settings.
 *
 * @returns warnings
 * @throws Error that says what is wrong with which server, and what to do.
 */
export async function checkServers(client: RedisClient, { keyPrefix, wait }: Checked): Promise<readonly string[]> {
  const masters = await mastersOf(client)
  const reports = await Promise.all(masters.map((master) => inspectServer(scriptsOn(master))))
  const writes = masters.map(async (master) => {
    await writeProbe(scriptsOn(master), wait && scriptsReplicatedOn(master, wait), keyPrefix)
  })
  await Promise.all(writes)
  const times = reports.map(({ offset }) => offset)
  const skew = Math.max(...times) - Math.min(...times)
  const warnings = reports.flatMap((report) => report.warnings)
  if (skew > MAX_SKEW)
    warnings.push(`The clocks of the masters differ by ${Math.round(skew)} ms. Synchronize them (NTP).`)
  return [...new Set(warnings)]
}

/** The masters of a Cluster as clients of their own, or the only server. */
async function mastersOf(client: RedisClient): Promise<readonly RedisClient[]> {
  const masters =
    'evalSha' in client
      ? await Promise.all((client.masters ?? []).map((master) => client.nodeClient?.(master)))
      : (client.nodes?.('master') ?? [])
  const known = masters.filter((master) => master !== undefined)
  return known.length === 0 ? [client] : known
}

interface Report {
  readonly warnings: string[]
  /** Milliseconds by which the server is ahead of this process. */
  readonly offset: number
}

async function inspectServer(run: RunScript): Promise<Report> {
  const [time, ...infos] = (await run(inspect, [], []).catch((error) => Promise.reject(explained(error)))) as unknown[]
  const info = infos.join('\r\n')
  const offset = timeFromReply(time) - Date.now()
  if (info === '')
    return {
      warnings: ['The version and maxmemory-policy are unknown: the user may not run INFO. Give it this right.'],
      offset,
    }
  const version = field(info, 'redis_version')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])) {
    throw new Error(`redisStore needs Redis ${minVersion.join('.')} or later, but this is ${version}.`)
  }
  if (field(info, 'role') === 'slave') throw explained(new Error('READONLY role:slave'))
  const policy = field(info, 'maxmemory_policy')
  if (policy === 'noeviction') return { warnings: [], offset }
  return {
    warnings: [`maxmemory-policy is ${policy}: a full server may evict live sign-ins. Set it to noeviction.`],
    offset,
  }
}

function field(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
}

async function writeProbe(run: RunScript, keep: RunScript | undefined, keyPrefix: string): Promise<void> {
  const name = `${keyPrefix}check:${newCallId()}`
  for (let attempt = 0; attempt < MAX_KEYS; attempt++) {
    const keys = [`${name}:${attempt}`]
    try {
      await run(probe, keys, [])
      await keep?.(probe, keys, [])
      return
    } catch (error) {
      // a master of a Cluster refuses the key of another one
      if (!(error instanceof Error && error.message.startsWith('MOVED'))) throw explained(error)
    }
  }
}

/** The error of a probe in words that say what to do. The error of the server is its `cause`. */
export function explained(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  const remedy = remedies.find(([pattern]) => pattern.test(message))?.[1]
  return remedy === undefined
    ? unanswered('redisStore', error)
    : new Error(`redisStore: ${remedy} (${message})`, { cause: error })
}
