import { Redis } from 'ioredis'
import {
  type RedisServer,
  redisCluster,
  redisSentinel,
  redisServer,
  replicaOf,
} from '../../../packages/stores/test/redis/redis-server.ts'
import { until } from '../../../packages/stores/test/until.ts'
import { type Link, linkTo } from '../proxy.ts'
import type { Database, DatabaseServer } from './database.ts'

/** Time whose writes a failover with loss forgets. */
const LOST_MILLISECONDS = 300

/** One server. */
export async function onRedis(nodes: number): Promise<Database> {
  const server = await redisServer()
  const links = await linksTo([server], nodes)
  return {
    kind: 'redis',
    addresses: (node) => ({ port: links[node]?.[0]?.port }),
    links,
    servers: [databaseServer(server)],
    stop: () => stopAll(links, [server]),
  }
}

/** Three masters. */
export async function onCluster(nodes: number): Promise<Database> {
  const servers = await redisCluster()
  const links = await linksTo(servers, nodes)
  return {
    kind: 'cluster',
    addresses: (node) => ({ ports: links[node]?.map(({ port }) => port), natMap: natMap(servers, links[node] ?? []) }),
    links,
    servers: servers.map(databaseServer),
    stop: () => stopAll(links, servers),
  }
}

/** A primary with a replica, and a Sentinel that lets the replica take over. */
export async function onSentinel(nodes: number, waits: boolean): Promise<Database> {
  const primary = await redisServer()
  const servers = [primary, await replicaOf(primary)]
  const sentinel = await redisSentinel(primary)
  const links = await linksTo(servers, nodes)
  return {
    kind: 'sentinel',
    addresses: (node) => ({ sentinel: sentinel.port, natMap: natMap(servers, links[node] ?? []), waits }),
    links,
    servers: servers.map(databaseServer),
    failover: (loss) => failover(servers, sentinel.port, loss),
    stop: async () => {
      sentinel.stop()
      await stopAll(links, servers)
    },
  }
}

function databaseServer(server: RedisServer): DatabaseServer {
  return {
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (name) => {
      const pid = server.pid()
      if (pid !== undefined) process.kill(pid, name)
    },
  }
}

async function linksTo(servers: readonly RedisServer[], nodes: number): Promise<readonly (readonly Link[])[]> {
  const ofNode = (): Promise<readonly Link[]> => Promise.all(servers.map(({ port }) => linkTo(port)))
  return Promise.all(Array.from({ length: nodes }, ofNode))
}

/** The addresses of the servers as one node reaches them, for ioredis. */
function natMap(servers: readonly RedisServer[], links: readonly Link[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    servers.map(({ port }, index) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: links[index]?.port }]),
  )
}

async function stopAll(links: readonly (readonly Link[])[], servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(links.flat().map((link) => link.close()))
  await Promise.all(servers.map((server) => server.stop()))
}

/** Kills the primary, and waits until Sentinel has chosen the replica and the old primary follows it. */
async function failover(servers: readonly RedisServer[], sentinelPort: number, loss: boolean): Promise<void> {
  const sentinel = new Redis(sentinelPort)
  sentinel.on('error', () => {})
  const current = async (): Promise<number> => {
    const [, port] = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'devices')) as string[]
    return Number(port)
  }
  try {
    const port = await current()
    const primary = servers.find((server) => server.port === port)
    const replica = servers.find((server) => server.port !== port)
    if (primary === undefined || replica === undefined) throw new Error('Sentinel names a server that is not ours.')
    if (loss) await loseLastWrites(primary, replica)
    await primary.kill()
    databaseServer(replica).signal('SIGCONT')
    await until(async () => {
      if ((await current()) === port) throw new Error('Sentinel has not chosen the replica yet.')
    })
    await primary.start()
    await until(async () => {
      if (!(await isReplica(primary.port))) throw new Error('The old primary does not follow yet.')
    })
  } finally {
    sentinel.disconnect()
  }
}

/** Cuts a frozen replica off, so that it never gets what the primary acknowledges in these moments. It has to be woken later. */
async function loseLastWrites(primary: RedisServer, replica: RedisServer): Promise<void> {
  databaseServer(replica).signal('SIGSTOP')
  const client = new Redis(primary.port)
  client.on('error', () => {})
  await client.call('CLIENT', 'KILL', 'TYPE', 'replica')
  client.disconnect()
  await new Promise((resolve) => setTimeout(resolve, LOST_MILLISECONDS))
}

async function isReplica(port: number): Promise<boolean> {
  const client = new Redis(port)
  client.on('error', () => {})
  const info = await client.info('replication')
  client.disconnect()
  return info.includes('role:slave') && info.includes('master_link_status:up')
}
