import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../../../../tests/free-port.ts'
import { until } from '../until.ts'

/** A Redis or Valkey server that a test has started and may kill. */
export interface RedisServer {
  readonly port: number
  /** The id of its process; `undefined` after it was killed. */
  pid(): number | undefined
  start(): Promise<void>
  /** Kills the server by `kill -9`, as in a crash. */
  kill(): Promise<void>
  /** Freezes the server by SIGSTOP: its connections stay open, and it answers nothing until it goes on. */
  freeze(frozen: boolean): void
  stop(): Promise<void>
}

function binary(kind: 'server' | 'cli'): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const names = [`redis-${kind}`, `valkey-${kind}`]
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}

/** The name of Redis if it, Valkey or their command line is missing. */
export function noRedis(): 'Redis' | undefined {
  return binary('server') === undefined || binary('cli') === undefined ? 'Redis' : undefined
}

/** The server of REDIS_URL, which a test must not kill, or a new one. */
export async function givenOrOwnRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const url = process.env.REDIS_URL
  if (url !== undefined) return { url, stop: async () => {} }
  const { port, stop } = await redisServer()
  return { url: `redis://127.0.0.1:${port}`, stop }
}

/** Starts a server that writes to its file before it answers, so that no acknowledged write is lost when it is killed. */
export async function redisServer(...settings: readonly string[]): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(settings)
    } catch (error) {
      // another process may have taken the port meanwhile, or that of the cluster bus beside it
      if (attempt === 3) throw error
    }
  }
}

async function startServer(settings: readonly string[]): Promise<RedisServer> {
  const path = binary('server')
  if (path === undefined) throw new Error('There is neither redis-server nor valkey-server on the PATH.')
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-redis-'))
  const port = await freePort()
  const plain = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const options = [...plain, '--repl-diskless-sync-delay', '0', ...settings]
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    server = spawn(path, [...options, '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' })
    const client = new Redis(port, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    await Promise.race([
      until(async () => {
        if (client.status !== 'ready') await client.connect()
        await client.ping()
      }),
      once(server, 'exit').then(([code]) =>
        Promise.reject(new Error(`The Redis server ended with ${code} at its start.`)),
      ),
    ])
    client.disconnect()
  }
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => server?.once('exit', resolve))
    if (server?.exitCode === null && server.kill('SIGKILL')) await ended
  }
  const freeze = (frozen: boolean): void => void server?.kill(frozen ? 'SIGSTOP' : 'SIGCONT')
  await start()
  const stop = async (): Promise<void> => {
    await kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  const pid = (): number | undefined =>
    server?.exitCode === null && server.signalCode === null ? server.pid : undefined
  return { port, pid, start, kill, freeze, stop }
}

/**
 * Starts a cluster of three masters, each with a third of the slots.
 *
 * @param replicas of each master; they come behind the masters in the list
 */
export async function redisCluster(replicas = 0): Promise<readonly RedisServer[]> {
  // a node that is slow on a busy machine must not lose its slots to a replica
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', replicas === 0 ? '2000' : '15000']
  const servers = await Promise.all(Array.from({ length: 3 + 3 * replicas }, () => redisServer(...settings)))
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  const options = ['--cluster-replicas', String(replicas), '--cluster-yes']
  execFileSync(binary('cli') ?? '', ['--cluster', 'create', ...addresses, ...options], { stdio: 'ignore' })
  for (const [place, { port }] of servers.entries()) {
    const client = new Redis(port)
    await until(async () => {
      if (!String(await client.cluster('INFO')).includes('cluster_state:ok')) throw new Error('not yet a cluster')
      // the masters come first; a replica that has not caught up acknowledges nothing
      const caughtUp = (await client.info('replication')).match(/state=online/g)?.length ?? 0
      if (place < 3 && caughtUp < replicas) throw new Error('no replica yet')
    })
    client.disconnect()
  }
  return servers
}

/** Starts a replica of another server, and waits until it has caught up. */
export async function replicaOf(primary: RedisServer): Promise<RedisServer> {
  const replica = await redisServer('--replicaof', '127.0.0.1', String(primary.port))
  const client = new Redis(primary.port)
  await until(async () => {
    await client.set('replicated', 'yes', 'EX', 60)
    if ((await client.wait(1, 100)) < 1) throw new Error('not replicated yet')
  })
  client.disconnect()
  return replica
}

/** Starts a Sentinel that watches a primary under the name `devices`, and promotes its replica when it fails. */
export async function redisSentinel(primary: RedisServer): Promise<{ readonly port: number; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-sentinel-'))
  const [port, file] = [await freePort(), join(folder, 'sentinel.conf')]
  const settings = `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor devices 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds devices 500
sentinel failover-timeout devices 3000
`
  writeFileSync(file, settings)
  const sentinel = spawn(binary('server') ?? '', [file, '--sentinel'], { stdio: 'ignore' })
  const client = new Redis(port)
  client.on('error', () => {})
  await until(async () => {
    const replicas = (await client.call('SENTINEL', 'REPLICAS', 'devices')) as unknown[]
    if (replicas.length === 0) throw new Error('the Sentinel does not know of the replica yet')
  })
  client.disconnect()
  const stop = (): void => {
    sentinel.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  return { port, stop }
}
