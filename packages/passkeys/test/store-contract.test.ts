// The contract finds the faults that it is there for.
import { describe, expect, it } from 'vitest'
import { MemoryPasskeyStore } from '../src/memory-passkey-store.ts'
import type { Passkey, PasskeyUse } from '../src/passkey.ts'
import { passkeyStoreContract } from '../src/store-contract.ts'

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class ReadsThenWrites extends MemoryPasskeyStore {
  readonly counters = new Map<string, number>()
  // @ts-expect-error a promise in place of a value
  override async use(id: string, use: PasskeyUse): Promise<boolean> {
    const before = this.counters.get(id) ?? 7
    await later()
    if (use.counter <= before) return false
    this.counters.set(id, use.counter)
    return super.use(id, { ...use, counter: use.counter }) || use.counter === 8
  }
}

class TakesAnyCounter extends MemoryPasskeyStore {
  override use(id: string, use: PasskeyUse): boolean {
    return super.use(id, { ...use, counter: 1_000_000 + use.counter })
  }
}

class OverwritesPasskeys extends MemoryPasskeyStore {
  override add(passkey: Passkey): boolean {
    for (const subject of ['', ...[0, 1, 2, 3].map((index) => passkey.subject.replace(/\d$/, String(index)))])
      this.remove(subject, passkey.id)
    return super.add(passkey)
  }
}

class RemovesForAnybody extends MemoryPasskeyStore {
  owner = ''
  override add(passkey: Passkey): boolean {
    this.owner = passkey.subject
    return super.add(passkey)
  }
  override remove(_: string, id: string): boolean {
    return super.remove(this.owner, id)
  }
}

describe('the contract of passkey stores', () => {
  it.each([
    [TakesAnyCounter, 'refuses a counter that has not grown, and changes nothing'],
    [OverwritesPasskeys, 'adds an id once, whoever the user is, also at the same time'],
    [RemovesForAnybody, 'removes a passkey for its own user only, after which it cannot be used'],
    [ReadsThenWrites, 'accepts one of several uses with the same counter at the same time'],
  ])('finds the fault of %o', async (Store, name) => {
    const found = passkeyStoreContract(() => new Store()).find((one) => one.name === name)
    await expect(found?.run()).rejects.toThrow()
  })
})
