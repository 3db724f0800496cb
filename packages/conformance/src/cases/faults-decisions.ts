import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import {
  advanceIfPossible,
  approve,
  type Device,
  deny,
  poll,
  pollNow,
  signIn,
  startDevice,
  tryDecision,
  wait,
} from '../device.ts'
import { check, expectError, expectRefusal, expectTokens } from '../expect.ts'
import { enterCode, follow, openConfirm, submitDecision } from '../page.ts'
import { readDecision } from '../page-forms.ts'

/** Polls twice, fails if the second answer contradicts the first, and returns the decision. */
async function finalDecision(t: ConformanceContext, device: Device): Promise<'approved' | 'denied'> {
  const response = await poll(t, device)
  if (response.status === 200) return 'approved'
  expectError(response, 'access_denied')
  expectError(await poll(t, device), ['access_denied', 'invalid_grant', 'expired_token'])
  return 'denied'
}

export const faultDecisionCases: readonly ConformanceCase[] = [
  conformanceCase('F-02', 'own', 'of approve and deny at the same time, one wins and never changes', [], async (t) => {
    for (let round = 0; round < 5; round++) {
      const device = await startDevice(t)
      const decisions = [
        () => tryDecision(t.target.approve(device.user_code)),
        () => tryDecision(t.target.deny(device.user_code)),
      ]
      await Promise.all((round % 2 === 0 ? decisions : decisions.reverse()).map((decide) => decide()))
      await finalDecision(t, device)
    }
  }),
  conformanceCase(
    'F-03',
    'own',
    'if two accounts approve one code, at most one approval counts',
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const other = readDecision(await enterCode(t, device, device.user_code, 'other'))
      const posts = [
        submitDecision(t, decision, 'approve'),
        ...(other === undefined ? [] : [submitDecision(t, other, 'approve', 'other')]),
      ]
      for (const response of await Promise.all(posts)) check(response.status < 500, 'no server error (5xx)', response)
      const outcome = await poll(t, device)
      // the server may deny a code that two users enter, because this can be phishing
      if (outcome.status !== 200) return void expectError(outcome, 'access_denied')
      expectTokens(outcome)
    },
  ),
  conformanceCase(
    'F-04',
    'own',
    'a denied code stays denied if the user goes back in the browser and approves',
    ['page'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      await follow(t, await submitDecision(t, decision, 'deny'))
      await follow(t, await submitDecision(t, decision, 'approve'))
      expectError(await poll(t, device), 'access_denied')
    },
  ),
  conformanceCase('F-04', 'own', 'a denied code stays denied if it is approved outside the page', [], async (t) => {
    const device = await startDevice(t)
    await deny(t, device)
    await tryDecision(t.target.approve(device.user_code))
    expectError(await poll(t, device), ['access_denied', 'invalid_grant', 'expired_token'])
  }),
  conformanceCase(
    'F-05',
    'own',
    'a second approval after the redemption does not make the code usable again',
    [],
    async (t) => {
      const device = await signIn(t)
      await tryDecision(t.target.approve(device.user_code))
      await advanceIfPossible(t, 31)
      const again = await poll(t, device)
      if (again.status !== 200) return expectRefusal(again, 'invalid_grant')
      check(expectTokens(again).access_token === device.tokens.access_token, 'no second token family', again)
    },
  ),
  conformanceCase('F-07', 'own', 'an approval after expiry has no effect', ['clock'], async (t) => {
    const device = await startDevice(t)
    await wait(t, device.expires_in + 1)
    await tryDecision(t.target.approve(device.user_code))
    expectError(await poll(t, device), ['expired_token', 'invalid_grant'])
  }),
  conformanceCase(
    'F-07',
    'own',
    'a code that was approved in time gives no tokens after expiry',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      await wait(t, device.expires_in - 1)
      await approve(t, device)
      await wait(t, 2)
      expectError(await poll(t, device), 'expired_token')
    },
  ),
  conformanceCase('F-08', 'own', 'after a denial during a poll, the next poll gets access_denied', [], async (t) => {
    const device = await startDevice(t)
    const [during] = await Promise.all([pollNow(t, device), deny(t, device)])
    expectError(during, ['authorization_pending', 'slow_down', 'access_denied'])
    const isDenied = during.text.includes('access_denied') && !t.strict
    expectError(await poll(t, device), isDenied ? ['access_denied', 'invalid_grant', 'expired_token'] : 'access_denied')
  }),
]
