import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  type DeviceStore,
  deviceClient,
} from '@device-auth/core'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { sqliteStore } from '@device-auth/stores/sqlite'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { noPgBouncer, type PgBouncer, startPgBouncer } from '../postgres/pgbouncer.ts'
import { noPostgres, type PostgresServer, postgresServer } from '../postgres/postgres-server.ts'
import { givenOrOwnRedis, noRedis } from '../redis/redis-server.ts'
import { noSqlite, openSqlite } from '../sqlite/database.mjs'
import { until } from '../until.ts'

interface Answer {
  readonly status: number
  readonly body: { readonly error?: string; readonly access_token?: string }
  readonly applied: unknown
}

/** A node of one application, as a device that may wait sees it. */
function waitingNode(store: DeviceStore) {
  const events: string[] = []
  const deviceAuth: DeviceAuth = createDeviceAuth({
    issuer: 'https://example.com/oauth',
    clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })],
    secret: 'a secret of at least thirty-two characters',
    store,
    interval: 1,
    hooks: { onError: () => {} },
    events: { wakeUpDown: () => events.push('down'), wakeUpRestored: () => events.push('restored') },
  })
  const post = async (path: string, form: Record<string, string>, prefer = '') => {
    const endpoint = deviceAuth.route('POST', path)
    if (endpoint === undefined) throw new Error(`no endpoint at ${path}`)
    return endpoint({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', prefer },
      form: new URLSearchParams({ client_id: 'tv', ...form }),
      ip: '192.0.2.2',
      native: {},
    })
  }
  const begin = async (): Promise<{ readonly device_code: string; readonly user_code: string }> =>
    JSON.parse((await post('/device_authorization', {})).body)
  const poll = async (code: string): Promise<Answer> => {
    const form = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: code }
    const { status, body, headers } = await post('/token', form, 'wait=20')
    return { status, body: JSON.parse(body), applied: headers['preference-applied'] }
  }
  /** Makes sure that the node can hold polls: it connects with the first one. */
  const connect = async (): Promise<void> => {
    await until(async () => {
      const stop = store.watch?.('nobody', () => {})
      if (stop === undefined) throw new Error('not connected yet')
      stop()
    })
  }
  /** Sends a poll that waits, and returns its answer when the store has counted the poll: no decision from then on is in its first look. */
  const pollUntilHeld = async (code: string): Promise<{ readonly answer: Promise<Answer> }> => {
    const id = createHash('sha256').update(code).digest('base64url')
    const polledAt = async () => (await store.findDeviceCredential(id, undefined))?.lastPolledAt
    const before = await polledAt()
    const answer = poll(code)
    await until(async () => expect(await polledAt()).not.toBe(before))
    return { answer }
  }
  return { deviceAuth, events, begin, poll, pollUntilHeld, connect }
}

/** A poll waits on one node, and the user decides on another one. */
async function expectWokenByAnother(stores: readonly [DeviceStore, DeviceStore]): Promise<void> {
  const [one, other] = [waitingNode(stores[0]), waitingNode(stores[1])]
  await one.connect()
  for (const decision of ['approved', 'denied']) {
    const codes = await one.begin()
    const { answer } = await one.pollUntilHeld(codes.device_code)
    const decidedAt = performance.now()
    if (decision === 'approved') await other.deviceAuth.approve(codes.user_code, { subject: 'alice' })
    else await other.deviceAuth.deny(codes.user_code)
    const { status, body, applied } = await answer
    expect(performance.now() - decidedAt, 'long before the 20 seconds are over').toBeLessThan(10_000)
    expect({ status, error: body.error, applied }).toEqual({
      status: decision === 'approved' ? 200 : 400,
      error: decision === 'approved' ? undefined : 'access_denied',
      applied: 'wait=20',
    })
  }
  const codes = await one.begin()
  const wait = one.deviceAuth.waitForDecision(codes.user_code)
  await other.deviceAuth.approve(codes.user_code, { subject: 'alice' })
  expect(await wait).toBe('approved')
  await Promise.all([one.deviceAuth.close(), other.deviceAuth.close()])
}

describeWith(noSqlite, 'SQLite', () => {
  it('8628-3.5-1 a poll that waits in one process is woken by a decision over another connection', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'device-auth-held-'))
    const databases = [1, 2].map(() => openSqlite!(join(folder, 'file.db')))
    const [one, other] = databases.map((database) => sqliteStore(database))
    await expectWokenByAnother([one!, other!])
    for (const database of databases) database.close()
    rmSync(folder, { recursive: true })
  })
})

describeWith(noRedis(), 'Redis', () => {
  it('8628-3.5-1 a poll that waits on one node is woken by a decision on another', async () => {
    const server = await givenOrOwnRedis()
    const clients = [1, 2].map(() => new Redis(server.url, { socketTimeout: 5_000 }))
    const [one, other] = clients.map((client) => redisStore(client, { keyPrefix: `held-${process.pid}:` }))
    await expectWokenByAnother([one!, other!])
    for (const client of clients) client.disconnect()
    await server.stop()
  })

  it('a client of ioredis without an offline queue hears of decisions too', async () => {
    const server = await givenOrOwnRedis()
    for (const lazyConnect of [false, true]) {
      const client = new Redis(server.url, { socketTimeout: 5_000, enableOfflineQueue: false, lazyConnect })
      if (lazyConnect) await client.connect()
      else await once(client, 'ready')
      const store = redisStore(client, { keyPrefix: `no-queue-${process.pid}:` })
      const node = waitingNode(store)
      await node.connect()
      await node.deviceAuth.close()
      client.disconnect()
    }
    await server.stop()
  })
})

describeWith(noPostgres(), 'PostgreSQL', () => {
  let server: PostgresServer
  let pools: readonly [pg.Pool, pg.Pool]

  beforeAll(async () => {
    server = await postgresServer()
    const makePool = (): pg.Pool => new pg.Pool({ connectionString: server.url }).on('error', () => {})
    pools = [makePool(), makePool()]
    await migrate(pools[0])
  })

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await server.stop()
  })

  it('8628-3.5-1 a poll that waits on one node is woken by a decision on another', async () => {
    await expectWokenByAnother([postgresStore(pools[0]), postgresStore(pools[1])])
  })

  it('a poll that waits holds no connection of the pool', async () => {
    const node = waitingNode(postgresStore(pools[0]))
    await node.connect()
    const codes = await Promise.all(Array.from({ length: 30 }, () => node.begin()))
    const polls = codes.map(({ device_code }) => node.poll(device_code))
    await until(async () => expect(pools[0].idleCount).toBe(pools[0].totalCount))
    // more polls wait than the pool has connections, and the next statement still finds one at once
    expect(polls.length).toBeGreaterThan(pools[0].options.max)
    await pools[0].query('SELECT 1')
    node.deviceAuth.drain()
    for (const { body } of await Promise.all(polls)) expect(body.error).toBe('authorization_pending')
    await node.deviceAuth.close()
  })

  it('F-26 a database that is killed loses no sign-in: who waits hears pending, and is held again later', async () => {
    const node = waitingNode(postgresStore(pools[0]))
    await node.connect()
    const codes = await node.begin()
    const { answer } = await node.pollUntilHeld(codes.device_code)
    await server.kill()
    expect((await answer).body.error).toBe('authorization_pending')
    expect(node.events).toEqual(['down'])
    await server.start()
    await node.connect()
    const again = await node.pollUntilHeld(codes.device_code)
    await until(() => node.deviceAuth.approve(codes.user_code, { subject: 'alice' }))
    expect((await again.answer).status).toBe(200)
    expect(node.events).toEqual(['down', 'restored'])
    await node.deviceAuth.close()
  })
})

describeWith(noPgBouncer(), 'PostgreSQL behind PgBouncer in transaction mode', () => {
  let server: PostgresServer
  let bouncer: PgBouncer
  let pools: readonly [pg.Pool, pg.Pool]
  const direct = (): pg.Client => new pg.Client(server.url)

  beforeAll(async () => {
    server = await postgresServer()
    bouncer = await startPgBouncer(server.url, 3)
    const makePool = (): pg.Pool => new pg.Pool({ connectionString: bouncer.url }).on('error', () => {})
    pools = [makePool(), makePool()]
    await migrate(pools[0])
  })

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await bouncer.stop()
    await server.stop()
  })

  it('8628-3.5-1 a poll is woken by another node: the news goes by a connection to the server itself', async () => {
    const stores = pools.map((pool) => postgresStore(pool, { listener: direct }))
    await expectWokenByAnother([stores[0]!, stores[1]!])
  })

  it('a node that listens by way of PgBouncer says that it is down, answers at once, and still wakes others', async () => {
    const listeners: pg.Client[] = []
    const pooled = (): pg.Client => {
      const client = new pg.Client(bouncer.url)
      listeners.push(client)
      return client
    }
    const deaf = waitingNode(postgresStore(pools[0], { listener: pooled }))
    const codes = await deaf.begin()
    expect((await deaf.poll(codes.device_code)).applied).toBeUndefined()
    // PgBouncer has said yes to LISTEN; the proof that news arrives does not come, and the connection is given up
    await new Promise((resolve) => listeners[0]?.once('end', resolve))
    const second = await deaf.begin()
    expect(await deaf.poll(second.device_code)).toMatchObject({
      body: { error: 'authorization_pending' },
      applied: undefined,
    })
    expect(deaf.events).toEqual(['down'])
    const hearing = waitingNode(postgresStore(pools[1], { listener: direct }))
    await hearing.connect()
    const others = await hearing.begin()
    const { answer } = await hearing.pollUntilHeld(others.device_code)
    await deaf.deviceAuth.approve(others.user_code, { subject: 'alice' })
    expect((await answer).status).toBe(200)
    await Promise.all([deaf.deviceAuth.close(), hearing.deviceAuth.close()])
  })
})
