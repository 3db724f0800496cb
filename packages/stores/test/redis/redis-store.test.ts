import { randomBytes } from 'node:crypto'
import { storeContract } from '@device-auth/core/testing'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { TTL_MARGIN } from '../../src/redis/prelude.ts'
import { expectOneFamilyEach } from '../application/application-nodes.ts'
import { expectNothingUsableAtRest } from '../application/at-rest.ts'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import { expectFewRoundTrips } from '../network/round-trips.ts'
import { wireTo } from '../network/wire.ts'
import { type ClusterClients, clusterClients } from './cluster-clients.ts'
import { givenOrOwnRedis, noRedis } from './redis-server.ts'

const given = process.env.REDIS_URL !== undefined
const contract = { keyPrefix: `device-auth-${randomBytes(6).toString('hex')}:` }

function claimantOf(subject: string) {
  return { subject, browser: 'hers' }
}

describeWith(given ? undefined : noRedis(), 'redisStore on one server', () => {
  let server: Awaited<ReturnType<typeof givenOrOwnRedis>>
  let ioredis: Redis
  let nodeRedis: ReturnType<typeof createClient>

  beforeAll(async () => {
    server = await givenOrOwnRedis()
    ioredis = new Redis(server.url)
    nodeRedis = createClient({ url: server.url })
    await nodeRedis.connect()
  })

  afterAll(async () => {
    ioredis.disconnect()
    nodeRedis.destroy()
    await server.stop()
  })

  describe('meets the store contract over ioredis', () => {
    for (const { name, run } of storeContract(() => redisStore(ioredis, contract))) test(name, run)
  })

  describe('meets the store contract over redis', () => {
    for (const { name, run } of storeContract(() => redisStore(nodeRedis, contract))) test(name, run)
  })

  test('needs one round trip for a poll, a creation and a redemption, and at most two for a decision', async () => {
    const wire = await wireTo(Number(new URL(server.url).port))
    const one = new Redis(wire.port)
    await expectFewRoundTrips(redisStore(one), wire)
    one.disconnect()
    const other = createClient({ url: `redis://127.0.0.1:${wire.port}` })
    await other.connect()
    await expectFewRoundTrips(redisStore(other), wire)
    other.destroy()
    await wire.close()
  })

  test('a dump of the database has nothing that can be used to sign in', async () => {
    const keyPrefix = 'at-rest:'
    await expectNothingUsableAtRest(redisStore(ioredis, { keyPrefix }), async () => {
      const dumps = (await ioredis.keys(`${keyPrefix}*`)).map(async (key) => {
        const type = await ioredis.type(key)
        if (type === 'hash') return [key, await ioredis.hgetall(key)]
        return [key, type === 'zset' ? await ioredis.zrange(key, 0, -1) : await ioredis.get(key)]
      })
      return JSON.stringify(await Promise.all(dumps))
    })
  })

  test('F-21 warns of a server that may evict live sign-ins', async () => {
    const store = redisStore(ioredis)
    await expect(store.check()).resolves.toEqual([])
    await ioredis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await expect(store.check()).resolves.toEqual([expect.stringContaining('noeviction')])
    await ioredis.config('SET', 'maxmemory-policy', 'noeviction')
  })

  test('F-28 every key has a time to live', async () => {
    for (const key of await ioredis.keys('device-auth*')) expect([key, await ioredis.pttl(key)]).not.toEqual([key, -1])
  })

  test('F-28 a claim of an unknown id stays in the index of its user for a day, not for the lifetime of a family', async () => {
    const [keyPrefix, now] = ['wrong-codes:', Date.now()]
    const store = redisStore(ioredis, { keyPrefix })
    expect(await store.claim('no such code', claimantOf('alice'), now)).toBe('unknown')
    expect(await ioredis.pttl(`${keyPrefix}subject:alice`)).toBeLessThan(25 * 3_600_000)
  })

  test('an index has a claimed or approved credential to its end, although its entry is first written for an hour', async () => {
    const [keyPrefix, now] = ['long-lived:', Date.now()]
    const store = redisStore(ioredis, { keyPrefix })
    const day = { expiresAt: now + 86_400_000 }
    const [claimed, coded, approved] = [newCredential(now, day), newCredential(now, day), newCredential(now, day)]
    for (const each of [claimed, coded, approved]) await store.createDeviceCredential(each)
    await store.claim(claimed.id, claimantOf('one'), now)
    const budget = { key: 'long', limit: 1, window: 60 }
    await store.claimByUserCode([coded.userCodeHash], claimantOf('two'), [budget], now)
    await store.decide(approved.id, approval('three'), now)
    const later = now + 86_000_000
    expect(await store.findIds({ subject: 'one' }, later)).toEqual([claimed.id])
    expect(await store.findIds({ subject: 'two' }, later)).toEqual([coded.id])
    expect(await store.findIds({ subject: 'three' }, later)).toEqual([approved.id])
  })

  test('F-28 nothing of a sign-in stays for longer than its longest token, or the tombstone time of its codes', async () => {
    const [keyPrefix, now] = ['short-lived:', Date.now()]
    const store = redisStore(ioredis, { keyPrefix })
    const [waiting, approved, redeemed, revoked] = Array.from({ length: 4 }, () => newCredential(now))
    const hour = { ...newTokens(now), refreshTokenHash: undefined, refreshTokenExpiresAt: undefined }
    for (const each of [waiting!, approved!, redeemed!, revoked!]) await store.createDeviceCredential(each)
    await store.claim(waiting!.id, claimantOf('alice'), now)
    for (const { id } of [approved!, redeemed!, revoked!]) await store.decide(id, approval('alice'), now)
    await store.redeem(redeemed!.id, hour, 'sealed', now)
    await store.redeem(revoked!.id, { ...newTokens(now), refreshTokenExpiresAt: undefined }, 'sealed', now)
    await store.revoke(revoked!.id, now)
    for (const key of await ioredis.keys(`${keyPrefix}*`)) {
      expect([key, (await ioredis.pttl(key)) <= 3_600_000 + TTL_MARGIN]).toEqual([key, true])
    }
  })

  test('a typed code is counted, then read: in one round trip over one connection, never before', async () => {
    const wire = await wireTo(Number(new URL(server.url).port))
    const client = new Redis(wire.port)
    // a client with this method counts as a Cluster: no order holds between its connections
    const cluster = Object.assign(new Redis(wire.port), { nodes: () => [] })
    const now = Date.now()
    const costs = async (connection: Redis): Promise<readonly number[]> => {
      const store = redisStore(connection)
      const turns: number[] = []
      const budget = { key: `guesses-${randomHash()}`, limit: 3, window: 60 }
      for (let guess = 0; guess < 4; guess++) {
        const credential = newCredential(now)
        await store.createDeviceCredential(credential)
        const before = wire.turns()
        const claim = await store.claimByUserCode([credential.userCodeHash], claimantOf('alice'), [budget], now)
        turns.push(wire.turns() - before)
        expect('retryAfter' in claim ? 'refused' : claim.result).toBe(guess < 3 ? 'claimed' : 'refused')
        const { claimedBy } = (await store.findDeviceCredential(credential.id, now)) ?? {}
        expect(claimedBy).toBe(guess < 3 ? 'alice' : undefined)
      }
      // the first one loads the scripts
      return turns.slice(1)
    }
    expect(await costs(client)).toEqual([2, 2, 1])
    expect(await costs(cluster)).toEqual([3, 3, 1])
    client.disconnect()
    cluster.disconnect()
    await wire.close()
  })

  test('an unknown code costs as many round trips as a foreign one', async () => {
    const wire = await wireTo(Number(new URL(server.url).port))
    const client = new Redis(wire.port)
    const store = redisStore(client)
    const [now, foreign, known] = [Date.now(), newCredential(Date.now(), { boundSubject: 'bob' }), newCredential()]
    const trips = async (step: () => unknown): Promise<number> => {
      const before = wire.turns()
      await step()
      return wire.turns() - before
    }
    const claimant = claimantOf('alice')
    const budget = { key: randomHash(), limit: 100, window: 60 }
    const costs = async ({ id, userCodeHash }: { readonly id: string; readonly userCodeHash: string }) => ({
      lookUp: await trips(() => store.findByUserCode(userCodeHash, now)),
      claim: await trips(() => store.claim(id, claimant, now)),
      claimByCode: await trips(() => store.claimByUserCode([userCodeHash], claimant, [budget], now)),
      decision: await trips(() => store.decide(id, { subject: 'alice', approved: false, scope: '' }, now)),
      poll: await trips(() => store.pollDeviceCredential(id, 'radio', now)),
      token: await trips(() => store.findToken(id, randomHash(), now)),
    })
    for (const each of [foreign, known]) await store.createDeviceCredential(each)
    await costs(known) // opens the connection, and loads the scripts
    expect(await costs(newCredential())).toEqual(await costs(foreign))
    client.disconnect()
    await wire.close()
  })
})

describeWith(noRedis(), 'redisStore on a cluster of three masters', () => {
  let cluster: ClusterClients

  beforeAll(async () => {
    cluster = await clusterClients()
  })

  afterAll(() => cluster.stop())

  describe('F-22 meets the store contract over ioredis', () => {
    for (const { name, run } of storeContract(() => redisStore(cluster.ioredis))) test(name, run)
  })

  describe('F-22 meets the store contract over redis', () => {
    for (const { name, run } of storeContract(() => redisStore(cluster.nodeRedis))) test(name, run)
  })

  test('F-01 three processes redeem each of 1,000 codes once, with 20 pollers each', { timeout: 120_000 }, async () => {
    await expectOneFamilyEach(redisStore(cluster.ioredis), ['cluster', ...cluster.urls], 1_000, 20)
  })
})
