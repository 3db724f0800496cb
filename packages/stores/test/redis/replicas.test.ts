import type { DeviceStore } from '@device-auth/core'
import { type RedisClient, redisStore } from '@device-auth/stores/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import { until } from '../until.ts'
import { noRedis, type RedisServer, redisCluster, redisServer, replicaOf } from './redis-server.ts'

/** A write that a client is told of, and the steps by which a later request finds that it is done. */
interface Write {
  prepare(store: DeviceStore, now: number): Promise<void>
  write(store: DeviceStore, now: number): unknown
  /** The ways in which the same request comes again. */
  readonly again: Readonly<Record<string, (store: DeviceStore, now: number) => unknown>>
  /** Fails if the write is lost. */
  verify(store: DeviceStore, now: number): Promise<void>
}

const [credential, tokens, next] = [newCredential(), newTokens(), newTokens()]
const { id, userCodeHash } = credential
const [refreshToken, accessToken] = [String(tokens.refreshTokenHash), tokens.accessTokenHash]

const create = async (store: DeviceStore) => expect(await store.createDeviceCredential(credential)).toBe(true)
const approve = async (store: DeviceStore, now: number) => {
  await create(store)
  expect(await store.decide(id, approval('alice'), now)).toBe('decided')
}
const redeem = async (store: DeviceStore, now: number) => {
  await approve(store, now)
  expect(await store.redeem(id, tokens, 'sealed', now)).toBe(true)
}
const poll = (store: DeviceStore, now: number) => store.pollDeviceCredential(id, 'tv', now)
const status = async (store: DeviceStore, now: number) => (await poll(store, now)).status

const writes: Readonly<Record<string, Write>> = {
  'an approval': {
    prepare: create,
    write: (store, now) => store.decide(id, approval('alice'), now),
    again: {
      'the decision': (store, now) => store.decide(id, approval('alice'), now),
      'the user code': (store, now) => store.findByUserCode(userCodeHash, now),
      'the form of the page': (store, now) => store.findDeviceCredential(id, now),
    },
    verify: async (store, now) => expect(await status(store, now)).toBe('approved'),
  },
  'a denial': {
    prepare: create,
    write: (store, now) => store.decide(id, { subject: 'alice', approved: false, scope: '' }, now),
    again: { 'a poll': poll },
    verify: async (store, now) => expect(await status(store, now)).toBe('denied'),
  },
  'a redemption': {
    prepare: approve,
    write: (store, now) => store.redeem(id, tokens, 'sealed', now),
    again: { 'a poll': poll, 'the redemption': (store, now) => store.redeem(id, tokens, 'sealed', now) },
    verify: async (store, now) => expect(await status(store, now)).toBe('redeemed'),
  },
  'a refresh': {
    prepare: redeem,
    write: (store, now) => store.rotateRefreshToken(id, refreshToken, next, 'sealed', now),
    again: {
      'the refresh': (store, now) => store.rotateRefreshToken(id, refreshToken, next, 'sealed', now),
      'its repetition': (store, now) => store.replayRotation(id, refreshToken, now),
    },
    verify: async (store, now) =>
      expect((await store.findToken(id, next.accessTokenHash, now))?.type).toBe('access_token'),
  },
  'the revocation of an access token': {
    prepare: redeem,
    write: (store) => store.revokeAccessToken(id, accessToken),
    again: {
      'the revocation': (store) => store.revokeAccessToken(id, accessToken),
      'the look-up of the token': (store, now) => store.findToken(id, accessToken, now),
    },
    verify: async (store, now) => expect(await store.findToken(id, accessToken, now)).toBeUndefined(),
  },
  'the revocation of a family': {
    prepare: redeem,
    write: (store, now) => store.revoke(id, now),
    again: {
      'the revocation': (store, now) => store.revoke(id, now),
      'the look-up of the token': (store, now) => store.findToken(id, refreshToken, now),
      'the list of devices': (store, now) => store.listFamilies('alice', now),
      'an incident': (store, now) => store.findIds({ clientId: 'tv' }, now),
      'a poll': poll,
    },
    verify: async (store, now) => expect(await status(store, now)).toBe('revoked'),
  },
  'the end of a request': {
    prepare: create,
    write: (store, now) => store.revoke(id, now),
    again: { 'a poll': poll },
    verify: async (store, now) => expect(await status(store, now)).toBe('cancelled'),
  },
}

const closing: (() => unknown)[] = []

const clients: Readonly<Record<string, (port: number) => RedisClient | Promise<RedisClient>>> = {
  ioredis(port) {
    const client = new Redis(port)
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return client
  },
  async redis(port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => {})
    closing.push(() => client.destroy())
    return client.connect()
  },
}

const clusters: Readonly<Record<string, (port: number) => RedisClient | Promise<RedisClient>>> = {
  ioredis(port) {
    const client = new Cluster([{ host: '127.0.0.1', port }], { redisOptions: { maxRetriesPerRequest: null } })
    client.on('error', () => {})
    closing.push(() => client.disconnect())
    return client
  },
  async redis(port) {
    const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] })
    client.on('error', () => {})
    closing.push(() => client.destroy())
    await client.connect()
    return client
  },
}

/** The slots of the master of a replica. */
async function slotsOf(replica: Redis): Promise<readonly number[]> {
  const ranges = await replica.cluster('SLOTS')
  const own = ranges.filter(([, , ...nodes]) => nodes.some(([, port]) => port === replica.options.port))
  return own.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
}

async function promote({ port }: RedisServer): Promise<void> {
  const client = new Redis(port)
  await client.replicaof('NO', 'ONE')
  client.disconnect()
}

describeWith(noRedis(), 'a write that the replicas did not have in time', () => {
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  for (const [name, { prepare, write, again, verify }] of Object.entries(writes)) {
    test.each(Object.keys(clients))(`F-20 ${name} is acknowledged after they have it, over %s`, async (driver) => {
      const primary = await redisServer()
      closing.push(primary.stop)
      const replica = await replicaOf(primary)
      closing.push(replica.stop)
      const connect = clients[driver]!
      const [first, other] = [await connect(primary.port), await connect(primary.port)]
      const patient = redisStore(first, { wait: { replicas: 1, timeout: 5 } })
      const [hasty, elsewhere] = [first, other].map((each) =>
        redisStore(each, { wait: { replicas: 1, timeout: 0.02 } }),
      )
      const now = Date.now()
      await prepare(patient, now)
      replica.freeze(true)
      await expect(write(hasty!, now)).rejects.toThrow('0 of 1 replicas')
      await write(redisStore(first), now)
      for (const [way, repeat] of Object.entries(again)) {
        for (const store of [hasty!, elsewhere!, hasty!]) {
          await expect(repeat(store, now), way).rejects.toThrow('0 of 1 replicas')
        }
      }
      replica.freeze(false)
      // the last way is the one that is acknowledged
      const repeat = Object.values(again).at(-1)!
      await until(async () => repeat(elsewhere!, now))
      await primary.kill()
      await promote(replica)
      await verify(redisStore(await connect(replica.port)), now)
    })
  }
})

describeWith(noRedis(), 'new codes on a Cluster of which one replica is frozen', () => {
  let servers: readonly RedisServer[]

  beforeAll(async () => {
    servers = await redisCluster(1)
    // the deadline is for replicas, not for a slow disk
    for (const { port } of servers) {
      const client = new Redis(port)
      await client.config('SET', 'appendfsync', 'no')
      client.disconnect()
    }
  }, 60_000)

  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    await Promise.all(servers.map((server) => server.stop()))
  })

  test.each(Object.keys(clusters))(
    'F-20 are acknowledged if replicas have the codes of both kinds, over %s',
    async (driver) => {
      const store = redisStore(await clusters[driver]!(servers[0]!.port), { wait: { replicas: 1, timeout: 0.3 } })
      const frozen = servers[3]!
      const node = new Redis(frozen.port)
      closing.push(() => node.disconnect())
      const slots = await slotsOf(node)
      frozen.freeze(true)
      const [acknowledged, refused]: [string[], string[]] = [[], []]
      while (acknowledged.length < 5 || refused.length < 5) {
        // a client of its own: the index of one client may be on the master of the frozen replica, so that no code is acknowledged
        const { id, userCodeHash, requester: _, ...rest } = newCredential(Date.now(), { clientId: randomHash() })
        const keys = [`credential:${id}`, `code:${userCodeHash}`]
        try {
          await store.createDeviceCredential({ id, userCodeHash, ...rest })
          acknowledged.push(...keys)
        } catch (error) {
          expect(String(error)).toContain('0 of 1 replicas')
          refused.push(...keys)
        }
      }
      frozen.freeze(false)
      for (const key of acknowledged) expect(slots).not.toContain(await node.cluster('KEYSLOT', `device-auth:${key}`))
    },
  )
})
