import { strict as assert } from 'node:assert'
import type { DeviceStore } from '../../contract/store.ts'
import type { TokenTarget } from '../../contract/target.ts'
import { type Scene, type StoreCase, storeCase } from './scene.ts'

const target: TokenTarget = {
  resources: ['https://photos.example/', 'https://music.example/v1'],
  authorizationDetails: [
    { type: 'payment', amount: { currency: 'EUR', value: '12.50' }, note: 'Zwei\nZeilen, „quoted" 日本' },
  ],
}
const granted: TokenTarget = { resources: ['https://photos.example/'] }
const narrow: TokenTarget = { resources: ['https://photos.example/'], authorizationDetails: [] }
const data = { workspace: 'w 1', nested: { tenant: null, flags: [true, 0] } }

async function familyOf(store: DeviceStore, scene: Scene, id: string, hash: string) {
  const found = await store.findToken(id, hash, scene.at(12))
  assert.ok(found !== undefined)
  return found
}

/** Cases about resources, authorization details and data of the application, which the store keeps as they are. */
export const targetCases: readonly StoreCase[] = [
  storeCase('requested resources and details are read by the id, by the user code and by polls', async (scene) => {
    const credential = await scene.create(0, { target })
    const { id, userCodeHash } = credential
    assert.deepEqual((await scene.store.findDeviceCredential(id, scene.at(1)))?.target, target)
    assert.deepEqual((await scene.store.findByUserCode(userCodeHash, scene.at(1)))?.target, target)
    const pending = await scene.poll(credential, 5)
    assert.deepEqual('credential' in pending && pending.credential.target, target, 'a pending poll')
    assert.equal(await scene.approve(credential, 6), 'decided')
    const approved = await scene.poll(credential, 10)
    assert.ok(approved.status === 'approved')
    assert.deepEqual(approved.credential.target, target)
    assert.equal(approved.credential.userGrant?.target, undefined)
    assert.equal(approved.credential.userGrant?.data, undefined)
  }),

  storeCase('granted resources and data are read by polls, and are those of the token family', async (scene) => {
    const credential = await scene.create(0, { target })
    const { id } = credential
    const userGrant = { subject: scene.alice, approved: true, scope: 'profile', target: granted, data }
    assert.equal(await scene.store.decide(id, userGrant, scene.at(1)), 'decided')
    const approved = await scene.poll(credential, 5)
    assert.ok(approved.status === 'approved')
    assert.deepEqual(approved.credential.userGrant?.target, granted)
    assert.deepEqual(approved.credential.userGrant?.data, data)
    const first = scene.tokens(6)
    assert.equal(await scene.store.redeem(id, first, 'sealed', scene.at(6)), true)
    for (const hash of [first.accessTokenHash, first.refreshTokenHash ?? '']) {
      const { family } = await familyOf(scene.store, scene, id, hash)
      assert.deepEqual(family.target, granted)
      assert.deepEqual(family.data, data)
    }
    const [listed] = await scene.store.listFamilies(scene.alice, scene.at(12))
    assert.deepEqual(listed?.data, data)
  }),

  storeCase('each access token has its own target, and a refresh token that of the family', async (scene) => {
    const credential = await scene.create(0, { target })
    const { id } = credential
    assert.equal(await scene.approve(credential, 1), 'decided')
    const [first, second, third] = [scene.tokens(2, { target }), scene.tokens(3, { target: narrow }), scene.tokens(4)]
    assert.equal(await scene.store.redeem(id, first, 'sealed', scene.at(2)), true)
    const [one = '', two = ''] = [first.refreshTokenHash, second.refreshTokenHash]
    assert.equal(await scene.store.rotateRefreshToken(id, one, second, 'sealed', scene.at(3)), true)
    assert.equal(await scene.store.rotateRefreshToken(id, two, third, 'sealed', scene.at(4)), true)
    const targets = []
    for (const hash of [first, second, third].map((tokens) => tokens.accessTokenHash)) {
      const found = await familyOf(scene.store, scene, id, hash)
      targets.push(found.type === 'access_token' ? found.target : 'no access token')
    }
    assert.deepEqual(targets, [target, narrow, undefined])
    const refresh = await familyOf(scene.store, scene, id, third.refreshTokenHash ?? '')
    assert.deepEqual(refresh.type === 'refresh_token' && refresh.target, target)
    assert.equal(await scene.store.revokeAccessToken(id, first.accessTokenHash), true)
    assert.equal(await scene.found(id, second.accessTokenHash, 12), 'access_token')
  }),
]
