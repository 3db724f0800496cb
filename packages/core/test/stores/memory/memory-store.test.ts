import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import { StoreFullError } from '../../../src/contract/store.ts'
import { MAX_ACCESS_TOKENS } from '../../../src/lifecycle/token-family.ts'
import { MemoryStore } from '../../../src/stores/memory/memory-store.ts'
import { FORGOTTEN_AT, LIFETIME, REFRESH_TOKEN_LIFETIME, Scene } from '../../../src/testing/store-contract/scene.ts'

function memoryScene(options?: ConstructorParameters<typeof MemoryStore>[0]): { scene: Scene; store: MemoryStore } {
  const store = new MemoryStore(options)
  return { scene: new Scene(store), store }
}

describe('MemoryStore', () => {
  test('answers every step without a promise, so that a poll does not pay for one', () => {
    const { scene, store } = memoryScene()
    const credential = scene.credential()
    const { id, userCodeHash } = credential
    expect(store.createDeviceCredential(credential)).toBe(true)
    expect(store.findDeviceCredential(id, scene.at(0))?.id).toBe(id)
    expect(store.pollDeviceCredential(id, credential.clientId, scene.at(0)).status).toBe('pending')
    expect(store.findByUserCode(userCodeHash, scene.at(0))?.id).toBe(id)
    expect(store.claim(id, scene.claimant(scene.alice), scene.at(0))).toBe('claimed')
    expect(store.decide(id, { subject: scene.alice, approved: true, scope: '' }, scene.at(1))).toBe('decided')
    expect(store.lease(id, 'one', scene.at(12), scene.at(2))).toBe(true)
    expect(store.release(id, 'one')).toBeUndefined()
    const tokens = scene.tokens(2)
    expect(store.redeem(id, tokens, 'sealed', scene.at(2))).toBe(true)
    expect(store.findToken(id, tokens.accessTokenHash, scene.at(3))?.type).toBe('access_token')
    const next = scene.tokens(4)
    expect(store.rotateRefreshToken(id, tokens.refreshTokenHash ?? '', next, 'sealed', scene.at(4))).toBe(true)
    expect(store.revokeAccessToken(id, next.accessTokenHash)).toBe(true)
    expect(store.listFamilies(scene.alice, scene.at(5))).toHaveLength(1)
    expect(store.renameFamily(id, scene.alice, 'Kitchen', scene.at(5))).toBe(true)
    expect(store.revoke(id, scene.at(6))).toBe(true)
    expect(store.takeAttempts([{ key: 'key', limit: 1, window: 60 }], scene.at(6))).toBeUndefined()
    expect(store.giveBackAttempts(['key'], scene.at(6))).toBeUndefined()
    expect(store.sweep(scene.at(6))).toBe(0)
    expect(store.close()).toBeUndefined()
  })

  test('keeps no request body alive because of a text that was cut out of it', () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const { scene, store } = memoryScene()
    const heap = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = heap()
    for (let count = 0; count < 500; count++) {
      // a text of more than 12 characters that was cut out is a reference to the whole
      const body = Buffer.alloc(100_000, `${count} and so on, `).toString('latin1')
      const text = (place: number) => body.slice(place, place + 30)
      const cut = { bindingMessage: text(0), nonce: text(100), target: { resources: [text(200)] } }
      store.createDeviceCredential({ ...scene.credential(), requester: { device: { name: text(300) } }, ...cut })
    }
    expect((heap() - before) / 500).toBeLessThan(20_000)
  })

  test('is not shared', () => {
    expect(new MemoryStore().shared).toBe(false)
  })

  test('keeps its records when it is closed', async () => {
    const { scene, store } = memoryScene()
    const credential = await scene.create()
    store.close()
    await scene.polls(credential, 0, 'pending')
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 24 + 1, '5' as never])(
    'refuses a bound of %s',
    (wrong) => {
      const expected = /option `\w+` is .*; expected a whole number of (records|keys) from 1 to 16777216/
      expect(() => new MemoryStore({ maxRecords: wrong })).toThrow(expected)
      expect(() => new MemoryStore({ maxAttemptKeys: wrong })).toThrow(expected)
    },
  )

  test('refuses a misspelt option and what is no object; null counts as not given', () => {
    const create = (options: unknown) => () => Reflect.construct(MemoryStore, [options])
    expect(create({ maxRecord: 5 })).toThrow('MemoryStore: option `maxRecord` is unknown; did you mean `maxRecords`?')
    expect(create(5)).toThrow('MemoryStore needs an object of options, not 5.')
    expect(create({ maxRecords: null, maxAttemptKeys: null })).not.toThrow()
    const { scene, store } = memoryScene({ maxRecords: null as never })
    expect(store.createDeviceCredential(scene.credential())).toBe(true)
  })

  test('a copy or a log of a credential shows nothing that is private to the store', async () => {
    const { scene, store } = memoryScene()
    const credential = await scene.approved()
    store.lease(credential.id, 'the-owner', scene.at(12), scene.at(2))
    const found = store.findDeviceCredential(credential.id, scene.at(2))
    expect(Object.keys({ ...found }).sort()).toEqual(
      [
        ...Object.keys(credential),
        'bindingMessage',
        'boundSubject',
        'claimedBy',
        'claimedIn',
        'nonce',
        'requester',
        'target',
        'userGrant',
      ].sort(),
    )
    expect(JSON.stringify(found)).not.toContain('the-owner')
  })

  test('keeps a copy of what it is given', async () => {
    const { scene, store } = memoryScene()
    const requester = { ip: '192.0.2.1', userAgent: 'television' }
    const credential = { ...scene.credential(), requester }
    store.createDeviceCredential(credential)
    const userGrant = { subject: scene.alice, approved: false, scope: '' }
    store.decide(credential.id, userGrant, scene.at(1))
    Object.assign(credential, { clientId: 'other' })
    Object.assign(requester, { ip: '198.51.100.1' })
    Object.assign(userGrant, { approved: true })
    const found = store.findDeviceCredential(credential.id, scene.at(1))
    expect(found).toMatchObject({ clientId: 'contract-client', requester: { ip: '192.0.2.1' } })
    expect(found?.userGrant?.approved).toBe(false)
  })

  test('keeps any number of scopes and user agents apart', async () => {
    const { scene, store } = memoryScene()
    for (let count = 0; count < 2_500; count++) {
      const { id } = await scene.create(0, { scope: `scope ${count}`, requester: { userAgent: `agent ${count}` } })
      const found = store.findDeviceCredential(id, scene.at(1))
      expect([found?.scope, found?.requester?.userAgent]).toEqual([`scope ${count}`, `agent ${count}`])
    }
  })

  test('an id that is over and not swept yet can be used again, and its old user code finds nothing', async () => {
    const { scene, store } = memoryScene()
    await scene.create(0, { expiresAt: scene.at(100 * LIFETIME) })
    const old = await scene.create()
    const renewed = await scene.create(FORGOTTEN_AT, { id: old.id })
    await scene.polls(renewed, FORGOTTEN_AT, 'pending')
    expect(store.findByUserCode(old.userCodeHash, scene.at(1))).toBeUndefined()
    expect(store.findByUserCode(renewed.userCodeHash, scene.at(FORGOTTEN_AT))?.id).toBe(old.id)
    expect(store.sweep(scene.at(2 * FORGOTTEN_AT))).toBe(1)
  })

  test('only the boolean true approves', async () => {
    const { scene, store } = memoryScene()
    const credential = await scene.create()
    store.decide(credential.id, { subject: scene.alice, approved: 'false' as never, scope: '' }, scene.at(1))
    await scene.polls(credential, 2, 'denied')
    expect(await scene.redeem(credential, 2)).toBe(false)
  })

  test(`a family keeps ${MAX_ACCESS_TOKENS} live access tokens: the oldest goes first, and expired ones do not count`, async () => {
    const { scene, store } = memoryScene()
    const { id, tokens } = await scene.redeemed({ accessTokenExpiresAt: scene.at(REFRESH_TOKEN_LIFETIME) })
    let current = tokens.refreshTokenHash ?? ''
    const rotate = (times: number, seconds: number): void => {
      for (let time = 0; time < times; time++) {
        const next = scene.tokens(seconds)
        expect(store.rotateRefreshToken(id, current, next, 'sealed', scene.at(seconds))).toBe(true)
        current = next.refreshTokenHash ?? ''
      }
    }
    rotate(MAX_ACCESS_TOKENS - 1, 10)
    rotate(MAX_ACCESS_TOKENS - 1, 5_000)
    expect(await scene.found(id, tokens.accessTokenHash, 5_001)).toBe('access_token')
    rotate(1, 5_002)
    expect(await scene.found(id, tokens.accessTokenHash, 5_003)).toBeUndefined()
  })

  test('a refresh token without an end is found until it is revoked', async () => {
    const { scene, store } = memoryScene()
    const { id, tokens } = await scene.redeemed({ refreshTokenExpiresAt: undefined })
    const later = 100 * REFRESH_TOKEN_LIFETIME
    store.sweep(scene.at(later))
    expect(await scene.found(id, tokens.refreshTokenHash, later)).toBe('refresh_token')
    store.revoke(id, scene.at(later))
    expect(store.sweep(scene.at(later))).toBe(1)
  })
})

describe('the bound of a MemoryStore', () => {
  test('F-28 refuses new credentials when it is reached, and loses no live one', async () => {
    const { scene, store } = memoryScene({ maxRecords: 3 })
    const { credential: redeemed } = await scene.redeemed()
    const pending = [await scene.create(), await scene.create()]
    expect(() => store.createDeviceCredential(scene.credential())).toThrow(StoreFullError)
    expect(() => store.createDeviceCredential(scene.credential())).toThrow(/maxRecords is reached, 3 are alive/)
    for (const credential of pending) await scene.polls(credential, 1, 'pending')
    await scene.polls(redeemed, 3, 'redeemed')
    expect(await scene.approve(pending[0]!, 3)).toBe('decided')
    expect(await scene.redeem(pending[0]!, 4)).toBe(true)
  })

  test('F-28 expired credentials count as long as they are known, and make room after that', async () => {
    const { scene, store } = memoryScene({ maxRecords: 2 })
    const old = [await scene.create(0), await scene.create(1)]
    expect(() => store.createDeviceCredential(scene.credential(LIFETIME + 1))).toThrow(StoreFullError)
    await scene.create(FORGOTTEN_AT)
    await scene.polls(old[1]!, FORGOTTEN_AT, 'expired')
    expect(() => store.createDeviceCredential(scene.credential(FORGOTTEN_AT))).toThrow(StoreFullError)
    await scene.create(FORGOTTEN_AT + 1)
  })

  test('families whose tokens have ended make room', async () => {
    const { scene, store } = memoryScene({ maxRecords: 1 })
    await scene.redeemed()
    const before = scene.credential(1.999 + REFRESH_TOKEN_LIFETIME)
    expect(() => store.createDeviceCredential(before)).toThrow(StoreFullError)
    await scene.create(2 + REFRESH_TOKEN_LIFETIME)
  })

  test('a revoked family makes room at its tombstone end, however long its tokens would have lived', async () => {
    const { scene, store } = memoryScene({ maxRecords: 1 })
    const { id } = await scene.redeemed()
    const early = scene.credential(FORGOTTEN_AT)
    expect(() => store.createDeviceCredential(early)).toThrow(StoreFullError)
    store.revoke(id, scene.at(FORGOTTEN_AT))
    await scene.create(FORGOTTEN_AT)
  })

  test('a short-lived credential makes room, even if it comes after a long-lived one', async () => {
    const { scene, store } = memoryScene({ maxRecords: 2 })
    const long = await scene.create(0, { expiresAt: scene.at(10 * LIFETIME) })
    await scene.create(0, { expiresAt: scene.at(10) })
    expect(() => store.createDeviceCredential(scene.credential(19.999))).toThrow(StoreFullError)
    await scene.create(20)
    await scene.polls(long, 21, 'pending')
  })

  test('new requests sweep: in a steady stream, no more is kept than is known', async () => {
    const { scene, store } = memoryScene({ maxRecords: 1_000_000 })
    const perSecond = 5
    for (let count = 0; count < 4 * FORGOTTEN_AT * perSecond; count++) await scene.create(count / perSecond)
    expect(store.sweep(scene.at(10 * FORGOTTEN_AT))).toBeLessThanOrEqual(FORGOTTEN_AT * perSecond + 1)
  })

  test('new requests sweep families that are over', async () => {
    const { scene, store } = memoryScene()
    const short = { refreshTokenHash: undefined, refreshTokenExpiresAt: undefined, accessTokenExpiresAt: scene.at(10) }
    for (let count = 0; count < 50; count++) await scene.redeemed(short)
    for (let count = 0; count < 20; count++) await scene.create(FORGOTTEN_AT)
    expect(store.sweep(scene.at(FORGOTTEN_AT))).toBe(0)
  })

  test('sweep returns the number of credentials and families that it has forgotten', async () => {
    const { scene, store } = memoryScene()
    for (const seconds of [0, 1, 2]) await scene.create(seconds)
    await scene.redeemed()
    expect(store.sweep(scene.at(FORGOTTEN_AT - 0.001))).toBe(0)
    expect(store.sweep(scene.at(FORGOTTEN_AT + 1))).toBe(2)
    expect(store.sweep(scene.at(2 + REFRESH_TOKEN_LIFETIME))).toBe(2)
    expect(store.sweep(scene.at(2 + REFRESH_TOKEN_LIFETIME))).toBe(0)
  })
})

describe('the attempts of a MemoryStore', () => {
  const take = (store: MemoryStore, key: string, window: number, now: number) =>
    store.takeAttempts([{ key, limit: 1, window }], now)
  const spent = (store: MemoryStore, key: string, now: number): boolean => take(store, key, 60, now) !== undefined

  test('at the bound, keys whose window has ended go first', () => {
    const store = new MemoryStore({ maxAttemptKeys: 3 })
    take(store, 'long', 600, 0)
    take(store, 'short', 10, 0)
    take(store, 'middle', 60, 0)
    take(store, 'new', 60, 10_000)
    expect(['long', 'middle', 'new'].map((key) => spent(store, key, 10_000))).toEqual([true, true, true])
  })

  test('when thousands of windows have ended at once, each new key forgets a few of them, and no request waits for all', () => {
    const store = new MemoryStore({ maxAttemptKeys: 5_000 })
    for (let address = 0; address < 5_000; address++) take(store, `guess:address:1:${address}`, 10, 0)
    const forgotten = vi.spyOn(Map.prototype, 'delete')
    take(store, 'guess:address:2:0', 60, 10_000)
    expect(forgotten.mock.calls.length).toBeGreaterThan(0)
    expect(forgotten.mock.calls.length).toBeLessThanOrEqual(256)
    forgotten.mockRestore()
    for (let user = 0; user < 4_000; user++) take(store, `guess:user:2:${user}`, 60, 10_000)
    expect(spent(store, 'guess:address:2:0', 10_000)).toBe(true)
    expect(spent(store, 'guess:user:2:0', 10_000)).toBe(true)
  })

  test('then the oldest key that is not in use goes, so that a flood cannot reset the budget of the whole server', () => {
    const store = new MemoryStore({ maxAttemptKeys: 3 })
    take(store, 'everybody', 600, 0)
    for (let address = 0; address < 100; address++) {
      take(store, `address ${address}`, 600, address)
      expect(spent(store, 'everybody', address)).toBe(true)
    }
    expect(spent(store, 'address 99', 100)).toBe(true)
    expect(spent(store, 'address 0', 100)).toBe(false)
  })

  test('a flood of keys of one kind drops keys of that kind only, however old the others are', () => {
    const store = new MemoryStore({ maxAttemptKeys: 100 })
    const others = [
      'guess:user:1:mallory',
      'guess:server:1:all',
      'pending:client:1:tv',
      'secret:address:x:tv',
      'single',
    ]
    for (const key of others) take(store, key, 600, 0)
    for (let address = 0; address < 1_000; address++) take(store, `pending:address:1:${address}`, 600, address)
    expect(others.map((key) => spent(store, key, 1_000))).toEqual(others.map(() => true))
    expect(spent(store, 'pending:address:1:999', 1_000)).toBe(true)
    expect(spent(store, 'pending:address:1:0', 1_000)).toBe(false)
  })

  test('a sweep forgets windows that have ended', () => {
    const store = new MemoryStore({ maxAttemptKeys: 2 })
    take(store, 'old', 10, 0)
    take(store, 'live', 60, 0)
    expect(store.sweep(10_000)).toBe(0)
    take(store, 'new', 60, 10_000)
    expect(spent(store, 'live', 10_000)).toBe(true)
  })

  test('if all keys are in use, they go in turn', () => {
    const store = new MemoryStore({ maxAttemptKeys: 3 })
    for (const key of ['a', 'b', 'c', 'a', 'b', 'c']) take(store, key, 60, 0)
    take(store, 'd', 60, 0)
    expect(['b', 'c', 'd'].map((key) => spent(store, key, 1))).toEqual([true, true, true])
    expect(spent(store, 'a', 1)).toBe(false)
  })

  test('a key whose window has ended begins a new window', () => {
    const store = new MemoryStore({ maxAttemptKeys: 2 })
    take(store, 'short', 10, 0)
    take(store, 'long', 60, 0)
    expect(spent(store, 'short', 10_000)).toBe(false)
    expect(['short', 'long'].map((key) => spent(store, key, 10_000))).toEqual([true, true])
  })

  test('requests for codes take no room of other keys, and each stays counted', () => {
    const { scene, store } = memoryScene({ maxAttemptKeys: 1 })
    const requests = Array.from({ length: 100 }, () => scene.credential())
    for (const request of requests) {
      expect(take(store, request.id, 600, scene.at(0))).toBeUndefined()
      store.createDeviceCredential(request)
    }
    take(store, 'guess:user:1:alice', 60, scene.at(0))
    for (const { id } of requests) expect(spent(store, id, scene.at(599))).toBe(true)
  })

  test('a request that is given back is not counted any more, and may be counted again', () => {
    const { scene, store } = memoryScene()
    const request = scene.credential()
    take(store, request.id, 600, scene.at(0))
    store.createDeviceCredential(request)
    store.giveBackAttempts([request.id], scene.at(1))
    store.giveBackAttempts([request.id], scene.at(1))
    expect(take(store, request.id, 600, scene.at(2))).toBeUndefined()
    expect(take(store, request.id, 600, scene.at(2))).toEqual({ index: 0, retryAfter: 598 })
  })

  test('a limit of 0 allows no attempt and keeps no key', () => {
    const store = new MemoryStore({ maxAttemptKeys: 1 })
    take(store, 'live', 60, 0)
    expect(store.takeAttempts([{ key: 'none', limit: 0, window: 60 }], 0)).toEqual({ index: 0, retryAfter: 60 })
    expect(spent(store, 'live', 0)).toBe(true)
  })
})
