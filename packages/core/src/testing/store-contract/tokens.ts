import { strict as assert } from 'node:assert'
import {
  ACCESS_TOKEN_LIFETIME,
  REFRESH_TOKEN_LIFETIME,
  randomHash,
  type Scene,
  type StoreCase,
  storeCase,
} from './scene.ts'

/** A family whose refresh token `current` was replaced by the tokens `next` after ten seconds. */
async function rotatedFamily(scene: Scene) {
  const redeemed = await scene.redeemed()
  const next = scene.tokens(10)
  const current = redeemed.tokens.refreshTokenHash ?? ''
  const rotated = scene.store.rotateRefreshToken(redeemed.id, current, next, 'sealed again', scene.at(10))
  assert.equal(await rotated, true, 'the refresh token is replaced')
  return { ...redeemed, next, current }
}

/** Cases about access and refresh tokens: they are found while they live, and rotated once. */
export const tokenCases: readonly StoreCase[] = [
  storeCase('an access token is found until it expires, with its family', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    const found = await scene.store.findToken(id, tokens.accessTokenHash, scene.at(3))
    assert.ok(found?.type === 'access_token')
    assert.equal(found.scope, 'profile')
    assert.equal(found.issuedAt, scene.at(2))
    assert.equal(found.expiresAt, scene.at(2 + ACCESS_TOKEN_LIFETIME))
    assert.equal(found.family.id, id)
    assert.equal(found.family.clientId, credential.clientId)
    assert.equal(found.family.subject, scene.alice)
    assert.equal(found.family.username, 'Alice')
    assert.deepEqual(found.family.authentication, scene.authentication)
    assert.equal(found.family.scope, 'profile')
    assert.equal(found.family.createdAt, scene.at(2))
    assert.equal(await scene.found(id, tokens.accessTokenHash, 1.999 + ACCESS_TOKEN_LIFETIME), 'access_token')
    assert.equal(await scene.found(id, tokens.accessTokenHash, 2 + ACCESS_TOKEN_LIFETIME), undefined)
  }),

  storeCase('a refresh token is found until it expires, with the scope that the user granted', async (scene) => {
    const { id, tokens } = await scene.redeemed({ scope: '' })
    const found = await scene.store.findToken(id, tokens.refreshTokenHash ?? '', scene.at(3))
    assert.ok(found?.type === 'refresh_token')
    assert.equal(found.scope, 'profile')
    assert.equal(found.expiresAt, scene.at(2 + REFRESH_TOKEN_LIFETIME))
    assert.equal(await scene.found(id, tokens.refreshTokenHash, 1.999 + REFRESH_TOKEN_LIFETIME), 'refresh_token')
    assert.equal(await scene.found(id, tokens.refreshTokenHash, 2 + REFRESH_TOKEN_LIFETIME), undefined)
  }),

  storeCase('a token is found in its own family only', async (scene) => {
    const [one, two] = [await scene.redeemed(), await scene.redeemed()]
    assert.equal(await scene.found(one.id, two.tokens.accessTokenHash, 3), undefined)
    assert.equal(await scene.found(one.id, two.tokens.refreshTokenHash, 3), undefined)
    assert.equal(await scene.found(one.id, randomHash(), 3), undefined)
    assert.equal(await scene.found(randomHash(), one.tokens.accessTokenHash, 3), undefined)
  }),

  storeCase('the first use of an access token is noted at once, later uses to the minute', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const lastUsedAt = async (seconds: number): Promise<number | undefined> =>
      (await scene.store.listFamilies(scene.alice, scene.at(seconds)))[0]?.lastUsedAt
    await scene.found(id, tokens.refreshTokenHash, 3)
    assert.equal(await lastUsedAt(3), undefined)
    await scene.found(id, tokens.accessTokenHash, 4)
    const first = await lastUsedAt(4)
    assert.ok(first !== undefined && Math.abs(first - scene.at(4)) <= 60_000)
    await scene.found(id, tokens.accessTokenHash, 200)
    const later = await lastUsedAt(200)
    assert.ok(later !== undefined && later > first && Math.abs(later - scene.at(200)) <= 60_000)
  }),

  storeCase('a rotation replaces the refresh token and adds an access token', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const next = scene.tokens(10, { scope: '' })
    const current = tokens.refreshTokenHash ?? ''
    assert.equal(await scene.store.rotateRefreshToken(id, current, next, 'sealed again', scene.at(10)), true)
    const old = await scene.store.findToken(id, current, scene.at(11))
    assert.ok(old?.type === 'rotated')
    assert.equal(old.rotatedAt, scene.at(10))
    assert.equal(await scene.store.replayRotation(id, current, scene.at(11)), 'sealed again')
    assert.equal(old.family.id, id)
    assert.equal(await scene.found(id, next.refreshTokenHash, 11), 'refresh_token')
    assert.equal((await scene.store.findToken(id, next.accessTokenHash, scene.at(11)))?.type, 'access_token')
    assert.equal(await scene.found(id, tokens.accessTokenHash, 11), 'access_token', 'the older one is still live')
    assert.equal(await scene.found(id, tokens.accessTokenHash, 2 + ACCESS_TOKEN_LIFETIME), undefined)
    assert.equal(await scene.found(id, next.accessTokenHash, 2 + ACCESS_TOKEN_LIFETIME), 'access_token')
    const refreshed = await scene.store.findToken(id, next.refreshTokenHash ?? '', scene.at(11))
    assert.equal(
      refreshed?.type === 'refresh_token' && refreshed.scope,
      'profile',
      'a narrow access token does not narrow the family',
    )
  }),

  storeCase('F-11 of 20 parallel rotations of one refresh token, one wins', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const nexts = Array.from({ length: 20 }, () => scene.tokens(10))
    const current = tokens.refreshTokenHash ?? ''
    const rotate = nexts.map((next) => scene.store.rotateRefreshToken(id, current, next, 'sealed', scene.at(10)))
    const won = await Promise.all(rotate)
    assert.equal(won.filter(Boolean).length, 1)
    const refresh = await Promise.all(nexts.map((next) => scene.found(id, next.refreshTokenHash, 11)))
    assert.deepEqual(
      refresh,
      won.map((winner) => (winner ? 'refresh_token' : undefined)),
    )
    const access = await Promise.all(nexts.map((next) => scene.found(id, next.accessTokenHash, 11)))
    assert.deepEqual(
      access,
      won.map((winner) => (winner ? 'access_token' : undefined)),
    )
  }),

  storeCase('the answer to a rotation is given again twice, even to 20 that ask at the same time', async (scene) => {
    const { id, current } = await rotatedFamily(scene)
    const asked = Array.from({ length: 20 }, async () => scene.store.replayRotation(id, current, scene.at(11)))
    const answers = await Promise.all(asked)
    assert.equal(answers.filter((answer) => answer === 'sealed again').length, 2)
    assert.equal(answers.filter((answer) => answer === undefined).length, 18)
    assert.equal(await scene.found(id, current, 12), 'rotated')
  }),

  storeCase('the answer to a rotation is not given again after the use of its access token', async (scene) => {
    const { id, current, tokens, next } = await rotatedFamily(scene)
    await scene.found(id, tokens.accessTokenHash, 11)
    await scene.found(id, next.refreshTokenHash, 11)
    assert.equal(await scene.store.replayRotation(id, current, scene.at(11)), 'sealed again', 'an older token was used')
    await scene.found(id, next.accessTokenHash, 11)
    assert.equal(await scene.store.replayRotation(id, current, scene.at(11)), undefined)
    const last = scene.tokens(12)
    const successor = next.refreshTokenHash ?? ''
    assert.equal(await scene.store.rotateRefreshToken(id, successor, last, 'sealed last', scene.at(12)), true)
    await scene.found(id, next.accessTokenHash, 13)
    assert.equal(await scene.store.replayRotation(id, successor, scene.at(13)), 'sealed last', 'the next one is new')
    await scene.found(id, last.accessTokenHash, 13)
    assert.equal(await scene.store.replayRotation(id, successor, scene.at(13)), undefined, 'within the same minute')
  }),

  storeCase('a replaced refresh token is found with the use of the answer that replaced it', async (scene) => {
    const { id, current, tokens, next } = await rotatedFamily(scene)
    const used = async (): Promise<boolean | undefined> => {
      const found = await scene.store.findToken(id, current, scene.at(12))
      return found?.type === 'rotated' ? found.used : undefined
    }
    assert.equal(await used(), false)
    await scene.found(id, tokens.accessTokenHash, 12)
    await scene.found(id, next.refreshTokenHash, 12)
    for (let time = 0; time < 3; time++) await scene.store.replayRotation(id, current, scene.at(12))
    assert.equal(await used(), false, 'after repetitions')
    await scene.found(id, next.accessTokenHash, 12)
    assert.equal(await used(), true, 'after the use of its access token')
    await scene.found(id, next.accessTokenHash, 12)
    assert.equal(await scene.store.replayRotation(id, current, scene.at(12)), undefined)
    assert.equal(await used(), true)
  }),

  storeCase('only the answer to the last rotation of a live family is given again', async (scene) => {
    const { id, current, next } = await rotatedFamily(scene)
    const replay = async (hash: string | undefined): Promise<string | undefined> =>
      scene.store.replayRotation(id, hash ?? '', scene.at(12))
    for (const hash of [randomHash(), '', next.refreshTokenHash, next.accessTokenHash]) {
      assert.equal(await replay(hash), undefined)
    }
    assert.equal(await scene.store.replayRotation(randomHash(), current, scene.at(12)), undefined)
    const rotated = scene.store.rotateRefreshToken(
      id,
      next.refreshTokenHash ?? '',
      scene.tokens(11),
      'sealed last',
      scene.at(11),
    )
    assert.equal(await rotated, true)
    assert.equal(await replay(current), undefined)
    assert.equal(await replay(next.refreshTokenHash), 'sealed last')
    await scene.store.revoke(id, scene.at(12))
    assert.equal(await replay(next.refreshTokenHash), undefined)
  }),

  storeCase('a rotation is a use of the redeemed code', async (scene) => {
    const { credential } = await rotatedFamily(scene)
    const result = await scene.poll(credential, 11)
    assert.equal(result.status === 'redeemed' && result.redemption.used, true)
  }),

  storeCase('of 20 parallel leases for one rotation, one is given, and only its owner rotates', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const current = tokens.refreshTokenHash ?? ''
    const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)
    const lease = async (owner: string, seconds: number, hash = current): Promise<boolean> =>
      scene.store.lease(id, owner, scene.at(seconds + 10), scene.at(seconds), hash)
    const rotate = async (owner: string | undefined, seconds: number): Promise<boolean> =>
      scene.store.rotateRefreshToken(id, current, scene.tokens(seconds), 'sealed', scene.at(seconds), owner)
    const given = await Promise.all(owners.map((owner) => lease(owner, 10)))
    assert.equal(given.filter(Boolean).length, 1)
    const winner = owners[given.indexOf(true)] ?? ''
    const loser = owners[given.indexOf(false)] ?? ''
    assert.equal(await rotate(undefined, 11), false, 'without an owner')
    assert.equal(await rotate(loser, 11), false, 'by another owner')
    assert.equal(await rotate(winner, 20), false, 'by the owner, too late')
    assert.equal(await lease(loser, 20), true, 'after the lease has ended')
    assert.equal(await lease(loser, 25), true, 'again, by its owner')
    assert.equal(await lease(winner, 34.999), false, 'before the renewed lease has ended')
    assert.equal(await rotate(loser, 34.999), true)
    assert.equal(await lease(winner, 36), false, 'for a token that was replaced')
  }),

  storeCase('a lease for a rotation is for the current refresh token of a live family', async (scene) => {
    const [{ id, tokens }, approved] = [await scene.redeemed(), await scene.approved()]
    const current = tokens.refreshTokenHash ?? ''
    const lease = async (of: string, hash: string | undefined, seconds: number): Promise<boolean> =>
      scene.store.lease(of, 'one', scene.at(seconds + 10), scene.at(seconds), hash)
    assert.equal(await lease(id, undefined, 3), false, 'a redeemed credential')
    assert.equal(await lease(id, randomHash(), 3), false, 'an unknown token')
    assert.equal(await lease(id, tokens.accessTokenHash, 3), false, 'an access token')
    assert.equal(await lease(approved.id, current, 3), false, 'a token of another family')
    assert.equal(await lease(randomHash(), current, 3), false, 'an unknown family')
    assert.equal(await lease(id, current, 2 + REFRESH_TOKEN_LIFETIME), false, 'an expired token')
    await scene.store.revoke(id, scene.at(4))
    assert.equal(await lease(id, current, 5), false, 'a revoked family')
  }),

  storeCase('a lease for a rotation is given back by its owner, and ends with the rotation', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const current = tokens.refreshTokenHash ?? ''
    const next = scene.tokens(12)
    assert.equal(await scene.store.lease(id, 'one', scene.at(20), scene.at(10), current), true)
    await scene.store.release(id, 'two')
    assert.equal(await scene.store.lease(id, 'two', scene.at(21), scene.at(11), current), false)
    await scene.store.release(id, 'one')
    assert.equal(await scene.store.lease(id, 'two', scene.at(21), scene.at(11), current), true)
    assert.equal(await scene.store.rotateRefreshToken(id, current, next, 'sealed', scene.at(12), 'two'), true)
    const after = next.refreshTokenHash ?? ''
    assert.equal(await scene.store.lease(id, 'one', scene.at(23), scene.at(13), after), true)
    assert.equal(await scene.found(id, next.accessTokenHash, 14), 'access_token')
  }),

  storeCase('the lease of a redemption ends with it, and does not stop a rotation', async (scene) => {
    const { id } = await scene.approved()
    const tokens = scene.tokens(3)
    assert.equal(await scene.store.lease(id, 'one', scene.at(12), scene.at(2)), true)
    assert.equal(await scene.store.redeem(id, tokens, 'sealed', scene.at(3), 'one'), true)
    const current = tokens.refreshTokenHash ?? ''
    assert.equal(await scene.store.rotateRefreshToken(id, current, scene.tokens(4), 'sealed', scene.at(4)), true)
  }),

  storeCase('only the current refresh token of a live family is rotated, before it expires', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const rotate = async (hash: string | undefined, seconds: number): Promise<boolean> =>
      scene.store.rotateRefreshToken(id, hash ?? '', scene.tokens(seconds), 'sealed', scene.at(seconds))
    assert.equal(await rotate(randomHash(), 3), false)
    assert.equal(await rotate(tokens.accessTokenHash, 3), false)
    assert.equal(await rotate(tokens.refreshTokenHash, 2 + REFRESH_TOKEN_LIFETIME), false)
    assert.equal(await rotate(tokens.refreshTokenHash, 4), true)
    assert.equal(await rotate(tokens.refreshTokenHash, 5), false)
    const unknown = scene.store.rotateRefreshToken(randomHash(), randomHash(), scene.tokens(5), 'sealed', scene.at(5))
    assert.equal(await unknown, false)
  }),

  storeCase('after a rotation without a new refresh token, nothing can be refreshed', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const last = scene.tokens(10, { refreshTokenHash: undefined, refreshTokenExpiresAt: undefined })
    const current = tokens.refreshTokenHash ?? ''
    assert.equal(await scene.store.rotateRefreshToken(id, current, last, 'sealed', scene.at(10)), true)
    assert.equal(await scene.found(id, current, 11), 'rotated')
    assert.equal(await scene.store.rotateRefreshToken(id, current, scene.tokens(11), 'sealed', scene.at(11)), false)
    assert.equal(await scene.found(id, last.accessTokenHash, 11), 'access_token')
  }),

  storeCase('a rotation keeps the family known as long as the new tokens live', async (scene) => {
    const { credential, id, tokens } = await scene.redeemed()
    const at = REFRESH_TOKEN_LIFETIME
    const rotated = scene.store.rotateRefreshToken(
      id,
      tokens.refreshTokenHash ?? '',
      scene.tokens(at),
      '',
      scene.at(at),
    )
    assert.equal(await rotated, true)
    await scene.store.sweep(scene.at(at + 10))
    await scene.polls(credential, at + REFRESH_TOKEN_LIFETIME - 1, 'redeemed')
    await scene.polls(credential, at + REFRESH_TOKEN_LIFETIME, 'unknown')
  }),

  storeCase('the ten latest access tokens of a family are live', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    let current = tokens.refreshTokenHash ?? ''
    const hashes: string[] = []
    for (let seconds = 10; seconds < 30; seconds++) {
      const next = scene.tokens(seconds)
      assert.equal(await scene.store.rotateRefreshToken(id, current, next, 'sealed', scene.at(seconds)), true)
      current = next.refreshTokenHash ?? ''
      hashes.push(next.accessTokenHash)
    }
    for (const hash of hashes.slice(-10)) assert.equal(await scene.found(id, hash, 31), 'access_token')
  }),
]
