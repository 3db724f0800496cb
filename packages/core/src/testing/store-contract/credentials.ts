import { strict as assert } from 'node:assert'
import { FORGOTTEN_AT, LIFETIME, randomHash, type StoreCase, storeCase } from './scene.ts'

/** Cases about a credential and its user code, from the creation until it is forgotten. */
export const credentialCases: readonly StoreCase[] = [
  storeCase('a credential is found by its id, with all of its properties', async (scene) => {
    const requester = { ip: '192.0.2.1', userAgent: 'television', description: 'in the kitchen' }
    const credential = await scene.create(0, { requester, nonce: 'n-0S6_WzA2Mj' })
    const found = await scene.store.findDeviceCredential(credential.id, scene.at(1))
    assert.ok(found !== undefined)
    for (const name of [
      'id',
      'clientId',
      'scope',
      'userCodeHash',
      'createdAt',
      'expiresAt',
      'interval',
      'nonce',
    ] as const) {
      assert.equal(found[name], credential[name], name)
    }
    assert.deepEqual({ ...found.requester }, requester)
    assert.equal(found.userGrant, undefined)
    assert.equal(found.claimedBy, undefined)
    assert.equal(found.lastPolledAt, undefined)
    const polled = await scene.poll(credential, 5)
    assert.equal('credential' in polled && polled.credential.nonce, credential.nonce, 'a poll reads the nonce')
  }),

  storeCase('a pending credential is found by its user code until it expires', async (scene) => {
    const { id, userCodeHash } = await scene.create()
    assert.equal((await scene.store.findByUserCode(userCodeHash, scene.at(LIFETIME - 1)))?.id, id)
    assert.equal(await scene.store.findByUserCode(userCodeHash, scene.at(LIFETIME)), undefined)
  }),

  storeCase('a credential that was never created is not found', async (scene) => {
    const credential = scene.credential()
    assert.equal(await scene.store.findDeviceCredential(credential.id, scene.at(0)), undefined)
    assert.equal(await scene.store.findByUserCode(credential.userCodeHash, scene.at(0)), undefined)
    await scene.polls(credential, 0, 'unknown')
    assert.equal(await scene.claim(credential, 0), 'unknown')
    assert.equal(await scene.approve(credential, 0), 'unknown')
    assert.equal(await scene.store.lease(credential.id, 'owner', scene.at(10), scene.at(0)), false)
    assert.equal(await scene.redeem(credential, 0), false)
    assert.equal(await scene.store.revoke(credential.id, scene.at(0)), false)
    await scene.store.release(credential.id, 'owner')
    await scene.polls(credential, 0, 'unknown')
  }),

  storeCase('a user code that a live pending credential holds is refused, and its holder keeps it', async (scene) => {
    const { id, userCodeHash } = await scene.create()
    const second = scene.credential(LIFETIME - 1, { userCodeHash })
    assert.equal(await scene.store.createDeviceCredential(second), false)
    assert.equal((await scene.store.findByUserCode(userCodeHash, scene.at(LIFETIME - 1)))?.id, id)
    await scene.polls(second, LIFETIME - 1, 'unknown')
  }),

  storeCase('F-09 of parallel credentials with one user code, only one is kept', async (scene) => {
    const userCodeHash = randomHash()
    const credentials = Array.from({ length: 20 }, () => scene.credential(0, { userCodeHash }))
    const kept = await Promise.all(credentials.map((each) => scene.store.createDeviceCredential(each)))
    assert.equal(kept.filter(Boolean).length, 1)
    const statuses = await Promise.all(credentials.map((each) => scene.poll(each, 1)))
    assert.equal(statuses.filter(({ status }) => status === 'pending').length, 1)
    assert.equal((await scene.store.findByUserCode(userCodeHash, scene.at(1)))?.id, credentials[kept.indexOf(true)]?.id)
  }),

  storeCase('a known id is refused, and its credential stays as it is', async (scene) => {
    const first = await scene.create()
    const second = scene.credential(1, { id: first.id })
    assert.equal(await scene.store.createDeviceCredential(second), false)
    const found = await scene.store.findDeviceCredential(first.id, scene.at(1))
    assert.equal(found?.userCodeHash, first.userCodeHash)
    assert.equal(await scene.store.findByUserCode(second.userCodeHash, scene.at(1)), undefined)
  }),

  storeCase('the id of a redeemed credential is refused', async (scene) => {
    const { credential } = await scene.redeemed()
    const again = scene.credential(3, { id: credential.id })
    assert.equal(await scene.store.createDeviceCredential(again), false)
    await scene.polls(credential, 3, 'redeemed')
  }),

  storeCase(
    'a decided credential is found by its user code, and a new one can take the code over without being affected',
    async (scene) => {
      for (const decide of ['approve', 'deny'] as const) {
        const old = await scene.create()
        assert.equal(await scene[decide](old, 1), 'decided')
        assert.equal((await scene.store.findByUserCode(old.userCodeHash, scene.at(2)))?.id, old.id)
        const next = await scene.create(2, { userCodeHash: old.userCodeHash })
        await scene.redeem(old, 3)
        assert.equal((await scene.store.findByUserCode(next.userCodeHash, scene.at(4)))?.id, next.id)
      }
    },
  ),

  storeCase('a decided credential is found by its user code until it expires, redeemed or not', async (scene) => {
    const [denied, { credential: redeemed }] = [await scene.create(), await scene.redeemed()]
    await scene.deny(denied, 1)
    for (const { id, userCodeHash } of [denied, redeemed]) {
      const found = await scene.store.findByUserCode(userCodeHash, scene.at(LIFETIME - 1))
      assert.equal(found?.id, id)
      assert.equal(found?.userGrant?.subject, scene.alice)
      assert.equal(await scene.store.findByUserCode(userCodeHash, scene.at(LIFETIME)), undefined)
    }
  }),

  storeCase('a redeemed credential whose family was revoked is not found by its user code', async (scene) => {
    const { id, credential } = await scene.redeemed()
    assert.equal(await scene.store.revoke(id, scene.at(3)), true)
    assert.equal(await scene.store.findByUserCode(credential.userCodeHash, scene.at(4)), undefined)
    const next = await scene.create(5, { userCodeHash: credential.userCodeHash })
    assert.equal((await scene.store.findByUserCode(credential.userCodeHash, scene.at(6)))?.id, next.id)
  }),

  storeCase('a cancelled credential frees its user code, and says that it has ended', async (scene) => {
    const old = await scene.create()
    const isEnded = async (): Promise<boolean> =>
      (await scene.store.findDeviceCredential(old.id, scene.at(1)))?.ended === true
    assert.equal(await isEnded(), false)
    assert.equal(await scene.store.revoke(old.id, scene.at(1)), true)
    assert.equal(await isEnded(), true)
    assert.equal(await scene.store.findByUserCode(old.userCodeHash, scene.at(1)), undefined)
    const next = await scene.create(1, { userCodeHash: old.userCodeHash })
    assert.equal((await scene.store.findByUserCode(next.userCodeHash, scene.at(2)))?.id, next.id)
  }),

  storeCase(
    'an expired credential frees its user code, is still known, and its end does not affect the next holder of the code',
    async (scene) => {
      const old = await scene.create()
      // it lives a second longer than the old one is known
      const next = await scene.create(LIFETIME, {
        userCodeHash: old.userCodeHash,
        expiresAt: scene.at(FORGOTTEN_AT + 1),
      })
      await scene.polls(old, LIFETIME + 1, 'expired')
      assert.equal((await scene.store.findByUserCode(old.userCodeHash, scene.at(LIFETIME + 1)))?.id, next.id)
      await scene.store.sweep(scene.at(FORGOTTEN_AT))
      assert.equal((await scene.store.findByUserCode(old.userCodeHash, scene.at(FORGOTTEN_AT)))?.id, next.id)
    },
  ),

  storeCase(
    'a credential stays known for its lifetime once more, and is unknown after that, even if it is not swept',
    async (scene) => {
      const expired = await scene.create()
      const denied = await scene.create()
      assert.equal(await scene.deny(denied, 1), 'decided')
      for (const credential of [expired, denied]) {
        await scene.polls(credential, FORGOTTEN_AT - 0.001, 'expired')
        const known = await scene.store.findDeviceCredential(credential.id, scene.at(FORGOTTEN_AT - 0.001))
        assert.equal(known?.id, credential.id)
        await scene.polls(credential, FORGOTTEN_AT, 'unknown')
        assert.equal(await scene.store.findDeviceCredential(credential.id, scene.at(FORGOTTEN_AT)), undefined)
        assert.equal(await scene.approve(credential, FORGOTTEN_AT), 'unknown')
      }
    },
  ),
]
