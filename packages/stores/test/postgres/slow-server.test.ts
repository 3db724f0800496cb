import { createHash } from 'node:crypto'
import type { DeviceStore } from '@device-auth/core'
import { MemoryStore } from '@device-auth/core'
import { migrate, postgresStore, type SqlRow, type SqlValue } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { runOn } from '../../src/postgres/client.ts'
import { PollBatches } from '../../src/postgres/poll-batches.ts'
import { nodeOn } from '../application/sign-in.ts'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import { wireTo } from '../network/wire.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

const machineClock = { now: Date.now, synchronize: () => undefined, offset: 0 }

/** A database that answers each statement after some milliseconds on one of ten connections, like a pool of `pg`. */
function slowPool(latency: number) {
  const waiting: (() => void)[] = []
  const state = { underWay: 0, most: 0, batches: 0 }
  const take = async (): Promise<void> => {
    if (state.underWay >= 10) await new Promise<void>((resolve) => waiting.push(resolve))
    state.most = Math.max(state.most, ++state.underWay)
  }
  const during = async <T>(work: () => T): Promise<T> => {
    await take()
    await new Promise((resolve) => setTimeout(resolve, latency))
    state.underWay--
    waiting.shift()?.()
    return work()
  }
  return { state, during }
}

describe('polls while each statement takes 300 ms', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.now() })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  test('200 polls a second use two connections, and all 20 approved devices get their tokens', async () => {
    const { state, during } = slowPool(300)
    const memory = new MemoryStore()
    const run = (_: string, [json]: readonly SqlValue[]): Promise<readonly SqlRow[]> =>
      during(() => {
        state.batches++
        const polls = JSON.parse(String(json)) as readonly { readonly id: string; readonly client_id: string }[]
        const rows = polls.flatMap(({ id, client_id }) => {
          const { status } = memory.pollDeviceCredential(id, client_id, Date.now())
          const expiresAt = Date.now() + 600_000
          const columns = { id, client_id, poll_interval: 5, created_at: Date.now(), expires_at: expiresAt, ended: 0 }
          const granted = { approved: 1, subject: 'alice', granted_scope: 'profile' }
          const row = { ...columns, polled_at: Date.now(), ...(status === 'approved' && granted) }
          return status === 'unknown' ? [] : [row]
        })
        return [{ polls: JSON.stringify(rows) }]
      })
    const batches = new PollBatches(run, 'poll', machineClock)
    const rest: DeviceStore = memory
    const store = Object.assign(Object.create(rest) as DeviceStore, {
      pollDeviceCredential: (id: string, clientId: string, now: number) => batches.poll(id, clientId, now),
      redeem: (...args: Parameters<DeviceStore['redeem']>) => during(() => rest.redeem.apply(memory, args)),
      takeAttempts: (...args: Parameters<DeviceStore['takeAttempts']>) =>
        during(() => rest.takeAttempts.apply(memory, args)),
    })
    const { poll } = nodeOn(store)
    const codes = Array.from({ length: 1_000 }, randomHash)
    const idOf = (code: string): string => createHash('sha256').update(code).digest('base64url')
    for (const code of codes) memory.createDeviceCredential(newCredential(Date.now(), { id: idOf(code) }))
    const approved = codes.slice(0, 20)
    const answers: Promise<{ readonly code: string; readonly status: number; readonly token: string | undefined }>[] =
      []
    for (let tick = 0; tick < 2_000; tick++) {
      const code = codes[tick % codes.length]!
      if (tick === 100) for (const each of approved) memory.decide(idOf(each), approval('alice'), Date.now())
      answers.push(poll(code).then(({ status, body }) => ({ code, status, token: body.token_type })))
      await vi.advanceTimersByTimeAsync(5)
    }
    await vi.advanceTimersByTimeAsync(5_000)
    const settled = await Promise.all(answers)
    expect(new Set(settled.filter(({ token }) => token === 'Bearer').map(({ code }) => code))).toEqual(
      new Set(approved),
    )
    expect(settled.filter(({ status }) => status >= 500)).toEqual([])
    // two batches, and never a third, next to the redemptions
    expect(state.batches).toBeLessThanOrEqual((2 * 15_000) / 300)
  })

  test('a poll that waited for longer than the time limit is rejected and not sent', async () => {
    const sent: string[] = []
    const run = async (_: string, [json]: readonly SqlValue[]): Promise<readonly SqlRow[]> => {
      sent.push(String(json))
      await new Promise((resolve) => setTimeout(resolve, 6_000))
      return []
    }
    const batches = new PollBatches(run, 'poll', machineClock)
    const results: string[] = []
    for (let index = 0; index < 3; index++) {
      const result = batches.poll(`id${index}`, 'tv', null)
      void result.then(
        ({ status }) => results.push(status),
        (error: Error) => results.push(error.message),
      )
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(sent).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(7_000)
    expect(results).toEqual([
      'unknown',
      'postgresStore: the database is too slow for this poll. Look at its load.',
      'unknown',
    ])
    expect(sent).toHaveLength(2)
  })
})

describeWith(noPostgres(), 'postgresStore on a server that is silent, slow or read-only', () => {
  let server: PostgresServer
  let pool: pg.Pool

  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url, connectionTimeoutMillis: 5_000 })
    await migrate(pool)
  })

  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  test('statements on a host that went silent are given up, and their connections are destroyed', async () => {
    const wire = await wireTo(Number(new URL(server.url).port))
    const own = new pg.Pool({ connectionString: server.url.replace(/:\d+\//, `:${wire.port}/`), max: 2 })
    own.on('error', () => {})
    // long enough for new connections on a busy machine, which count too
    const run = runOn(own, 2_000)
    await Promise.all([run('SELECT 1', []), run('SELECT 1', [])])
    expect(own.totalCount).toBe(2)
    wire.freeze(true)
    const silent = [run('SELECT 1', []), run('SELECT 2', []), run('SELECT 3', [])]
    for (const { status } of await Promise.allSettled(silent)) expect(status).toBe('rejected')
    wire.freeze(false)
    // what was swallowed never gets an answer, so these need new connections
    expect(await run('SELECT 4 AS answer', [])).toEqual([{ answer: 4 }])
    expect(await run('SELECT 5 AS answer', [])).toEqual([{ answer: 5 }])
    await own.end()
    await wire.close()
  })

  test('any other client is given up too, and the time limit of the pool is kept', async () => {
    const hanging = runOn({ query: () => new Promise(() => {}) }, 50)
    await expect(hanging('SELECT 1', [])).rejects.toThrow('no answer within 50 ms')
    const own = new pg.Pool({ connectionString: server.url, query_timeout: 100 })
    await expect(runOn(own)('SELECT pg_sleep(3)', [])).rejects.toThrow(/timeout|no answer within 100 ms/i)
    await own.end()
  })

  test('a locked row makes its own poll fail, and no other', async () => {
    const store = postgresStore(pool, { sweepInterval: 0 })
    const credentials = Array.from({ length: 20 }, () => newCredential())
    for (const each of credentials) await store.createDeviceCredential(each)
    const [locked, ...others] = credentials
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM device_auth_credentials WHERE id = $1 FOR UPDATE', [locked?.id])
    const poll = ({ id }: { readonly id: string }) => store.pollDeviceCredential(id, 'tv', undefined)
    const own = poll(locked!)
    const statuses = await Promise.all(others.map(async (each) => (await poll(each)).status))
    expect(new Set(statuses)).toEqual(new Set(['pending']))
    await expect(own).rejects.toThrow(/locked/)
    await holder.query('ROLLBACK')
    holder.release()
    expect((await poll(locked!)).status).toBe('pending')
  })

  test('access tokens are valid on a read-only server, and that their use is not noted is told once', async () => {
    const readOnly = new pg.Pool({ connectionString: server.url, options: '-c default_transaction_read_only=on' })
    const [store, credential, tokens] = [postgresStore(pool), newCredential(), newTokens()]
    await store.createDeviceCredential(credential)
    await store.decide(credential.id, approval('alice'), undefined)
    await store.redeem(credential.id, tokens, 'sealed', undefined)
    const reading = postgresStore(readOnly)
    const first = await reading.findToken(credential.id, tokens.accessTokenHash, undefined)
    expect(first).toMatchObject({ type: 'access_token', noteFailure: expect.objectContaining({ code: '25006' }) })
    const second = await reading.findToken(credential.id, tokens.accessTokenHash, undefined)
    expect(second).toMatchObject({ type: 'access_token' })
    expect(second).not.toHaveProperty('noteFailure')
    await expect(reading.check()).rejects.toThrow(/read-only.*Connect to the primary/)
    await readOnly.end()
  })

  test.each([
    ['53100', /disk of the server is full\. Free space/],
    ['25006', /read-only/],
    ['53300', /no connection left/],
  ])('check() says what to do about SQLSTATE %s', async (code, advice) => {
    const refusing = {
      query: async (sql: string, values: SqlValue[]) => {
        if (sql.startsWith('INSERT')) throw Object.assign(new Error('refused'), { code })
        return pool.query(sql, values)
      },
    }
    await expect(postgresStore(refusing).check()).rejects.toThrow(advice)
  })

  test('check() names missing rights, newer tables and a pool without a time limit or a listener, and leaves nothing behind', async () => {
    await pool.query('CREATE ROLE reader LOGIN')
    await pool.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader')
    const reader = new pg.Pool({ connectionString: server.url.replace('device_auth@', 'reader@') })
    await expect(postgresStore(reader).check()).rejects.toThrow(/a right is missing\. The user needs SELECT, INSERT/)
    await pool.query('GRANT INSERT, UPDATE, DELETE ON device_auth_credentials, device_auth_attempts TO reader')
    const [timeLimit, listener] = [/connectionTimeoutMillis.*5000/, /no listener of 'error'.*pool\.on/]
    expect(await postgresStore(reader).check()).toEqual([timeLimit, listener].map((one) => expect.stringMatching(one)))
    reader.on('error', () => {})
    expect(await postgresStore(reader).check()).toEqual([expect.stringMatching(timeLimit)])
    await pool.query('REVOKE EXECUTE ON FUNCTION device_auth_poll_batch FROM PUBLIC')
    await expect(postgresStore(reader).check()).rejects.toThrow(/a right is missing.*poll_batch/)
    await reader.end()
    await pool.query(`INSERT INTO device_auth_migrations (version, name) VALUES (1000, 'later')`)
    expect((await postgresStore(pool).check()).join()).toMatch(/version 1000, newer than version 8.*Update this node/)
    await expect(migrate(pool)).rejects.toThrow(/version 1000, newer than version 8/)
    await pool.query('DELETE FROM device_auth_migrations WHERE version = 1000')
    const { rows } = await pool.query(`SELECT id FROM device_auth_credentials WHERE id LIKE 'check-%'
      UNION ALL SELECT attempt_key FROM device_auth_attempts WHERE attempt_key LIKE 'check-%'`)
    expect(rows).toEqual([])
  })
})
