import type { DeviceStore } from '@device-auth/core'
import { expect } from 'vitest'
import { approval, newCredential, newTokens, randomHash } from '../credentials.ts'
import type { Wire } from '../network/wire.ts'
import { until } from '../until.ts'
import { nodeOn } from './sign-in.ts'

/** A fault that a test can cause and end. */
export interface Fault {
  /** Causes the fault while a step is under way. */
  strike(): Promise<void>
  /** Ends the fault. */
  recover(): Promise<void>
}

/** The steps during which a fault is caused. */
export const steps = ['create', 'decide', 'poll', 'redeem'] as const

/**
 * Signs a device in, with a fault in the middle of one step. Like an application, it tries again what failed, and polls to see
 * what to do next. Expects exactly one token family, and none without an approval.
 */
export async function expectOneFamily(store: DeviceStore, struck: (typeof steps)[number], fault: Fault): Promise<void> {
  const now = Date.now()
  const [subject, credential, bystander] = [randomHash(), newCredential(now), newCredential(now)]
  const { id } = credential
  const step = async <T>(name: (typeof steps)[number], run: () => PromiseLike<T> | T): Promise<T | undefined> => {
    if (name !== struck) return run()
    const answer = Promise.resolve(run()).catch(() => undefined)
    await fault.strike()
    await answer
    await fault.recover()
    await until(async () => store.findDeviceCredential(id, now))
    return answer
  }
  expect(await store.createDeviceCredential(bystander)).toBe(true)
  const created = await step('create', () => store.createDeviceCredential(credential))
  // the credential may exist although the step failed; an application would make new codes
  if (created === undefined) await store.createDeviceCredential(credential)
  expect((await step('poll', () => store.pollDeviceCredential(id, 'tv', now)))?.status ?? 'pending').toBe('pending')
  expect(await store.redeem(id, newTokens(now), 'early', now)).toBe(false)
  const decided = await step('decide', () => store.decide(id, approval(subject), now))
  if (decided === undefined)
    expect(['decided', 'alreadyDecided']).toContain(await store.decide(id, approval(subject), now))
  const families = [newTokens(now), newTokens(now)]
  await step('redeem', () => store.redeem(id, families[0]!, 'first', now))
  const next = await store.pollDeviceCredential(id, 'tv', now + 5_000)
  expect(['approved', 'redeemed']).toContain(next.status)
  const again = await store.redeem(id, families[1]!, 'second', now + 5_000)
  expect(again).toBe(next.status === 'approved')
  const found = families.map(async ({ accessTokenHash }) => store.findToken(id, accessTokenHash, now + 6_000))
  expect((await Promise.all(found)).map((each) => each !== undefined)).toEqual([!again, again])
  expect((await store.listFamilies(subject, now + 6_000)).map((family) => family.id)).toEqual([id])
  expect((await store.pollDeviceCredential(bystander.id, 'tv', now + 6_000)).status).toBe('pending')
}

/** Signs a device in on two nodes, the second with a clock 5 minutes ahead. Expects that the device polls on time, and one token family. */
export async function expectOneFamilyWithClockAhead(right: DeviceStore, wrong: DeviceStore): Promise<void> {
  const [now, ahead] = [Date.now(), Date.now() + 300_000]
  const credential = newCredential(now)
  const { id } = credential
  await right.createDeviceCredential(credential)
  expect((await wrong.pollDeviceCredential(id, 'tv', ahead)).status).toBe('pending')
  expect((await right.pollDeviceCredential(id, 'tv', now + 5_000)).status).toBe('pending')
  expect(await wrong.decide(id, approval('alice'), ahead)).toBe('decided')
  const won = [right, wrong].map((store) => store.redeem(id, newTokens(now), 'sealed', now))
  expect((await Promise.all(won)).filter(Boolean)).toHaveLength(1)
}

/** Freezes the connection, and expects an answer to a poll all the same. The sign-in goes on after the connection is cut. */
export async function expectPatience(store: DeviceStore, wire: Wire): Promise<void> {
  const node = nodeOn(store, { timeout: 1 })
  const { device_code, user_code } = await node.begin()
  wire.freeze(true)
  expect((await node.poll(device_code)).body.error).toBe('authorization_pending')
  wire.freeze(false)
  wire.cut()
  await until(() => node.deviceAuth.approve(user_code, { subject: 'alice' }))
  expect((await node.poll(device_code)).status).toBe(200)
}
