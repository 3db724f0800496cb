import { rmSync } from 'node:fs'
import { redisStore } from '@device-auth/stores/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { nodeOn } from '../application/sign-in.ts'
import { approval, newCredential, newTokens } from '../credentials.ts'
import { until } from '../until.ts'
import { noRedis, type RedisServer, redisCluster, redisServer, replicaOf } from './redis-server.ts'

/** The least rights of a user for the store, as docs/guides/redis-clients.md has them. */
const least =
  '~device-auth:* +eval +evalsha +time +get +set +del +exists +pttl +pexpire +pexpireat +hget +hset +hmget +hgetall +hdel ' +
  '+zadd +zrem +zrange +zrangebyscore +zrangebylex +info'

describeWith(noRedis(), 'check() of redisStore', () => {
  let server: RedisServer
  let admin: Redis
  const closing: (() => unknown)[] = []

  beforeAll(async () => {
    server = await redisServer()
    admin = new Redis(server.port)
  })

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  afterAll(async () => {
    admin.disconnect()
    await server.stop()
  })

  const connect = (port: number, options: { readonly username?: string; readonly password?: string } = {}) => {
    const client = new Redis(port, { socketTimeout: 5_000, ...options })
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return client
  }

  const withSetting = async (name: string, value: string, run: () => Promise<void>) => {
    const [, before = ''] = (await admin.config('GET', name)) as string[]
    await admin.config('SET', name, value)
    await run().finally(() => admin.config('SET', name, before))
  }

  test('passes on a good server, leaves nothing behind, and passes with two checks at once', async () => {
    const store = redisStore(connect(server.port))
    expect(await Promise.all([store.check(), store.check()])).toEqual([[], []])
    expect(await admin.keys('device-auth:check*')).toEqual([])
  })

  test('names a full memory', async () => {
    const store = redisStore(connect(server.port))
    await withSetting('maxmemory', '1mb', () => expect(store.check()).rejects.toThrow(/memory is full.*OOM/))
  })

  test('names replicas that are missing, by the setting of the server and by the option wait', async () => {
    const store = redisStore(connect(server.port))
    await withSetting('min-replicas-to-write', '1', () => expect(store.check()).rejects.toThrow('Too few replicas'))
    const waiting = redisStore(connect(server.port), { wait: { replicas: 1, timeout: 0.01 } })
    await expect(waiting.check()).rejects.toThrow('Too few replicas')
  })

  test('names the error of a client of redis as well', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${server.port}` })
    closing.push(() => client.destroy())
    await client.connect()
    await expect(redisStore(client).check()).resolves.toEqual([])
    await withSetting('maxmemory', '1mb', () => expect(redisStore(client).check()).rejects.toThrow('memory is full'))
    const waiting = redisStore(client, { wait: { replicas: 1, timeout: 0.01 } })
    await expect(waiting.check()).rejects.toThrow('Too few replicas')
  })

  test('names a replica, also one that takes writes', async () => {
    const replica = await replicaOf(server)
    closing.push(replica.stop)
    const client = connect(replica.port)
    await expect(redisStore(client).check()).rejects.toThrow('is a replica')
    await client.config('SET', 'replica-read-only', 'no')
    await expect(redisStore(client).check()).rejects.toThrow('is a replica')
  })

  test('names a disk that cannot be written', async () => {
    const own = await redisServer()
    closing.push(own.stop)
    const client = connect(own.port)
    await client.config('SET', 'save', '900 1')
    rmSync(String(((await client.config('GET', 'dir')) as string[])[1]), { recursive: true })
    await client.bgsave()
    await until(() => expect(redisStore(client).check()).rejects.toThrow(/disk.*MISCONF/))
  })

  test('names a wrong password', async () => {
    await admin.acl('SETUSER', 'guarded', 'on', '>secret', ...least.split(' '))
    await expect(redisStore(connect(server.port, { username: 'guarded', password: 'wrong' })).check()).rejects.toThrow(
      'password of the client',
    )
  })

  test('the least ACL of the guide is enough for all steps, and each right of it is needed', async () => {
    await admin.acl('SETUSER', 'least', 'reset', 'on', '>secret', ...least.split(' '))
    const client = connect(server.port, { username: 'least', password: 'secret' })
    const store = redisStore(client)
    expect(await store.check()).toEqual([])
    const node = nodeOn(store)
    const { device_code, user_code } = await node.begin()
    expect(await node.deviceAuth.approve(user_code, { subject: 'alice' })).toBe('decided')
    const { body } = await node.poll(device_code)
    expect(await node.deviceAuth.devices.list('alice')).toHaveLength(1)
    expect(await node.deviceAuth.devices.revokeByClient('tv')).toBe(1)
    expect(body).toMatchObject({ access_token: expect.stringMatching(/^[\w.-]{40,}$/), token_type: 'Bearer' })
    for (const right of least.split(' ').filter((each) => each.startsWith('+') && each !== '+info')) {
      await admin.script('FLUSH')
      await admin.acl('SETUSER', 'least', right.replace('+', '-'))
      await expect(store.check(), right).rejects.toThrow('too few rights')
      await admin.acl('SETUSER', 'least', right)
    }
    await admin.acl('SETUSER', 'least', '-info')
    expect(await store.check()).toEqual([expect.stringContaining('may not run INFO')])
    await admin.acl('SETUSER', 'least', '+info', 'resetkeys', '~other:*')
    await expect(store.check()).rejects.toThrow('too few rights')
  })

  test('an access token is valid although onError throws', async () => {
    const own = await redisServer()
    closing.push(own.stop)
    const client = connect(own.port)
    const onError = vi.fn(() => {
      throw new Error('the log fails')
    })
    const store = redisStore(client, { onError })
    const [now, credential, tokens] = [Date.now(), newCredential(), newTokens()]
    await store.createDeviceCredential(credential)
    await store.decide(credential.id, approval('alice'), now)
    await store.redeem(credential.id, tokens, 'sealed', now)
    await client.config('SET', 'maxmemory', '1mb')
    expect((await store.findToken(credential.id, tokens.accessTokenHash, now))?.type).toBe('access_token')
    expect(onError).toHaveBeenCalledTimes(1)
  })

  test.each(['full', 'read-only'])(
    'an access token is valid on a %s server: the note of its use is dropped, and told once',
    async (state) => {
      const own = await redisServer()
      closing.push(own.stop)
      const client = connect(own.port)
      const errors: Error[] = []
      const store = redisStore(client, { onError: (error) => errors.push(error) })
      const [now, credential, tokens] = [Date.now(), newCredential(), newTokens()]
      await store.createDeviceCredential(credential)
      await store.decide(credential.id, approval('alice'), now)
      await store.redeem(credential.id, tokens, 'sealed', now)
      if (state === 'full') await client.config('SET', 'maxmemory', '1mb')
      else await client.replicaof('127.0.0.1', '1')
      for (let round = 0; round < 3; round++) {
        expect((await store.findToken(credential.id, tokens.accessTokenHash, now))?.type).toBe('access_token')
      }
      expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('1 notes of the use')])
    },
  )
})

describeWith(noRedis(), 'check() of redisStore on a Cluster', () => {
  let servers: readonly RedisServer[]

  beforeAll(async () => {
    servers = await redisCluster()
  })

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
  })

  test('looks at every master', async () => {
    const ioredis = new Cluster([{ host: '127.0.0.1', port: servers[0]!.port }])
    const nodeRedis = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${servers[0]!.port}` }] })
    await nodeRedis.connect()
    for (const client of [ioredis, nodeRedis]) {
      const store = redisStore(client)
      expect(await store.check()).toEqual([])
      for (const { port } of servers) {
        const admin = new Redis(port)
        await admin.config('SET', 'maxmemory', '1mb')
        await expect(store.check(), `master at ${port}`).rejects.toThrow('memory is full')
        await admin.config('SET', 'maxmemory', '0')
        admin.disconnect()
      }
    }
    ioredis.disconnect()
    nodeRedis.destroy()
  })
})
