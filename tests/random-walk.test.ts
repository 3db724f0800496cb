// SEED=n WALKS=m repeats walks, or makes more of them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeviceStore, MemoryStore } from '@device-auth/core'
import { faultyStore } from '@device-auth/core/testing'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { givenOrOwnPostgres, noPostgres } from '../packages/stores/test/postgres/postgres-server.ts'
import { givenOrOwnRedis, noRedis } from '../packages/stores/test/redis/redis-server.ts'
import { noSqlite, openSqlite } from '../packages/stores/test/sqlite/database.mjs'
import { seededRandom } from './histories/random.ts'
import { describeWith } from './missing.ts'
import { type Draw, walk } from './random-walk.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const more = Number(process.env.WALKS ?? 1)

/** Walks on new stores, each with a seed of its own, which the failure names. */
async function expectSafe(
  walks: number,
  steps: number,
  storeFor: (draw: Draw, index: number) => DeviceStore | Promise<DeviceStore>,
): Promise<void> {
  for (let index = 0; index < walks * more; index++) {
    const { between } = seededRandom(seed + index)
    const draw: Draw = (bound) => (bound === 0 ? 0 : between(0, bound - 1))
    expect({ seed: seed + index, faults: await walk(await storeFor(draw, index), draw, steps) }).toEqual({
      seed: seed + index,
      faults: [],
    })
  }
}

/** A memory store whose steps are done late, or whose answers come late, by up to three turns of the event loop. */
function lateStore(draw: Draw): DeviceStore {
  const turns = async (): Promise<void> => {
    for (let turn = draw(4); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
  }
  return faultyStore(new MemoryStore(), () => (draw(2) === 0 ? { delayed: turns() } : { late: turns() }))
}

it('memory: one family of tokens for an approved code, nothing after an end, and each request counted', async () => {
  await expectSafe(8, 60, () => new MemoryStore())
})

it('memory with steps and answers that come late: the same', async () => {
  await expectSafe(8, 60, (draw) => lateStore(draw))
})

describeWith(noSqlite, 'SQLite', () => {
  it('the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'device-auth-walk-'))
    await expectSafe(2, 60, (_, index) => sqliteStore(openSqlite(join(folder, `${index}.sqlite`))))
    rmSync(folder, { recursive: true })
  })
})

describeWith(noPostgres(), 'PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof givenOrOwnPostgres>>
  let pool: pg.Pool
  beforeAll(async () => {
    server = await givenOrOwnPostgres()
    pool = new pg.Pool({ connectionString: server.url })
  })
  afterAll(async () => {
    await pool.end()
    await server.stop()
  })
  it('the same', async () => {
    await expectSafe(2, 60, async (_, index) => {
      const tables = { tablePrefix: `walk_${seed}_${index}_` }
      await migrate(pool, tables)
      return postgresStore(pool, tables)
    })
  })
})

describeWith(noRedis(), 'Redis', () => {
  let server: Awaited<ReturnType<typeof givenOrOwnRedis>>
  let redis: Redis
  beforeAll(async () => {
    server = await givenOrOwnRedis()
    redis = new Redis(server.url)
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })
  it('the same', async () => {
    await expectSafe(2, 60, (_, index) => redisStore(redis, { keyPrefix: `walk:${seed}:${index}:` }))
  })
})
