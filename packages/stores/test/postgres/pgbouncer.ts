import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../../tests/free-port.ts'
import { until } from '../until.ts'
import { noPostgres } from './postgres-server.ts'

/** A PgBouncer in transaction mode, in front of a PostgreSQL server. */
export interface PgBouncer {
  readonly port: number
  /** The address of the server, by way of PgBouncer. */
  readonly url: string
  stop(): Promise<void>
}

/** The name of what is missing for a PgBouncer; `undefined` if nothing is. */
export function noPgBouncer(): 'PgBouncer' | 'PostgreSQL' | undefined {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' })
    return noPostgres()
  } catch {
    return 'PgBouncer'
  }
}

/**
 * Starts PgBouncer in transaction mode.
 *
 * @param server - The address of the PostgreSQL server.
 * @param connections - The number of its connections to that server.
 */
export async function startPgBouncer(server: string, connections: number): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-pgbouncer-'))
  const [port, file] = [await freePort(), join(folder, 'pgbouncer.ini')]
  const settings = `[databases]
* = host=127.0.0.1 port=${new URL(server).port} user=device_auth
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
`
  writeFileSync(file, settings)
  chmodSync(folder, 0o755)
  // it refuses to run as root, as PostgreSQL does
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const bouncer = spawn('pgbouncer', [file], { ...identity, stdio: 'ignore' })
  const url = server.replace(/:\d+\//, `:${port}/`)
  await until(async () => {
    const client = new pg.Client(url)
    await client.connect()
    await client.end()
  })
  const stop = async (): Promise<void> => {
    bouncer.kill('SIGKILL')
    await once(bouncer, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  return { port, url, stop }
}
