import { connect } from 'node:net'
import { registeredClientStoreContract, storeContract } from '@device-auth/core/testing'
import {
  migrate,
  type PostgresClient,
  postgresRegisteredClients,
  postgresStore,
  type SqlRow,
} from '@device-auth/stores/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { QueryTypes, Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { newCredential } from '../credentials.ts'
import { wireTo } from '../network/wire.ts'
import { until } from '../until.ts'
import { noPgBouncer, type PgBouncer, startPgBouncer } from './pgbouncer.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

interface Connected {
  readonly client: PostgresClient
  end(): Promise<unknown>
}

/** Milliseconds after which a connection without an answer is ended. */
const DEADLINE = 5_000

function pgPool(url: string): pg.Pool {
  return new pg.Pool({ connectionString: url, connectionTimeoutMillis: DEADLINE }).on('error', () => {})
}

/** The clients of docs/guides/sql-clients.md, connected as it says. */
const drivers: Readonly<Record<string, (url: string) => Connected | Promise<Connected>>> = {
  Kysely: (url) => {
    const pool = pgPool(url)
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    return { client: pool, end: () => db.destroy() }
  },
  Drizzle: (url) => {
    const client = drizzle({ client: pgPool(url) }).$client
    return { client, end: () => client.end() }
  },
  'postgres.js': (url) => {
    const limits = {
      max: 10,
      max_pipeline: 1,
      socket: ({ host, port }: { host: string[]; port: number[] }) => {
        const socket = connect(port[0] ?? 5432, host[0])
        return socket.setTimeout(DEADLINE, () => socket.destroy())
      },
    }
    const sql = postgres(url, { ...limits, onnotice: () => {} })
    return { client: { query: (text, values) => sql.unsafe(text, values) }, end: () => sql.end({ timeout: 1 }) }
  },
  Knex: (url) => {
    const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 10 }, log: { warn: () => {} } })
    const client: PostgresClient = {
      query: async (text, values) => {
        const connection = await db.client.acquireConnection()
        const timer = setTimeout(() => connection.connection.stream.destroy(), DEADLINE)
        try {
          return await connection.query(text, values)
        } finally {
          clearTimeout(timer)
          await db.client.releaseConnection(connection)
        }
      },
    }
    return { client, end: () => db.destroy() }
  },
  Sequelize: (url) => {
    const db = new Sequelize(url, { logging: false, dialectOptions: { query_timeout: DEADLINE } })
    const client: PostgresClient = {
      query: (text, values) =>
        db.query(text, { type: QueryTypes.SELECT, ...(values.length > 0 && { bind: values }) }) as Promise<SqlRow[]>,
    }
    return { client, end: () => db.close() }
  },
  TypeORM: async (url) => {
    const db = new DataSource({ type: 'postgres', url, extra: { connectionTimeoutMillis: DEADLINE } })
    await db.initialize()
    return { client: Reflect.get(db.driver, 'master'), end: () => db.destroy() }
  },
}

/** Clients whose rows have other names than the columns, or none, and what the store says of them. */
type Connect = (url: string) => Connected | Promise<Connected>
const unfit: Readonly<Record<string, readonly [connect: Connect, message: RegExp]>> = {
  'Kysely with CamelCasePlugin': [
    (url) => {
      const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) })
      const db = new Kysely<unknown>({ dialect, plugins: [new CamelCasePlugin()] })
      const client: PostgresClient = {
        query: async (text, values) =>
          (await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values))).rows,
      }
      return { client, end: () => db.destroy() }
    },
    /^postgresStore: the client renames columns, as `\w+` shows/,
  ],
  'postgres.js with names in camel case': [
    (url) => {
      const sql = postgres(url, { onnotice: () => {}, transform: postgres.camel })
      return { client: { query: (text, values) => sql.unsafe(text, values) }, end: () => sql.end() }
    },
    /^postgresStore: the client renames columns, as `\w+` shows/,
  ],
  'Sequelize without the type of the query': [
    (url) => {
      const db = new Sequelize(url, { logging: false })
      const client: PostgresClient = {
        query: (text, values) =>
          db.query(text, { ...(values.length > 0 && { bind: values }) }) as Promise<unknown> as Promise<SqlRow[]>,
      }
      return { client, end: () => db.close() }
    },
    /^postgresStore: the client returns rows that are arrays/,
  ],
  'TypeORM by its DataSource, which returns the rows of an UPDATE with their count': [
    async (url) => {
      const db = new DataSource({ type: 'postgres', url })
      await db.initialize()
      return { client: db, end: () => db.destroy() }
    },
    /^postgresStore: the client returns rows that are arrays/,
  ],
}

async function withoutClients(client: PostgresClient) {
  await client.query('DELETE FROM device_auth_registered_clients', [])
  return postgresRegisteredClients(client)
}

describeWith(noPostgres(), 'postgresStore over other clients', () => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await postgresServer()
    const pool = new pg.Pool({ connectionString: server.url })
    await migrate(pool)
    await pool.end()
  })

  afterAll(() => server.stop())

  describe.each(Object.entries(drivers))('meets the store contract over %s', (_, make) => {
    let connected: Connected

    beforeAll(async () => {
      connected = await make(server.url)
      await migrate(connected.client)
      await postgresStore(connected.client).check()
    })

    afterAll(() => connected.end())

    const store = () => postgresStore(connected.client)
    for (const { name, run } of storeContract(store, { seeds: [1], steps: 400 })) test(name, run)

    const clients = () => withoutClients(connected.client)
    for (const { name, run } of registeredClientStoreContract(clients)) test(`registered clients: ${name}`, run)
  })

  test('each leaves a host that has gone silent on all of its connections', async () => {
    const recovered = Object.entries(drivers).map(async ([name, make]) => {
      const wire = await wireTo(Number(new URL(server.url).port))
      const { client, end } = await make(server.url.replace(/:\d+\//, `:${wire.port}/`))
      const store = postgresStore(client, { sweepInterval: 0 })
      const create = async () => store.createDeviceCredential(newCredential())
      // opens all connections of the pool
      await Promise.all(Array.from({ length: 100 }, create))
      wire.silence()
      const waiting = Array.from({ length: 30 }, create)
      await Promise.allSettled(waiting)
      await until(create)
      await Promise.all(Array.from({ length: 30 }, create))
      wire.cut()
      await Promise.allSettled([end()])
      await wire.close()
      return name
    })
    expect(await Promise.all(recovered)).toEqual(Object.keys(drivers))
  }, 40_000)

  test.each(Object.entries(drivers))('check() over %s says that the tables are missing', async (_, connect) => {
    const { client, end } = await connect(server.url)
    await expect(postgresStore(client, { tablePrefix: 'absent_' }).check()).rejects.toThrow('Call migrate() first.')
    await end()
  })

  describe('check() names a client that would lose every sign-in', () => {
    test.each(Object.entries(unfit))('%s', async (_, [connect, message]) => {
      const { client, end } = await connect(server.url)
      await expect(postgresStore(client).check()).rejects.toThrow(message)
      await end()
    })
  })
})

describeWith(noPgBouncer(), 'postgresStore through PgBouncer in transaction mode', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let bouncer: PgBouncer
  // PgBouncer forgets LISTEN after each transaction
  const direct = (): pg.Client => new pg.Client({ connectionString: server.url })

  beforeAll(async () => {
    server = await postgresServer()
    bouncer = await startPgBouncer(server.url, 3)
    pool = new pg.Pool({ connectionString: bouncer.url, max: 20 })
    await migrate(pool)
  })

  afterAll(async () => {
    await pool.end()
    await bouncer.stop()
    await server.stop()
  })

  for (const { name, run } of storeContract(() => postgresStore(pool, { listener: direct }), {
    seeds: [1],
    steps: 400,
  }))
    test(name, run)

  for (const { name, run } of registeredClientStoreContract(() => withoutClients(pool))) {
    test(`registered clients: ${name}`, run)
  }

  test('leaves no settings behind in connections that others use next', async () => {
    const settings = Array.from({ length: 20 }, () => pool.query('SHOW synchronous_commit'))
    const found = (await Promise.all(settings)).map(({ rows }) => rows[0].synchronous_commit)
    expect(new Set(found)).toEqual(new Set(['on']))
  })
})
