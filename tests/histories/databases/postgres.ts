import pg from 'pg'
import { startPgBouncer } from '../../../packages/stores/test/postgres/pgbouncer.ts'
import { type PostgresServer, postgresServer } from '../../../packages/stores/test/postgres/postgres-server.ts'
import { type Link, linkTo } from '../proxy.ts'
import type { Database, DatabaseServer } from './database.ts'
import { signalTree } from './processes.ts'

/** KiB beyond which no file grows on the full disk. */
const LARGEST_FILE = 16_384

/** A PostgreSQL server, with or without a pooler in front; each node has a link of its own. */
export async function onPostgres(nodes: number, pooled: boolean): Promise<Database> {
  const server = await postgresServer()
  const { port } = new URL(server.url)
  const pooler = pooled ? await startPgBouncer(server.url, 10) : undefined
  const links = await Promise.all(Array.from({ length: nodes }, () => linkTo(pooler?.port ?? Number(port))))
  const stop = async (): Promise<void> => {
    await Promise.all(links.map((link) => link.close()))
    await pooler?.stop()
    await server.stop()
  }
  return {
    kind: 'postgres',
    addresses: (node) => ({ url: server.url.replace(/:\d+\//, `:${links[node]?.port}/`) }),
    links: links.map((link): readonly Link[] => [link]),
    servers: [databaseServer(server)],
    fill: () => fullDisk(server),
    stop,
  }
}

function databaseServer(server: PostgresServer): DatabaseServer {
  return {
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (name) => {
      const pid = server.pid()
      if (pid !== undefined) signalTree(pid, name)
    },
  }
}

/** Restarts the server with a bound on the size of its files: the next time that one has to grow, it fails as a full disk does. */
async function fullDisk(server: PostgresServer): Promise<() => Promise<void>> {
  const restart = async (largestFile?: number): Promise<void> => {
    await server.kill()
    await server.start(largestFile)
  }
  // a log that cannot be replayed within the bound ends the server: then there is no such fault, and no other one either
  await restart(LARGEST_FILE).catch(async (error) => {
    await restart()
    throw error
  })
  const client = new pg.Client(server.url)
  client.on('error', () => {})
  await client.connect()
  // a table that reaches the bound, so that there is no room left
  await client
    .query(
      'CREATE TABLE IF NOT EXISTS filling (text text); INSERT INTO filling SELECT repeat(md5(n::text), 60) FROM generate_series(1, 20000) n',
    )
    .catch(() => {})
  await client.end().catch(() => {})
  return async () => {
    await restart().catch(() => restart())
    const mended = new pg.Client(server.url)
    await mended.connect()
    await mended.query('DROP TABLE IF EXISTS filling')
    await mended.end()
  }
}
