import { describe, expect, test } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { Scene } from '../../src/testing/store-contract/scene.ts'
import { storeContract } from '../../src/testing/store-contract/store-contract.ts'

/** A promise that is kept when the test says so. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** True if a promise is still pending after all other work is done. */
async function waits(promise: PromiseLike<unknown>): Promise<boolean> {
  const idle = new Promise<'idle'>((resolve) => setImmediate(() => resolve('idle')))
  return (await Promise.race([promise, idle])) === 'idle'
}

describe('faultyStore', () => {
  test('without a fault it answers as the store does, without promises', () => {
    const store = faultyStore(new MemoryStore(), () => undefined)
    const credential = new Scene(store).credential()
    expect(store.shared).toBe(false)
    expect(store.createDeviceCredential(credential)).toBe(true)
    expect(store.findDeviceCredential(credential.id, credential.createdAt)).toMatchObject({ id: credential.id })
  })

  test('it is checked as the store is', async () => {
    class CheckedStore extends MemoryStore {
      readonly #warning = 'evicts sign-ins'
      async check(): Promise<readonly string[]> {
        return [this.#warning]
      }
    }
    await expect(faultyStore(new CheckedStore(), () => 'throw').check?.()).resolves.toEqual(['evicts sign-ins'])
  })

  test.each(storeContract(() => faultyStore(new MemoryStore(), () => undefined), { seeds: [1], steps: 100 }))(
    'forwards every step: $name',
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined()
    },
  )

  test('the plan gets each step and the number of its calls', async () => {
    const asked: string[] = []
    const store = faultyStore(new MemoryStore(), (step, count) => {
      asked.push(`${step} ${count}`)
      return undefined
    })
    const scene = new Scene(store)
    const credential = await scene.create()
    for (const seconds of [0, 5]) await scene.polls(credential, seconds, 'pending')
    expect(asked).toEqual(['createDeviceCredential 1', 'pollDeviceCredential 1', 'pollDeviceCredential 2'])
  })

  test('throw: nothing is done, and the error names the step', async () => {
    const store = faultyStore(new MemoryStore(), (step, count) =>
      step === 'redeem' && count === 1 ? 'throw' : undefined,
    )
    const scene = new Scene(store)
    const credential = await scene.approved()
    await expect(scene.redeem(credential, 2)).rejects.toMatchObject({ name: 'StoreFaultError', step: 'redeem' })
    await scene.polls(credential, 3, 'approved')
    expect(await scene.redeem(credential, 4)).toBe(true)
  })

  test('throwAfter: the step is done, and the call fails', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'redeem' ? 'throwAfter' : undefined))
    const scene = new Scene(store)
    const credential = await scene.approved()
    await expect(scene.redeem(credential, 2)).rejects.toThrow("redeem: the store's answer was lost")
    await scene.polls(credential, 3, 'redeemed')
  })

  test('hang: nothing is done, and no answer comes', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'redeem' ? 'hang' : undefined))
    const scene = new Scene(store)
    const credential = await scene.approved()
    expect(await waits(scene.redeem(credential, 2))).toBe(true)
    await scene.polls(credential, 3, 'approved')
  })

  test('late: the step is done, and the answer waits', async () => {
    const { opened, open } = gate()
    const store = faultyStore(new MemoryStore(), (step) => (step === 'redeem' ? { late: opened } : undefined))
    const scene = new Scene(store)
    const credential = await scene.approved()
    const redeemed = scene.redeem(credential, 2)
    expect(await waits(redeemed)).toBe(true)
    await scene.polls(credential, 3, 'redeemed')
    open()
    expect(await redeemed).toBe(true)
  })

  test('delayed: the step is done when the promise has resolved', async () => {
    const { opened, open } = gate()
    const store = faultyStore(new MemoryStore(), (step) => (step === 'redeem' ? { delayed: opened } : undefined))
    const scene = new Scene(store)
    const credential = await scene.approved()
    const redeemed = scene.redeem(credential, 2)
    expect(await waits(redeemed)).toBe(true)
    await scene.polls(credential, 3, 'approved')
    open()
    expect(await redeemed).toBe(true)
    await scene.polls(credential, 4, 'redeemed')
  })
})
