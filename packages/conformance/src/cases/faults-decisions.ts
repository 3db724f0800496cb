import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { approve, type Device, deny, poll, rest, signIn, startDevice, tryDecision, wait } from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import { answer, enterCode, follow, openConfirm } from '../page.ts'
import { readDecision } from '../page-forms.ts'

/** What the device hears from now on, told twice so that it cannot change. */
async function outcome(t: ConformanceContext, device: Device): Promise<'approved' | 'denied'> {
  await rest(t, 1)
  const response = await poll(t, device)
  if (response.status === 200) return 'approved'
  expectError(response, 'access_denied')
  expectError(await poll(t, device), ['access_denied', 'invalid_grant'])
  return 'denied'
}

export const faultDecisionCases: readonly ConformanceCase[] = [
  conformanceCase('F-02', 'own', 'approve and deny at once: one of them wins, for ever', [], async (t) => {
    for (let round = 0; round < 5; round++) {
      const device = await startDevice(t)
      const decisions = [
        () => tryDecision(t.target.approve(device.user_code)),
        () => tryDecision(t.target.deny(device.user_code)),
      ]
      await Promise.all((round % 2 === 0 ? decisions : decisions.reverse()).map((decide) => decide()))
      await outcome(t, device)
    }
  }),
  conformanceCase(
    'F-03',
    'own',
    'two accounts with one code: one of them has it or none, never both',
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const other = readDecision(await enterCode(t, device, device.user_code, 'other'))
      const posts = [
        answer(t, decision, 'approve'),
        ...(other === undefined ? [] : [answer(t, other, 'approve', 'other')]),
      ]
      for (const response of await Promise.all(posts)) check(response.status < 500, 'an answer', response)
      const outcome = await poll(t, device)
      // closed, when the server takes a shared code for phishing
      if (outcome.status !== 200) return void expectError(outcome, 'access_denied')
      expectTokens(outcome)
    },
  ),
  conformanceCase('F-04', 'own', 'denied, back in the browser, approved: it stays denied', ['page'], async (t) => {
    const device = await startDevice(t)
    const { decision } = await openConfirm(t, device)
    await follow(t, await answer(t, decision, 'deny'))
    await follow(t, await answer(t, decision, 'approve'))
    expectError(await poll(t, device), 'access_denied')
  }),
  conformanceCase('F-04', 'own', 'denied, then approved by other means: it stays denied', [], async (t) => {
    const device = await startDevice(t)
    await deny(t, device)
    await tryDecision(t.target.approve(device.user_code))
    expectError(await poll(t, device), ['access_denied', 'invalid_grant'])
  }),
  conformanceCase('F-05', 'own', 'an approval that comes again after the redemption revives nothing', [], async (t) => {
    const device = await signIn(t)
    await tryDecision(t.target.approve(device.user_code))
    await rest(t, 31)
    const again = await poll(t, device)
    if (again.status !== 200) return void expectError(again, 'invalid_grant')
    check(expectTokens(again).access_token === device.tokens.access_token, 'no second token family', again)
  }),
  conformanceCase('F-07', 'own', 'an approval after expiry is too late', ['clock'], async (t) => {
    const device = await startDevice(t)
    await wait(t, device.expires_in + 1)
    await tryDecision(t.target.approve(device.user_code))
    expectError(await poll(t, device), ['expired_token', 'invalid_grant'])
  }),
  conformanceCase(
    'F-07',
    'own',
    'approved in time, fetched too late: no tokens',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      await wait(t, device.expires_in - 1)
      await approve(t, device)
      await wait(t, 2)
      expectError(await poll(t, device), 'expired_token')
    },
  ),
  conformanceCase('F-08', 'own', 'a denial during a poll reaches the next one', [], async (t) => {
    const device = await startDevice(t)
    const [during] = await Promise.all([poll(t, device), deny(t, device)])
    expectError(during, ['authorization_pending', 'slow_down', 'access_denied'])
    const told = during.text.includes('access_denied') && !t.strict
    expectError(await poll(t, device), told ? ['access_denied', 'invalid_grant'] : 'access_denied')
  }),
]
