import { describe, test } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { storeContract } from '../../src/testing/store-contract/store-contract.ts'

describe('MemoryStore meets the store contract', () => {
  for (const { name, run } of storeContract(() => new MemoryStore())) test(name, run)
})
