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
/** Milliseconds that a server has for an answer to the checker. */
const ANSWER_TIME = 5_000

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

/**
 * Asks a server once, and fails at once or after a time limit. The connection is ended whatever happens: a client that is left behind
 * tries to connect for ever, so that the checker would not end.
 */
async function ask<T>(port: number, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(port, { retryStrategy: null, maxRetriesPerRequest: 0, commandTimeout: ANSWER_TIME })
  client.on('error', () => {})
  try {
    return await question(client)
  } finally {
    client.disconnect()
  }
}

/** Kills the primary, and waits until Sentinel has chosen the replica and the old primary follows it. */
async function failover(servers: readonly RedisServer[], sentinelPort: number, loss: boolean): Promise<void> {
  const port = await primaryPort(sentinelPort)
  const primary = servers.find((server) => server.port === port)
  const replica = servers.find((server) => server.port !== port)
  if (primary === undefined || replica === undefined) throw new Error('Sentinel names a server that is not ours.')
  try {
    if (loss) await loseLastWrites(primary, replica)
    await primary.kill()
  } finally {
    replica.freeze(false)
  }
  try {
    await until(async () => {
      if ((await primaryPort(sentinelPort)) === port) throw new Error('Sentinel has not chosen the replica yet.')
    })
  } finally {
    await primary.start()
  }
  await until(async () => {
    if (!(await isReplica(port))) throw new Error('The old primary does not follow yet.')
  })
}

/** The port of the server that Sentinel calls the primary. */
async function primaryPort(sentinelPort: number): Promise<number> {
  const address = await ask(sentinelPort, (sentinel) => sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'devices'))
  const [, port] = address as string[]
  return Number(port)
}

/** Cuts a frozen replica off, so that it never gets what the primary acknowledges in these moments. It has to be woken later. */
async function loseLastWrites(primary: RedisServer, replica: RedisServer): Promise<void> {
  replica.freeze(true)
  await ask(primary.port, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'replica'))
  await new Promise((resolve) => setTimeout(resolve, LOST_MILLISECONDS))
}

async function isReplica(port: number): Promise<boolean> {
  const info = await ask(port, (client) => client.info('replication'))
  return info.includes('role:slave') && info.includes('master_link_status:up')
}
