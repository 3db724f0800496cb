import type { DeviceStore } from '@device-auth/core'
import { migrate, type PostgresClient, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { approval, newCredential, newTokens } from '../credentials.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

const rows = 20_000

describeWith(noPostgres(), 'batches of polls of postgresStore', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let store: DeviceStore
  const sent: string[] = []

  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url })
    await migrate(pool)
    const client: PostgresClient = {
      query: (sql, parameters) => {
        sent.push(sql)
        return pool.query(sql, parameters)
      },
    }
    store = postgresStore(client)
    await pool.query(
      `INSERT INTO device_auth_credentials (id, client_id, scope, user_code_hash, live_user_code, created_at,
        expires_at, forget_at, poll_interval, subject, claimed_by, address_key)
      SELECT 'id' || n, 'tv' || n % 1000, 'profile', 'code' || n, 'code' || n, $1, $2, $3, 5, 'user' || n % 5000, NULL,
        lpad(to_hex(n), 32, '0') FROM generate_series(1, $4::integer) AS n`,
      [Date.now(), Date.now() + 600_000, Date.now() + 1_200_000, rows],
    )
    await pool.query('VACUUM ANALYZE')
  })

  afterAll(async () => {
    await store.close()
    await pool.end()
    await server.stop()
  })

  test('polls that arrive together are sent together, and each gets the answer of its own row', async () => {
    const now = Date.now()
    const [pending, early, denied, approved, redeemed, unknown] = Array.from({ length: 6 }, () => newCredential(now))
    const kept = [pending!, early!, denied!, approved!, redeemed!]
    for (const each of kept) await store.createDeviceCredential(each)
    await store.pollDeviceCredential(early!.id, 'tv', now)
    await store.decide(denied!.id, { ...approval('alice'), approved: false }, now)
    for (const { id } of [approved!, redeemed!]) await store.decide(id, approval('alice'), now)
    await store.redeem(redeemed!.id, newTokens(now), 'sealed', now)
    sent.length = 0
    const polls = [...kept, unknown!].map(({ id }) => store.pollDeviceCredential(id, 'tv', now + 1))
    const others = store.pollDeviceCredential(pending!.id, 'somebody else', now + 1)
    const found = (await Promise.all(polls)).map(({ status }) => status)
    expect(found).toEqual(['pending', 'slow_down', 'denied', 'approved', 'redeemed', 'unknown'])
    expect((await others).status).toBe('unknown')
    // a second poll of one credential is paced against the first, so it is sent after it
    expect(sent).toHaveLength(2)
  })

  test('parallel polls of one credential are paced against each other, also over several nodes', async () => {
    const now = Date.now()
    const { id, ...rest } = newCredential(now)
    await store.createDeviceCredential({ id, ...rest })
    const nodes = [store, postgresStore(pool, { sweepInterval: 0 }), postgresStore(pool, { sweepInterval: 0 })]
    const polls = Array.from({ length: 30 }, (_, index) => nodes[index % 3]!.pollDeviceCredential(id, 'tv', now))
    const found = (await Promise.all(polls)).map(({ status }) => status)
    expect(found.filter((status) => status === 'pending')).toHaveLength(1)
    expect((await store.findDeviceCredential(id, now))?.interval).toBe(10)
  })

  test('batches of two nodes in opposite orders do not deadlock', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `id${index + 1}`)
    const other = postgresStore(pool, { sweepInterval: 0 })
    const [now, client] = [Date.now(), (id: string) => `tv${Number(id.slice(2)) % 1000}`]
    for (let round = 0; round < 5; round++) {
      const one = ids.map((id) => store.pollDeviceCredential(id, client(id), now + round * 61_000))
      const two = ids.toReversed().map((id) => other.pollDeviceCredential(id, client(id), now + round * 61_000))
      const found = await Promise.all([...one, ...two])
      expect(found.filter(({ status }) => status === 'pending')).toHaveLength(200)
    }
    const { rows } = await pool.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')
    expect(Number(rows[0].deadlocks)).toBe(0)
  })

  test('the polls of an hour change no index and do not bloat the table', async () => {
    const size = async () => {
      const [row] = (await pool.query(`SELECT pg_table_size('device_auth_credentials') AS bytes`)).rows
      return Number(row.bytes)
    }
    const before = await size()
    const [start, ids] = [Date.now() + 100_000, Array.from({ length: 500 }, (_, index) => `id${5_000 + index}`)]
    // an hour has 720 polls of each device; these come without pauses, in which vacuum could run
    for (let poll = 0; poll < 72; poll++) {
      const batch = ids.map((id) => ({
        id,
        client_id: `tv${Number(id.slice(2)) % 1000}`,
        polled_at: start + poll * 5_000,
      }))
      await pool.query('SELECT device_auth_poll_batch($1)', [JSON.stringify(batch)])
    }
    await pool.query('SELECT pg_stat_force_next_flush()').catch(() => {})
    const { rows } = await pool.query(`SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
      WHERE relname = 'device_auth_credentials'`)
    expect(Number(rows[0].n_tup_upd)).toBeGreaterThan(30_000)
    expect(Number(rows[0].n_tup_hot_upd) / Number(rows[0].n_tup_upd)).toBeGreaterThan(0.95)
    expect((await size()) / before).toBeLessThan(1.05)
  })
})
