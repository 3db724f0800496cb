import { strict as assert } from 'node:assert'
import { FORGOTTEN_AT, LIFETIME, type StoreCase, storeCase } from './scene.ts'

/** Cases about claims and decisions. */
export const decisionCases: readonly StoreCase[] = [
  storeCase('the first claim binds a credential to a subject and a browser', async (scene) => {
    const credential = await scene.create()
    assert.equal(await scene.claim(credential, 1, scene.alice, 'phone'), 'claimed')
    assert.equal(await scene.claim(credential, 2, scene.alice, 'phone'), 'claimed')
    const found = await scene.store.findDeviceCredential(credential.id, scene.at(3))
    assert.deepEqual([found?.claimedBy, found?.claimedIn], [scene.alice, 'phone'])
  }),

  storeCase(
    'the same subject in another browser, or another subject in the same browser, takes a claim over',
    async (scene) => {
      const credential = await scene.create()
      assert.equal(await scene.claim(credential, 1, scene.alice, 'phone'), 'claimed')
      assert.equal(await scene.claim(credential, 2, scene.alice, 'laptop'), 'claimed')
      assert.equal(await scene.claim(credential, 3, scene.bob, 'laptop'), 'claimed')
      const found = await scene.store.findDeviceCredential(credential.id, scene.at(4))
      assert.deepEqual([found?.claimedBy, found?.claimedIn], [scene.bob, 'laptop'])
      assert.equal(await scene.approve(credential, 4, scene.alice), 'unknown')
      assert.equal(await scene.approve(credential, 5, scene.bob), 'decided')
    },
  ),

  storeCase(
    'XD-6.1.4 another subject in another browser closes a claimed credential for both subjects',
    async (scene) => {
      const credential = await scene.create()
      assert.equal(await scene.claim(credential, 1, scene.alice, 'phone'), 'claimed')
      assert.equal(await scene.claim(credential, 2, scene.bob, 'laptop'), 'shared')
      for (const [subject, browser] of [
        [scene.alice, 'phone'],
        [scene.bob, 'laptop'],
      ] as const) {
        assert.equal(await scene.claim(credential, 3, subject, browser), 'unknown')
      }
      const found = await scene.store.findByUserCode(credential.userCodeHash, scene.at(4))
      assert.equal(found?.userGrant?.approved, false)
      await scene.polls(credential, 4, 'denied')
      assert.equal(await scene.approve(credential, 5, scene.alice), 'alreadyDecided')
      assert.equal(await scene.redeem(credential, 6), false)
      assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(7)))?.userGrant?.subject, '')
      await scene.create(8, { userCodeHash: credential.userCodeHash })
    },
  ),

  storeCase(
    'of parallel claims by two subjects, the first one binds the credential and the next one closes it',
    async (scene) => {
      const credential = await scene.create()
      const claimants = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? scene.alice : scene.bob))
      const results = await Promise.all(claimants.map((subject) => scene.claim(credential, 1, subject, subject)))
      assert.equal(results.filter((result) => result === 'shared').length, 1)
      const bound = new Set(claimants.filter((_, index) => results[index] === 'claimed'))
      assert.equal(bound.size, 1, 'one subject alone is told that the claim is theirs')
      await scene.polls(credential, 2, 'denied')
    },
  ),

  storeCase('of a parallel claim and approval by two subjects, at most one succeeds', async (scene) => {
    for (let round = 0; round < 10; round++) {
      const credential = await scene.create()
      const steps = [() => scene.approve(credential, 1, scene.alice), () => scene.claim(credential, 1, scene.bob)]
      const results = await Promise.all((round % 2 === 0 ? steps : steps.reverse()).map((step) => step()))
      const counted = results.filter((result) => result === 'decided' || result === 'claimed')
      assert.equal(counted.length, 1)
    }
  }),

  storeCase('only a pending credential that has not expired can be claimed', async (scene) => {
    const [approved, denied, cancelled] = [await scene.approved(), await scene.create(), await scene.create()]
    await scene.deny(denied, 1)
    await scene.store.revoke(cancelled.id, scene.at(1))
    const { credential: redeemed } = await scene.redeemed()
    for (const credential of [approved, denied, cancelled, redeemed]) {
      assert.equal(await scene.claim(credential, 3), 'unknown')
      assert.equal(await scene.claim(credential, 3, scene.bob, 'laptop'), 'unknown')
    }
    await scene.polls(approved, 4, 'approved')
    assert.equal(await scene.claim(await scene.create(), LIFETIME), 'unknown')
  }),

  storeCase('a claimed credential is unknown to other subjects who decide', async (scene) => {
    const credential = await scene.create()
    await scene.claim(credential, 1, scene.alice)
    assert.equal(await scene.approve(credential, 2, scene.bob), 'unknown')
    assert.equal(await scene.deny(credential, 2, scene.bob), 'unknown')
    await scene.polls(credential, 3, 'pending')
    assert.equal(await scene.approve(credential, 4, scene.alice), 'decided')
    assert.equal(await scene.approve(credential, 5, scene.bob), 'unknown')
    assert.equal(await scene.deny(credential, LIFETIME, scene.bob), 'unknown')
  }),

  storeCase('only the subject that a credential is bound to in advance can claim and decide it', async (scene) => {
    const credential = await scene.create(0, { boundSubject: scene.alice, bindingMessage: 'Blue 7' })
    const polled = await scene.poll(credential, 1)
    const found = [
      await scene.store.findDeviceCredential(credential.id, scene.at(1)),
      'credential' in polled ? polled.credential : undefined,
    ]
    for (const each of found) {
      assert.equal(each?.boundSubject, scene.alice)
      assert.equal(each?.bindingMessage, 'Blue 7')
    }
    assert.equal(await scene.claim(credential, 1, scene.bob, 'laptop'), 'unknown')
    assert.equal(await scene.approve(credential, 2, scene.bob), 'unknown')
    assert.equal(await scene.deny(credential, 2, scene.bob), 'unknown')
    assert.equal(await scene.claim(credential, 3, scene.alice), 'claimed')
    assert.equal(await scene.claim(credential, 3, scene.bob), 'unknown')
    assert.equal(await scene.approve(credential, 4, scene.alice), 'decided')
  }),

  storeCase('a credential that is bound to nobody can be decided only by the application', async (scene) => {
    const credential = await scene.create(0, { boundSubject: '' })
    assert.equal(await scene.claim(credential, 1), 'unknown')
    assert.equal(await scene.approve(credential, 2, scene.alice), 'unknown')
    assert.equal(await scene.deny(credential, 3, ''), 'decided')
  }),

  storeCase('the application can deny without a subject, whoever claimed the credential', async (scene) => {
    const credential = await scene.create()
    await scene.claim(credential, 1)
    assert.equal(await scene.deny(credential, 2, ''), 'decided')
    await scene.polls(credential, 3, 'denied')
  }),

  storeCase('a decision is made once', async (scene) => {
    const [approved, denied] = [await scene.create(), await scene.create()]
    assert.equal(await scene.approve(approved, 1), 'decided')
    assert.equal(await scene.deny(denied, 1), 'decided')
    for (const credential of [approved, denied]) {
      assert.equal(await scene.approve(credential, 2), 'alreadyDecided')
      assert.equal(await scene.deny(credential, 2), 'alreadyDecided')
    }
    await scene.polls(approved, 3, 'approved')
    await scene.polls(denied, 3, 'denied')
    assert.equal(await scene.redeem(denied, 4), false)
  }),

  storeCase('F-02 of a parallel approval and denial one wins, for good', async (scene) => {
    for (let round = 0; round < 20; round++) {
      const credential = await scene.create()
      const [first, second] = round % 2 === 0 ? (['approve', 'deny'] as const) : (['deny', 'approve'] as const)
      const results = await Promise.all([scene[first](credential, 1), scene[second](credential, 1)])
      assert.deepEqual([...results].sort(), ['alreadyDecided', 'decided'])
      const winner = results[0] === 'decided' ? first : second
      await scene.polls(credential, 2, winner === 'approve' ? 'approved' : 'denied')
      assert.equal(await scene.redeem(credential, 3), winner === 'approve')
    }
  }),

  storeCase('F-03 of parallel approvals by two subjects, only one is recorded', async (scene) => {
    const credential = await scene.create()
    const subjects = [scene.alice, scene.bob]
    const results = await Promise.all(subjects.map((subject) => scene.approve(credential, 1, subject)))
    assert.deepEqual([...results].sort(), ['alreadyDecided', 'decided'])
    const found = await scene.store.findDeviceCredential(credential.id, scene.at(2))
    assert.equal(found?.userGrant?.subject, subjects[results.indexOf('decided')])
  }),

  storeCase('F-07 an approval after expiry is refused and changes nothing', async (scene) => {
    const credential = await scene.create()
    assert.equal(await scene.approve(credential, LIFETIME), 'expired')
    assert.equal(await scene.deny(credential, FORGOTTEN_AT - 1), 'expired')
    await scene.polls(credential, LIFETIME, 'expired')
    assert.equal(await scene.redeem(credential, LIFETIME), false)
    const found = await scene.store.findDeviceCredential(credential.id, scene.at(LIFETIME))
    assert.equal(found?.userGrant, undefined)
  }),

  storeCase('F-05 an approval after the redemption changes nothing', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    assert.equal(await scene.approve(credential, 3), 'alreadyDecided')
    assert.equal(await scene.deny(credential, 3), 'alreadyDecided')
    await scene.polls(credential, 4, 'redeemed')
    assert.equal(await scene.redeem(credential, 4), false)
    assert.equal(await scene.found(id, tokens.accessTokenHash, 5), 'access_token')
    await scene.store.revoke(id, scene.at(6))
    assert.equal(await scene.approve(credential, 7), 'unknown')
    await scene.polls(credential, 8, 'revoked')
    assert.equal(await scene.redeem(credential, 8), false)
  }),

  storeCase('a cancelled credential cannot be decided', async (scene) => {
    const credential = await scene.create()
    assert.equal(await scene.store.revoke(credential.id, scene.at(1)), true)
    assert.equal(await scene.approve(credential, 2), 'unknown')
    await scene.polls(credential, 3, 'cancelled')
    await scene.polls(credential, LIFETIME, 'cancelled')
    assert.equal(await scene.redeem(credential, 3), false)
    assert.equal(await scene.store.revoke(credential.id, scene.at(4)), false)
  }),

  storeCase(
    'an approved credential can be cancelled before it is redeemed, a denied or expired one cannot',
    async (scene) => {
      const [approved, denied] = [await scene.approved(), await scene.create()]
      await scene.deny(denied, 1)
      assert.equal(await scene.store.revoke(approved.id, scene.at(2)), true)
      await scene.polls(approved, 3, 'cancelled')
      assert.equal(await scene.redeem(approved, 3), false)
      assert.equal(await scene.store.revoke(denied.id, scene.at(2)), false)
      await scene.polls(denied, 3, 'denied')
      const expired = await scene.create()
      assert.equal(await scene.store.revoke(expired.id, scene.at(LIFETIME)), false)
      await scene.polls(expired, LIFETIME, 'expired')
    },
  ),
]
