import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { approve, poll, startDevice } from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import { answer, enterCode, follow, openConfirm, openEntry, openLink, submit } from '../page.ts'
import { codeForm, readDecision, words } from '../page-forms.ts'

const page = ['page'] as const

/** A POST that would approve, by someone who is not signed in. */
export async function expectSessionToApprove(t: ConformanceContext): Promise<void> {
  const device = await startDevice(t)
  const { decision } = await openConfirm(t, device)
  const response = await answer(t, decision, 'approve', 'nobody')
  check(
    response.status !== 200 || codeForm(response) !== undefined || readDecision(response) === undefined,
    'no approval',
    response,
  )
  expectError(await poll(t, device), 'authorization_pending')
}

/** 5.6-1: an earlier approval of the same client and scope replaces no confirmation. */
export async function expectConfirmedAgain(t: ConformanceContext): Promise<void> {
  const first = await startDevice(t)
  await approve(t, first)
  expectTokens(await poll(t, first))
  const second = await startDevice(t)
  const { decision } = await openConfirm(t, second)
  expectError(await poll(t, second), 'authorization_pending')
  await answer(t, decision, 'approve')
  expectTokens(await poll(t, second))
}

export const rfc8628PageCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.3-2', 'MUST', 'who is not signed in cannot approve', page, expectSessionToApprove),
  conformanceCase('8628-3.3-3', 'MUST', 'verification_uri shows a form for the code, and no code', page, async (t) => {
    const device = await startDevice(t)
    const entry = await openEntry(t, device)
    check(!entry.page.text.includes(device.user_code), 'a page without the code', entry.page)
  }),
  conformanceCase('8628-3.3-3', 'MUST', 'no approval without a code or what stands for it', page, async (t) => {
    const device = await startDevice(t)
    const { decision } = await openConfirm(t, device)
    const { name, value } = decision.approve
    const response = await submit(t, { ...decision.form, hidden: [] }, [[name, value]])
    check(response.status < 500, 'a refusal', response)
    expectError(await poll(t, device), 'authorization_pending')
  }),
  conformanceCase(
    '8628-3.3-4',
    'n',
    'the page asks to approve or deny, and approving is what gives the tokens',
    page,
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      expectError(await poll(t, device), 'authorization_pending')
      const done = await follow(t, await answer(t, decision, 'approve'))
      check(done.status === 200, 'a page that says it is done', done)
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase('8628-3.3-4', 'n', 'denying on the page reaches the device', page, async (t) => {
    const device = await startDevice(t)
    const { decision } = await openConfirm(t, device)
    await answer(t, decision, 'deny')
    expectError(await poll(t, device), 'access_denied')
  }),
  ...(['approve', 'deny'] as const).map((which) =>
    conformanceCase('8628-3.3-5', 'n', `after ${which} the page sends the user back to the device`, page, async (t) => {
      const { decision } = await openConfirm(t, await startDevice(t))
      const done = await follow(t, await answer(t, decision, which))
      check(
        /device|return|go back|close this/i.test(words(done.text)),
        'a text that sends the user back to the device',
        done,
      )
    }),
  ),
  conformanceCase('8628-3.3-6', 'n', 'no page shows the device code', page, async (t) => {
    const device = await startDevice(t)
    const { page: confirm, decision } = await openConfirm(t, device)
    const done = await follow(t, await answer(t, decision, 'deny'))
    for (const shown of [confirm, done])
      check(!shown.text.includes(device.device_code), 'a page without the device code')
  }),
  conformanceCase(
    '8628-5.6-1',
    'n',
    'a public client is confirmed each time, whatever was approved before',
    page,
    expectConfirmedAgain,
  ),
  conformanceCase(
    '8628-5.5-2',
    'n',
    'a code that someone has decided is, to another account, like an unknown one',
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      await answer(t, decision, 'approve')
      const late = await enterCode(t, device, device.user_code, 'other')
      const unknown = await enterCode(t, device, 'BCDF-GHJK', 'other')
      check(readDecision(late) === undefined, 'no confirm page', late)
      check(late.status === unknown.status, `the status of an unknown code (${unknown.status})`, late)
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    '8628-5.5-2',
    'n',
    'who enters a code first has it: to another account it is like an unknown one from then on',
    ['page', 'otherUser', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const second = await openLink(t, device, 'other')
      check(readDecision(second) === undefined, 'no confirm page behind the link', second)
      expectError(await poll(t, device), 'authorization_pending')
      await answer(t, decision, 'approve')
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    '8628-5.5-2',
    'n',
    'another account that enters a code of the first reads that it is unknown, and ends it for both',
    ['page', 'otherUser', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const second = await enterCode(t, device, device.user_code, 'other')
      check(readDecision(second) === undefined, 'no confirm page', second)
      await answer(t, decision, 'approve')
      expectError(await poll(t, device), 'access_denied')
    },
  ),
]
