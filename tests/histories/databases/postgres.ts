import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../packages/stores/test/network/free-port.ts'
import {
  noPostgres,
  type PostgresServer,
  postgresServer,
} from '../../../packages/stores/test/postgres/postgres-server.ts'
import { until } from '../../../packages/stores/test/until.ts'
import { type Link, linkTo } from '../proxy.ts'
import type { Database, DatabaseServer } from './database.ts'
import { signalTree } from './processes.ts'

/** KiB beyond which no file grows on the full disk. */
const LARGEST_FILE = 16_384

/** The name of what is missing for a set-up with PgBouncer. */
export function noPgBouncer(): 'PgBouncer' | 'PostgreSQL' | undefined {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' })
    return noPostgres()
  } catch {
    return 'PgBouncer'
  }
}

/** A PostgreSQL server, with or without a pooler in front; each node has a link of its own. */
export async function onPostgres(nodes: number, pooled: boolean): Promise<Database> {
  const server = await postgresServer()
  const { port } = new URL(server.url)
  const pooler = pooled ? await startPooler(Number(port)) : undefined
  const links = await Promise.all(Array.from({ length: nodes }, () => linkTo(pooler?.port ?? Number(port))))
  const stop = async (): Promise<void> => {
    await Promise.all(links.map((link) => link.close()))
    pooler?.stop()
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
  await server.kill()
  await server.start(LARGEST_FILE)
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
    await server.kill()
    await server.start()
    const mended = new pg.Client(server.url)
    await mended.connect()
    await mended.query('DROP TABLE IF EXISTS filling')
    await mended.end()
  }
}

/** Starts PgBouncer in transaction mode. */
async function startPooler(server: number): Promise<{ readonly port: number; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-pgbouncer-'))
  const [port, file] = [await freePort(), join(folder, 'pgbouncer.ini')]
  const settings = `[databases]
* = host=127.0.0.1 port=${server} user=device_auth
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
`
  writeFileSync(file, settings)
  chmodSync(folder, 0o755)
  // it refuses to run as root, as PostgreSQL does
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const pooler = spawn('pgbouncer', [file], { ...identity, stdio: 'ignore' })
  await until(async () => {
    const client = new pg.Client(`postgres://device_auth@127.0.0.1:${port}/postgres`)
    await client.connect()
    await client.end()
  })
  const stop = (): void => {
    pooler.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  return { port, stop }
}
