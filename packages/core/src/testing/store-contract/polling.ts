import { strict as assert } from 'node:assert'
import type { PollResult, PollStyle } from '../../contract/store.ts'
import { clientId, LIFETIME, randomHash, type StoreCase, storeCase } from './scene.ts'

async function intervalOf(polled: Promise<PollResult>): Promise<number | undefined> {
  const result = await polled
  return 'credential' in result ? result.credential.interval : undefined
}

/**
 * Cases about polls: what they find, and how they are paced.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export const pollingCases: readonly StoreCase[] = [
  storeCase('the first poll is on time', async (scene) => {
    const credential = await scene.create()
    const result = await scene.poll(credential, 0)
    assert.equal(result.status, 'pending')
    assert.equal('credential' in result && result.credential.id, credential.id)
    assert.equal('credential' in result && result.credential.clientId, credential.clientId)
  }),

  storeCase('a poll is accepted up to 1 s before its interval, measured from the last accepted poll', async (scene) => {
    const credential = await scene.create()
    for (const seconds of [0, 4, 8, 13]) await scene.polls(credential, seconds, 'pending')
    await scene.polls(credential, 16.999, 'slow_down')
  }),

  storeCase('slow_down raises the interval by 5 s, returns the new interval and keeps it', async (scene) => {
    const credential = await scene.create()
    await scene.polls(credential, 0, 'pending')
    const slowed = await scene.poll(credential, 2)
    assert.equal(slowed.status, 'slow_down')
    assert.equal('credential' in slowed && slowed.credential.interval, 10)
    const accepted = await scene.poll(credential, 9)
    assert.equal(accepted.status, 'pending')
    assert.equal('credential' in accepted && accepted.credential.interval, 10)
    await scene.polls(credential, 17.999, 'slow_down')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(18)))?.interval, 15)
  }),

  storeCase('an early poll does not move the time that the interval is measured from', async (scene) => {
    const credential = await scene.create()
    await scene.polls(credential, 0, 'pending')
    await scene.polls(credential, 3, 'slow_down')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(3)))?.lastPolledAt, scene.at(0))
    await scene.polls(credential, 9, 'pending')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(9)))?.lastPolledAt, scene.at(9))
  }),

  storeCase('F-10 a burst of polls raises the interval once, and at most one of them is on time', async (scene) => {
    const credential = await scene.create()
    const burst = await Promise.all(Array.from({ length: 10 }, () => scene.poll(credential, 0)))
    assert.equal(burst.filter(({ status }) => status === 'pending').length, 1)
    assert.equal(burst.filter(({ status }) => status === 'slow_down').length, 9)
    await scene.polls(credential, 0.999, 'slow_down')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(1)))?.interval, 10)
    await scene.polls(credential, 1, 'slow_down')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(1)))?.interval, 15)
  }),

  storeCase('8628-3.5-3 the twin of a counted poll, in the other style within 1 s, is pending once', async (scene) => {
    for (const [style, other] of [
      ['header', 'form'],
      ['form', 'header'],
    ] as const) {
      const credential = await scene.create()
      const polled = async (seconds: number, by: PollStyle): Promise<PollResult['status']> =>
        (await scene.poll(credential, seconds, clientId, by)).status
      for (const seconds of [0, 5, 10]) {
        assert.equal(await polled(seconds, style), 'pending')
        assert.equal(await polled(seconds + 0.999, other), 'pending', `the twin in the ${other}`)
      }
      const found = await scene.store.findDeviceCredential(credential.id, scene.at(11))
      assert.equal(found?.interval, 5)
      assert.equal(found?.lastPolledAt, scene.at(10), 'the interval is measured from the counted poll')
      assert.equal(await polled(11, other), 'slow_down', 'no second twin')
      assert.equal(await polled(12.1, style), 'slow_down')
    }
  }),

  storeCase('8628-3.5-3 a second poll in the same style, or later than 1 s, is no twin', async (scene) => {
    for (const [seconds, style] of [
      [0, 'header'],
      [0.5, 'header'],
      [1, 'form'],
    ] as const) {
      const credential = await scene.create()
      assert.equal((await scene.poll(credential, 0, clientId, 'header')).status, 'pending')
      const second = await scene.poll(credential, seconds, clientId, style)
      assert.equal(second.status, 'slow_down', `${style} after ${seconds} s`)
      assert.equal('credential' in second && second.credential.interval, 10)
    }
  }),

  storeCase('F-10 of a burst in both styles two polls are pending, and the interval is raised once', async (scene) => {
    const credential = await scene.create()
    const styles = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'header' : 'form'))
    const burst = await Promise.all(styles.map((style) => scene.poll(credential, 0, clientId, style)))
    assert.equal(burst.filter(({ status }) => status === 'pending').length, 2)
    assert.equal(burst.filter(({ status }) => status === 'slow_down').length, 8)
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(0)))?.interval, 10)
  }),

  storeCase('8628-3.5-3 an interval of 1 s is paced too: a poll may come after half of it', async (scene) => {
    const credential = await scene.create(0, { interval: 1 })
    for (const seconds of [0, 0.5, 1.5]) await scene.polls(credential, seconds, 'pending')
    await scene.polls(credential, 1.999, 'slow_down')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(2)))?.interval, 6)
  }),

  storeCase('the interval grows to 60 s and no further', async (scene) => {
    const credential = await scene.create()
    await scene.polls(credential, 0, 'pending')
    for (let seconds = 1; seconds <= 20; seconds++) {
      const grown = await intervalOf(scene.poll(credential, seconds))
      assert.equal(grown, Math.min(5 + 5 * seconds, 60), `the interval after ${seconds} early polls`)
    }
    await scene.polls(credential, 59, 'pending')
  }),

  storeCase('8628-3.5-3 slowDown raises the interval by 5 s for all later polls, once a second', async (scene) => {
    const credential = await scene.create()
    const slowDown = async (seconds: number, client = clientId): Promise<number | undefined> =>
      scene.store.slowDown(credential.id, client, scene.at(seconds))
    await scene.polls(credential, 0, 'pending')
    assert.equal(await slowDown(0), 10)
    assert.equal(await slowDown(0.999), 10, 'together with the last raise')
    await scene.polls(credential, 0.999, 'slow_down')
    assert.equal(await slowDown(1), 15)
    assert.equal(await slowDown(2, 'other-client'), undefined)
    assert.equal(await scene.store.slowDown(randomHash(), clientId, scene.at(2)), undefined)
    const accepted = await scene.poll(credential, 14)
    assert.equal(accepted.status, 'pending')
    assert.equal('credential' in accepted && accepted.credential.interval, 15)
    await scene.polls(credential, 27.999, 'slow_down')
    assert.equal((await scene.store.findDeviceCredential(credential.id, scene.at(28)))?.interval, 20)
    for (let seconds = 30; seconds < 40; seconds++) await slowDown(seconds)
    assert.equal(await slowDown(50), 60, 'up to 60 s')
    assert.equal(await slowDown(52), 60)
  }),

  storeCase('of 20 parallel calls of slowDown one raises the interval', async (scene) => {
    const { id } = await scene.create()
    const raised = Array.from({ length: 20 }, () => scene.store.slowDown(id, clientId, scene.at(1)))
    assert.deepEqual(await Promise.all(raised), Array(20).fill(10))
  }),

  storeCase('slowDown never undoes a decision that was made meanwhile', async (scene) => {
    for (let round = 0; round < 20; round++) {
      const credential = await scene.create()
      const steps: (() => Promise<unknown>)[] = [
        async () => scene.store.slowDown(credential.id, clientId, scene.at(1)),
        async () => scene.approve(credential, 1),
      ]
      if (round % 2 === 1) steps.reverse()
      await Promise.all(steps.map((step) => step()))
      await scene.polls(credential, 2, 'approved')
    }
  }),

  storeCase('slowDown leaves a longer interval as it is, and what is not pending', async (scene) => {
    const long = await scene.create(0, { interval: 90 })
    assert.equal(await scene.store.slowDown(long.id, clientId, scene.at(1)), 90)
    const [approved, { id: redeemed }, denied] = [await scene.approved(), await scene.redeemed(), await scene.create()]
    await scene.deny(denied, 1)
    const cancelled = await scene.create()
    await scene.store.revoke(cancelled.id, scene.at(1))
    for (const id of [approved.id, redeemed, denied.id, cancelled.id]) {
      assert.equal(await scene.store.slowDown(id, clientId, scene.at(2)), undefined)
    }
    await scene.polls(approved, 3, 'approved')
    await scene.polls(denied, 3, 'denied')
    assert.equal(await scene.store.slowDown(long.id, clientId, scene.at(LIFETIME)), undefined)
  }),

  storeCase('the interval of one credential does not depend on another credential', async (scene) => {
    const [fast, steady] = [await scene.create(), await scene.create()]
    for (const seconds of [0, 1, 2]) await scene.poll(fast, seconds)
    for (const seconds of [0, 5, 10]) await scene.polls(steady, seconds, 'pending')
    assert.equal(await intervalOf(scene.poll(steady, 15)), 5)
  }),

  storeCase('pacing never hides a decision', async (scene) => {
    const [approved, denied] = [await scene.create(), await scene.create()]
    for (const credential of [approved, denied]) await scene.polls(credential, 0, 'pending')
    await scene.approve(approved, 0.1)
    await scene.deny(denied, 0.1)
    for (const seconds of [0.2, 0.3]) {
      await scene.polls(approved, seconds, 'approved')
      await scene.polls(denied, seconds, 'denied')
    }
    assert.equal((await scene.store.findDeviceCredential(approved.id, scene.at(1)))?.interval, 5)
  }),

  storeCase('pacing never hides the expiry', async (scene) => {
    const credential = await scene.create()
    await scene.polls(credential, LIFETIME - 0.2, 'pending')
    for (const seconds of [LIFETIME, LIFETIME + 0.1, LIFETIME + 0.2]) await scene.polls(credential, seconds, 'expired')
  }),

  storeCase("another client's poll finds nothing and changes nothing", async (scene) => {
    const credential = await scene.create()
    for (const seconds of [0, 0.1, 0.2]) {
      assert.deepEqual({ ...(await scene.poll(credential, seconds, 'other-client')) }, { status: 'unknown' })
    }
    await scene.polls(credential, 0.3, 'pending')
    await scene.poll(credential, 1, 'other-client')
    assert.equal(await intervalOf(scene.poll(credential, 5)), 5)
    await scene.approve(credential, 6)
    assert.equal((await scene.poll(credential, 6, 'other-client')).status, 'unknown')
    assert.equal(await scene.redeem(credential, 7), true)
    assert.equal((await scene.poll(credential, 8, 'other-client')).status, 'unknown')
    await scene.polls(credential, 8, 'redeemed')
  }),

  storeCase('reading a credential does not count as a poll', async (scene) => {
    const { id, userCodeHash, ...rest } = await scene.create()
    await scene.store.findDeviceCredential(id, scene.at(0))
    await scene.store.findByUserCode(userCodeHash, scene.at(0))
    await scene.polls({ id, userCodeHash, ...rest }, 0.1, 'pending')
    await scene.store.findDeviceCredential(id, scene.at(1))
    await scene.polls({ id, userCodeHash, ...rest }, 5, 'pending')
  }),

  storeCase('expired comes before denied and approved', async (scene) => {
    const [approved, denied] = [await scene.create(), await scene.create()]
    await scene.approve(approved, 1)
    await scene.deny(denied, 1)
    for (const [credential, status] of [
      [approved, 'approved'],
      [denied, 'denied'],
    ] as const) {
      await scene.polls(credential, LIFETIME - 0.001, status)
      await scene.polls(credential, LIFETIME, 'expired')
    }
  }),

  storeCase('the result of an approved poll has the decision', async (scene) => {
    const result = await scene.poll(await scene.approved(), 2)
    assert.equal(result.status, 'approved')
    assert.ok('credential' in result)
    const { userGrant } = result.credential
    assert.equal(userGrant?.approved, true)
    assert.equal(userGrant?.subject, scene.alice)
    assert.equal(userGrant?.scope, 'profile')
    assert.equal(userGrant?.username, 'Alice')
    assert.deepEqual(userGrant?.authentication, scene.authentication)
  }),

  storeCase('F-24 pacing never undoes a decision that was made meanwhile', async (scene) => {
    for (let round = 0; round < 20; round++) {
      const credential = await scene.create()
      const polls = [0, 0.1, 5].map((seconds) => () => scene.poll(credential, seconds))
      const steps: (() => Promise<unknown>)[] = [...polls]
      steps.splice(round % 4, 0, () => (round % 2 === 0 ? scene.approve(credential, 1) : scene.deny(credential, 1)))
      await Promise.all(steps.map((step) => step()))
      await scene.polls(credential, 6, round % 2 === 0 ? 'approved' : 'denied')
      const found = await scene.store.findDeviceCredential(credential.id, scene.at(6))
      assert.equal(found?.userGrant?.subject, scene.alice)
    }
  }),
]
