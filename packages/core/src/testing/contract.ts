import type { DeviceStore } from '../contract/store.ts'
import type { Awaitable } from '../http.ts'
import { attemptCases } from './contract-attempts.ts'
import { credentialCases } from './contract-credentials.ts'
import { decisionCases } from './contract-decisions.ts'
import { grantCases } from './contract-grants.ts'
import { incidentCases } from './contract-incidents.ts'
import { pollingCases } from './contract-polling.ts'
import { randomCases } from './contract-random.ts'
import { redemptionCases } from './contract-redemption.ts'
import { Scene } from './contract-scene.ts'
import { tokenCases } from './contract-tokens.ts'
import { typeCases } from './contract-types.ts'

/** One requirement of a contract: rejects with an `AssertionError` if it is not met. */
export interface ContractCase {
  /** Reads like the requirement; unique. */
  readonly name: string
  run(): Promise<void>
}

/** How long the seeded random interleavings go on. */
export interface StoreContractOptions {
  /** One case each; a failure names its seed. @default [1, 2, 3, 4, 5] */
  readonly seeds?: readonly number[]
  /** Steps in each of them. @default 800 */
  readonly steps?: number
}

/**
 * The store contract as cases for any test runner. Each makes a store, runs on it and closes it; the stores may share
 * a database, because ids are random. Time is simulated: it begins at the real time and runs ahead of it by days.
 *
 * @example
 * for (const { name, run } of storeContract(() => new MyStore())) test(name, run)
 */
export function storeContract(
  makeStore: () => Awaitable<DeviceStore>,
  { seeds = [1, 2, 3, 4, 5], steps = 800 }: StoreContractOptions = {},
): readonly ContractCase[] {
  const cases = [
    ...credentialCases,
    ...pollingCases,
    ...decisionCases,
    ...redemptionCases,
    ...tokenCases,
    ...grantCases,
    ...incidentCases,
    ...typeCases,
    ...attemptCases,
    ...randomCases(seeds, steps),
  ]
  return cases.map(({ name, check }) => ({
    name,
    run: async () => {
      const store = await makeStore()
      try {
        await check(new Scene(store))
      } finally {
        await store.close()
      }
    },
  }))
}
