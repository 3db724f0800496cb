import { strict as assert } from 'node:assert'
import { clientId, type Scene, type StoreCase, storeCase } from './scene.ts'

/** Checks that no step takes this value for the id of a credential. */
async function expectNoId(scene: Scene, value: string): Promise<void> {
  const now = scene.at(3)
  const { store } = scene
  assert.equal(await store.findDeviceCredential(value, now), undefined)
  assert.deepEqual({ ...(await store.pollDeviceCredential(value, clientId, now)) }, { status: 'unknown' })
  assert.equal(await store.slowDown(value, clientId, now), undefined)
  assert.equal(await store.claim(value, scene.claimant(scene.alice), now), 'unknown')
  assert.equal(await store.decide(value, { subject: scene.alice, approved: true, scope: '' }, now), 'unknown')
  assert.equal(await store.lease(value, 'owner', scene.at(13), now), false)
  assert.equal(await store.redeem(value, scene.tokens(3), 'sealed', now), false)
  assert.equal(await store.revoke(value, now), false)
  assert.equal(await store.renameFamily(value, scene.alice, 'name', now), false)
  assert.equal(await store.findToken(value, value, now), undefined)
}

/** Checks that no step takes this value for a token of a family. */
async function expectNoToken(scene: Scene, id: string, value: string): Promise<void> {
  assert.equal(await scene.store.findToken(id, value, scene.at(3)), undefined)
  assert.equal(await scene.store.rotateRefreshToken(id, value, scene.tokens(3), 'sealed', scene.at(3)), false)
  assert.equal(await scene.store.replayRotation(id, value, scene.at(3)), undefined)
  await scene.store.revokeAccessToken(id, value)
}

/** Cases about ids, user codes, tokens and keys in the wrong place: none is taken for another. */
export const mixedUpIdCases: readonly StoreCase[] = [
  storeCase(
    'F-19 the id of a pending credential is not taken for its user code, nor the other way round',
    async (scene) => {
      const credential = await scene.create()
      const { id, userCodeHash } = credential
      await expectNoId(scene, userCodeHash)
      assert.equal(await scene.store.findByUserCode(id, scene.at(3)), undefined)
      for (const value of [id, userCodeHash]) await expectNoToken(scene, id, value)
      await scene.polls(credential, 4, 'pending')
      assert.equal((await scene.store.findByUserCode(userCodeHash, scene.at(4)))?.id, id)
    },
  ),

  storeCase('F-19 the id and the tokens of a family are not taken for each other', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    const access = tokens.accessTokenHash
    const refresh = tokens.refreshTokenHash ?? ''
    for (const value of [credential.userCodeHash, access, refresh, scene.alice]) await expectNoId(scene, value)
    for (const value of [id, access, refresh]) {
      assert.equal(await scene.store.findByUserCode(value, scene.at(3)), undefined)
      assert.deepEqual(await scene.store.listFamilies(value, scene.at(3)), [])
    }
    for (const value of [id, credential.userCodeHash, scene.alice, 'sealed', '']) await expectNoToken(scene, id, value)
    await scene.store.revokeAccessToken(id, refresh)
    const rotated = scene.store.rotateRefreshToken(id, access, scene.tokens(3), 'sealed', scene.at(3))
    assert.equal(await rotated, false)
    assert.equal(await scene.found(id, access, 4), 'access_token')
    assert.equal(await scene.found(id, refresh, 4), 'refresh_token')
  }),

  storeCase('F-19 a key of attempts is not taken for a credential or a token', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    const pending = await scene.create()
    const keys = [id, pending.id, pending.userCodeHash, tokens.accessTokenHash, scene.alice, '__proto__', 'constructor']
    for (const key of keys) {
      const take = async () => scene.store.takeAttempts([{ key, limit: 1, window: 1 }], scene.at(3))
      assert.equal(await take(), undefined, `the first attempt under ${key}`)
      assert.deepEqual({ ...(await take()) }, { index: 0, retryAfter: 1 })
    }
    await scene.polls(credential, 4, 'redeemed')
    await scene.polls(pending, 4, 'pending')
    assert.equal(await scene.found(id, tokens.accessTokenHash, 4), 'access_token')
    for (const key of keys.slice(2)) await expectNoId(scene, key)
  }),

  storeCase('F-54 names of Object.prototype are ordinary values', async (scene) => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      assert.deepEqual(await scene.store.findIds({ clientId: name }, scene.at(3)), [])
      await expectNoId(scene, name)
      assert.equal(await scene.store.findByUserCode(name, scene.at(3)), undefined)
      assert.deepEqual(await scene.store.listFamilies(name, scene.at(3)), [])
    }
  }),
]
