import { strict as assert } from 'node:assert'
import { FORGOTTEN_AT, randomHash, type Scene, type StoreCase, storeCase } from './scene.ts'

const LIMIT = 3
const WINDOW = 60

/** Attempts under one key at these seconds. @returns true for each that was allowed */
async function takeSeveral(scene: Scene, key: string, ...seconds: readonly number[]): Promise<readonly boolean[]> {
  const allowed: boolean[] = []
  for (const each of seconds) {
    allowed.push(
      (await scene.store.takeAttempts([{ key, limit: LIMIT, window: WINDOW }], scene.at(each))) === undefined,
    )
  }
  return allowed
}

/**
 * Cases about counted attempts, which limit guesses.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export const attemptCases: readonly StoreCase[] = [
  storeCase('attempts are allowed up to the limit of the window', async (scene) => {
    assert.deepEqual(await takeSeveral(scene, randomHash(), 0, 1, 2, 3, 59.999), [true, true, true, false, false])
  }),

  storeCase('a window begins with its first attempt, and refused attempts do not prolong it', async (scene) => {
    const key = randomHash()
    assert.deepEqual(await takeSeveral(scene, key, 10, 11, 12, 40, 69.999, 70), [true, true, true, false, false, true])
    assert.deepEqual(await takeSeveral(scene, key, 71, 72, 73), [true, true, false])
  }),

  storeCase('retryAfter is the whole seconds to the end of the window', async (scene) => {
    const key = randomHash()
    await takeSeveral(scene, key, 0, 0, 0)
    const refused = async (seconds: number): Promise<object> => ({
      ...(await scene.store.takeAttempts([{ key, limit: LIMIT, window: WINDOW }], scene.at(seconds))),
    })
    assert.deepEqual(await refused(0), { index: 0, retryAfter: 60 })
    assert.deepEqual(await refused(29.5), { index: 0, retryAfter: 31 })
    assert.deepEqual(await refused(59.999), { index: 0, retryAfter: 1 })
  }),

  storeCase('each key has its own budget', async (scene) => {
    const [one, two] = [randomHash(), randomHash()]
    assert.deepEqual(await takeSeveral(scene, one, 0, 0, 0, 0), [true, true, true, false])
    assert.deepEqual(await takeSeveral(scene, two, 0), [true])
  }),

  storeCase('parallel attempts are allowed up to the limit, not beyond', async (scene) => {
    const key = randomHash()
    const many = Array.from({ length: 50 }, () =>
      scene.store.takeAttempts([{ key, limit: LIMIT, window: WINDOW }], scene.at(0)),
    )
    const results = await Promise.all(many)
    assert.equal(results.filter((refusal) => refusal === undefined).length, LIMIT)
  }),

  storeCase(
    'an attempt is counted in each of its budgets or in none, and the refusal names the first spent budget',
    async (scene) => {
      const [own, spent, all] = [randomHash(), randomHash(), randomHash()]
      const budgets = [own, spent, all].map((key) => ({ key, limit: LIMIT, window: WINDOW }))
      await takeSeveral(scene, spent, 0, 0)
      const take = async (seconds: number): Promise<unknown> => {
        const refusal = await scene.store.takeAttempts(budgets, scene.at(seconds))
        return refusal && { ...refusal }
      }
      assert.equal(await take(10), undefined)
      for (let times = 0; times < 5; times++) assert.deepEqual(await take(10), { index: 1, retryAfter: 50 })
      assert.deepEqual(await takeSeveral(scene, own, 10, 10, 10), [true, true, false])
      assert.deepEqual(await takeSeveral(scene, all, 10, 10, 10), [true, true, false])
      assert.deepEqual(await take(11), { index: 0, retryAfter: 59 })
      assert.equal(await take(70), undefined)
    },
  ),

  storeCase('a budget with the limit 0 refuses, and nothing is counted in the others', async (scene) => {
    const [one, none] = [randomHash(), randomHash()]
    const budgets = [
      { key: one, limit: LIMIT, window: WINDOW },
      { key: none, limit: 0, window: WINDOW },
    ]
    const refusal = await scene.store.takeAttempts(budgets, scene.at(0))
    assert.deepEqual({ ...refusal }, { index: 1, retryAfter: 60 })
    assert.deepEqual(await takeSeveral(scene, one, 0, 0, 0, 0), [true, true, true, false])
  }),

  storeCase(
    'parallel attempts with the same budgets in any order do not exceed them and do not deadlock',
    async (scene) => {
      const [own, other, all] = [randomHash(), randomHash(), randomHash()]
      const budget = (key: string, most: number) => ({ key, limit: most, window: WINDOW })
      const some = Array.from({ length: 40 }, (_, index) => {
        const mine = budget(index % 2 === 0 ? own : other, 4)
        const both = [mine, budget(all, 6)]
        return scene.store.takeAttempts(index % 3 === 0 ? both : both.reverse(), scene.at(0))
      })
      const taken = (await Promise.all(some)).filter((refusal) => refusal === undefined)
      assert.equal(taken.length, 6)
      const giving = [
        [own, all],
        [all, own],
        [other, all],
      ].map((keys) => scene.store.giveBackAttempts(keys, scene.at(1)))
      await Promise.all(giving)
      assert.equal(await scene.store.takeAttempts([budget(all, 4)], scene.at(1)), undefined)
      assert.notEqual(await scene.store.takeAttempts([budget(all, 4)], scene.at(1)), undefined)
    },
  ),

  storeCase('an attempt that is given back may be made again, but no more than were made', async (scene) => {
    const key = randomHash()
    await scene.store.giveBackAttempts([key], scene.at(0))
    assert.deepEqual(await takeSeveral(scene, key, 0, 0, 0, 0), [true, true, true, false])
    await scene.store.giveBackAttempts([key], scene.at(1))
    assert.deepEqual(await takeSeveral(scene, key, 1, 1), [true, false])
    for (let times = 0; times < 5; times++) await scene.store.giveBackAttempts([key], scene.at(2))
    assert.deepEqual(await takeSeveral(scene, key, 2, 2, 2, 2), [true, true, true, false])
  }),

  storeCase(
    'an attempt under the id of a credential counts in its window, whatever becomes of the credential',
    async (scene) => {
      const { store } = scene
      for (const touched of [true, false]) {
        const credential = scene.credential()
        const { id } = credential
        const spent = async (seconds: number): Promise<void> => {
          const refusal = await store.takeAttempts([{ key: id, limit: 1, window: WINDOW }], scene.at(seconds))
          assert.deepEqual({ ...refusal }, { index: 0, retryAfter: WINDOW - seconds }, `at ${seconds} s`)
        }
        const after = async (seconds: number, work: () => unknown): Promise<void> => {
          await work()
          if (!touched) return
          await spent(seconds)
          await store.giveBackAttempts([id], scene.at(seconds))
          assert.deepEqual(await takeSeveral(scene, id, seconds), [true])
          assert.equal(
            await store.takeAttempts([{ key: id, limit: LIMIT, window: WINDOW }], scene.at(seconds)),
            undefined,
          )
          await store.giveBackAttempts([id], scene.at(seconds))
        }
        assert.deepEqual(await takeSeveral(scene, id, 0), [true])
        await after(1, () => store.createDeviceCredential(credential))
        await after(2, () => scene.approve(credential, 2))
        await after(3, () => scene.redeem(credential, 3))
        await after(4, () => store.revoke(id, scene.at(4)))
        await spent(59)
        assert.deepEqual(await takeSeveral(scene, id, 60, 61, 62, 63), [true, true, true, false])
      }
    },
  ),

  storeCase('an attempt under the id of a credential counts on after the credential is forgotten', async (scene) => {
    const { store } = scene
    const credential = scene.credential()
    const budget = { key: credential.id, limit: 1, window: 2 * FORGOTTEN_AT }
    assert.equal(await store.takeAttempts([budget], scene.at(0)), undefined)
    await store.createDeviceCredential(credential)
    await store.sweep(scene.at(FORGOTTEN_AT))
    const refusal = await store.takeAttempts([budget], scene.at(FORGOTTEN_AT))
    assert.deepEqual({ ...refusal }, { index: 0, retryAfter: FORGOTTEN_AT })
  }),

  storeCase('an attempt that is given back after its window does not count for the next window', async (scene) => {
    const key = randomHash()
    await takeSeveral(scene, key, 0)
    await scene.store.giveBackAttempts([key], scene.at(WINDOW))
    assert.deepEqual(await takeSeveral(scene, key, 60, 60, 60, 60), [true, true, true, false])
  }),
]
