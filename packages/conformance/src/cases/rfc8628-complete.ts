import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { deviceUserAgent } from '../client.ts'
import { type Device, poll, startDevice } from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { enterCode, openConfirm, openLink, submitDecision, visit } from '../page.ts'
import { needEnglish, readDecision, visibleText } from '../page-forms.ts'
import { skip } from '../target.ts'

const needs = ['page'] as const

/** Starts a device and opens its verification_uri_complete as the user. */
async function openComplete(
  t: ConformanceContext,
): Promise<{ readonly device: Device; readonly confirm: HttpResponse }> {
  const device = await startDevice(t)
  return { device, confirm: await openLink(t, device) }
}

const normalized = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')

const completeCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.3.1-4', 'MUST', 'opening verification_uri_complete approves nothing', needs, async (t) => {
    const { device, confirm } = await openComplete(t)
    check(confirm.status === 200, 'a page', confirm)
    expectError(await poll(t, device), 'authorization_pending')
    const decision = readDecision(confirm)
    if (decision === undefined) return
    await submitDecision(t, decision, 'approve')
    expectTokens(await poll(t, device))
  }),
  conformanceCase(
    '8628-3.3.1-5',
    'SHOULD',
    'the confirm page shows the code, so that the user can compare it',
    needs,
    async (t) => {
      const { device, confirm } = await openComplete(t)
      const shown =
        normalized(visibleText(confirm.text)).includes(normalized(device.user_code)) ||
        confirm.text.includes(device.user_code)
      check(shown, 'a page that shows the code', confirm)
    },
  ),
  conformanceCase(
    '8628-3.3.1-6',
    'note',
    'verification_uri_complete leads to a page with approve and deny',
    needs,
    async (t) => {
      const { confirm } = await openComplete(t)
      if (t.strict) check(readDecision(confirm) !== undefined, 'a form to approve or deny', confirm)
      else if (readDecision(confirm) === undefined)
        throw skip('needs a form to approve or deny; the forms of this page are not recognized')
    },
  ),
  conformanceCase('8628-5.4-3', 'note', 'no script and no refresh submits the confirm page', needs, async (t) => {
    const { confirm } = await openComplete(t)
    if (readDecision(confirm) === undefined)
      throw skip('needs a form to approve or deny; the forms of this page are not recognized')
    const moves = /\.submit\(|\.click\(|http-equiv\s*=\s*["']?refresh/i.test(confirm.text)
    check(!moves, 'a page that waits for the user', confirm)
  }),
  conformanceCase(
    '8628-5.4-1',
    'RECOMMENDED',
    'the confirm page says that a device is being authorised',
    needs,
    async (t) => {
      const { page: confirm } = await openConfirm(t, await startDevice(t))
      needEnglish(confirm)
      check(/device/i.test(visibleText(confirm.text)), 'a text with the word device', confirm)
    },
  ),
  conformanceCase(
    '8628-5.4-2',
    'SHOULD',
    'the confirm page shows something about the device: its User-Agent, or what that means',
    ['page', 'device-auth'],
    async (t) => {
      const { page: confirm } = await openConfirm(t, await startDevice(t))
      const isShown = /ConformanceTelevision|Tizen/i.test(visibleText(confirm.text))
      check(isShown, `a page that shows ${deviceUserAgent}, or words for it such as Tizen`, confirm)
    },
  ),
  conformanceCase(
    '6749-2.3-1',
    'MUST NOT',
    'the confirm page says that a public client is not verified',
    ['page', 'device-auth'],
    async (t) => {
      const { page: confirm } = await openConfirm(t, await startDevice(t))
      check(
        /unverified|not verified|cannot be verified|not been verified|cannot prove/i.test(visibleText(confirm.text)),
        'a page that says the application is not verified',
        confirm,
      )
    },
  ),
  conformanceCase(
    '8628-3.3-8',
    'MAY',
    'a log-in on the way does not send the code to another origin',
    needs,
    async (t) => {
      const { verification_uri_complete: link, user_code } = await startDevice(t)
      if (link === undefined) throw skip('needs verification_uri_complete')
      const response = await visit(t, link, {}, 'nobody')
      check(response.status < 400, 'a page or a redirect to the log-in', response)
      const location = new URL(response.headers.get('location') ?? link, link)
      const tellsCode = normalized(decodeURIComponent(location.href)).includes(normalized(user_code))
      check(
        location.origin === new URL(link).origin || !tellsCode,
        'no redirect to another origin with the code in the URL',
        response,
      )
    },
  ),
]

const variants: readonly (readonly [id: string, what: string, spell: (code: string) => string])[] = [
  ['8628-6.1-1', 'without its punctuation', (code) => code.replace(/[^A-Za-z0-9]/g, '')],
  ['8628-6.1-1', 'with spaces for its punctuation and around it', (code) => `  ${code.replace(/[^A-Za-z0-9]/g, ' ')} `],
  ['8628-6.1-1', 'with a long dash', (code) => code.replace(/-/g, '—')],
  ['8628-6.1-2', 'in lower case', (code) => code.toLowerCase()],
  ['8628-6.1-3', 'with characters outside the set', (code) => `${code.replace(/-/g, '_')}!`],
  [
    '8628-6.1-3',
    'in full-width characters',
    (code) => code.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
  ],
]

const spellingCases: readonly ConformanceCase[] = variants.map(([id, what, spell]) =>
  conformanceCase(id, 'note', `the code is found ${what}`, needs, async (t) => {
    const device = await startDevice(t)
    await openConfirm(t, device)
    const found = await enterCode(t, device, spell(device.user_code))
    check(readDecision(found) !== undefined, 'the confirm page', found)
  }),
)

export const rfc8628CompleteCases: readonly ConformanceCase[] = [...completeCases, ...spellingCases]
