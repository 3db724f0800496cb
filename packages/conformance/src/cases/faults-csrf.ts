import { type ConformanceCase, conformanceCase } from '../case.ts'
import { encodeForm, formType } from '../client.ts'
import { poll, startDevice } from '../device.ts'
import { expectError, expectNoServerError } from '../expect.ts'
import { type HeaderChanges, openConfirm, openLink, submitDecision, visit } from '../page.ts'
import { readDecision } from '../page-forms.ts'
import { skip } from '../target.ts'

const needs = ['page'] as const

const otherOrigins: readonly (readonly [what: string, headers: HeaderChanges])[] = [
  ['from another site', { Origin: 'https://evil.example', Referer: undefined, 'Sec-Fetch-Site': 'cross-site' }],
  ['from a sandboxed frame (Origin: null)', { Origin: 'null', Referer: undefined, 'Sec-Fetch-Site': 'cross-site' }],
  [
    'from another subdomain',
    { Origin: 'https://other.evil.example', Referer: undefined, 'Sec-Fetch-Site': 'same-site' },
  ],
  [
    'from another site, by a browser without Sec-Fetch-Site',
    { Origin: 'https://evil.example', 'Sec-Fetch-Site': undefined },
  ],
  ['from a sandboxed frame, by a browser without Sec-Fetch-Site', { Origin: 'null', 'Sec-Fetch-Site': undefined }],
]

export const faultCsrfCases: readonly ConformanceCase[] = [
  ...otherOrigins.map(([what, headers]) =>
    conformanceCase('F-40', 'own', `an approval posted ${what} changes nothing`, needs, async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const response = await submitDecision(t, decision, 'approve', 'user', headers)
      expectNoServerError(response)
      expectError(await poll(t, device), 'authorization_pending')
    }),
  ),
  conformanceCase(
    'F-40',
    'own',
    'an approval without the hidden fields of the form changes nothing',
    needs,
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const { name, value } = decision.approve
      const body = encodeForm([
        ['user_code', device.user_code],
        [name, value],
      ])
      const headers = { 'Content-Type': formType, Origin: new URL(decision.form.action).origin }
      expectNoServerError(await visit(t, decision.form.action, { method: 'POST', body, headers }))
      expectError(await poll(t, device), 'authorization_pending')
    },
  ),
  conformanceCase(
    'F-40',
    'own',
    'another account cannot approve with the form of the first',
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      expectNoServerError(await submitDecision(t, decision, 'approve', 'other'))
      expectError(await poll(t, device), 'authorization_pending')
    },
  ),
  conformanceCase(
    'F-40',
    'own',
    'another account cannot approve with the form behind verification_uri_complete either',
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      const decision = readDecision(await openLink(t, device))
      if (decision === undefined)
        throw skip('needs a form to approve or deny; the forms of this page are not recognized')
      expectNoServerError(await submitDecision(t, decision, 'approve', 'other'))
      expectError(await poll(t, device), 'authorization_pending')
    },
  ),
  conformanceCase('6749-10.12-1', 'MUST', 'the page is protected against cross-site requests', needs, async (t) => {
    const device = await startDevice(t)
    const { decision } = await openConfirm(t, device)
    expectNoServerError(await submitDecision(t, { ...decision, form: { ...decision.form, hidden: [] } }, 'approve'))
    expectError(await poll(t, device), 'authorization_pending')
  }),
]
