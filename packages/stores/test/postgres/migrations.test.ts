import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { allMigrations, migrationSql } from '../../src/postgres/migrations.ts'
import { postgresNames } from '../../src/postgres/names.ts'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

/** Repeats a piece of work on some connections at once, until it is ended. It remembers failures and the longest wait. */
function loadOf(work: () => Promise<unknown>, connections: number) {
  let isOver = false
  const [failures, state] = [[] as unknown[], { longest: 0, count: 0 }]
  const one = async (): Promise<void> => {
    while (!isOver) {
      const startedAt = performance.now()
      await work().catch((error: unknown) => failures.push(error))
      state.longest = Math.max(state.longest, performance.now() - startedAt)
      state.count++
    }
  }
  const running = Array.from({ length: connections }, one)
  const end = async () => {
    isOver = true
    await Promise.all(running)
    return { failures, ...state }
  }
  return { end, atLeast: (count: number) => vi.waitUntil(() => state.count >= count, { timeout: 20_000, interval: 5 }) }
}

describeWith(noPostgres(), 'migrate() while nodes work', () => {
  let server: PostgresServer
  let pool: pg.Pool

  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url, connectionTimeoutMillis: 5_000, max: 20 })
    pool.on('error', () => {})
  })

  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  /** The statements of a node of the first release: it knows the columns of version 1, and no functions. */
  async function oldNode({ credentials, attempts }: ReturnType<typeof postgresNames>): Promise<void> {
    const [id, now] = [randomHash(), Date.now()]
    const columns =
      'id, client_id, scope, user_code_hash, live_user_code, created_at, expires_at, forget_at, poll_interval'
    const insert = `INSERT INTO ${credentials} (${columns}) VALUES ($1, 'tv', '', $1, $1, $2, $3, $3, 5)`
    await pool.query(insert, [id, now, now + 600_000])
    await pool.query(`UPDATE ${credentials} SET last_polled_at = $2 WHERE id = $1 RETURNING poll_interval`, [id, now])
    await pool.query(`UPDATE ${credentials} SET approved = 1, subject = 'alice', live_user_code = NULL WHERE id = $1`, [
      id,
    ])
    await pool.query(
      `SELECT id, client_id, approved, subject, rotated_at FROM ${credentials} WHERE id = $1 FOR UPDATE`,
      [id],
    )
    await pool.query(`INSERT INTO ${attempts} VALUES ($1, 1, $2) ON CONFLICT (attempt_key) DO NOTHING`, [id, now])
  }

  /** The functions as a node of an earlier release calls them: without what later versions of the functions were given. */
  async function oldFunctions({ credentials, pollFunction, takeAttemptsFunction }: ReturnType<typeof postgresNames>) {
    const [id, now] = [randomHash(), Date.now()]
    const columns = 'id, client_id, scope, user_code_hash, created_at, expires_at, forget_at, poll_interval'
    await pool.query(`INSERT INTO ${credentials} (${columns}) VALUES ($1, 'tv', '', $1, $2, $3, $3, 5)`, [
      id,
      now,
      now + 600_000,
    ])
    const batch = JSON.stringify([{ id, client_id: 'tv', waited: 0 }])
    const { rows } = await pool.query(`SELECT ${pollFunction}($1) AS polls`, [batch])
    expect(JSON.parse(rows[0].polls)).toHaveLength(1)
    const budgets = JSON.stringify([{ key: id, limit: 1, window: 60_000, index: 0 }])
    const taken = await pool.query(`SELECT ${takeAttemptsFunction}($1, $2) AS spent`, [budgets, null])
    expect(taken.rows).toEqual([{ spent: null }])
  }

  /** A whole sign-in by the store. */
  async function newNode(store: ReturnType<typeof postgresStore>): Promise<void> {
    const [credential, now] = [newCredential(), Date.now()]
    expect(await store.createDeviceCredential(credential)).toBe(true)
    expect((await store.pollDeviceCredential(credential.id, 'tv', now)).status).toBe('pending')
    expect(await store.decide(credential.id, approval('alice'), now)).toBe('decided')
    expect(await store.redeem(credential.id, newTokens(now), 'sealed', now)).toBe(true)
    expect(await store.takeAttempts([{ key: credential.id, limit: 1, window: 60 }], now)).toBeUndefined()
  }

  async function tablesOfVersion(version: number) {
    const options = { tablePrefix: `from_${version}_${randomHash().slice(0, 6).replace(/\W/g, '_').toLowerCase()}_` }
    const names = postgresNames(options)
    for (const migration of allMigrations.slice(0, version)) await pool.query(migrationSql(migration, names))
    return { options, names }
  }

  test.each([1, 2, 3, 6])(
    'from version %i: no statement of an old node fails, and eight new nodes begin',
    async (version) => {
      const { options, names } = await tablesOfVersion(version)
      const old = loadOf(() => (version > 3 ? oldFunctions(names) : oldNode(names)), 6)
      await old.atLeast(50)
      await Promise.all(Array.from({ length: 8 }, () => migrate(pool, options)))
      const store = postgresStore(pool, { ...options, sweepInterval: 0 })
      expect(await store.check()).toEqual([])
      const fresh = loadOf(() => newNode(store), 6)
      await fresh.atLeast(50)
      expect((await fresh.end()).failures).toEqual([])
      expect((await old.end()).failures).toEqual([])
    },
  )

  test('from no tables at all, on eight nodes at once, each of which works at once', async () => {
    const { options } = await tablesOfVersion(0)
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        await migrate(pool, options)
        await newNode(postgresStore(pool, { ...options, sweepInterval: 0 }))
      }),
    )
  })

  test('again and again on tables that are up to date: no step of a node fails', async () => {
    const { options } = await tablesOfVersion(allMigrations.length)
    const store = postgresStore(pool, { ...options, sweepInterval: 0 })
    const nodes = loadOf(() => newNode(store), 6)
    for (let round = 0; round < 20; round++) await Promise.all([migrate(pool, options), migrate(pool, options)])
    await nodes.atLeast(50)
    expect((await nodes.end()).failures).toEqual([])
  })

  test('a backup that keeps the table does not make the nodes wait for it, and the migration is done after it', async () => {
    const { options, names } = await tablesOfVersion(1)
    const backup = await pool.connect()
    await backup.query(`BEGIN; SELECT id FROM ${names.credentials}`)
    const nodes = loadOf(() => oldNode(names), 4)
    await nodes.atLeast(20)
    const migrated = migrate(pool, options)
    // they go on behind the migration, which waits for the backup
    await nodes.atLeast(400)
    await backup.query('COMMIT')
    backup.release()
    await migrated
    expect((await nodes.end()).failures).toEqual([])
    expect(await postgresStore(pool, { ...options, sweepInterval: 0 }).check()).toEqual([])
  })
})

afterEach(() => {
  vi.useRealTimers()
})

test('migrate() gives up when a lock is kept for longer than a minute, and says so', async () => {
  vi.useFakeTimers()
  const attempts: number[] = []
  const query = async (): Promise<never> => {
    attempts.push(Date.now())
    throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' })
  }
  const migrated = expect(migrate({ query })).rejects.toThrow(
    /^migrate: another transaction keeps a lock of "device_auth_credentials"/,
  )
  await vi.runAllTimersAsync()
  await migrated
  expect(attempts.at(-1)! - attempts[0]!).toBeGreaterThan(55_000)
})

test('migrate() does not repeat what fails for another reason', async () => {
  let calls = 0
  const query = async (): Promise<never> => {
    calls++
    throw Object.assign(new Error('permission denied'), { code: '42501' })
  }
  await expect(migrate({ query })).rejects.toThrow('permission denied')
  expect(calls).toBe(1)
})
