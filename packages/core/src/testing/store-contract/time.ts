import { strict as assert } from 'node:assert'
import { clientId, LIFETIME, randomHash, type Scene, type StoreCase, storeCase } from './scene.ts'

/** Seconds: the creation of a credential that lives now by the real clock, and of one that has expired a minute ago. */
const [live, over] = [0, -LIFETIME - 60]
/** Milliseconds that the clocks of a store and of its test may differ: they may be on two machines. */
const TOLERANCE = 2_000

/** A token family that began at these seconds. Its tokens live as long as a code. */
async function redeemed(
  scene: Scene,
  seconds: number,
): Promise<{ readonly id: string; readonly accessToken: string; readonly refreshToken: string }> {
  const [credential, accessToken, refreshToken] = [await scene.create(seconds), randomHash(), randomHash()]
  const end = scene.at(seconds + LIFETIME)
  const hashes = { accessTokenHash: accessToken, refreshTokenHash: refreshToken }
  const tokens = scene.tokens(seconds, { ...hashes, accessTokenExpiresAt: end, refreshTokenExpiresAt: end })
  assert.equal(await scene.approve(credential, seconds), 'decided')
  assert.equal(await scene.store.redeem(credential.id, tokens, 'sealed', scene.at(seconds)), true)
  return { id: credential.id, accessToken, refreshToken }
}

/** Cases about steps without a time: the store does them at the time of its own clock, which is the real time. */
export const timeCases: readonly StoreCase[] = [
  storeCase('without a time, polls are paced by the clock of the store', async (scene) => {
    const { id, interval } = await scene.create(live)
    // as the server does before each request
    await scene.store.clock?.synchronize()
    const first = await scene.store.pollDeviceCredential(id, clientId, undefined)
    assert.ok(first.status === 'pending')
    assert.ok(Math.abs(Number(first.credential.lastPolledAt) - Date.now()) < TOLERANCE, 'the poll is dated')
    assert.equal((await scene.store.pollDeviceCredential(id, clientId, undefined)).status, 'slow_down')
    assert.equal(await scene.store.slowDown(id, clientId, undefined), interval + 5, 'one raise for one burst')
  }),

  storeCase('without a time, what has expired by the clock of the store is over', async (scene) => {
    const { store } = scene
    const { id, userCodeHash } = await scene.create(over)
    assert.equal((await store.pollDeviceCredential(id, clientId, undefined)).status, 'expired')
    assert.equal(await store.slowDown(id, clientId, undefined), undefined)
    assert.equal(await store.findByUserCode(userCodeHash, undefined), undefined)
    assert.equal(await store.claim(id, scene.claimant(scene.alice), undefined), 'unknown')
    const userGrant = { subject: scene.alice, approved: true, scope: 'profile' }
    assert.equal(await store.decide(id, userGrant, undefined), 'expired')
    const approved = await scene.create(over)
    assert.equal(await scene.approve(approved, over), 'decided')
    assert.equal(await store.lease(approved.id, 'owner', scene.at(live), undefined), false)
    assert.equal(await store.redeem(approved.id, scene.tokens(live), 'sealed', undefined), false)
    assert.equal(await store.revoke(approved.id, undefined), false)
  }),

  storeCase('without a time, a request goes from its code to its tokens', async (scene) => {
    const { store } = scene
    const { id, userCodeHash } = await scene.create(live)
    assert.equal((await store.findByUserCode(userCodeHash, undefined))?.id, id)
    assert.equal((await store.findDeviceCredential(id, undefined))?.id, id)
    assert.equal(await store.claim(id, scene.claimant(scene.alice), undefined), 'claimed')
    assert.deepEqual(await store.findIds({ subject: scene.alice }, undefined), [id])
    assert.equal(
      await store.decide(id, { subject: scene.alice, approved: true, scope: 'profile' }, undefined),
      'decided',
    )
    assert.equal(await store.lease(id, 'one', scene.at(60), undefined), true)
    assert.equal(await store.lease(id, 'other', scene.at(60), undefined), false)
    const tokens = scene.tokens(live)
    assert.equal(await store.redeem(id, tokens, 'sealed', undefined, 'one'), true)
    assert.equal((await store.findToken(id, tokens.accessTokenHash, undefined))?.type, 'access_token')
    const next = scene.tokens(live)
    assert.equal(await store.rotateRefreshToken(id, String(tokens.refreshTokenHash), next, 'sealed', undefined), true)
    assert.equal(await store.replayRotation(id, String(tokens.refreshTokenHash), undefined), 'sealed')
    assert.equal(await store.renameFamily(id, scene.alice, 'TV', undefined), true)
    const [family] = await store.listFamilies(scene.alice, undefined)
    assert.equal(family?.name, 'TV')
    assert.ok(Math.abs(Number(family?.createdAt) - Date.now()) < TOLERANCE, 'the redemption is dated')
    const rotated = await store.findToken(id, String(tokens.refreshTokenHash), undefined)
    assert.ok(rotated?.type === 'rotated' && Math.abs(rotated.rotatedAt - Date.now()) < TOLERANCE)
    assert.equal(await store.revoke(id, undefined), true)
  }),

  storeCase('without a time, a family whose tokens have ended by the clock of the store is over', async (scene) => {
    const { store } = scene
    const { id, accessToken, refreshToken } = await redeemed(scene, over)
    assert.equal(await store.findToken(id, accessToken, undefined), undefined)
    assert.equal((await store.findToken(id, refreshToken, undefined))?.type, 'expired')
    assert.equal(await store.lease(id, 'owner', scene.at(60), undefined, refreshToken), false)
    assert.equal(await store.rotateRefreshToken(id, refreshToken, scene.tokens(live), 'sealed', undefined), false)
    assert.deepEqual(await store.listFamilies(scene.alice, undefined), [])
    assert.deepEqual(await store.findIds({ subject: scene.alice }, undefined), [])
    assert.equal(await store.renameFamily(id, scene.alice, 'TV', undefined), false)
  }),

  storeCase('without a time, a sweep forgets nothing that somebody may still ask for', async (scene) => {
    const [pending, expired, family] = [await scene.create(live), await scene.create(over), await redeemed(scene, live)]
    await scene.store.sweep()
    for (const { id } of [pending, expired, family]) {
      assert.notEqual(await scene.store.findDeviceCredential(id, undefined), undefined)
    }
  }),

  storeCase('without a time, attempts are counted by the clock of the store', async (scene) => {
    const [key, ended] = [randomHash(), randomHash()]
    const take = (name: string): ReturnType<typeof scene.store.takeAttempts> =>
      scene.store.takeAttempts([{ key: name, limit: 1, window: 60 }], undefined)
    assert.equal(await take(key), undefined)
    const refusal = await take(key)
    assert.ok(refusal !== undefined && refusal.retryAfter > 50 && refusal.retryAfter <= 60, 'the rest of the window')
    await scene.store.giveBackAttempts([key], undefined)
    assert.equal(await take(key), undefined)
    await scene.store.takeAttempts([{ key: ended, limit: 1, window: 60 }], scene.at(-120))
    assert.equal(await take(ended), undefined)
  }),

  storeCase('without a time, an attempt that comes after its caller has given up counts nothing', async (scene) => {
    const { store } = scene
    // the server tells this only to a store with a clock
    if (store.clock === undefined) return
    await store.clock.synchronize()
    const [budgets, now] = [[{ key: randomHash(), limit: 1, window: 60 }], store.clock.now()]
    await assert.rejects(async () => store.takeAttempts(budgets, undefined, now - 10_000), 'takeAttempts')
    const claimant = scene.claimant(scene.alice)
    const claim = async (): Promise<unknown> =>
      store.claimByUserCode([randomHash()], claimant, budgets, undefined, now - 10_000)
    await assert.rejects(claim, 'claimByUserCode')
    assert.equal(await store.takeAttempts(budgets, undefined, now + 60_000), undefined)
  }),

  storeCase('without a time, a repetition whose caller has given up is not taken', async (scene) => {
    const { store } = scene
    if (store.clock === undefined) return
    const { id, refreshToken } = await redeemed(scene, live)
    await store.rotateRefreshToken(id, refreshToken, scene.tokens(live), 'sealed', undefined)
    await store.clock.synchronize()
    const now = store.clock.now()
    for (let time = 0; time < 3; time++)
      await assert.rejects(
        async () => store.replayRotation(id, refreshToken, undefined, now - 10_000),
        'replayRotation',
      )
    const repeat = async (): Promise<unknown> => store.replayRotation(id, refreshToken, undefined, now + 60_000)
    assert.deepEqual([await repeat(), await repeat(), await repeat()], ['sealed', 'sealed', undefined])
  }),
]
