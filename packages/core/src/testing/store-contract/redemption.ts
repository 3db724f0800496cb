import { strict as assert } from 'node:assert'
import {
  ACCESS_TOKEN_LIFETIME,
  FORGOTTEN_AT,
  LIFETIME,
  REFRESH_TOKEN_LIFETIME,
  type StoreCase,
  storeCase,
} from './scene.ts'

/** Cases about redemption, which happens once, and about leases. */
export const redemptionCases: readonly StoreCase[] = [
  storeCase('F-01 of 100 parallel redemptions one wins, and only its tokens exist', async (scene) => {
    const { id } = await scene.approved()
    const attempts = Array.from({ length: 100 }, () => scene.tokens(2))
    const won = await Promise.all(attempts.map((each, i) => scene.store.redeem(id, each, `sealed ${i}`, scene.at(2))))
    assert.equal(won.filter(Boolean).length, 1)
    const found = await Promise.all(attempts.map((each) => scene.found(id, each.accessTokenHash, 3)))
    assert.deepEqual(
      found,
      won.map((winner) => (winner ? 'access_token' : undefined)),
    )
    const result = await scene.store.pollDeviceCredential(id, 'contract-client', scene.at(3))
    assert.equal(result.status === 'redeemed' && result.redemption.sealedResponse, `sealed ${won.indexOf(true)}`)
    assert.equal((await scene.store.listFamilies(scene.alice, scene.at(3))).length, 1)
  }),

  storeCase('only an approved credential is redeemed', async (scene) => {
    const [pending, denied] = [await scene.create(), await scene.create()]
    await scene.deny(denied, 1)
    assert.equal(await scene.redeem(pending, 2), false)
    assert.equal(await scene.redeem(denied, 2), false)
    await scene.polls(pending, 3, 'pending')
    await scene.polls(denied, 3, 'denied')
    assert.equal((await scene.store.listFamilies(scene.alice, scene.at(3))).length, 0)
  }),

  storeCase('F-07 an approved credential is not redeemed after its expiry', async (scene) => {
    const { id, ...rest } = await scene.approved()
    const tokens = scene.tokens(LIFETIME)
    assert.equal(await scene.store.redeem(id, tokens, 'sealed', scene.at(LIFETIME)), false)
    assert.equal(await scene.found(id, tokens.accessTokenHash, LIFETIME), undefined)
    await scene.polls({ id, ...rest }, LIFETIME, 'expired')
  }),

  storeCase(
    'a poll of a redeemed code finds its sealed response, and whether its access token was used',
    async (scene) => {
      const { credential, id, tokens } = await scene.redeemed()
      const first = await scene.poll(credential, 3)
      assert.ok(first.status === 'redeemed')
      assert.deepEqual({ ...first.redemption }, { sealedResponse: 'sealed', redeemedAt: scene.at(2), used: false })
      assert.equal(first.credential.id, id)
      assert.equal(await scene.found(id, tokens.refreshTokenHash, 4), 'refresh_token')
      const unused = await scene.poll(credential, 4)
      assert.equal(unused.status === 'redeemed' && unused.redemption.used, false)
      assert.equal(await scene.found(id, tokens.accessTokenHash, 5), 'access_token')
      const used = await scene.poll(credential, 6)
      assert.equal(used.status === 'redeemed' && used.redemption.used, true)
    },
  ),

  storeCase('a redeemed code stays redeemed after its expiry, as long as one of its tokens lives', async (scene) => {
    const { credential } = await scene.redeemed()
    for (const seconds of [3, 3.1, LIFETIME, FORGOTTEN_AT, ACCESS_TOKEN_LIFETIME, REFRESH_TOKEN_LIFETIME + 1.999]) {
      await scene.polls(credential, seconds, 'redeemed')
    }
    await scene.polls(credential, REFRESH_TOKEN_LIFETIME + 2, 'unknown')
  }),

  storeCase('a redeemed code whose tokens ended early stays known until its tombstone end', async (scene) => {
    const short = { accessTokenExpiresAt: scene.at(10), refreshTokenHash: undefined, refreshTokenExpiresAt: undefined }
    const { credential } = await scene.redeemed(short)
    await scene.polls(credential, FORGOTTEN_AT - 0.001, 'redeemed')
    await scene.polls(credential, FORGOTTEN_AT, 'unknown')
  }),

  storeCase('a leased credential is redeeming until the lease ends', async (scene) => {
    const credential = await scene.approved()
    assert.equal(await scene.store.lease(credential.id, 'one', scene.at(12), scene.at(2)), true)
    await scene.polls(credential, 11.999, 'redeeming')
    await scene.polls(credential, 12, 'approved')
  }),

  storeCase('a lease keeps other owners out until it ends; its owner may renew it', async (scene) => {
    const { id } = await scene.approved()
    assert.equal(await scene.store.lease(id, 'one', scene.at(12), scene.at(2)), true)
    assert.equal(await scene.store.lease(id, 'two', scene.at(13), scene.at(3)), false)
    assert.equal(await scene.store.lease(id, 'one', scene.at(20), scene.at(10)), true)
    assert.equal(await scene.store.lease(id, 'two', scene.at(29), scene.at(19.999)), false)
    assert.equal(await scene.store.lease(id, 'two', scene.at(30), scene.at(20)), true)
  }),

  storeCase('of 20 parallel leases by different owners, only one is given', async (scene) => {
    const { id } = await scene.approved()
    const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)
    const given = await Promise.all(owners.map((owner) => scene.store.lease(id, owner, scene.at(12), scene.at(2))))
    assert.equal(given.filter(Boolean).length, 1)
  }),

  storeCase('only an approved, live, unredeemed credential is leased', async (scene) => {
    const [pending, denied, late] = [await scene.create(), await scene.create(), await scene.approved()]
    await scene.deny(denied, 1)
    const { credential: redeemed } = await scene.redeemed()
    for (const { id } of [pending, denied, redeemed]) {
      assert.equal(await scene.store.lease(id, 'one', scene.at(13), scene.at(3)), false)
    }
    assert.equal(await scene.store.lease(late.id, 'one', scene.at(LIFETIME + 10), scene.at(LIFETIME)), false)
  }),

  storeCase('only the owner of a lease redeems, and only until the lease ends', async (scene) => {
    const credential = await scene.approved()
    await scene.store.lease(credential.id, 'one', scene.at(12), scene.at(2))
    assert.equal(await scene.redeem(credential, 3), false, 'without an owner')
    assert.equal(await scene.redeem(credential, 3, 'two'), false, 'by another owner')
    assert.equal(await scene.redeem(credential, 12, 'one'), false, 'by the owner, too late')
    await scene.store.lease(credential.id, 'two', scene.at(22), scene.at(12))
    assert.equal(await scene.redeem(credential, 13, 'one'), false, 'by the owner before')
    assert.equal(await scene.redeem(credential, 21.999, 'two'), true)
    await scene.polls(credential, 22, 'redeemed')
  }),

  storeCase('an owner without a lease does not redeem; a lease that has ended does not stop anybody', async (scene) => {
    const credential = await scene.approved()
    assert.equal(await scene.redeem(credential, 2, 'one'), false)
    await scene.store.lease(credential.id, 'one', scene.at(12), scene.at(2))
    assert.equal(await scene.redeem(credential, 12), true)
  }),

  storeCase('only its owner can give a lease back', async (scene) => {
    const credential = await scene.approved()
    await scene.store.lease(credential.id, 'one', scene.at(12), scene.at(2))
    await scene.store.release(credential.id, 'two')
    await scene.polls(credential, 3, 'redeeming')
    await scene.store.release(credential.id, 'one')
    await scene.polls(credential, 4, 'approved')
    assert.equal(await scene.redeem(credential, 4, 'one'), false)
    assert.equal(await scene.redeem(credential, 4), true)
  }),

  storeCase('a lease does not outlive the expiry of the code', async (scene) => {
    const credential = await scene.approved()
    await scene.store.lease(credential.id, 'one', scene.at(LIFETIME + 10), scene.at(LIFETIME - 1))
    await scene.polls(credential, LIFETIME, 'expired')
    assert.equal(await scene.redeem(credential, LIFETIME, 'one'), false)
  }),

  storeCase('F-14 a parallel revocation and redemption leave no live token', async (scene) => {
    for (let round = 0; round < 20; round++) {
      const { id } = await scene.approved()
      const tokens = scene.tokens(2)
      const steps = [
        () => scene.store.redeem(id, tokens, 'sealed', scene.at(2)),
        () => scene.store.revoke(id, scene.at(2)),
      ]
      if (round % 2 === 1) steps.reverse()
      await Promise.all(steps.map((step) => step()))
      assert.equal(await scene.found(id, tokens.accessTokenHash, 3), undefined)
      assert.equal(await scene.found(id, tokens.refreshTokenHash, 3), undefined)
    }
  }),
]
