import { migrate, type PostgresClient, postgresRegisteredClients, postgresStore } from '@device-auth/stores/postgres'
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

const rights = 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guarded'

describeWith(noPostgres(), 'check() of postgresStore', () => {
  let server: PostgresServer
  let admin: pg.Pool
  const closing: (() => Promise<unknown>)[] = []
  let databases = 0

  beforeAll(async () => {
    server = await postgresServer()
    admin = connect(server.url)
    await admin.query('CREATE ROLE guarded LOGIN')
  })

  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  afterAll(async () => {
    await admin.end()
    await server.stop()
  })

  function connect(connectionString: string): pg.Pool {
    const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 5_000, max: 2 })
    return pool.on('error', () => {})
  }

  /** A new database with the tables, and with what the statements change. */
  async function databaseWith(
    statements: string,
    encoding = '',
  ): Promise<{ readonly url: string; readonly pool: pg.Pool }> {
    const name = `checked${databases++}`
    await admin.query(`CREATE DATABASE ${name} ${encoding}`)
    const url = server.url.replace(/\/postgres$/, `/${name}`)
    const pool = connect(url)
    closing.push(() => pool.end())
    await migrate(pool)
    await pool.query(statements)
    return { url, pool }
  }

  /** The same database as a user with these rights. */
  function guarded(url: string): pg.Pool {
    const pool = connect(url.replace('device_auth@', 'guarded@'))
    closing.push(() => pool.end())
    return pool
  }

  test.each([
    ['changed', 'credentials', ['SELECT USING (true)', 'INSERT WITH CHECK (true)']],
    ['deleted', 'credentials', ['SELECT USING (true)', 'INSERT WITH CHECK (true)', 'UPDATE USING (true)']],
    ['counted in', 'attempts', ['SELECT USING (true)', 'INSERT WITH CHECK (true)', 'DELETE USING (true)']],
  ])('names rules for rows by which a record cannot be %s (%s)', async (fault, table, policies) => {
    const each = policies.map((policy, index) => `CREATE POLICY p${index} ON device_auth_${table} FOR ${policy};`)
    const { url } = await databaseWith(
      `${rights}; ALTER TABLE device_auth_${table} ENABLE ROW LEVEL SECURITY; ${each.join(' ')}`,
    )
    await expect(postgresStore(guarded(url), { sweepInterval: 0 }).check()).rejects.toThrow(
      new RegExp(`record.* (cannot be|is not) ${fault}. Turn row-level security off`),
    )
  })

  test('names a client that changes the names of columns', async () => {
    const { url } = await databaseWith('SELECT 1')
    const sql = postgres(url, { transform: postgres.camel, onnotice: () => {}, max: 1 })
    const db = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: connect(url) }),
      plugins: [new CamelCasePlugin()],
    })
    closing.push(
      () => sql.end(),
      () => db.destroy(),
    )
    const clients: readonly PostgresClient[] = [
      { query: (text, values) => sql.unsafe(text, values) },
      {
        query: async (text, values) =>
          (await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values))).rows,
      },
    ]
    for (const client of clients)
      await expect(postgresStore(client, { sweepInterval: 0 }).check()).rejects.toThrow(/renames columns/)
  })

  test.each([
    ['id', 'credentials', 'pkey'],
    ['live_user_code', 'credentials', 'live_user_code_key'],
    ['attempt_key', 'attempts', 'pkey'],
  ])('names the missing unique index of %s', async (column, table, constraint) => {
    const { pool } = await databaseWith(
      `ALTER TABLE device_auth_${table} DROP CONSTRAINT device_auth_${table}_${constraint}`,
    )
    await expect(postgresStore(pool, { sweepInterval: 0 }).check()).rejects.toThrow(
      `the unique index of the column ${column} is missing`,
    )
  })

  test.each([
    ['a table', 'DROP TABLE device_auth_credentials'],
    ['both tables', 'DROP TABLE device_auth_credentials, device_auth_attempts'],
    ['a function', 'DROP FUNCTION device_auth_poll_batch CASCADE'],
    ['a column', 'ALTER TABLE device_auth_credentials DROP COLUMN subject'],
  ])('names %s that was dropped under the server, which migrate() does not bring back', async (_, statement) => {
    const { pool } = await databaseWith('SELECT 1')
    const store = postgresStore(pool, { sweepInterval: 0 })
    expect(await store.check()).toEqual([])
    await pool.query(statement)
    const named =
      /^postgresStore: a table, a column or a function .*migrate\(\) does nothing.*drop \S*device_auth_migrations/
    await expect(store.check()).rejects.toThrow(named)
    await migrate(pool)
    await expect(store.check()).rejects.toThrow(named)
    // what the message says
    await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    await migrate(pool)
    expect(await store.check()).toEqual([])
  })

  test('warns of an encoding that has not all characters', async () => {
    const { pool } = await databaseWith('SELECT 1', `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
    expect(await postgresStore(pool, { sweepInterval: 0 }).check()).toEqual([
      expect.stringMatching(/encoding of the database is LATIN1.*UTF8/),
    ])
  })

  test('a sweep at the same time does not delete the record of a check', async () => {
    const { pool } = await databaseWith('SELECT 1')
    const store = postgresStore(pool, { sweepInterval: 0 })
    const swept: number[] = []
    const sweeping: PostgresClient = {
      query: async (text, values) => {
        swept.push(await store.sweep())
        return pool.query(text, values)
      },
    }
    expect(await postgresStore(sweeping, { sweepInterval: 0 }).check()).toEqual([])
    expect(new Set(swept)).toEqual(new Set([0]))
  })

  test('registered clients: names each missing right and a missing table, and leaves nothing behind', async () => {
    const { url, pool } = await databaseWith(rights)
    const clients = postgresRegisteredClients(guarded(url))
    expect(await clients.check?.()).toEqual([])
    const [table, lock] = ['device_auth_registered_clients', 'device_auth_registration_lock']
    const each = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((right) => `${right} ON ${table}`)
    for (const right of [...each, `UPDATE ON ${lock}`]) {
      await pool.query(`REVOKE ${right} FROM guarded`)
      await expect(clients.check?.(), right).rejects.toThrow(/a right is missing.*registered_clients/)
      await pool.query(`GRANT ${right} TO guarded`)
    }
    expect((await pool.query(`SELECT client_id FROM ${table}`)).rows).toEqual([])
    await pool.query(`DROP TABLE ${table}`)
    await expect(clients.check?.()).rejects.toThrow('Call migrate()')
  })
})
