import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@device-auth/core/testing'
import { migrate, type PostgresClient, postgresStore } from '@device-auth/stores/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './free-port.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'
import { describeWith } from './servers.ts'
import { until } from './until.ts'

/** What an application has, and how it connects it: docs/guides/sql-clients.md has these ways. */
const drivers: Readonly<Record<string, (pool: pg.Pool, url: string) => PostgresClient>> = {
  Kysely: (pool) => {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    return {
      query: async (text, values) =>
        (await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values))).rows,
    }
  },
  Drizzle: (pool) => drizzle({ client: pool }).$client,
  'postgres.js': (_, url) => {
    const db = postgres(url, { idle_timeout: 1, onnotice: () => {} })
    return { query: (text, values) => db.unsafe(text, values) }
  },
}

describeWith(noPostgres(), 'postgresStore over other clients', () => {
  let server: PostgresServer
  let pool: pg.Pool

  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url })
    await migrate(pool)
  })

  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  describe.each(Object.entries(drivers))('meets the store contract over %s', (_, connect) => {
    let client: PostgresClient
    beforeAll(async () => {
      client = connect(pool, server.url)
      await migrate(client, { tablePrefix: 'driver_' })
      await postgresStore(client, { tablePrefix: 'driver_' }).check()
    })
    for (const { name, run } of storeContract(() => postgresStore(client), { seeds: [1], steps: 400 })) test(name, run)
  })
})

function noPgBouncer(): string | undefined {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' })
    return noPostgres()
  } catch {
    return 'install pgbouncer'
  }
}

describeWith(noPgBouncer(), 'postgresStore through PgBouncer in transaction mode', () => {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-pgbouncer-'))
  let server: PostgresServer
  let pool: pg.Pool
  let bouncer: ReturnType<typeof spawn>

  beforeAll(async () => {
    server = await postgresServer()
    const [port, file] = [await freePort(), join(folder, 'pgbouncer.ini')]
    const settings = `[databases]
* = host=127.0.0.1 port=${new URL(server.url).port} user=device_auth
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`
    writeFileSync(file, settings)
    chmodSync(folder, 0o755)
    const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    bouncer = spawn('pgbouncer', [file], { ...identity, stdio: 'ignore' })
    pool = new pg.Pool({ connectionString: server.url.replace(/:\d+\//, `:${port}/`), max: 20 })
    await until(() => pool.query('SELECT 1'))
    await migrate(pool)
  })

  afterAll(async () => {
    await pool.end()
    bouncer.kill('SIGKILL')
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  for (const { name, run } of storeContract(() => postgresStore(pool), { seeds: [1], steps: 400 })) test(name, run)

  test('leaves nothing behind in the connections that others use next', async () => {
    const settings = Array.from({ length: 20 }, () => pool.query('SHOW synchronous_commit'))
    const found = (await Promise.all(settings)).map(({ rows }) => rows[0].synchronous_commit)
    expect(new Set(found)).toEqual(new Set(['on']))
  })
})
