/**
 * Tools for tests of applications, stores and adapters: a clock, a user who clicks through the pages, the contracts that
 * stores and adapters have to keep, and a store that fails on purpose.
 *
 * @module
 */

export type { StoreStep } from './stores/forward-steps.ts'
export { type AdapterContractOptions, adapterContract } from './testing/adapter-contract/contract.ts'
export type { MountAdapter } from './testing/adapter-contract/scene.ts'
export { type TestClock, testClock } from './testing/clock.ts'
export type { ContractCase } from './testing/contract-case.ts'
export { type FaultPlan, faultyStore, type StoreFault, StoreFaultError } from './testing/faulty-store.ts'
export { registeredClientStoreContract } from './testing/registered-client-store-contract.ts'
export {
  type ScriptedConfirmPage,
  type ScriptedPage,
  type ScriptedSignIn,
  type ScriptedUser,
  type ScriptedUserOptions,
  scriptedUser,
} from './testing/scripted-user.ts'

export { type StoreContractOptions, storeContract } from './testing/store-contract/store-contract.ts'
