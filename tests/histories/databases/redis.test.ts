import { Redis } from 'ioredis'
import { afterEach, expect, test, vi } from 'vitest'
import { noRedis } from '../../../packages/stores/test/redis/redis-server.ts'
import { describeWith } from '../../missing.ts'
import type { Database } from './database.ts'
import { onSentinel } from './redis.ts'

describeWith(noRedis(), 'the Redis of a history', () => {
  let database: Database | undefined

  afterEach(async () => {
    vi.restoreAllMocks()
    await database?.stop()
  })

  test('a failover that cannot be made fails soon and leaves no connection behind, which would keep the checker alive', async () => {
    database = await onSentinel(1, false)
    const connect = vi.spyOn(Redis.prototype, 'connect')
    // Sentinel does not know yet
    await database.servers[0]?.kill()
    const begun = performance.now()
    await expect(database.failover?.(true)).rejects.toThrow()
    expect(performance.now() - begun).toBeLessThan(8_000)
    expect(connect.mock.contexts.length).toBeGreaterThan(1)
    const statuses = () => connect.mock.contexts.map((client) => client instanceof Redis && client.status)
    await expect.poll(() => new Set(statuses())).toEqual(new Set(['end']))
  })
})
