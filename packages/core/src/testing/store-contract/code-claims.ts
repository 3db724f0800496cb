import { strict as assert } from 'node:assert'
import { LIFETIME, randomHash, type StoreCase, storeCase } from './scene.ts'

const unknown = { result: 'unknown', id: undefined }

/**
 * Cases about claims by user code, which count an attempt first.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export const codeClaimCases: readonly StoreCase[] = [
  storeCase('a claim by user code binds the credential, and returns it', async (scene) => {
    const { id, userCodeHash, clientId, scope } = await scene.create()
    const budgets = [{ key: randomHash(), limit: 1, window: 60 }]
    const claimant = scene.claimant(scene.alice)
    const claim = await scene.store.claimByUserCode([userCodeHash], claimant, budgets, scene.at(1))
    assert.ok('result' in claim && claim.result === 'claimed')
    const { credential } = claim
    assert.deepEqual([credential.id, credential.clientId, credential.scope], [id, clientId, scope])
    const found = await scene.store.findDeviceCredential(id, scene.at(2))
    assert.deepEqual([found?.claimedBy, found?.claimedIn], [scene.alice, 'phone'])
    assert.deepEqual(await scene.store.findIds({ subject: scene.alice }, scene.at(2)), [id])
  }),

  storeCase('XD-6.1.4 a claim by user code closes a credential that somebody else has claimed', async (scene) => {
    const { id, userCodeHash, ...credential } = await scene.create()
    await scene.claimByUserCode([userCodeHash], 1)
    const bob = { subject: scene.bob, browser: 'laptop' }
    assert.deepEqual(await scene.claimByUserCode([userCodeHash], 2, bob), { result: 'shared', id })
    assert.deepEqual(await scene.claimByUserCode([userCodeHash], 3, bob), unknown)
    await scene.polls({ id, userCodeHash, ...credential }, 4, 'denied')
  }),

  storeCase(
    'XD-6.1.4 of two users who claim one user code at once, one claims it and the other closes it',
    async (scene) => {
      for (let round = 0; round < 5; round++) {
        const credential = await scene.create()
        const { id, userCodeHash } = credential
        const claims = [scene.alice, scene.bob].map((subject) =>
          scene.claimByUserCode([userCodeHash], 1, { subject, browser: subject }),
        )
        const results = (await Promise.all(claims)).map((claim) => ('result' in claim ? claim.result : 'refused'))
        assert.deepEqual(results.sort(), ['claimed', 'shared'])
        assert.deepEqual(await scene.claimByUserCode([userCodeHash], 2, { browser: scene.alice }), unknown)
        assert.notEqual(await scene.approve({ ...credential, id }, 3), 'decided')
        await scene.polls(credential, 4, 'denied')
      }
    },
  ),

  storeCase('a user who claims one user code twice at once, as by a double click, has it', async (scene) => {
    const { id, userCodeHash, ...credential } = await scene.create()
    const claims = ['phone', 'laptop'].map((browser) => scene.claimByUserCode([userCodeHash], 1, { browser }))
    assert.deepEqual(await Promise.all(claims), Array(2).fill({ result: 'claimed', id }))
    assert.equal(await scene.approve({ id, userCodeHash, ...credential }, 2), 'decided')
  }),

  storeCase('a user code can be claimed until it expires, and not at that moment', async (scene) => {
    const [first, second] = [await scene.create(), await scene.create()]
    const last = await scene.claimByUserCode([first.userCodeHash], LIFETIME - 0.001)
    assert.deepEqual(last, { result: 'claimed', id: first.id })
    for (const { userCodeHash } of [first, second])
      assert.deepEqual(await scene.claimByUserCode([userCodeHash], LIFETIME), unknown)
    assert.equal(await scene.approve(second, LIFETIME), 'expired')
  }),

  storeCase(
    'F-30 every code that cannot be claimed counts as an attempt, also one that is over or bound to others',
    async (scene) => {
      const [live, approved, bound, expired] = [
        await scene.create(),
        await scene.approved(),
        await scene.create(0, { boundSubject: scene.bob }),
        await scene.create(-LIFETIME),
      ]
      const guesses = { key: randomHash(), limit: 4 }
      for (const { userCodeHash } of [{ userCodeHash: randomHash() }, approved, bound, expired])
        assert.deepEqual(await scene.claimByUserCode([userCodeHash], 1, guesses), unknown)
      assert.ok('retryAfter' in (await scene.claimByUserCode([live.userCodeHash], 1, guesses)))
      await scene.polls(live, 2, 'pending')
    },
  ),

  storeCase("a claim by user code touches one client's request, and gives another client nothing", async (scene) => {
    const [ours, theirs] = [await scene.create(), await scene.create(0, { clientId: 'another-client' })]
    assert.deepEqual(await scene.claimByUserCode([theirs.userCodeHash], 1), { result: 'claimed', id: theirs.id })
    assert.equal((await scene.store.findDeviceCredential(ours.id, scene.at(2)))?.claimedBy, undefined)
    assert.equal((await scene.poll(theirs, 2)).status, 'unknown')
    assert.equal((await scene.poll(theirs, 3, 'another-client')).status, 'pending')
  }),

  storeCase('F-30 8628-5.1-1 an attempt that is refused claims nothing', async (scene) => {
    const { id, userCodeHash } = await scene.create()
    const guesses = { key: randomHash(), limit: 2 }
    for (let guess = 0; guess < 2; guess++) {
      assert.deepEqual(await scene.claimByUserCode([randomHash()], 0, guesses), unknown)
    }
    const refusal = { index: 0, retryAfter: LIFETIME }
    assert.deepEqual(await scene.claimByUserCode([userCodeHash], 0, guesses), refusal)
    assert.equal((await scene.store.findDeviceCredential(id, scene.at(1)))?.claimedBy, undefined)
    const all = [
      { key: randomHash(), limit: 5, window: LIFETIME },
      { key: guesses.key, limit: 2, window: LIFETIME },
    ]
    const claimant = scene.claimant(scene.alice)
    const spent = await scene.store.claimByUserCode([userCodeHash], claimant, all, scene.at(0))
    assert.deepEqual({ ...spent }, { ...refusal, index: 1 })
  }),

  storeCase('F-30 parallel claims by user code cannot share an attempt', async (scene) => {
    const credentials = await Promise.all(Array.from({ length: 10 }, () => scene.create()))
    const guesses = { key: randomHash(), limit: 3 }
    const claims = credentials.map(({ userCodeHash }) => scene.claimByUserCode([userCodeHash], 1, guesses))
    const counted = (await Promise.all(claims)).filter((claim) => 'result' in claim)
    assert.equal(counted.length, 3)
    const found = credentials.map(({ id }) => scene.store.findDeviceCredential(id, scene.at(2)))
    const claimed = (await Promise.all(found)).filter((each) => each?.claimedBy !== undefined)
    assert.equal(claimed.length, 3)
  }),

  storeCase(
    'a claim by user code counts in the same budgets as other attempts, and can be given back',
    async (scene) => {
      const { id, userCodeHash } = await scene.create()
      const [key, limit] = [randomHash(), 1]
      assert.deepEqual(await scene.claimByUserCode([userCodeHash], 0, { key, limit }), { result: 'claimed', id })
      assert.notEqual(await scene.store.takeAttempts([{ key, limit, window: LIFETIME }], scene.at(1)), undefined)
      await scene.store.giveBackAttempts([key], scene.at(1))
      assert.deepEqual(await scene.claimByUserCode([userCodeHash], 2, { key, limit }), { result: 'claimed', id })
    },
  ),

  storeCase('a code that is unknown, over, decided or bound to somebody else cannot be claimed', async (scene) => {
    const [approved, cancelled, bound, expired] = [
      await scene.approved(),
      await scene.create(),
      await scene.create(0, { boundSubject: scene.bob }),
      await scene.create(-LIFETIME),
    ]
    await scene.store.revoke(cancelled.id, scene.at(1))
    const { credential: redeemed } = await scene.redeemed()
    for (const { userCodeHash } of [approved, cancelled, bound, expired, redeemed, { userCodeHash: randomHash() }]) {
      assert.deepEqual(await scene.claimByUserCode([userCodeHash], 3), unknown)
    }
    // an id is no user code
    assert.deepEqual(await scene.claimByUserCode([bound.id], 3, { subject: scene.bob }), unknown)
    const theirs = await scene.claimByUserCode([bound.userCodeHash], 3, { subject: scene.bob })
    assert.deepEqual(theirs, { result: 'claimed', id: bound.id })
    await scene.polls(approved, 4, 'approved')
  }),

  storeCase('of several hashes of one code, that of a credential that can be claimed counts', async (scene) => {
    const [approved, { id, userCodeHash }] = [await scene.approved(), await scene.create()]
    const hashes = [randomHash(), approved.userCodeHash, userCodeHash]
    const guesses = { key: randomHash(), limit: 1 }
    assert.deepEqual(await scene.claimByUserCode(hashes, 1, guesses), { result: 'claimed', id })
    assert.deepEqual(await scene.claimByUserCode([...hashes].reverse(), 2), { result: 'claimed', id })
  }),

  storeCase('without a time, a claim by user code is at the time of the store', async (scene) => {
    const [live, over] = [await scene.create(0), await scene.create(-LIFETIME - 60)]
    const claim = async (userCodeHash: string, key: string): Promise<unknown> => {
      const budgets = [{ key, limit: 1, window: 60 }]
      const claimed = await scene.store.claimByUserCode([userCodeHash], scene.claimant(scene.alice), budgets, undefined)
      return 'result' in claimed ? claimed.result : 'refused'
    }
    assert.equal(await claim(over.userCodeHash, randomHash()), 'unknown')
    const key = randomHash()
    assert.equal(await claim(live.userCodeHash, key), 'claimed')
    assert.equal(await claim(live.userCodeHash, key), 'refused')
    assert.deepEqual(await scene.store.findIds({ subject: scene.alice }, undefined), [live.id])
  }),
]
