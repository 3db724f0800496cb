import { strict as assert } from 'node:assert'
import type { DeviceCredential, WatchNews } from '../../contract/store.ts'
import { type Scene, type StoreCase, storeCase } from './scene.ts'

/** Milliseconds in which a store has to tell of a change, and to begin to watch. */
const SOON = 3_000

async function holdsSoon(check: () => boolean): Promise<boolean> {
  for (const end = performance.now() + SOON; performance.now() < end; ) {
    if (check()) return true
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return check()
}

/** Watches a credential. A store may need a moment to connect. */
async function watch(scene: Scene, { id }: DeviceCredential): Promise<{ news: WatchNews[]; stop: () => void }> {
  const news: WatchNews[] = []
  let stop: (() => void) | undefined
  const begin = (): boolean => {
    stop = scene.store.watch?.(id, (each) => void news.push(each))
    return stop !== undefined
  }
  assert.ok(await holdsSoon(begin), 'the watch begins')
  return { news, stop: () => stop?.() }
}

/** A case for the stores that can tell of changes. */
function watchingCase(name: string, check: (scene: Scene) => Promise<void>): StoreCase {
  return storeCase(`watch: ${name}`, async (scene) => {
    if (scene.store.watch !== undefined) await check(scene)
  })
}

const changes: Readonly<Record<string, (scene: Scene, credential: DeviceCredential) => Promise<unknown>>> = {
  approved: (scene, credential) => scene.approve(credential, 2),
  denied: (scene, credential) => scene.deny(credential, 2),
  'claimed by a second user': async (scene, credential) => {
    await scene.claim(credential, 1, scene.alice, 'phone')
    assert.equal(await scene.claim(credential, 2, scene.bob, 'laptop'), 'shared')
  },
  revoked: async (scene, credential) => scene.store.revoke(credential.id, scene.at(2)),
}

/** Cases about polls that wait: the store tells of decisions. */
export const watchingCases: readonly StoreCase[] = [
  ...Object.entries(changes).map(([name, change]) =>
    watchingCase(`all listeners hear that a credential was ${name}, and those of others do not`, async (scene) => {
      const credential = await scene.create()
      const [first, second, other] = [
        await watch(scene, credential),
        await watch(scene, credential),
        await watch(scene, await scene.create()),
      ]
      await change(scene, credential)
      assert.ok(await holdsSoon(() => first.news.length > 0 && second.news.length > 0), 'both are told')
      assert.deepEqual([first.news[0], second.news[0], other.news], ['changed', 'changed', []])
      for (const { stop } of [first, second, other]) stop()
    }),
  ),

  watchingCase('a poll, a first claim and a refused decision are no news; an ended watch hears none', async (scene) => {
    const credential = await scene.create()
    const [watched, ended] = [await watch(scene, credential), await watch(scene, credential)]
    ended.stop()
    await scene.poll(credential, 1)
    await scene.poll(credential, 2)
    await scene.claim(credential, 3)
    assert.equal(await scene.approve(credential, 4, scene.bob), 'unknown')
    // the news of a later decision about another credential shows that none is still on its way
    const next = await scene.create()
    const later = await watch(scene, next)
    await scene.approve(next, 5)
    assert.ok(await holdsSoon(() => later.news.length > 0), 'the later decision is told')
    assert.deepEqual([watched.news, ended.news], [[], []])
    await scene.approve(credential, 6)
    assert.ok(await holdsSoon(() => watched.news.length > 0), 'the decision is told')
    assert.deepEqual(ended.news, [])
    for (const { stop } of [watched, later]) stop()
  }),
]
