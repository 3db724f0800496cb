import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { approve, poll, startDevice } from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import { enterCode, follow, openConfirm, openEntry, openLink, submit, submitDecision } from '../page.ts'
import { codeForm, needEnglish, readDecision, visibleText } from '../page-forms.ts'

const needs = ['page'] as const

/** Submits an approval without being signed in. Fails if it counts. */
export async function expectSessionToApprove(t: ConformanceContext): Promise<void> {
  const device = await startDevice(t)
  const { decision } = await openConfirm(t, device)
  const response = await submitDecision(t, decision, 'approve', 'nobody')
  check(
    response.status !== 200 || codeForm(response) !== undefined || readDecision(response) === undefined,
    'no approval',
    response,
  )
  expectError(await poll(t, device), 'authorization_pending')
}

/** Fails if an earlier approval of the same client and scope replaces the confirmation (8628-5.6-1). */
export async function expectConfirmedAgain(t: ConformanceContext): Promise<void> {
  const first = await startDevice(t)
  await approve(t, first)
  expectTokens(await poll(t, first))
  const second = await startDevice(t)
  const { decision } = await openConfirm(t, second)
  expectError(await poll(t, second), 'authorization_pending')
  await submitDecision(t, decision, 'approve')
  expectTokens(await poll(t, second))
}

export const rfc8628PageCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.3-2', 'MUST', 'a user who is not signed in cannot approve', needs, expectSessionToApprove),
  conformanceCase(
    '8628-3.3-3',
    'MUST',
    'verification_uri shows a form for the code, and not the code itself',
    needs,
    async (t) => {
      const device = await startDevice(t)
      const entry = await openEntry(t, device)
      check(!entry.page.text.includes(device.user_code), 'a page without the code', entry.page)
    },
  ),
  conformanceCase('8628-3.3-3', 'MUST', 'an approval without the code has no effect', needs, async (t) => {
    const device = await startDevice(t)
    const { decision } = await openConfirm(t, device)
    const { name, value } = decision.approve
    const response = await submit(t, { ...decision.form, hidden: [] }, [[name, value]])
    check(response.status < 500, 'no server error (5xx)', response)
    expectError(await poll(t, device), 'authorization_pending')
  }),
  conformanceCase(
    '8628-3.3-4',
    'note',
    'the page asks to approve or deny, and only approving gives tokens',
    needs,
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      expectError(await poll(t, device), 'authorization_pending')
      const done = await follow(t, await submitDecision(t, decision, 'approve'))
      check(done.status === 200, 'a page that says that the sign-in is approved', done)
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    '8628-3.3-4',
    'note',
    'after denying on the page, the device gets access_denied',
    needs,
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      await submitDecision(t, decision, 'deny')
      expectError(await poll(t, device), 'access_denied')
    },
  ),
  ...(['approve', 'deny'] as const).map((which) =>
    conformanceCase(
      '8628-3.3-5',
      'note',
      `after ${which} the page sends the user back to the device`,
      needs,
      async (t) => {
        const { decision } = await openConfirm(t, await startDevice(t))
        const done = await follow(t, await submitDecision(t, decision, which))
        needEnglish(done)
        check(
          /device|return|go back|close this/i.test(visibleText(done.text)),
          'a text that sends the user back to the device',
          done,
        )
      },
    ),
  ),
  conformanceCase('8628-3.3-6', 'note', 'no page shows the device code', needs, async (t) => {
    const device = await startDevice(t)
    const { page: confirm, decision } = await openConfirm(t, device)
    const done = await follow(t, await submitDecision(t, decision, 'deny'))
    for (const shown of [confirm, done])
      check(!shown.text.includes(device.device_code), 'a page without the device code')
  }),
  conformanceCase(
    '8628-5.6-1',
    'note',
    'a public client has to be confirmed each time, even if it was approved before',
    needs,
    expectConfirmedAgain,
  ),
  conformanceCase(
    '8628-5.5-2',
    'note',
    'a decided code looks like an unknown one to another account',
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      await submitDecision(t, decision, 'approve')
      const late = await enterCode(t, device, device.user_code, 'other')
      const unknown = await enterCode(t, device, 'BCDF-GHJK', 'other')
      check(readDecision(late) === undefined, 'no confirm page', late)
      check(late.status === unknown.status, `the status of an unknown code (${unknown.status})`, late)
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    '8628-5.5-2',
    'note',
    'the account that enters a code first keeps it, and to another account the code looks unknown',
    ['page', 'otherUser', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const second = await openLink(t, device, 'other')
      check(readDecision(second) === undefined, 'no confirm page at verification_uri_complete', second)
      expectError(await poll(t, device), 'authorization_pending')
      await submitDecision(t, decision, 'approve')
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    '8628-5.5-2',
    'note',
    'if another account types a code that the first account has entered, the code looks unknown and ends for both',
    ['page', 'otherUser', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const second = await enterCode(t, device, device.user_code, 'other')
      check(readDecision(second) === undefined, 'no confirm page', second)
      await submitDecision(t, decision, 'approve')
      expectError(await poll(t, device), 'access_denied')
    },
  ),
]
