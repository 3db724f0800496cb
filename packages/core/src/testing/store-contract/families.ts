import { strict as assert } from 'node:assert'
import {
  ACCESS_TOKEN_LIFETIME,
  FORGOTTEN_AT,
  REFRESH_TOKEN_LIFETIME,
  randomHash,
  type StoreCase,
  storeCase,
} from './scene.ts'

/** Cases about token families: the devices of a user, and their end. */
export const familyCases: readonly StoreCase[] = [
  storeCase('a revoked access token is gone, and the other tokens of its family are not', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    assert.equal(await scene.store.revokeAccessToken(id, randomHash()), false)
    assert.equal(await scene.found(id, tokens.accessTokenHash, 3), 'access_token')
    assert.equal(await scene.store.revokeAccessToken(id, tokens.refreshTokenHash ?? ''), false)
    assert.equal(await scene.store.revokeAccessToken(id, tokens.accessTokenHash), true)
    assert.equal(await scene.store.revokeAccessToken(id, tokens.accessTokenHash), false)
    assert.equal(await scene.found(id, tokens.accessTokenHash, 4), undefined)
    assert.equal(await scene.found(id, tokens.refreshTokenHash, 4), 'refresh_token')
    await scene.polls(credential, 4, 'redeemed')
    assert.equal(await scene.store.revokeAccessToken(randomHash(), tokens.accessTokenHash), false)
  }),

  storeCase('a revoked family loses all its tokens, and is revoked only once', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    const next = scene.tokens(3)
    await scene.store.rotateRefreshToken(id, tokens.refreshTokenHash ?? '', next, 'sealed', scene.at(3))
    assert.equal(await scene.store.revoke(id, scene.at(4)), true)
    assert.equal(await scene.store.revoke(id, scene.at(5)), false)
    for (const { accessTokenHash, refreshTokenHash } of [tokens, next]) {
      assert.equal(await scene.found(id, accessTokenHash, 6), undefined)
      assert.equal(await scene.found(id, refreshTokenHash, 6), undefined)
    }
    const rotated = scene.store.rotateRefreshToken(id, next.refreshTokenHash ?? '', scene.tokens(6), '', scene.at(6))
    assert.equal(await rotated, false)
    assert.deepEqual({ ...(await scene.poll(credential, 6)) }, { status: 'revoked' })
    await scene.polls(credential, FORGOTTEN_AT - 0.001, 'revoked')
    await scene.polls(credential, FORGOTTEN_AT, 'unknown')
  }),

  storeCase('of 20 parallel revocations one says that it ended the family', async (scene) => {
    const { id } = await scene.redeemed()
    const ended = await Promise.all(Array.from({ length: 20 }, () => scene.store.revoke(id, scene.at(3))))
    assert.equal(ended.filter(Boolean).length, 1)
  }),

  storeCase('a parallel revocation and rotation leave no live token', async (scene) => {
    for (let round = 0; round < 20; round++) {
      const { id, tokens } = await scene.redeemed()
      const next = scene.tokens(3)
      const steps = [
        () => scene.store.rotateRefreshToken(id, tokens.refreshTokenHash ?? '', next, 'sealed', scene.at(3)),
        () => scene.store.revoke(id, scene.at(3)),
      ]
      if (round % 2 === 1) steps.reverse()
      await Promise.all(steps.map((step) => step()))
      for (const hash of [next.accessTokenHash, next.refreshTokenHash, tokens.accessTokenHash]) {
        assert.equal(await scene.found(id, hash, 4), undefined)
      }
    }
  }),

  storeCase('the live families of a user are listed, oldest first', async (scene) => {
    const ids: string[] = []
    for (const seconds of [10, 20, 30]) {
      const credential = await scene.create()
      await scene.approve(credential, 1)
      assert.equal(await scene.redeem(credential, seconds), true)
      ids.push(credential.id)
    }
    const pending = await scene.create()
    await scene.approve(pending, 1)
    const listed = await scene.store.listFamilies(scene.alice, scene.at(31))
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    )
    assert.equal(listed[0]?.createdAt, scene.at(10))
    assert.equal(listed[0]?.scope, 'profile')
    assert.deepEqual(await scene.store.listFamilies(scene.bob, scene.at(31)), [])
    await scene.store.revoke(ids[1] ?? '', scene.at(32))
    const left = await scene.store.listFamilies(scene.alice, scene.at(33))
    assert.deepEqual(
      left.map(({ id }) => id),
      [ids[0], ids[2]],
    )
  }),

  storeCase('a family is listed as long as one of its tokens lives', async (scene) => {
    const alone = { refreshTokenHash: undefined, refreshTokenExpiresAt: undefined }
    const { id: short, tokens } = await scene.redeemed(alone)
    const { id: long } = await scene.redeemed()
    const listed = async (seconds: number): Promise<readonly string[]> =>
      (await scene.store.listFamilies(scene.alice, scene.at(seconds))).map(({ id }) => id).sort()
    assert.deepEqual(await listed(1.999 + ACCESS_TOKEN_LIFETIME), [short, long].sort())
    assert.deepEqual(await listed(2 + ACCESS_TOKEN_LIFETIME), [long])
    assert.deepEqual(await listed(2 + REFRESH_TOKEN_LIFETIME), [])
    await scene.store.revokeAccessToken(short, tokens.accessTokenHash)
    assert.deepEqual(await listed(4), [long])
  }),

  storeCase('a live family can be named by its own user only', async (scene) => {
    const { id } = await scene.redeemed()
    const name = async (): Promise<string | undefined> =>
      (await scene.store.listFamilies(scene.alice, scene.at(3)))[0]?.name
    assert.equal(await name(), undefined)
    assert.equal(await scene.store.renameFamily(id, scene.bob, 'mine', scene.at(3)), false)
    assert.equal(await scene.store.renameFamily(randomHash(), scene.alice, 'mine', scene.at(3)), false)
    assert.equal(await name(), undefined)
    assert.equal(await scene.store.renameFamily(id, scene.alice, 'Kitchen', scene.at(3)), true)
    assert.equal(await name(), 'Kitchen')
    assert.equal(await scene.store.renameFamily(id, scene.alice, 'x', scene.at(2 + REFRESH_TOKEN_LIFETIME)), false)
    await scene.store.revoke(id, scene.at(4))
    assert.equal(await scene.store.renameFamily(id, scene.alice, 'x', scene.at(5)), false)
  }),

  storeCase(
    'a family has the requester of its credential, with the keys by which a device is known again',
    async (scene) => {
      const attestation = { maker: 'Acme', device: 'X-1', key: 'a'.repeat(43) }
      const requester = { ip: '2001:db8::1', userAgent: 'television', attestation, key: { jkt: 'k'.repeat(43) } }
      const credential = await scene.create(0, { requester })
      await scene.approve(credential, 1)
      await scene.redeem(credential, 2)
      const [family] = await scene.store.listFamilies(scene.alice, scene.at(3))
      assert.deepEqual({ ...family?.requester }, requester)
    },
  ),

  storeCase('9700-4.14-2 a refresh token that is over is told from one that was replaced long ago', async (scene) => {
    const ends = { refreshTokenExpiresAt: scene.at(20), accessTokenExpiresAt: scene.at(2000) }
    const { id, tokens } = await scene.redeemed({ ...ends })
    const [second, last] = [scene.tokens(3, ends), scene.tokens(4, ends)]
    const hashes = [tokens, second, last].map(({ refreshTokenHash }) => refreshTokenHash ?? '')
    const [first = '', replaced = '', current = ''] = hashes
    assert.equal(await scene.store.rotateRefreshToken(id, first, second, 'sealed', scene.at(3)), true)
    assert.equal(await scene.store.rotateRefreshToken(id, replaced, last, 'sealed', scene.at(4)), true)
    const types = (seconds: number) => Promise.all(hashes.map((hash) => scene.found(id, hash, seconds)))
    assert.deepEqual(await types(19.999), [undefined, 'rotated', 'refresh_token'])
    assert.deepEqual(await types(20), [undefined, 'rotated', 'expired'])
    // after the time of the credential, the access token alone keeps the record
    assert.deepEqual(await types(1999.999), [undefined, 'rotated', 'expired'])
    assert.equal(await scene.store.rotateRefreshToken(id, current, scene.tokens(21), 'sealed', scene.at(21)), false)
    assert.equal(await scene.found(id, last.accessTokenHash, 21), 'access_token', 'nothing has ended')
  }),

  storeCase('a sweep forgets records that are over, and no others', async (scene) => {
    const [old, { credential: redeemed, id, tokens }] = [await scene.create(), await scene.redeemed()]
    const live = await scene.create(ALIVE_AT_FORGOTTEN)
    const early = await scene.store.sweep(scene.at(FORGOTTEN_AT - 0.001))
    assert.ok(Number.isInteger(early) && early >= 0)
    await scene.polls(old, FORGOTTEN_AT - 0.001, 'expired')
    const count = await scene.store.sweep(scene.at(FORGOTTEN_AT))
    assert.ok(Number.isInteger(count) && count >= 0)
    await scene.polls(old, FORGOTTEN_AT, 'unknown')
    await scene.polls(redeemed, FORGOTTEN_AT, 'redeemed')
    assert.equal(await scene.found(id, tokens.accessTokenHash, FORGOTTEN_AT), 'access_token')
    assert.equal((await scene.store.findByUserCode(live.userCodeHash, scene.at(FORGOTTEN_AT)))?.id, live.id)
    await scene.polls(live, FORGOTTEN_AT, 'pending')
    await scene.store.sweep(scene.at(2 + REFRESH_TOKEN_LIFETIME))
    await scene.polls(redeemed, 2 + REFRESH_TOKEN_LIFETIME, 'unknown')
    assert.deepEqual(await scene.store.listFamilies(scene.alice, scene.at(2 + REFRESH_TOKEN_LIFETIME)), [])
  }),
]

/** The second of creation of a credential that is still alive when a credential of second 0 is forgotten. */
const ALIVE_AT_FORGOTTEN = 700
