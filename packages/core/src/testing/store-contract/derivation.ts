import { strict as assert } from 'node:assert'
import { MAX_ACCESS_TOKENS } from '../../lifecycle/token-family.ts'
import { ACCESS_TOKEN_LIFETIME, randomHash, type StoreCase, storeCase } from './scene.ts'

/** Cases about access tokens that are derived from another one of their family. */
export const derivationCases: readonly StoreCase[] = [
  storeCase('a derived access token is found beside the one that it is derived from', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const target = { resources: ['https://api.example/'] }
    const derived = scene.derived(10, { scope: 'narrow', target })
    assert.equal(await scene.store.deriveAccessToken(id, tokens.accessTokenHash, derived, scene.at(10)), true)
    const found = await scene.store.findToken(id, derived.accessTokenHash, scene.at(11))
    assert.ok(found?.type === 'access_token')
    assert.equal(found.scope, 'narrow')
    assert.deepEqual(found.target, target)
    assert.equal(found.issuedAt, scene.at(10))
    assert.equal(found.expiresAt, scene.at(70))
    assert.equal(await scene.found(id, derived.accessTokenHash, 70), undefined)
    assert.equal(await scene.found(id, tokens.accessTokenHash, 71), 'access_token')
    assert.equal(await scene.found(id, tokens.refreshTokenHash, 71), 'refresh_token')
  }),

  storeCase(
    'an access token is derived only from a live access token of the family that ends no earlier',
    async (scene) => {
      const { id, tokens } = await scene.redeemed()
      const other = await scene.redeemed()
      const derive = (from: string | undefined, ends: number, seconds = 10) =>
        scene.store.deriveAccessToken(
          id,
          from ?? '',
          scene.derived(seconds, { accessTokenExpiresAt: scene.at(ends) }),
          scene.at(seconds),
        )
      const end = 2 + ACCESS_TOKEN_LIFETIME
      assert.equal(await derive(tokens.refreshTokenHash, 20), false, 'a refresh token')
      assert.equal(await derive(other.tokens.accessTokenHash, 20), false, 'a token of another family')
      assert.equal(await derive(randomHash(), 20), false, 'an unknown token')
      assert.equal(await derive(tokens.accessTokenHash, end + 0.001), false, 'a longer life')
      assert.equal(await derive(tokens.accessTokenHash, end), true, 'the same end')
      assert.equal(await derive(tokens.accessTokenHash, end, end), false, 'a token that is over')
      const unknown = scene.store.deriveAccessToken(
        randomHash(),
        tokens.accessTokenHash,
        scene.derived(10),
        scene.at(10),
      )
      assert.equal(await unknown, false, 'an unknown family')
    },
  ),

  storeCase('a family that is revoked gets no derived token, whichever of the two is first', async (scene) => {
    for (let round = 0; round < 20; round++) {
      const { id, tokens } = await scene.redeemed()
      const derived = scene.derived(3)
      const steps = [
        () => scene.store.deriveAccessToken(id, tokens.accessTokenHash, derived, scene.at(3)),
        () => scene.store.revoke(id, scene.at(3)),
      ]
      if (round % 2 === 1) steps.reverse()
      await Promise.all(steps.map((step) => step()))
      for (const hash of [derived.accessTokenHash, tokens.accessTokenHash, tokens.refreshTokenHash]) {
        assert.equal(await scene.found(id, hash, 4), undefined)
      }
      const later = scene.store.deriveAccessToken(id, tokens.accessTokenHash, scene.derived(5), scene.at(5))
      assert.equal(await later, false)
    }
  }),

  storeCase('parallel derivations all count, and the oldest tokens of too many end', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const derived = Array.from({ length: 2 * MAX_ACCESS_TOKENS }, () => scene.derived(10))
    const won = await Promise.all(
      derived.map(async (each) => scene.store.deriveAccessToken(id, tokens.accessTokenHash, each, scene.at(10))),
    )
    assert.ok(won.every(Boolean))
    const found = await Promise.all(derived.map((each) => scene.found(id, each.accessTokenHash, 11)))
    assert.equal(found.filter((type) => type === 'access_token').length, MAX_ACCESS_TOKENS - 1)
    assert.equal(await scene.found(id, tokens.accessTokenHash, 11), 'access_token', 'the token of the answer stays')
    assert.equal(await scene.found(id, tokens.refreshTokenHash, 11), 'refresh_token')
  }),

  storeCase('a derived token that is revoked or over leaves the others', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const [one, two] = [scene.derived(10), scene.derived(10, { accessTokenExpiresAt: scene.at(600) })]
    for (const each of [one, two])
      assert.equal(await scene.store.deriveAccessToken(id, tokens.accessTokenHash, each, scene.at(10)), true)
    const deeper = scene.derived(11)
    assert.equal(await scene.store.deriveAccessToken(id, two.accessTokenHash, deeper, scene.at(11)), true)
    assert.equal(await scene.store.revokeAccessToken(id, two.accessTokenHash), true)
    assert.equal(await scene.found(id, one.accessTokenHash, 12), 'access_token')
    assert.equal(await scene.found(id, deeper.accessTokenHash, 12), 'access_token')
    assert.equal(await scene.found(id, tokens.accessTokenHash, 12), 'access_token')
    assert.equal(await scene.store.deriveAccessToken(id, two.accessTokenHash, scene.derived(12), scene.at(12)), false)
  }),

  storeCase('the use of a derived token does not show that the answer to a refresh was received', async (scene) => {
    const { id, tokens } = await scene.redeemed()
    const next = scene.tokens(10)
    const current = tokens.refreshTokenHash ?? ''
    assert.equal(await scene.store.rotateRefreshToken(id, current, next, 'sealed again', scene.at(10)), true)
    const derived = scene.derived(11)
    assert.equal(await scene.store.deriveAccessToken(id, tokens.accessTokenHash, derived, scene.at(11)), true)
    assert.equal(await scene.found(id, derived.accessTokenHash, 12), 'access_token')
    assert.equal(await scene.store.replayRotation(id, current, scene.at(12)), 'sealed again')
  }),
]
