import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import pg from 'pg'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { noPostgres, postgresServer } from '../postgres/postgres-server.ts'
import { noRedis, redisServer } from '../redis/redis-server.ts'
import { requestTrips } from './request-trips.ts'
import { wireTo } from './wire.ts'

/** docs/scale.md has the same table, and explains it. */
const few = {
  'device authorization': 2,
  poll: 1,
  redemption: 2,
  'access token, first use': 2,
  'access token': 1,
}

describeWith(noRedis(), 'round trips of whole requests to Redis', () => {
  test('on Redis', async () => {
    const server = await redisServer()
    const wire = await wireTo(server.port)
    const client = new Redis(wire.port)
    const trips = await requestTrips(redisStore(client), wire)
    client.disconnect()
    await wire.close()
    await server.stop()
    expect(trips).toEqual({ ...few, 'code, to the confirm page': 4, decision: 4, refresh: 3 })
  })
})

describeWith(noPostgres(), 'round trips of whole requests to PostgreSQL', () => {
  test('on PostgreSQL', async () => {
    const server = await postgresServer()
    const wire = await wireTo(Number(new URL(server.url).port))
    const pool = new pg.Pool({ connectionString: server.url.replace(/:\d+\//, `:${wire.port}/`), max: 1 })
    await migrate(pool)
    const trips = await requestTrips(postgresStore(pool, { sweepInterval: 0 }), wire)
    await pool.end()
    await wire.close()
    await server.stop()
    expect(trips).toEqual({ ...few, 'code, to the confirm page': 4, decision: 5, refresh: 2 })
  })
})
