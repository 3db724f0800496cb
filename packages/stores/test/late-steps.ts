// Steps that a database finds when it wakes, although nobody waits for them any longer: the same for each kind of server.
import type { DeviceStore, StoreClock } from '@device-auth/core'
import { expect, vi } from 'vitest'
import { approval, newCredential, newTokens, randomHash } from './credentials.ts'

/** The clock of a database. */
export async function measuredClockOf({ clock }: DeviceStore): Promise<StoreClock> {
  if (clock === undefined) throw new Error('A store on a database has a clock.')
  await clock.synchronize()
  return clock
}

/** Milliseconds after which the caller of a step gives up. */
const patience = 50

/** Lets a server stand still while these steps are sent, and until the last of their callers has given up. */
async function whileFrozen(
  clock: StoreClock,
  freeze: (frozen: boolean) => void,
  steps: readonly ((until: number) => unknown)[],
): Promise<void> {
  freeze(true)
  const until = clock.now() + patience
  const late = steps.map((step) => expect(step(until)).rejects.toThrow(/too late, and was not counted/))
  await givenUp(clock, until)
  freeze(false)
  await Promise.all(late)
}

/** Waits until an instant is over by the clock of the database, as far as a node knows it. */
export async function givenUp(clock: StoreClock, until: number): Promise<void> {
  await vi.waitUntil(() => clock.now() > until + patience, { interval: 5 })
}

/** Attempts that a frozen server finds count only if somebody still waits for them. */
export async function expectLateAttemptsUncounted(
  store: DeviceStore,
  freeze: (frozen: boolean) => void,
): Promise<void> {
  const [clock, credential] = [await measuredClockOf(store), newCredential()]
  const budgets = [{ key: randomHash(), limit: 1, window: 60 }]
  await store.createDeviceCredential(credential)
  const take = async (until: number) => store.takeAttempts(budgets, undefined, until)
  const claimant = { subject: 'alice', browser: 'hers' }
  const claim = async (until: number) =>
    store.claimByUserCode([credential.userCodeHash], claimant, budgets, undefined, until)
  await whileFrozen(clock, freeze, [take, take, claim])
  const until = clock.now() + 5_000
  expect(await take(until)).toBeUndefined()
  expect(await take(until)).toMatchObject({ index: 0 })
}

/** A repetition of a refresh that a frozen server finds is taken only if somebody still waits for it. */
export async function expectLateRepetitionsKept(store: DeviceStore, freeze: (frozen: boolean) => void): Promise<void> {
  const [clock, credential, tokens] = [await measuredClockOf(store), newCredential(), newTokens()]
  const { id } = credential
  const replaced = String(tokens.refreshTokenHash)
  await store.createDeviceCredential(credential)
  await store.decide(id, approval('alice'), undefined)
  await store.redeem(id, tokens, 'sealed', undefined)
  await store.rotateRefreshToken(id, replaced, newTokens(), 'again', undefined)
  const repeat = async (until: number) => store.replayRotation(id, replaced, undefined, until)
  await whileFrozen(clock, freeze, [repeat, repeat])
  const until = clock.now() + 5_000
  expect([await repeat(until), await repeat(until), await repeat(until)]).toEqual(['again', 'again', undefined])
}
