import type { DeviceStore } from '@device-auth/core'
import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { approval, newCredential, newTokens } from '../credentials.ts'
import { type Wire, wireTo } from '../network/wire.ts'
import { noRedis, type RedisServer, redisServer } from './redis-server.ts'

const now = Date.now()
const claimant = { subject: 'alice', browser: 'hers' }
const budget = { key: 'guesses', limit: 5, window: 60 }
const tokens = newTokens(now)
const refreshToken = String(tokens.refreshTokenHash)

const prepare = {
  nothing: async () => {},
  created: async (store: DeviceStore, id: string) =>
    void (await store.createDeviceCredential(newCredential(now, { id, userCodeHash: `code of ${id}` }))),
  claimed: async (store: DeviceStore, id: string) => {
    await prepare.created(store, id)
    await store.claim(id, { subject: 'bob', browser: 'his' }, now)
  },
  polled: async (store: DeviceStore, id: string) => {
    await prepare.created(store, id)
    await store.pollDeviceCredential(id, 'tv', now)
  },
  approved: async (store: DeviceStore, id: string) => {
    await prepare.created(store, id)
    await store.decide(id, approval('alice'), now)
  },
  redeemed: async (store: DeviceStore, id: string) => {
    await prepare.approved(store, id)
    await store.redeem(id, tokens, 'sealed', now)
  },
  rotated: async (store: DeviceStore, id: string) => {
    await prepare.redeemed(store, id)
    await store.rotateRefreshToken(id, refreshToken, newTokens(now), 'again', now)
  },
}

/** Steps whose first execution changes what a second one would find, and their results. */
const steps: Readonly<
  Record<
    string,
    readonly [(store: DeviceStore, id: string) => Promise<void>, (store: DeviceStore, id: string) => unknown, unknown]
  >
> = {
  creation: [prepare.nothing, (store, id) => store.createDeviceCredential(newCredential(now, { id })), true],
  'an accepted poll': [
    prepare.created,
    async (store, id) => (await store.pollDeviceCredential(id, 'tv', now)).status,
    'pending',
  ],
  'an early poll': [
    prepare.polled,
    async (store, id) => {
      const result = await store.pollDeviceCredential(id, 'tv', now + 10)
      return [result.status, 'credential' in result && result.credential.interval]
    },
    ['slow_down', 10],
  ],
  'an early poll in a burst': [
    async (store, id) => {
      await prepare.polled(store, id)
      await store.pollDeviceCredential(id, 'tv', now + 10)
    },
    async (store, id) => {
      const result = await store.pollDeviceCredential(id, 'tv', now + 20)
      return [result.status, 'credential' in result && result.credential.interval]
    },
    ['slow_down', 10],
  ],
  'a poll in two styles': [
    prepare.polled,
    async (store, id) => {
      const result = await store.pollDeviceCredential(id, 'tv', now + 10, 'header')
      return [result.status, 'credential' in result && result.credential.interval]
    },
    ['pending', 5],
  ],
  'a raised interval': [prepare.polled, (store, id) => store.slowDown(id, 'tv', now + 10), 10],
  'a shared claim': [prepare.claimed, (store, id) => store.claim(id, claimant, now), 'shared'],
  'a shared claim by user code': [
    prepare.claimed,
    async (store, id) => {
      const claim = await store.claimByUserCode([`code of ${id}`], claimant, [{ ...budget, key: id }], now)
      return 'result' in claim && claim.result
    },
    'shared',
  ],
  approval: [prepare.created, (store, id) => store.decide(id, approval('alice'), now), 'decided'],
  denial: [prepare.created, (store, id) => store.decide(id, { ...approval('alice'), approved: false }, now), 'decided'],
  redemption: [prepare.approved, (store, id) => store.redeem(id, tokens, 'sealed', now), true],
  rotation: [
    prepare.redeemed,
    (store, id) => store.rotateRefreshToken(id, refreshToken, newTokens(now), 'again', now),
    true,
  ],
  revocation: [prepare.redeemed, (store, id) => store.revoke(id, now), true],
  'a name': [prepare.redeemed, (store, id) => store.renameFamily(id, 'alice', 'kitchen', now), true],
}

describeWith(noRedis(), 'what ioredis sends again after its connection broke before the answer', () => {
  let server: RedisServer
  let wire: Wire
  let client: Redis

  beforeAll(async () => {
    server = await redisServer()
    wire = await wireTo(server.port)
    client = new Redis(wire.port, { socketTimeout: 5000, retryStrategy: () => 20 })
    client.on('error', () => {})
  })

  afterAll(async () => {
    client.disconnect()
    await wire.close()
    await server.stop()
  })

  test.each(Object.entries(steps))('%s has the result of its first execution', async (_, [before, step, result]) => {
    const store = redisStore(client)
    const [warm, { id }] = [newCredential(now), newCredential(now)]
    await before(store, warm.id)
    expect(await step(store, warm.id), 'when nothing breaks').toEqual(result)
    await before(store, id)
    const connections = await countConnections(client)
    wire.loseNextAnswer()
    expect(await step(store, id), 'when the answer is lost').toEqual(result)
    expect(await countConnections(client)).toBe(connections + 1)
  })

  test('an attempt is counted once, and given back once', async () => {
    const store = redisStore(client)
    const take = () => store.takeAttempts([budget], now)
    const rest = async () => {
      let left = 0
      while ((await take()) === undefined) left++
      return left
    }
    await take()
    wire.loseNextAnswer()
    await take()
    await store.giveBackAttempts([], now)
    wire.loseNextAnswer()
    await store.giveBackAttempts([budget.key], now)
    expect(await rest()).toBe(4)
  })

  test('a repetition of a refresh is taken once: there are two', async () => {
    const [store, { id }] = [redisStore(client), newCredential(now)]
    await prepare.rotated(store, id)
    const replay = () => store.replayRotation(id, refreshToken, now)
    expect(await replay()).toBe('again')
    wire.loseNextAnswer()
    expect([await replay(), await replay()]).toEqual(['again', undefined])
  })

  test('a creation that was sent again has one pending request, which its user code finds', async () => {
    const [store, credential] = [redisStore(client), newCredential(now)]
    wire.loseNextAnswer()
    expect(await store.createDeviceCredential(credential)).toBe(true)
    expect((await store.findByUserCode(credential.userCodeHash, now))?.id).toBe(credential.id)
    expect(await store.createDeviceCredential(credential)).toBe(false)
    expect((await store.findByUserCode(credential.userCodeHash, now))?.id).toBe(credential.id)
  })
})

async function countConnections(client: Redis): Promise<number> {
  return Number(/total_connections_received:(\d+)/.exec(await client.info('stats'))?.[1])
}
