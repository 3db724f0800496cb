import { type IoRedisClient, redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { expectAnswerOfAnother, expectOneFamilyEach } from '../application/application-nodes.ts'
import { expectOneFamily, expectOneFamilyWithClockAhead, expectPatience, steps } from '../application/faults.ts'
import { approval, newCredential, newTokens } from '../credentials.ts'
import { type Wire, wireTo } from '../network/wire.ts'
import { noRedis, type RedisServer, redisServer } from './redis-server.ts'

describeWith(noRedis(), 'redisStore when something fails', () => {
  let server: RedisServer
  let wire: Wire
  let clients: readonly Redis[]

  beforeAll(async () => {
    server = await redisServer()
    wire = await wireTo(server.port)
    clients = Array.from({ length: 3 }, () => new Redis(wire.port, { maxRetriesPerRequest: null }))
    for (const client of clients) client.on('error', () => {})
  })

  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await wire.close()
    await server.stop()
  })

  test.each(steps)('F-15 F-16 kill -9 of the server in the middle of %s leaves one token family', async (step) => {
    // the client waits until the server is back, so the server is started at once
    const fault = { strike: async () => server.kill().then(() => server.start()), recover: async () => {} }
    await expectOneFamily(redisStore(clients[0]!), step, fault)
  })

  test.each(steps)('F-15 connections cut in the middle of %s leave one token family', async (step) => {
    const fault = { strike: async () => wire.cut(), recover: async () => {} }
    await expectOneFamily(redisStore(clients[0]!), step, fault)
  })

  test('F-26 on a half-open connection a poll takes long, and the sign-in still succeeds', async () => {
    await expectPatience(redisStore(clients[0]!), wire)
  })

  test('F-01 three processes redeem each of 1,000 codes once, with 20 pollers each', { timeout: 120_000 }, async () => {
    await expectOneFamilyEach(redisStore(clients[0]!), ['redis', `redis://127.0.0.1:${server.port}`], 1_000, 20)
  })

  test('F-17 after a node was killed between redeem and its answer, another node gives the answer', async () => {
    await expectAnswerOfAnother(redisStore(clients[0]!), ['redis', `redis://127.0.0.1:${server.port}`])
  })

  test('F-17 a repetition that fails, because the master of an index is away, is not used up', async () => {
    const [client, now] = [clients[0]!, Date.now()]
    let isAway = false
    // on a Cluster, the indexes are on other masters than the credential
    const refuse = (keys: readonly string[]): void => {
      if (isAway && /:subject:|:client:|address:/.test(keys[0] ?? '')) throw new Error('CLUSTERDOWN')
    }
    const partial: IoRedisClient = {
      pipeline: () => client.pipeline(),
      eval: async (script, count, ...values) => {
        refuse(values)
        return client.eval(script, count, ...values)
      },
      evalsha: async (hash, count, ...values) => {
        refuse(values)
        return client.evalsha(hash, count, ...values)
      },
    }
    const [store, credential, first, second] = [redisStore(partial), newCredential(), newTokens(), newTokens()]
    const { id } = credential
    await store.createDeviceCredential(credential)
    await store.decide(id, approval('alice'), now)
    await store.redeem(id, first, 'first', now)
    await store.rotateRefreshToken(id, first.refreshTokenHash ?? '', second, 'second', now)
    const repeat = async () => store.replayRotation(id, first.refreshTokenHash ?? '', now)
    isAway = true
    for (let attempt = 0; attempt < 5; attempt++) await expect(repeat()).rejects.toThrow('CLUSTERDOWN')
    isAway = false
    expect(await repeat()).toBe('second')
  })

  test('F-21 a full server refuses new codes and loses no others', async () => {
    const [store, now, credential] = [redisStore(clients[0]!), Date.now(), newCredential()]
    await store.createDeviceCredential(credential)
    await clients[0]!.config('SET', 'maxmemory', '1mb')
    await expect(store.createDeviceCredential(newCredential())).rejects.toThrow('OOM')
    await clients[0]!.config('SET', 'maxmemory', '0')
    expect((await store.pollDeviceCredential(credential.id, 'tv', now)).status).toBe('pending')
  })

  test('F-25 a clock that is 5 minutes ahead does not lock a device out, and does not redeem a code twice', async () => {
    await expectOneFamilyWithClockAhead(redisStore(clients[0]!), redisStore(clients[1]!))
  })
})
