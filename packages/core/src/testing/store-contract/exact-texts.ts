import { strict as assert } from 'node:assert'
import { clientId, randomHash, type Scene, type StoreCase, storeCase } from './scene.ts'

/** Texts that a database may take for `text`: in capitals, with another accent, with spaces at the end, in other code points. */
function lookalikes(text: string): readonly string[] {
  return [text.toUpperCase(), text.replace('é', 'e'), `${text} `, text.normalize('NFD'), `${text}\t`]
}

/** A text in which each of these changes something. */
function accented(): string {
  return `renée-${randomHash()}`
}

/** A random hash, and the same one in letters of the other case. */
function hashInBothCases(): readonly [hash: string, other: string] {
  const hash = `aB${randomHash().slice(2)}`
  return [hash, hash.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))]
}

async function redeemedBy(scene: Scene, subject: string): Promise<string> {
  const credential = await scene.create()
  await scene.claim(credential, 1, subject)
  await scene.approve(credential, 1, subject)
  assert.equal(await scene.redeem(credential, 2), true)
  return credential.id
}

/** Cases about texts that look alike: a store compares them character by character, whatever its database does by default. */
export const exactTextCases: readonly StoreCase[] = [
  storeCase('a subject that is written in another way is another user', async (scene) => {
    const subject = accented()
    const id = await redeemedBy(scene, subject)
    const claimed = await scene.create()
    await scene.claim(claimed, 1, subject)
    for (const other of lookalikes(subject)) {
      const message = JSON.stringify(other)
      assert.deepEqual(await scene.store.listFamilies(other, scene.at(3)), [], message)
      assert.deepEqual(await scene.store.findIds({ subject: other }, scene.at(3)), [], message)
      assert.equal(await scene.store.renameFamily(id, other, 'name', scene.at(3)), false, message)
      assert.equal(await scene.approve(claimed, 3, other), 'unknown', message)
    }
    assert.equal((await scene.store.listFamilies(subject, scene.at(3)))[0]?.id, id)
  }),

  storeCase(
    'a request that is bound to a subject is not found for one that is written in another way',
    async (scene) => {
      const boundSubject = accented()
      const bound = await scene.create(0, { boundSubject })
      for (const other of lookalikes(boundSubject)) {
        assert.equal(await scene.claim(bound, 1, other), 'unknown', JSON.stringify(other))
        assert.equal(await scene.approve(bound, 1, other), 'unknown', JSON.stringify(other))
      }
      assert.equal(await scene.claim(bound, 1, boundSubject), 'claimed')
    },
  ),

  storeCase('a client id that is written in another way is another client', async (scene) => {
    const client = accented()
    const credential = await scene.create(0, { clientId: client })
    for (const other of lookalikes(client)) {
      assert.equal((await scene.poll(credential, 1, other)).status, 'unknown', JSON.stringify(other))
      assert.deepEqual(await scene.store.findIds({ clientId: other }, scene.at(1)), [], JSON.stringify(other))
    }
    assert.equal((await scene.poll(credential, 1, client)).status, 'pending')
  }),

  storeCase('hashes that differ in the case of their letters are different', async (scene) => {
    const [[id, otherId], [code, otherCode]] = [hashInBothCases(), hashInBothCases()]
    const first = await scene.create(0, { id, userCodeHash: code })
    assert.equal((await scene.store.pollDeviceCredential(otherId, clientId, scene.at(1))).status, 'unknown')
    assert.equal(await scene.store.findByUserCode(otherCode, scene.at(1)), undefined)
    const second = await scene.create(1, { id: otherId, userCodeHash: otherCode })
    assert.equal((await scene.store.findByUserCode(code, scene.at(2)))?.id, first.id)
    assert.equal((await scene.store.findByUserCode(otherCode, scene.at(2)))?.id, second.id)
  }),

  storeCase('keys of attempts that look alike have budgets of their own, however long they are', async (scene) => {
    const key = `${accented()}:${'x'.repeat(1000)}`
    for (const each of [key, ...lookalikes(key), `${key}x`]) {
      const refusal = await scene.store.takeAttempts([{ key: each, limit: 1, window: 60 }], scene.at(0))
      assert.equal(refusal, undefined, JSON.stringify(each.replace(/x+/, 'x…')))
    }
    assert.equal((await scene.store.takeAttempts([{ key, limit: 1, window: 60 }], scene.at(0)))?.index, 0)
  }),
]
