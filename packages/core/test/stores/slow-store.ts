import type { DeviceStore } from '../../src/contract/store.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'

/** A memory store that answers late, before and after a step that is atomic, as in a database. */
export function slowStore(latency: () => Promise<void>, store: MemoryStore = new MemoryStore()): DeviceStore {
  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...values: unknown[]) => {
        await latency()
        const result = member.apply(target, values)
        await latency()
        return result
      }
    },
  })
}

/** A delay of a few turns of the event loop, from a seeded sequence. @param most the largest number of turns */
export function turns(most: number, seed: number): () => Promise<void> {
  let state = seed
  return async () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    const count = most === 0 ? 0 : state % (most + 1)
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}
