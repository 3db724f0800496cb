// F-29: ten thousand devices that wait on one node.
import { createHash } from 'node:crypto'
import { type DeviceStore, MemoryStore } from '@device-auth/core'
import { migrate, postgresStore } from '@device-auth/stores/postgres'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import pg from 'pg'
import { expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { newCredential, randomHash } from '../credentials.ts'
import { noPostgres, postgresServer } from '../postgres/postgres-server.ts'
import { noRedis, redisServer } from '../redis/redis-server.ts'
import { nodeOn } from './sign-in.ts'

const DEVICES = 10_000
/** Requests that are under way at the same time. */
const TOGETHER = 100
const interval = 5

async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker))
}

/** Processor time that this process has used, in seconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

/** Polls once for each device, as in every interval. */
async function expectAllServed(store: DeviceStore): Promise<void> {
  const { deviceAuth, poll } = nodeOn(store)
  const codes = Array.from({ length: DEVICES }, randomHash)
  const idOf = (code: string): string => createHash('sha256').update(code).digest('base64url')
  await each(codes, async (code) =>
    store.createDeviceCredential(newCredential(Date.now(), { id: idOf(code), interval })),
  )
  const [approved = ''] = codes
  await store.decide(idOf(approved), { subject: 'alice', approved: true, scope: 'profile' }, Date.now())

  const calls = new Map<string, number>()
  deviceAuth.on('storeCalled', ({ step, ok }) => {
    const key = ok ? step : `${step} failed`
    calls.set(key, (calls.get(key) ?? 0) + 1)
  })
  const answers = new Map<string | undefined, number>()
  const before = processorTime()
  await each(codes, async (code) => {
    const { body } = await poll(code)
    const answer = body.error ?? body.token_type
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  })
  const spent = processorTime() - before

  expect(Object.fromEntries(answers)).toEqual({ authorization_pending: DEVICES - 1, Bearer: 1 })
  expect(Object.fromEntries(calls)).toEqual({ pollDeviceCredential: DEVICES, redeem: 1 })
  // one processor is enough for all of them; processor time does not depend on what else runs on the machine
  expect(spent).toBeLessThan(interval)
}

test('F-29 the memory store serves ten thousand waiting devices in one interval, with one step each', async () => {
  await expectAllServed(new MemoryStore())
})

describeWith(noRedis(), 'Redis serves ten thousand waiting devices in one interval', () => {
  test('F-29 on Redis', async () => {
    const server = await redisServer()
    const client = new Redis(server.port)
    await expectAllServed(redisStore(client))
    client.disconnect()
    await server.stop()
  }, 60_000)
})

describeWith(noPostgres(), 'PostgreSQL serves ten thousand waiting devices in one interval', () => {
  test('F-29 on PostgreSQL, with far fewer statements than polls', async () => {
    const server = await postgresServer()
    const pool = new pg.Pool({ connectionString: server.url })
    await migrate(pool)
    let statements = 0
    const counting = {
      query: (text: string, values: (string | number | null)[]) => {
        if (text.includes('device_auth_poll')) statements++
        return pool.query(text, values)
      },
    }
    await expectAllServed(postgresStore(counting))
    expect(statements).toBeLessThan(DEVICES / 10)
    await pool.end()
    await server.stop()
  }, 60_000)
})
