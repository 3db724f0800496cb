// check() without a suitable database: no server, a server that is too old, tables that are too old.
import { type PostgresClient, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../tests/free-port.ts'
import { describeWith } from '../../../tests/missing.ts'
import { SCHEMA_VERSION } from '../src/postgres/migrations.ts'
import { noSqlite, openSqlite } from './sqlite/database.mjs'

describe('check', () => {
  const postgres = (query: PostgresClient['query']) => postgresStore({ query }, { sweepInterval: 0 })

  test('of postgresStore says that the database does not answer', async () => {
    const pool = new pg.Pool({ host: 'localhost', port: await freePort() })
    await expect(postgresStore(pool).check()).rejects.toThrow(
      /^postgresStore: the database does not answer: .*ECONNREFUSED/,
    )
    await pool.end()
  })

  test('of postgresStore says that the server is too old', async () => {
    const store = postgres(async () => [{ server: 110_022, tables: 1 }])
    await expect(store.check()).rejects.toThrow('postgresStore needs PostgreSQL 12 or later.')
  })

  test('of postgresStore says what to do when the tables are older than the release', async () => {
    const store = postgres(async () => ({ rows: [{ server: 160_000, tables: 0 }] }))
    await expect(store.check()).rejects.toThrow(`tables are of version 0, not ${SCHEMA_VERSION}. Call migrate()`)
  })

  test('of redisStore says that the database does not answer', async () => {
    const client = new Redis(await freePort(), { maxRetriesPerRequest: 0, retryStrategy: () => null })
    client.on('error', () => {})
    await expect(redisStore(client).check()).rejects.toThrow(/^redisStore: the database does not answer: ./)
  })

  test('of redisStore says that the server is too old', async () => {
    const answer = async () => [['1800000000', '0'], 'redis_version:5.0.14\r\n', 'maxmemory_policy:noeviction\r\n']
    const pipeline = () => expect.unreachable()
    const store = redisStore({ eval: answer, evalsha: answer, pipeline })
    await expect(store.check()).rejects.toThrow('redisStore needs Redis 6.2 or later, but this is 5.0.14.')
  })

  describeWith(noSqlite, 'of sqliteStore', () => {
    test('reads from the file', async () => {
      const database = openSqlite(':memory:')
      const store = sqliteStore(database)
      await expect(store.check()).resolves.toEqual([])
      database.close()
      await expect(store.check()).rejects.toThrow(/not open|finalized/)
    })
  })
})
