import { describe, test } from 'vitest'
import { memoryRegisteredClients } from '../../../src/stores/memory/registered-clients.ts'
import { registeredClientStoreContract } from '../../../src/testing/registered-client-store-contract.ts'

describe('memoryRegisteredClients meets the contract of registered clients', () => {
  for (const { name, run } of registeredClientStoreContract(memoryRegisteredClients)) test(name, run)
})
