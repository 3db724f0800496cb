/**
 * Tools for tests of applications, stores and adapters: a clock, a user who clicks through the pages, the contracts that
 * every store and every adapter has to keep, and a store that fails on purpose.
 *
 * @module
 */

export type { StoreStep } from '../stores/forward-steps.ts'
export { type AdapterContractOptions, adapterContract } from './adapter-contract/contract.ts'
export type { MountAdapter } from './adapter-contract/scene.ts'
export { type TestClock, testClock } from './clock.ts'
export type { ContractCase } from './contract-case.ts'
export { type FaultPlan, faultyStore, type StoreFault, StoreFaultError } from './faulty-store.ts'
export {
  type ScriptedConfirmPage,
  type ScriptedPage,
  type ScriptedUser,
  type ScriptedUserOptions,
  scriptedUser,
} from './scripted-user.ts'
export { type StoreContractOptions, storeContract } from './store-contract/store-contract.ts'
