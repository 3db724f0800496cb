/**
 * Tools for tests, of applications and of stores: a clock, a user who clicks through the pages, the contract that every
 * store has to keep, and a store that fails on purpose.
 *
 * @module
 */

export type { StoreStep } from '../stores/forward-steps.ts'
export { type TestClock, testClock } from './clock.ts'
export { type FaultPlan, faultyStore, type StoreFault, StoreFaultError } from './faulty-store.ts'
export {
  type ScriptedConfirmPage,
  type ScriptedPage,
  type ScriptedUser,
  type ScriptedUserOptions,
  scriptedUser,
} from './scripted-user.ts'
export { type ContractCase, type StoreContractOptions, storeContract } from './store-contract/store-contract.ts'
