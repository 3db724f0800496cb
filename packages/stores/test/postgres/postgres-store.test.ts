import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OptionError } from '@device-auth/core'
import { storeContract } from '@device-auth/core/testing'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { allMigrations, migrationSql, SCHEMA_VERSION } from '../../src/postgres/migrations.ts'
import { postgresNames } from '../../src/postgres/names.ts'
import { expectNothingUsableAtRest } from '../application/at-rest.ts'
import { expectFewRoundTrips } from '../network/round-trips.ts'
import { wireTo } from '../network/wire.ts'
import { givenOrOwnPostgres, noPostgres } from './postgres-server.ts'

describe('the SQL files are the migrations that migrate() runs', () => {
  test.each(allMigrations)('$version $name', async (migration) => {
    const file = `../../migrations/postgres/${String(migration.version).padStart(4, '0')}-${migration.name}.sql`
    const path = fileURLToPath(new URL(file, import.meta.url))
    const sql = migrationSql(migration, postgresNames({}))
    // `vitest --update` must not write over a file: databases that have run it would never get the change, and no other test fails
    if (existsSync(path)) expect(sql, changed(path)).toBe(readFileSync(path, 'utf8'))
    else await expect(sql).toMatchFileSnapshot(file)
  })

  test('SCHEMA_VERSION is the last of them', () => {
    expect(SCHEMA_VERSION).toBe(allMigrations.at(-1)?.version)
  })
})

/** The message for a migration that is not what its file says. */
function changed(path: string): string {
  return `${basename(path)} must stay as it is: databases that have run this migration do not run it again. Keep the old SQL, and put the change into a new migration (poll-function.ts says it for polls). If it was in no release, delete the file, and run this test again to write it.`
}

const given = process.env.DATABASE_URL !== undefined
const contract = { schema: `device_auth_${randomBytes(6).toString('hex')}` }

describeWith(given ? undefined : noPostgres(), 'postgresStore over pg', () => {
  let server: Awaited<ReturnType<typeof givenOrOwnPostgres>>
  let pool: pg.Pool

  beforeAll(async () => {
    server = await givenOrOwnPostgres()
    pool = new pg.Pool({ connectionString: server.url, connectionTimeoutMillis: 5_000 })
    pool.on('error', () => {})
    await migrate(pool, contract)
  })

  afterAll(async () => {
    await pool.query(`DROP SCHEMA ${contract.schema} CASCADE`)
    await pool.end()
    await server.stop()
  })

  describe('meets the store contract', () => {
    for (const { name, run } of storeContract(() => postgresStore(pool, contract))) test(name, run)
  })

  test('migrates once, even if several nodes migrate at the same time', async () => {
    const options = { ...contract, tablePrefix: 'tv_' }
    await Promise.all(Array.from({ length: 8 }, () => migrate(pool, options)))
    await migrate(pool, options)
    const { rows } = await pool.query(`SELECT version FROM ${contract.schema}.tv_migrations`)
    expect(rows).toEqual(allMigrations.map(({ version }) => ({ version })))
    await expect(postgresStore(pool, options).check()).resolves.toEqual([])
  })

  test('tables of an earlier release are named by check(), and migrated', async () => {
    const options = { ...contract, tablePrefix: 'earlier_' }
    const names = postgresNames(options)
    const [first] = allMigrations
    await pool.query(migrationSql(first!, names))
    const store = postgresStore(pool, options)
    await expect(store.check()).rejects.toThrow(`of version 1, not ${SCHEMA_VERSION}. Call migrate()`)
    await migrate(pool, options)
    await expect(store.check()).resolves.toEqual([])
    for (const { name, run } of storeContract(() => store, { seeds: [1], steps: 200 })) {
      if (/rotation|random/.test(name)) await run()
    }
  })

  test('works with the tables of the SQL files', async () => {
    const client = await pool.connect()
    await client.query(`CREATE SCHEMA ${contract.schema}_plain; SET search_path = ${contract.schema}_plain`)
    for (const migration of allMigrations) await client.query(migrationSql(migration, postgresNames({})))
    await client.query('RESET search_path')
    client.release()
    await expect(postgresStore(pool, { schema: `${contract.schema}_plain` }).check()).resolves.toEqual([])
    await pool.query(`DROP SCHEMA ${contract.schema}_plain CASCADE`)
  })

  test('needs one round trip for a poll, a creation and a redemption, and at most two for a decision', async () => {
    const wire = await wireTo(Number(new URL(server.url).port))
    const own = new pg.Pool({ connectionString: server.url.replace(/:\d+\//, `:${wire.port}/`), max: 1 })
    await expectFewRoundTrips(postgresStore(own, contract), wire)
    await own.end()
    await wire.close()
  })

  test('a dump of the database has nothing that can be used to sign in', async () => {
    const options = { ...contract, tablePrefix: 'at_rest_' }
    await migrate(pool, options)
    await expectNothingUsableAtRest(postgresStore(pool, options), async () => {
      const tables = ['credentials', 'attempts'].map((name) => `${contract.schema}.at_rest_${name}`)
      const dumps = tables.map((table) => pool.query(`SELECT row_to_json(kept)::text AS text FROM ${table} AS kept`))
      return JSON.stringify((await Promise.all(dumps)).map(({ rows }) => rows))
    })
  })

  test('says that its tables are missing, and what to do about it', async () => {
    const store = postgresStore(pool, { schema: 'nowhere' })
    const message = /tables are missing.*migrate\(\)/
    await expect(store.check()).rejects.toThrow(message)
    await expect(store.findDeviceCredential('id', 0)).rejects.toThrow(message)
    await expect(store.pollDeviceCredential('id', 'tv', 0)).rejects.toThrow(message)
  })

  test('refuses names that would have to be quoted', () => {
    expect(() => postgresStore(pool, { schema: 'a"; DROP' })).toThrow(OptionError)
    expect(() => postgresStore(pool, { tablePrefix: 'A b' })).toThrow(OptionError)
    expect(() => postgresStore(pool, { sweepInterval: -1 })).toThrow(OptionError)
  })
})
