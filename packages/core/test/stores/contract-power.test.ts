import { describe, expect, test } from 'vitest'
import type { DeviceStore } from '../../src/contract/store.ts'
import { storeContract } from '../../src/testing/store-contract/store-contract.ts'
import { getSetStore, mutants } from './weak-stores.ts'

/** The names of the cases that a store does not pass. */
async function failures(makeStore: () => DeviceStore): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of storeContract(makeStore, { seeds: [1, 2], steps: 300 })) {
    await run().catch(() => failed.push(name))
  }
  return failed
}

const parallelRedemptions = 'F-01 of 100 parallel redemptions one wins, and only its tokens exist'
const parallelDecisions = 'F-02 of a parallel approval and denial one wins, for good'
const parallelApprovals = 'F-03 of parallel approvals by two subjects, only one is recorded'
const parallelCodes = 'F-09 of parallel credentials with one user code, only one is kept'
const parallelPolls = 'F-10 a burst of polls raises the interval once, and at most one of them is on time'
const parallelReplays = 'the answer to a rotation is given again twice, even to 20 that ask at the same time'
const parallelSlowDowns = 'slowDown never undoes a decision that was made meanwhile'
const parallelRotations = 'F-11 of 20 parallel rotations of one refresh token, one wins'
const revokeWhileRedeeming = 'F-14 a parallel revocation and redemption leave no live token'
const bookkeeping = 'F-24 pacing never undoes a decision that was made meanwhile'
const parallelClaims =
  'of parallel claims by two subjects, the first one binds the credential and the next one closes it'
const parallelCodeClaims =
  'XD-6.1.4 of two users who claim one user code at once, one claims it and the other closes it'
const parallelLeases = 'of 20 parallel leases by different owners, only one is given'
const parallelRevocations = 'of 20 parallel revocations one says that it ended the family'
const parallelAttempts = 'parallel attempts are allowed up to the limit, not beyond'

describe('the store contract', () => {
  test('passes a store that answers later, if its steps are atomic', async () => {
    expect(await failures(() => getSetStore(() => false))).toEqual([])
  })

  test('F-24 fails a store that reads, awaits and writes in every step, in every parallel case', async () => {
    expect(await failures(() => getSetStore(() => true))).toEqual(
      expect.arrayContaining([
        parallelRedemptions,
        parallelDecisions,
        parallelApprovals,
        parallelCodes,
        parallelPolls,
        parallelRotations,
        bookkeeping,
        parallelClaims,
        parallelLeases,
        parallelRevocations,
        parallelAttempts,
      ]),
    )
  })

  test.each([
    ['pollDeviceCredential', bookkeeping],
    ['pollDeviceCredential', parallelPolls],
    ['slowDown', parallelSlowDowns],
    ['createDeviceCredential', parallelCodes],
    ['claim', parallelClaims],
    ['claimByUserCode', parallelCodeClaims],
    ['decide', parallelDecisions],
    ['decide', parallelApprovals],
    ['lease', parallelLeases],
    ['redeem', parallelRedemptions],
    ['redeem', revokeWhileRedeeming],
    ['rotateRefreshToken', parallelRotations],
    ['replayRotation', parallelReplays],
    ['rotateRefreshToken', 'a parallel revocation and rotation leave no live token'],
    ['deriveAccessToken', 'a family that is revoked gets no derived token, whichever of the two is first'],
    ['deriveAccessToken', 'parallel derivations all count, and the oldest tokens of too many end'],
    ['revoke', parallelRevocations],
    ['takeAttempts', parallelAttempts],
  ])('F-24 fails a store that writes back what it read in %s, in the case: %s', async (weak, name) => {
    expect(await failures(() => getSetStore((step) => step === weak))).toContain(name)
  })

  test.each(['pollDeviceCredential', 'decide', 'redeem', 'lease'])(
    'F-24 the random interleavings alone find that %s is not atomic',
    async (weak) => {
      const failed = await failures(() => getSetStore((step) => step === weak))
      expect(failed.filter((name) => name.startsWith('random interleavings'))).not.toEqual([])
    },
  )

  test.each(Object.entries(mutants))('fails a store that %s', async (_, Mutant) => {
    expect(await failures(() => new Mutant())).not.toEqual([])
  })

  test('a failure of the random interleavings names its seed', async () => {
    const cases = storeContract(() => getSetStore((step) => step === 'redeem'), { seeds: [7], steps: 2_000 })
    const random = cases.find(({ name }) => name.endsWith('(seed 7)'))
    await expect(random?.run()).rejects.toThrow(/seed 7, step \d+/)
  })
})
