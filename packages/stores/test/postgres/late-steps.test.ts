import type { DeviceStore } from '@device-auth/core'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { newCredential, randomHash } from '../credentials.ts'
import { expectLateAttemptsUncounted, expectLateRepetitionsKept, givenUp, measuredClockOf } from '../late-steps.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

describeWith(noPostgres(), 'steps that reach PostgreSQL late', () => {
  let server: PostgresServer
  /** Three nodes on one database: a node sends no second poll of a code while the first is under way. */
  let pools: readonly pg.Pool[]

  beforeAll(async () => {
    server = await postgresServer()
    pools = Array.from({ length: 3 }, () => new pg.Pool({ connectionString: server.url, max: 3 }))
    await migrate(pools[0]!)
  })

  afterEach(() => {
    server.freeze(false)
    vi.restoreAllMocks()
  })

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await server.stop()
  })

  const newNodes = (): readonly DeviceStore[] => pools.map((pool) => postgresStore(pool, { sweepInterval: 0 }))

  /** Nodes that know the time of the database, each with an open connection. */
  async function nodes(): Promise<readonly DeviceStore[]> {
    const stores = newNodes()
    for (const { clock } of stores) await clock?.synchronize()
    return stores
  }

  /** Lets a node send a poll so many milliseconds ago, of which the database hears now. */
  async function sent(store: DeviceStore | undefined, id: string, ago: number) {
    const right = performance.now.bind(performance)
    const earlier = vi.spyOn(performance, 'now').mockImplementation(() => right() - ago)
    const poll = Promise.resolve(store?.pollDeviceCredential(id, 'tv', undefined))
    // the node sends at the end of the turn
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    earlier.mockRestore()
    return { status: poll.then((result) => result?.status) }
  }

  async function intervalOf(id: string): Promise<number> {
    const { rows } = await pools[0]!.query('SELECT poll_interval FROM device_auth_credentials WHERE id = $1', [id])
    return Number(rows[0].poll_interval)
  }

  test('a frozen server finds the polls of a steady device when it wakes, and slows it down by none', async () => {
    const [stores, credential] = [await nodes(), newCredential()]
    const { id } = credential
    await stores[0]?.createDeviceCredential(credential)
    server.freeze(true)
    const polls = [await sent(stores[0], id, 12_000), await sent(stores[1], id, 6_000), await sent(stores[2], id, 0)]
    server.freeze(false)
    expect(await Promise.all(polls.map(({ status }) => status))).toEqual(['pending', 'pending', 'pending'])
    expect(await intervalOf(id)).toBe(5)
    const { rows } = await pools[0]!.query('SELECT last_polled_at FROM device_auth_credentials WHERE id = $1', [id])
    // that of the poll which was sent last, in whatever order they were done
    expect(Math.abs(Number(rows[0].last_polled_at) - Date.now())).toBeLessThan(4_000)
  })

  test.each([
    ['in the order in which they were sent', [12_000, 6_000, 0], ['pending', 'pending', 'pending']],
    ['in another order, on other connections', [6_000, 12_000, 0], ['pending', 'pending', 'pending']],
    ['too early for the interval', [12_000, 10_000, 0], ['pending', 'slow_down', 'pending']],
    ['a moment after they were sent', [900, 800], ['pending', 'slow_down']],
    [
      'of a device that does not keep the interval',
      [9_000, 8_000, 7_000, 3_000],
      ['pending', 'slow_down', 'slow_down', 'slow_down'],
    ],
  ])('late polls count from when they were sent: %s', async (_, ago, results) => {
    const [stores, credential] = [await nodes(), newCredential()]
    await stores[0]?.createDeviceCredential(credential)
    const heard: (string | undefined)[] = []
    for (const each of ago) heard.push(await (await sent(stores[0], credential.id, each)).status)
    expect(heard).toEqual(results)
    expect(await intervalOf(credential.id)).toBe(5 + 5 * heard.filter((status) => status === 'slow_down').length)
  })

  test('a poll that has waited in its node and on its way counts from when it arrived', async () => {
    const credential = newCredential()
    const [store] = await nodes()
    await store?.createDeviceCredential(credential)
    const now = Date.now()
    const polls = [{ sent_at: now - 5_000, id: credential.id, client_id: 'tv', waited: 3_000 }]
    await pools[0]!.query('SELECT device_auth_poll_batch($1)', [JSON.stringify(polls)])
    const read = 'SELECT last_polled_at FROM device_auth_credentials WHERE id = $1'
    const { rows } = await pools[0]!.query(read, [credential.id])
    expect(Number(rows[0].last_polled_at)).toBe(now - 8_000)
  })

  test('a poll of a node that does not know the time of the database yet is not too early, and makes no other so', async () => {
    const [knowing, unknowing, credential] = [await nodes(), newNodes(), newCredential()]
    const { id } = credential
    await knowing[0]?.createDeviceCredential(credential)
    const first = await (await sent(knowing[0], id, 6_000)).status
    const late = [await (await sent(unknowing[0], id, 0)).status, await (await sent(unknowing[1], id, 0)).status]
    const next = await (await sent(knowing[0], id, 0)).status
    expect([first, ...late, next]).toEqual(['pending', 'pending', 'pending', 'pending'])
    expect(await (await sent(knowing[0], id, 0)).status).toBe('slow_down')
    await unknowing[0]?.clock?.synchronize()
    expect(await (await sent(unknowing[0], id, 0)).status).toBe('slow_down')
  })

  test('the first poll of such a node makes no other poll too early either', async () => {
    const [knowing, unknowing, credential] = [await nodes(), newNodes(), newCredential(Date.now() - 8_000)]
    const { id } = credential
    await knowing[0]?.createDeviceCredential(credential)
    const late = await (await sent(unknowing[0], id, 0)).status
    expect([late, await (await sent(knowing[0], id, 0)).status]).toEqual(['pending', 'pending'])
    expect(await (await sent(knowing[0], id, 0)).status).toBe('slow_down')
  })

  test('a node of an earlier release is answered as before: its polls count from when the database began them', async () => {
    const [[store], credential] = [await nodes(), newCredential()]
    const { id } = credential
    await store?.createDeviceCredential(credential)
    const batch = JSON.stringify([{ id, client_id: 'tv', waited: 0 }])
    const read = async () =>
      JSON.parse((await pools[0]!.query('SELECT device_auth_poll_batch($1) AS polls', [batch])).rows[0].polls)
    const [[before], [after]] = [await read(), await read()]
    // the place of the last poll in the row
    expect([before[7], typeof after[7]]).toEqual([null, 'number'])
    expect(await intervalOf(id)).toBe(10)
  })

  test('attempts that a frozen server finds when it wakes count only if somebody still waits for them', async () => {
    await expectLateAttemptsUncounted(postgresStore(pools[0]!, { sweepInterval: 0 }), server.freeze)
  })

  test('a repetition that a frozen server finds when it wakes is taken only if somebody still waits for it', async () => {
    await expectLateRepetitionsKept(postgresStore(pools[0]!, { sweepInterval: 0 }), server.freeze)
  })

  test('an attempt that waits for a locked counter until its caller has given up counts nothing', async () => {
    const [store, key] = [postgresStore(pools[0]!, { sweepInterval: 0 }), randomHash()]
    const clock = await measuredClockOf(store)
    const budgets = [{ key, limit: 2, window: 60 }]
    await store.takeAttempts(budgets, undefined)
    const holder = await pools[1]!.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM device_auth_attempts WHERE attempt_key = $1 FOR UPDATE', [key])
    const until = clock.now() + 50
    const late = expect(store.takeAttempts(budgets, undefined, until)).rejects.toThrow(/too late/)
    await givenUp(clock, until)
    await holder.query('COMMIT')
    holder.release()
    await late
    expect(await store.takeAttempts(budgets, undefined)).toBeUndefined()
    expect(await store.takeAttempts(budgets, undefined)).toMatchObject({ index: 0 })
  })
})
