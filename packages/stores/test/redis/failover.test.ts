import { OptionError } from '@device-auth/core'
import { type RedisClient, redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { createClient, createSentinel } from 'redis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { nodeOn } from '../application/sign-in.ts'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import { until } from '../until.ts'
import { noRedis, type RedisServer, redisSentinel, redisServer, replicaOf } from './redis-server.ts'

const wait = { replicas: 1, timeout: 2 }
const hasty = { replicas: 1, timeout: 0.05 }

describeWith(noRedis(), 'redisStore when a replica takes over', () => {
  let primary: RedisServer
  let replica: RedisServer
  const closing: (() => void)[] = []

  beforeEach(async () => {
    primary = await redisServer()
    replica = await replicaOf(primary)
  })

  afterEach(async () => {
    for (const close of closing.splice(0)) close()
    await Promise.all([primary.stop(), replica.stop()])
  })

  const ioredis = (port: number): Redis => {
    const client = new Redis(port)
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return client
  }

  const nodeRedis = async (port: number) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => {})
    closing.push(() => client.destroy())
    return client.connect()
  }

  const clients: Readonly<Record<string, (port: number) => RedisClient | Promise<RedisClient>>> = { ioredis, nodeRedis }

  /** Cuts the replica off: everything that the primary acknowledges from now on is lost with it. */
  const cutOff = () => ioredis(replica.port).replicaof('NO', 'ONE')

  test('F-20 without WAIT it may forget a redemption with its tokens: one token family is left', async () => {
    const [store, survivor] = [redisStore(ioredis(primary.port)), redisStore(ioredis(replica.port))]
    const [now, credential] = [Date.now(), newCredential()]
    const { id } = credential
    await store.createDeviceCredential(credential)
    await redisStore(ioredis(primary.port), { wait }).decide(id, approval('alice'), now)
    await until(async () => expect((await survivor.findDeviceCredential(id, now))?.userGrant?.approved).toBe(true))
    await cutOff()
    const [first, second] = [newTokens(now), newTokens(now)]
    expect(await store.redeem(id, first, 'first', now)).toBe(true)
    await primary.kill()
    expect((await survivor.pollDeviceCredential(id, 'tv', now)).status).toBe('approved')
    expect(await survivor.redeem(id, second, 'second', now)).toBe(true)
    expect(await survivor.findToken(id, first.accessTokenHash, now)).toBeUndefined()
    expect((await survivor.findToken(id, second.accessTokenHash, now))?.type).toBe('access_token')
    expect(await survivor.listFamilies('alice', now)).toHaveLength(1)
  })

  test('F-20 without WAIT it may forget an approval and new codes: no tokens are issued, and the user is asked again', async () => {
    const [store, survivor] = [redisStore(ioredis(primary.port)), redisStore(ioredis(replica.port))]
    const [now, known, forgotten] = [Date.now(), newCredential(), newCredential()]
    await redisStore(ioredis(primary.port), { wait }).createDeviceCredential(known)
    await cutOff()
    expect(await store.decide(known.id, approval('alice'), now)).toBe('decided')
    expect(await store.createDeviceCredential(forgotten)).toBe(true)
    await primary.kill()
    expect((await survivor.pollDeviceCredential(known.id, 'tv', now)).status).toBe('pending')
    expect((await survivor.pollDeviceCredential(forgotten.id, 'tv', now)).status).toBe('unknown')
    expect(await survivor.decide(known.id, approval('alice'), now)).toBe('decided')
  })

  test.each(Object.entries(clients))(
    'F-20 with WAIT over %s it has everything that was acknowledged',
    async (_, connect) => {
      const [store, survivor] = [
        redisStore(await connect(primary.port), { wait }),
        redisStore(await connect(replica.port)),
      ]
      const [now, subject] = [Date.now(), randomHash()]
      const [pending, redeemed, revoked] = [newCredential(now), newCredential(now), newCredential(now)]
      const tokens = newTokens(now)
      for (const each of [pending, redeemed, revoked]) expect(await store.createDeviceCredential(each)).toBe(true)
      for (const { id } of [redeemed, revoked]) {
        expect(await store.decide(id, approval(subject), now)).toBe('decided')
        expect(await store.redeem(id, id === redeemed.id ? tokens : newTokens(now), 'sealed', now)).toBe(true)
      }
      expect(await store.revoke(revoked.id, now)).toBe(true)
      await primary.kill()
      await cutOff()
      const poll = async ({ id }: { readonly id: string }) =>
        (await survivor.pollDeviceCredential(id, 'tv', now)).status
      expect(await Promise.all([pending, redeemed, revoked].map(poll))).toEqual(['pending', 'redeemed', 'revoked'])
      expect(await survivor.redeem(redeemed.id, newTokens(now), 'again', now)).toBe(false)
      expect((await survivor.findToken(redeemed.id, tokens.accessTokenHash, now))?.type).toBe('access_token')
      expect((await survivor.listFamilies(subject, now)).map(({ id }) => id)).toEqual([redeemed.id])
    },
  )

  test.each(Object.entries(clients))(
    'F-20 what no replica has in time rejects over %s, and is no second family',
    async (_, connect) => {
      const client = await connect(primary.port)
      const [patient, store] = [redisStore(client, { wait }), redisStore(client, { wait: hasty })]
      const survivor = redisStore(await connect(replica.port))
      const [now, credential] = [Date.now(), newCredential()]
      const { id } = credential
      await patient.createDeviceCredential(credential)
      await patient.decide(id, approval('alice'), now)
      await cutOff()
      await expect(store.redeem(id, newTokens(now), 'first', now)).rejects.toThrow('0 of 1 replicas')
      await expect(store.createDeviceCredential(newCredential())).rejects.toThrow('0 of 1 replicas')
      // the redemption has happened: on the same primary a poll finds it, and no second one succeeds
      await expect(store.pollDeviceCredential(id, 'tv', now)).rejects.toThrow('0 of 1 replicas')
      expect((await redisStore(client).pollDeviceCredential(id, 'tv', now)).status).toBe('redeemed')
      expect(await redisStore(client).redeem(id, newTokens(now), 'second', now)).toBe(false)
      await primary.kill()
      expect(await survivor.redeem(id, newTokens(now), 'second', now)).toBe(true)
      expect(await survivor.redeem(id, newTokens(now), 'third', now)).toBe(false)
    },
  )

  test('F-20 a device whose tokens no replica had in time gets them with its first poll after one has them', async () => {
    const node = nodeOn(redisStore(ioredis(primary.port), { wait: hasty }))
    const { device_code, user_code } = await node.begin()
    expect(await node.deviceAuth.approve(user_code, { subject: 'alice' })).toBe('decided')
    replica.freeze(true)
    expect((await node.poll(device_code)).body.error).toBe('authorization_pending')
    expect((await node.poll(device_code)).body.error).toBe('authorization_pending')
    replica.freeze(false)
    await until(async () => expect((await node.poll(device_code)).status).toBe(200))
  })

  test('refuses an impossible number of replicas and an impossible timeout', () => {
    const client = ioredis(primary.port)
    for (const impossible of [
      { replicas: 0 },
      { replicas: 0.5 },
      { replicas: 1, timeout: 0 },
      { replicas: 1, timeout: 6 },
    ]) {
      expect(() => redisStore(client, { wait: impossible })).toThrow(OptionError)
    }
  })

  const throughSentinel: Readonly<Record<string, (port: number) => RedisClient | Promise<RedisClient>>> = {
    ioredis: (port) => {
      const options = { sentinels: [{ host: '127.0.0.1', port }], name: 'devices', maxRetriesPerRequest: null }
      const client = new Redis({ ...options, retryStrategy: () => 50, sentinelRetryStrategy: () => 50 })
      client.on('error', () => {})
      closing.push(() => client.disconnect())
      return client
    },
    redis: async (port) => {
      const client = createSentinel({ name: 'devices', sentinelRootNodes: [{ host: '127.0.0.1', port }] })
      client.on('error', () => {})
      closing.push(() => client.destroy())
      return client.connect()
    },
  }

  test.each(Object.entries(throughSentinel))(
    'F-20 a Sentinel fails over in the middle of a sign-in over %s',
    { timeout: 40_000 },
    async (_, connect) => {
      const sentinel = await redisSentinel(primary)
      closing.push(sentinel.stop)
      const client = await connect(sentinel.port)
      const node = nodeOn(redisStore(client, { wait }), { timeout: 2 })
      const { device_code, user_code } = await node.begin()
      await primary.kill()
      expect((await node.poll(device_code)).body.error).toBe('authorization_pending')
      // the new primary has no replica to wait for
      const next = nodeOn(redisStore(client), { timeout: 2 })
      await until(async () =>
        expect(['decided', 'alreadyDecided']).toContain(await next.deviceAuth.approve(user_code, { subject: 'alice' })),
      )
      await until(async () => expect((await next.poll(device_code)).status).toBe(200))
      expect(await next.deviceAuth.devices.list('alice')).toHaveLength(1)
    },
  )
})
