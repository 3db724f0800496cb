import type { DeviceStore } from '../../contract/store.ts'
import type { Awaitable } from '../../http.ts'
import type { ContractCase } from '../contract-case.ts'
import { attemptCases } from './attempts.ts'
import { codeClaimCases } from './code-claims.ts'
import { credentialCases } from './credentials.ts'
import { decisionCases } from './decisions.ts'
import { derivationCases } from './derivation.ts'
import { exactTextCases } from './exact-texts.ts'
import { familyCases } from './families.ts'
import { incidentCases } from './incidents.ts'
import { interleavingCases } from './interleavings.ts'
import { mixedUpIdCases } from './mixed-up-ids.ts'
import { pollingCases } from './polling.ts'
import { redemptionCases } from './redemption.ts'
import { Scene } from './scene.ts'
import { targetCases } from './targets.ts'
import { timeCases } from './time.ts'
import { tokenCases } from './tokens.ts'
import { watchingCases } from './watching.ts'

/** Options of {@link storeContract}. */
export interface StoreContractOptions {
  /** Seeds of the random interleavings: one case each. A failure names its seed. @default [1, 2, 3, 4, 5] */
  readonly seeds?: readonly number[]
  /** Steps in each random interleaving. @default 800 */
  readonly steps?: number
}

/**
 * The store contract as cases for any test runner. Each case makes a store, uses it and closes it. The stores may share a
 * database, because all ids are random. Time is simulated: it begins at the real time and runs days ahead of it. Only the cases
 * without a time use the store's own clock.
 *
 * @param makeStore called once for each case
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
    ...codeClaimCases,
    ...redemptionCases,
    ...tokenCases,
    ...derivationCases,
    ...targetCases,
    ...familyCases,
    ...incidentCases,
    ...mixedUpIdCases,
    ...exactTextCases,
    ...attemptCases,
    ...timeCases,
    ...watchingCases,
    ...interleavingCases(seeds, steps),
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
