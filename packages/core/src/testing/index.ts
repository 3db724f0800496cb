export type { StoreStep } from '../stores/forward-steps.ts'
export { type AdapterContractOptions, adapterContract } from './adapter-contract/contract.ts'
export type { MountAdapter } from './adapter-contract/scene.ts'
export { type TestClock, testClock } from './clock.ts'
export { type ContractCase, type StoreContractOptions, storeContract } from './contract.ts'
export { type FaultPlan, faultyStore, type StoreFault, StoreFaultError } from './faulty-store.ts'
export {
  type ScriptedConfirmPage,
  type ScriptedPage,
  type ScriptedUser,
  type ScriptedUserOptions,
  scriptedUser,
} from './scripted-user.ts'
