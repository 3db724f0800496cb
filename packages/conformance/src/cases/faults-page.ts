import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { encodeForm, type FormParameters, formType } from '../client.ts'
import { advanceIfPossible, poll, startDevice } from '../device.ts'
import { check, expectError, expectNoServerError, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { enterCode, follow, openConfirm, openEntry, openLink, submit, submitDecision, visit } from '../page.ts'
import { readDecision } from '../page-forms.ts'
import { skip } from '../target.ts'
import { expectPageHeaders, expectUnframed } from './page-headers.ts'
import { expectNoOpenRedirect, openRedirectTargets } from './redirects.ts'

const needs = ['page'] as const

/** Opens every URL of the page by GET and HEAD, and fails if that decides anything. */
async function expectPureGets(t: ConformanceContext): Promise<void> {
  const device = await startDevice(t)
  const { page, decision } = await openConfirm(t, device)
  const query = encodeForm([...decision.form.hidden, [decision.approve.name, decision.approve.value]])
  const urls = [
    device.verification_uri,
    `${device.verification_uri}?${query}`,
    `${device.verification_uri}?${encodeForm([['user_code', device.user_code]])}&${query}`,
    page.request.url,
    device.verification_uri_complete,
  ]
  for (const url of urls) {
    if (url === undefined) continue
    for (const method of ['GET', 'GET', 'HEAD']) expectNoServerError(await visit(t, url, { method }))
  }
  expectError(await poll(t, device), 'authorization_pending')
  await submitDecision(t, decision, 'approve')
  expectTokens(await poll(t, device))
}

/** One page of each kind, errors included. */
async function pagesOfEachKind(t: ConformanceContext): Promise<readonly HttpResponse[]> {
  const device = await startDevice(t)
  const { page: confirm, decision } = await openConfirm(t, device)
  const unknown = await enterCode(t, device, 'BCDF-GHJK')
  const bad = await visit(t, device.verification_uri, {
    method: 'POST',
    headers: { 'Content-Type': formType },
    body: 'action=x',
  })
  const wrongMethod = await visit(t, device.verification_uri, { method: 'DELETE' })
  const nobody = await visit(t, device.verification_uri, {}, 'nobody')
  const done = await follow(t, await submitDecision(t, decision, 'deny'))
  const pages = [(await openEntry(t, device)).page, confirm, unknown, bad, wrongMethod, nobody, done]
  return pages.filter(({ headers }) => (headers.get('content-type') ?? '').includes('html'))
}

export const faultPageCases: readonly ConformanceCase[] = [
  conformanceCase('F-41', 'own', 'GET and HEAD change nothing, with any parameters', needs, expectPureGets),
  conformanceCase(
    'F-41',
    'own',
    "opening a link with another user's code does not take the code from that user",
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      await openLink(t, device, 'other')
      const { decision } = await openConfirm(t, device)
      await submitDecision(t, decision, 'approve')
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase('F-42', 'own', 'a user with the wrong account can deny on the confirm page', needs, async (t) => {
    const device = await startDevice(t)
    const { decision } = await openConfirm(t, device)
    const done = await follow(t, await submitDecision(t, decision, 'deny'))
    check(done.status === 200, 'a page', done)
    expectError(await poll(t, device), 'access_denied')
  }),
  conformanceCase('F-44', 'own', 'in two tabs with two codes, each form decides its own code', needs, async (t) => {
    const [one, two] = [await startDevice(t), await startDevice(t)]
    const first = await openConfirm(t, one)
    const second = await openConfirm(t, two)
    await submitDecision(t, first.decision, 'approve')
    expectError(await poll(t, two), 'authorization_pending')
    expectTokens(await poll(t, one))
    await submitDecision(t, second.decision, 'deny')
    expectError(await poll(t, two), 'access_denied')
  }),
  conformanceCase('F-45', 'own', 'the page for the code has the security headers', needs, async (t) => {
    const { verification_uri } = await startDevice(t)
    expectPageHeaders(await follow(t, await visit(t, verification_uri)))
  }),
  conformanceCase(
    'F-45',
    'own',
    'every other page has the security headers too, including error pages',
    needs,
    async (t) => {
      for (const page of await pagesOfEachKind(t)) expectPageHeaders(page)
    },
  ),
  conformanceCase('6749-10.13-1', 'note', 'the pages cannot be framed', needs, async (t) => {
    const { verification_uri } = await startDevice(t)
    expectUnframed(await follow(t, await visit(t, verification_uri)))
  }),
  conformanceCase('F-46', 'own', 'the page does not redirect to a URL from the request', needs, (t) =>
    expectNoOpenRedirect(t, openRedirectTargets),
  ),
  conformanceCase('6749-10.15-1', 'MUST', 'the page is not an open redirector', needs, (t) =>
    expectNoOpenRedirect(t, openRedirectTargets.slice(0, 3)),
  ),
  conformanceCase(
    'F-47',
    'own',
    'text that was typed or is in the URL is shown as text, not as HTML',
    needs,
    async (t) => {
      const device = await startDevice(t)
      const typed = `"'><img src=x onerror=alert(1)>`
      const url = `${device.verification_uri}?${encodeForm({ user_code: typed, error: typed, message: typed })}`
      for (const page of [await follow(t, await visit(t, url)), await enterCode(t, device, typed)]) {
        check(page.status < 500 && !page.text.includes('<img src=x'), 'a page without the typed image tag', page)
      }
    },
  ),
  conformanceCase(
    'F-47',
    'own',
    'text that was typed is shown as text, not as HTML, also after a change of account',
    ['page', 'otherUser'],
    async (t) => {
      const { form } = await openEntry(t, await startDevice(t))
      const [button] = form.buttons.filter(({ name }) => name !== '')
      const typed = `"'><img src=x onerror=alert(1)>`
      const more: FormParameters = [['user_code', typed], ...(button ? [[button.name, button.value] as const] : [])]
      const page = await follow(t, await submit(t, form, more, 'other'), 'other')
      check(page.status < 500 && !page.text.includes('<img src=x'), 'a page without the typed image tag', page)
    },
  ),
  conformanceCase(
    'F-49',
    'own',
    'verification_uri_complete redirects at once to a URL without the code',
    ['page', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      if (device.verification_uri_complete === undefined) throw skip('needs verification_uri_complete')
      const response = await visit(t, device.verification_uri_complete)
      check(response.status === 303, '303', response)
      // compares the whole code, because a random handle may contain a part of it by chance
      const bare = (text: string): string => text.toUpperCase().replace(/%2D|\W/g, '')
      const location = response.headers.get('location') ?? ''
      check(!bare(location).includes(bare(device.user_code)), 'a redirect to a URL without the code', response)
    },
  ),
  conformanceCase('F-38', 'own', 'look-alike characters from other alphabets cause no error', needs, async (t) => {
    const typed = [
      'ВСDF-GНJК',
      'ſſſſ-ſſſſ',
      'ıııı-ıııı',
      'ßßßß-ßßßß',
      'B\u0301C\u0301D\u0301F\u0301GHJK',
      'B\u200dC\u202eDFGHJK',
    ]
    for (const text of typed) {
      await advanceIfPossible(t, 3600)
      const page = await enterCode(t, await startDevice(t), text)
      check(page.status < 500 && readDecision(page) === undefined, 'a page that says that the code is unknown', page)
    }
  }),
]
