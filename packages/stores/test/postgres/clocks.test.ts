import type { DeviceAuthEvents } from '@device-auth/core'
import { migrate, type PostgresStoreOptions, postgresStore } from '@device-auth/stores/postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { type Node, nodeOn } from '../application/sign-in.ts'
import { ownWallClocks, withClockAhead } from '../application/wall-clock.ts'
import { until } from '../until.ts'
import { noPostgres, type PostgresServer, postgresServer } from './postgres-server.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** A node of an application whose wall clock is wrong. */
interface SkewedNode extends Node {
  readonly skews: DeviceAuthEvents['clockSkew'][]
  check(): Promise<readonly string[]>
  close(): Promise<void>
}

describeWith(noPostgres(), 'nodes whose clocks are wrong, on one PostgreSQL', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let endClocks: () => void
  const nodes: SkewedNode[] = []

  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url, connectionTimeoutMillis: 5_000 })
    pool.on('error', () => {})
    await migrate(pool)
  })

  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  beforeEach(() => {
    endClocks = ownWallClocks()
  })

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close()
    endClocks()
  })

  /** @param ahead milliseconds */
  function nodeAhead(ahead: number, options: PostgresStoreOptions = { sweepInterval: 0 }): SkewedNode {
    const node = withClockAhead(ahead, () => nodeOn(postgresStore(pool, options)))
    const skews: DeviceAuthEvents['clockSkew'][] = []
    node.deviceAuth.on('clockSkew', (event) => skews.push(event))
    const skewed: SkewedNode = {
      deviceAuth: node.deviceAuth,
      skews,
      begin: () => withClockAhead(ahead, () => node.begin()),
      token: (form) => withClockAhead(ahead, () => node.token(form)),
      poll: (deviceCode) => withClockAhead(ahead, () => node.poll(deviceCode)),
      check: () => withClockAhead(ahead, () => node.deviceAuth.check()),
      close: () => node.deviceAuth.close(),
    }
    nodes.push(skewed)
    return skewed
  }

  async function polled(node: Node, deviceCode: string): Promise<string | undefined> {
    const { body } = await node.poll(deviceCode)
    return body.error ?? body.token_type
  }

  test.each([31 * day, -31 * day])('the sweeps of an idle node that is %i ms ahead delete nothing', async (ahead) => {
    const right = nodeAhead(0)
    const [pending, signedIn] = [await right.begin(), await right.begin()]
    await right.deviceAuth.approve(signedIn.user_code, { subject: 'alice' })
    const { body: tokens } = await right.poll(signedIn.device_code)
    await pool.query(`INSERT INTO device_auth_credentials (id, client_id, scope, user_code_hash, created_at, expires_at,
      forget_at, poll_interval) VALUES ('over', 'tv', '', '', 0, 0, 0, 5)`)
    nodeAhead(ahead, { sweepInterval: 0.05 })
    // the sweep has run as soon as what is really over has gone
    await until(async () => {
      const { rows } = await pool.query(`SELECT FROM device_auth_credentials WHERE id = 'over'`)
      if (rows.length > 0) throw new Error('not swept yet')
    })
    expect(await polled(right, pending.device_code)).toBe('authorization_pending')
    expect(await right.deviceAuth.authenticate(String(tokens.access_token))).toMatchObject({ subject: 'alice' })
    const refreshed = await right.token({ grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) })
    expect(refreshed.status).toBe(200)
  })

  test.each([45_000, -45_000, 21 * minute, -21 * minute, 31 * day, -31 * day])(
    'a node that is %i ms ahead answers like the others, and its codes live as long',
    async (ahead) => {
      const [right, wrong] = [nodeAhead(0), nodeAhead(ahead)]
      const [begun, other] = [await wrong.begin(), await right.begin()]
      expect(begun.expires_in).toBe(600)
      for (const each of [begun, other]) {
        expect(await polled(wrong, each.device_code)).toBe('authorization_pending')
        const decided = withClockAhead(ahead, () => wrong.deviceAuth.approve(each.user_code, { subject: 'alice' }))
        expect(await decided).toBe('decided')
      }
      const answers = [await right.poll(begun.device_code), await wrong.poll(other.device_code)]
      expect(answers.map(({ body }) => [body.token_type, body.expires_in])).toEqual(Array(2).fill(['Bearer', 3600]))
      for (const { body } of answers) {
        const token = String(body.access_token)
        expect(await right.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice' })
        expect(await withClockAhead(ahead, () => wrong.deviceAuth.authenticate(token))).toMatchObject({
          subject: 'alice',
        })
      }
      const refresh = { grant_type: 'refresh_token', refresh_token: String(answers[0]?.body.refresh_token) }
      const successor = await wrong.token(refresh)
      expect(successor.status).toBe(200)
      // its answer was lost, and the device asks another node
      expect((await right.token(refresh)).body.refresh_token).toBe(successor.body.refresh_token)
      const { rows } =
        await pool.query(`SELECT created_at, expires_at, redeemed_at, rotated_at FROM device_auth_credentials
        WHERE redeemed_at IS NOT NULL AND rotated_at IS NOT NULL ORDER BY redeemed_at DESC LIMIT 1`)
      const age = Date.now() - Number(rows[0].created_at)
      expect(Math.abs(age)).toBeLessThan(20_000)
      expect(Number(rows[0].expires_at) - Number(rows[0].created_at)).toBe(600_000)
      expect(Number(rows[0].redeemed_at) - Number(rows[0].created_at)).toBeGreaterThanOrEqual(0)
      expect(Number(rows[0].rotated_at) - Number(rows[0].redeemed_at)).toBeGreaterThanOrEqual(0)
    },
  )

  test('nodes that are 1.5 seconds ahead and behind slow no device that keeps to its interval', async () => {
    const [ahead, behind] = [nodeAhead(1_500), nodeAhead(-1_500)]
    const devices = await Promise.all(Array.from({ length: 40 }, () => ahead.begin()))
    for (let round = 0; round < 4; round++) {
      const node = round % 2 === 0 ? ahead : behind
      const answers = await Promise.all(devices.map((device) => polled(node, device.device_code)))
      expect(new Set(answers)).toEqual(new Set(['authorization_pending']))
      // five seconds pass: what was written is that much older
      await pool.query('UPDATE device_auth_credentials SET last_polled_at = last_polled_at - 5000')
    }
    const { rows } = await pool.query(
      'SELECT DISTINCT poll_interval FROM device_auth_credentials WHERE approved IS NULL',
    )
    expect(rows.map((row) => Number(row.poll_interval))).toEqual([5])
  })

  test('a clock that is off by more than 30 seconds is told by an event, once a minute, and by check()', async () => {
    const [right, wrong] = [nodeAhead(20_000), nodeAhead(31 * day)]
    for (const node of [right, wrong]) {
      for (let request = 0; request < 3; request++) await node.begin()
    }
    expect(right.skews).toEqual([])
    expect(wrong.skews).toHaveLength(1)
    expect(Math.abs((wrong.skews[0]?.offset ?? 0) + 31 * day)).toBeLessThan(5_000)
    expect(await right.check()).toEqual([])
    expect((await wrong.check()).join()).toMatch(
      /clock of this node is 26784\d\d seconds ahead of .* Correct the clock/,
    )
  })

  test('a wall clock that is set while the node runs changes nothing', async () => {
    const node = withClockAhead(0, () => nodeOn(postgresStore(pool, { sweepInterval: 0 })))
    const before = await node.begin()
    const after = await withClockAhead(31 * day, () => node.begin())
    expect(await polled(node, before.device_code)).toBe('authorization_pending')
    expect(await withClockAhead(31 * day, () => polled(node, after.device_code))).toBe('authorization_pending')
    const { rows } = await pool.query('SELECT max(created_at) AS newest FROM device_auth_credentials')
    expect(Number(rows[0].newest)).toBeLessThan(Date.now() + 20_000)
    await node.deviceAuth.close()
  })
})
