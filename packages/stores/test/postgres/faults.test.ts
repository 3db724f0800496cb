import { migrate, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { expectAnswerOfAnother, expectOneFamilyEach } from '../application/application-nodes.ts'
import { expectOneFamily, expectOneFamilyWithClockAhead, expectPatience, steps } from '../application/faults.ts'
import { approval, newCredential, newTokens } from '../credentials.ts'
import { type Wire, wireTo } from '../network/wire.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

describeWith(noPostgres(), 'postgresStore when something fails', () => {
  let server: PostgresServer
  let wire: Wire
  let pools: readonly pg.Pool[]

  beforeAll(async () => {
    server = await postgresServer()
    wire = await wireTo(Number(new URL(server.url).port))
    const connectionString = server.url.replace(/:\d+\//, `:${wire.port}/`)
    pools = Array.from({ length: 3 }, () => new pg.Pool({ connectionString, max: 5 }))
    for (const pool of pools) pool.on('error', () => {})
    await migrate(pools[0]!)
  })

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await wire.close()
    await server.stop()
  })

  test.each(steps)('F-15 F-16 kill -9 of the server in the middle of %s leaves one token family', async (step) => {
    const fault = { strike: () => server.kill(), recover: () => server.start() }
    await expectOneFamily(postgresStore(pools[0]!), step, fault)
  })

  test.each(steps)('F-15 connections cut in the middle of %s leave one token family', async (step) => {
    const fault = { strike: async () => wire.cut(), recover: async () => {} }
    await expectOneFamily(postgresStore(pools[0]!), step, fault)
  })

  test('F-16 a claim by user code whose answer is lost can be made again, by the same user only', async () => {
    let fails: 'before' | 'after' | undefined
    const store = postgresStore({
      query: async (sql, parameters) => {
        const isClaim = /^\s*(WITH changed AS \()?UPDATE/.test(sql) && /live_user_code = \$1/.test(sql)
        const answer = isClaim && fails === 'before' ? undefined : await pools[0]!.query(sql, parameters)
        if (isClaim && fails !== undefined) throw new Error('the connection is lost')
        return answer ?? { rows: [] }
      },
    })
    for (const when of ['before', 'after'] as const) {
      const [now, { id, userCodeHash, ...credential }] = [Date.now(), newCredential()]
      await store.createDeviceCredential({ id, userCodeHash, ...credential })
      const budgets = [{ key: userCodeHash, limit: 2, window: 3600 }]
      const claim = (subject: string, limits: typeof budgets) =>
        store.claimByUserCode([userCodeHash], { subject, browser: subject }, limits, now)
      fails = when
      await expect(claim('alice', budgets)).rejects.toThrow('the connection is lost')
      fails = undefined
      const claimed = await store.findDeviceCredential(id, now)
      expect(claimed?.claimedBy).toBe(when === 'before' ? undefined : 'alice')
      expect(await claim('alice', budgets)).toMatchObject({ result: 'claimed', credential: { id } })
      // the claim that failed was counted too
      expect(await claim('alice', budgets)).toHaveProperty('retryAfter')
      expect(await claim('bob', [])).toMatchObject({ result: 'shared' })
    }
  })

  test('XD-6.1.4 connections cut while two users claim the same codes: no code is claimed by both', async () => {
    const [store, now] = [postgresStore(pools[0]!), Date.now()]
    const credentials = Array.from({ length: 40 }, () => newCredential(now))
    for (const credential of credentials) await store.createDeviceCredential(credential)
    const budgets = [{ key: credentials[0]!.id, limit: 10_000, window: 3600 }]
    let lost = 0
    const untilAnswered = async (userCodeHash: string, subject: string): Promise<string> => {
      for (;;) {
        const claimant = { subject, browser: subject }
        const asked = Promise.resolve(store.claimByUserCode([userCodeHash], claimant, budgets, now))
        const claim = await asked.catch(() => undefined)
        if (claim !== undefined) return 'result' in claim ? claim.result : 'refused'
        lost += 1
      }
    }
    const race = credentials.map(({ userCodeHash }) =>
      Promise.all(['alice', 'bob'].map((subject) => untilAnswered(userCodeHash, subject))),
    )
    for (let cuts = 0; cuts < 3; cuts++) {
      await Promise.race(race)
      wire.cut()
    }
    const answers = await Promise.all(race)
    expect(lost).toBeGreaterThan(0)
    for (const answer of answers) expect(answer.filter((one) => one === 'claimed').length).toBeLessThanOrEqual(1)
    expect(answers.flat()).not.toContain('refused')
    const polls = credentials.map(({ id }) => store.pollDeviceCredential(id, 'tv', now + 5_000))
    expect(new Set((await Promise.all(polls)).map(({ status }) => status))).toEqual(new Set(['denied']))
  })

  test('F-26 on a half-open connection a poll takes long, and the sign-in still succeeds', async () => {
    await expectPatience(postgresStore(pools[0]!), wire)
  })

  test('F-01 three processes redeem each of 1,000 codes once, with 20 pollers each', { timeout: 120_000 }, async () => {
    const pool = new pg.Pool({ connectionString: server.url })
    await expectOneFamilyEach(postgresStore(pool), ['postgres', server.url], 1_000, 20)
    await pool.end()
  })

  test('F-17 after a node was killed between redeem and its answer, another node gives the answer', async () => {
    await expectAnswerOfAnother(postgresStore(pools[0]!), ['postgres', server.url])
  })

  test('F-23 statements that fail because of another transaction are run again', async () => {
    const errors = ['40001', '40P01', '40001']
    const store = postgresStore({
      query: async (sql, parameters) => {
        const code = errors.pop()
        if (code !== undefined) throw Object.assign(new Error('in the way'), { code })
        return pools[0]!.query(sql, parameters)
      },
    })
    expect(await store.createDeviceCredential(newCredential())).toBe(true)
    expect(errors).toEqual([])
    errors.push(...Array.from({ length: 5 }, () => '40001'))
    await expect(store.createDeviceCredential(newCredential())).rejects.toThrow('in the way')
  })

  test('with a full disk new codes are refused, and polls, decisions and tokens still work', async () => {
    const pool = new pg.Pool({ connectionString: server.url })
    pool.on('error', () => {})
    const [store, now, credential] = [postgresStore(pool), Date.now(), newCredential()]
    const { id } = credential
    await store.createDeviceCredential(credential)
    await pool.query(`INSERT INTO device_auth_credentials (id, client_id, scope, user_code_hash, created_at, expires_at,
      forget_at, poll_interval) SELECT 'filler' || n, 'tv', repeat('x', 400), '', 0, 0, 9e15, 5 FROM generate_series(1, 25000) AS n`)
    const { rows } = await pool.query(`SELECT pg_relation_size('device_auth_credentials') / 1024 AS size`)
    await server.kill()
    await server.start(Number(rows[0].size))
    const fill = async () => {
      for (let more = 0; more < 200; more++) await store.createDeviceCredential(newCredential(now))
    }
    await expect(fill()).rejects.toThrow('could not extend file')
    for (let poll = 0; poll < 30; poll++) {
      expect((await store.pollDeviceCredential(id, 'tv', now + poll * 5_000)).status).toBe('pending')
    }
    expect(await store.decide(id, approval('alice'), now)).toBe('decided')
    expect(await store.redeem(id, newTokens(now), 'sealed', now)).toBe(true)
    await server.kill()
    await server.start()
    expect((await store.pollDeviceCredential(id, 'tv', now)).status).toBe('redeemed')
    expect(await store.createDeviceCredential(newCredential(now))).toBe(true)
    await pool.query(`DELETE FROM device_auth_credentials WHERE id LIKE 'filler%'`)
    await pool.end()
  })

  test('F-25 a clock that is 5 minutes ahead does not lock a device out, and does not redeem a code twice', async () => {
    await expectOneFamilyWithClockAhead(postgresStore(pools[0]!), postgresStore(pools[1]!))
  })
})
