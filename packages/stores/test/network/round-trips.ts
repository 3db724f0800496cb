import type { DeviceStore } from '@device-auth/core'
import { expect } from 'vitest'
import { approval, newCredential, newTokens } from '../credentials.ts'
import type { Wire } from './wire.ts'

/** Expects one round trip for a poll, a creation and a redemption, and at most two for a decision. */
export async function expectFewRoundTrips(store: DeviceStore, wire: Wire): Promise<void> {
  const trips = async (step: () => unknown): Promise<number> => {
    const before = wire.turns()
    await step()
    return wire.turns() - before
  }
  const signIn = async (): Promise<Record<string, number>> => {
    const now = Date.now()
    const credential = newCredential(now)
    const { id } = credential
    const create = await trips(() => store.createDeviceCredential(credential))
    const pending = await trips(() => store.pollDeviceCredential(id, 'tv', now))
    const decide = await trips(() => store.decide(id, approval('alice'), now))
    const approved = await trips(() => store.pollDeviceCredential(id, 'tv', now + 5_000))
    const redeem = await trips(() => store.redeem(id, newTokens(now), 'sealed', now + 5_000))
    const redeemed = await trips(() => store.pollDeviceCredential(id, 'tv', now + 10_000))
    return { create, pending, decide, approved, redeem, redeemed }
  }
  await signIn() // opens the connection, and loads the scripts
  const { decide, ...others } = await signIn()
  expect(others).toEqual({ create: 1, pending: 1, approved: 1, redeem: 1, redeemed: 1 })
  expect(decide).toBeLessThanOrEqual(2)
}
