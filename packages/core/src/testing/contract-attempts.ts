import { strict as assert } from 'node:assert'
import { randomHash, type Scene, type StoreCase, storeCase } from './contract-scene.ts'

const limit = 3
const window = 60

/** Whether each attempt at these seconds is allowed. */
async function attempts(scene: Scene, key: string, ...seconds: readonly number[]): Promise<readonly boolean[]> {
  const allowed: boolean[] = []
  for (const each of seconds) allowed.push((await scene.store.takeAttempt(key, limit, window, scene.at(each))).allowed)
  return allowed
}

/** Counted attempts: budgets against guessing. RFC 8628 section 5.1. */
export const attemptCases: readonly StoreCase[] = [
  storeCase('attempts are allowed up to the limit of a window', async (scene) => {
    assert.deepEqual(await attempts(scene, randomHash(), 0, 1, 2, 3, 59.999), [true, true, true, false, false])
  }),

  storeCase('a window begins with its first attempt and refused attempts do not prolong it', async (scene) => {
    const key = randomHash()
    assert.deepEqual(await attempts(scene, key, 10, 11, 12, 40, 69.999, 70), [true, true, true, false, false, true])
    assert.deepEqual(await attempts(scene, key, 71, 72, 73), [true, true, false])
  }),

  storeCase('retryAfter is the whole seconds to the end of the window', async (scene) => {
    const key = randomHash()
    await attempts(scene, key, 0, 0, 0)
    const refused = async (seconds: number): Promise<object> => ({
      ...(await scene.store.takeAttempt(key, limit, window, scene.at(seconds))),
    })
    assert.deepEqual(await refused(0), { allowed: false, retryAfter: 60 })
    assert.deepEqual(await refused(29.5), { allowed: false, retryAfter: 31 })
    assert.deepEqual(await refused(59.999), { allowed: false, retryAfter: 1 })
  }),

  storeCase('each key has its own budget', async (scene) => {
    const [one, two] = [randomHash(), randomHash()]
    assert.deepEqual(await attempts(scene, one, 0, 0, 0, 0), [true, true, true, false])
    assert.deepEqual(await attempts(scene, two, 0), [true])
  }),

  storeCase('of parallel attempts as many are allowed as the limit says', async (scene) => {
    const key = randomHash()
    const many = Array.from({ length: 50 }, () => scene.store.takeAttempt(key, limit, window, scene.at(0)))
    const results = await Promise.all(many)
    assert.equal(results.filter(({ allowed }) => allowed).length, limit)
  }),

  storeCase('an attempt that is given back may be made again, and no more than those that were made', async (scene) => {
    const key = randomHash()
    await scene.store.giveBackAttempt(key, scene.at(0))
    assert.deepEqual(await attempts(scene, key, 0, 0, 0, 0), [true, true, true, false])
    await scene.store.giveBackAttempt(key, scene.at(1))
    assert.deepEqual(await attempts(scene, key, 1, 1), [true, false])
    for (let times = 0; times < 5; times++) await scene.store.giveBackAttempt(key, scene.at(2))
    assert.deepEqual(await attempts(scene, key, 2, 2, 2, 2), [true, true, true, false])
  }),

  storeCase('what is given back after the window has ended is no credit for the next one', async (scene) => {
    const key = randomHash()
    await attempts(scene, key, 0)
    await scene.store.giveBackAttempt(key, scene.at(window))
    assert.deepEqual(await attempts(scene, key, 60, 60, 60, 60), [true, true, true, false])
  }),
]
