import { describe, test } from 'vitest'
import { MemoryPasskeyStore } from '../src/memory-passkey-store.ts'
import { passkeyStoreContract } from '../src/store-contract.ts'

describe('MemoryPasskeyStore meets the contract', () => {
  for (const { name, run } of passkeyStoreContract(() => new MemoryPasskeyStore())) test(name, run)
})
