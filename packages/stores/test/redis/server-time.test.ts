import { redisStore } from '@device-auth/stores/redis'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../../tests/missing.ts'
import { RedisStore } from '../../src/redis/redis-store.ts'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import { expectLateAttemptsUncounted, expectLateRepetitionsKept } from '../late-steps.ts'
import { noRedis, type RedisServer, redisServer } from './redis-server.ts'

const keyPrefix = 'server-time:'
const claimant = { subject: 'alice', browser: 'hers' }
const budget = { key: 'guesses', limit: 1, window: 60 }

/** The store with all that its class has: the time of a step may be left to the server. */
function storeOn(client: Redis) {
  const store = redisStore(client, { keyPrefix })
  if (store instanceof RedisStore) return store
  throw new TypeError('redisStore makes a RedisStore.')
}

describeWith(noRedis(), 'redisStore by the time of the server', () => {
  let server: RedisServer
  let client: Redis

  beforeAll(async () => {
    server = await redisServer()
    client = new Redis(server.port, { socketTimeout: 5_000 })
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    await client.flushall()
  })

  afterAll(async () => {
    client.disconnect()
    await server.stop()
  })

  /** The clock of this process is wrong from now on: a step without a time must not see it. */
  const setBack = (milliseconds: number) => {
    const right = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => right() - milliseconds)
  }

  test.each([31 * 86_400_000, -31 * 86_400_000])(
    'a node that is %i ms behind signs devices in as any other',
    async (behind) => {
      const [store, credential, tokens] = [storeOn(client), newCredential(), newTokens()]
      const { id, userCodeHash } = credential
      setBack(behind)
      await store.clock.synchronize()
      expect(await store.createDeviceCredential(credential)).toBe(true)
      expect((await store.pollDeviceCredential(id, 'tv', undefined)).status).toBe('pending')
      expect((await store.pollDeviceCredential(id, 'tv', undefined)).status).toBe('slow_down')
      expect(await store.slowDown(id, 'tv', undefined)).toBe(10)
      expect((await store.findByUserCode(userCodeHash, undefined))?.id).toBe(id)
      expect(await store.claim(id, claimant, undefined)).toBe('claimed')
      expect(await store.decide(id, approval('alice'), undefined)).toBe('decided')
      expect((await store.findDeviceCredential(id, undefined))?.userGrant?.approved).toBe(true)
      expect(await store.findIds({ subject: 'alice' }, undefined)).toEqual([id])
      expect(await store.lease(id, 'one', credential.createdAt + 30_000, undefined)).toBe(true)
      expect(await store.redeem(id, tokens, 'sealed', undefined, 'one')).toBe(true)
      expect((await store.findToken(id, tokens.accessTokenHash, undefined))?.type).toBe('access_token')
      const next = newTokens(credential.createdAt)
      const refreshToken = String(tokens.refreshTokenHash)
      expect(await store.rotateRefreshToken(id, refreshToken, next, 'again', undefined)).toBe(true)
      expect(await store.replayRotation(id, refreshToken, undefined)).toBe('again')
      expect(await store.renameFamily(id, 'alice', 'kitchen', undefined)).toBe(true)
      const [family] = await store.listFamilies('alice', undefined)
      expect(Math.abs((family?.createdAt ?? 0) - credential.createdAt)).toBeLessThan(10_000)
      expect(await store.takeAttempts([budget], undefined)).toBeUndefined()
      expect((await store.takeAttempts([budget], undefined))?.retryAfter).toBeGreaterThan(50)
      await store.giveBackAttempts([budget.key], undefined)
      expect(await store.takeAttempts([budget], undefined)).toBeUndefined()
      expect(await store.revoke(id, undefined)).toBe(true)
      expect((await store.pollDeviceCredential(id, 'tv', undefined)).status).toBe('revoked')
    },
  )

  /** A poll that the server runs now, and that was sent so many milliseconds ago. */
  const pollSent = async (store: RedisStore, id: string, ago: number): Promise<string> => {
    const right = performance.now.bind(performance)
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => right() - ago)
    const result = store.pollDeviceCredential(id, 'tv', undefined)
    spy.mockRestore()
    return (await result).status
  }

  test.each([
    ['in the order in which they were sent', [12_000, 6_000, 0], ['pending', 'pending', 'pending']],
    ['in another order, on other connections', [6_000, 12_000, 0], ['pending', 'pending', 'pending']],
    ['too early for the interval', [12_000, 10_000, 0], ['pending', 'slow_down', 'pending']],
    ['a moment after they were sent', [900, 800], ['pending', 'slow_down']],
  ])('polls that a server finds when it wakes count from when they were sent: %s', async (_, sent, results) => {
    const [store, credential] = [storeOn(client), newCredential()]
    await store.clock.synchronize()
    await store.createDeviceCredential(credential)
    const heard: string[] = []
    for (const ago of sent) heard.push(await pollSent(store, credential.id, ago))
    expect(heard).toEqual(results)
  })

  test('attempts that a frozen server finds when it wakes count only if somebody still waits for them', async () => {
    await expectLateAttemptsUncounted(storeOn(client), server.freeze)
  })

  test('a repetition that a frozen server finds when it wakes is taken only if somebody still waits for it', async () => {
    await expectLateRepetitionsKept(storeOn(client), server.freeze)
  })

  test('a poll of a node that does not know the time of the server yet is not called too early', async () => {
    const [store, credential] = [storeOn(client), newCredential()]
    await store.createDeviceCredential(credential)
    const heard: string[] = []
    for (let poll = 0; poll < 3; poll++) heard.push(await pollSent(store, credential.id, 0))
    expect(heard).toEqual(['pending', 'pending', 'pending'])
    await store.clock.synchronize()
    expect(await pollSent(store, credential.id, 0)).toBe('slow_down')
  })

  test('a poll of such a node, which may come late, makes no other poll too early', async () => {
    const [knowing, unknowing, credential] = [storeOn(client), storeOn(client), newCredential()]
    await knowing.clock.synchronize()
    await knowing.createDeviceCredential(credential)
    const first = await pollSent(knowing, credential.id, 6_000)
    const late = await pollSent(unknowing, credential.id, 0)
    const next = await pollSent(knowing, credential.id, 0)
    expect([first, late, next]).toEqual(['pending', 'pending', 'pending'])
    expect(await pollSent(knowing, credential.id, 0)).toBe('slow_down')
  })

  test('the first poll of such a node makes no other poll too early either', async () => {
    const [knowing, unknowing, credential] = [storeOn(client), storeOn(client), newCredential(Date.now() - 8_000)]
    await knowing.clock.synchronize()
    await knowing.createDeviceCredential(credential)
    const late = await pollSent(unknowing, credential.id, 0)
    expect([late, await pollSent(knowing, credential.id, 0)]).toEqual(['pending', 'pending'])
    expect(await pollSent(knowing, credential.id, 0)).toBe('slow_down')
  })

  test('what has expired by the time of the server is over, whatever the node thinks', async () => {
    const store = storeOn(client)
    const past = newCredential(Date.now() - 700_000)
    await store.createDeviceCredential(past)
    setBack(86_400_000)
    expect((await store.pollDeviceCredential(past.id, 'tv', undefined)).status).toBe('expired')
    expect(await store.claim(past.id, claimant, undefined)).toBe('unknown')
    expect(await store.decide(past.id, approval('alice'), undefined)).toBe('expired')
    expect(await store.findByUserCode(past.userCodeHash, undefined)).toBeUndefined()
    expect(await store.revoke(past.id, undefined)).toBe(false)
  })

  test('a key goes at its end, and not ten minutes later', async () => {
    const [store, credential, tokens] = [storeOn(client), newCredential(), newTokens()]
    await store.createDeviceCredential(credential)
    await store.decide(credential.id, approval('alice'), undefined)
    await store.redeem(credential.id, tokens, 'sealed', undefined)
    const left = await client.pttl(`${keyPrefix}credential:${credential.id}`)
    expect(left).toBeLessThanOrEqual(Number(tokens.refreshTokenExpiresAt) - Date.now() + 5_000)
  })

  test('a family that is revoked after its codes are forgotten leaves no key without an end', async () => {
    const store = storeOn(client)
    const begun = Date.now() - 86_400_000
    const credential = newCredential(begun)
    const { id } = credential
    await store.createDeviceCredential(credential)
    await store.decide(id, approval('alice'), begun)
    await store.redeem(id, { ...newTokens(), refreshTokenExpiresAt: undefined }, 'sealed', begun)
    expect(await store.revoke(id, undefined)).toBe(true)
    expect(
      (await store.findToken(id, randomHash(), undefined)) ?? (await store.findDeviceCredential(id, undefined)),
    ).toBeUndefined()
    const keys = await client.keys(`${keyPrefix}*`)
    const ends = await Promise.all(keys.map((key) => client.pttl(key)))
    for (const left of ends) expect(left).toSatisfy((each) => each !== -1 && each < 1_800_000)
  })

  test('the clock of the store is that of the server', async () => {
    const store = storeOn(client)
    setBack(86_400_000)
    await store.clock.synchronize()
    const [seconds] = await client.time()
    expect(Math.abs(store.clock.now() - Number(seconds) * 1000)).toBeLessThan(10_000)
    expect(Math.abs((store.clock.offset ?? 0) - 86_400_000)).toBeLessThan(10_000)
  })
})
