import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { encodeForm, type FormParameters, formType } from '../client.ts'
import { poll, rest, startDevice } from '../device.ts'
import { check, expectError, expectNoServerError, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { answer, enterCode, follow, openConfirm, openEntry, openLink, submit, visit } from '../page.ts'
import { readDecision } from '../page-forms.ts'
import { skip } from '../target.ts'
import { expectPageHeaders } from './page-headers.ts'
import { expectNoOpenRedirect, openRedirectTargets } from './redirects.ts'

const needs = ['page'] as const

/** Each way to the page, asked twice by GET and HEAD. */
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
  await answer(t, decision, 'approve')
  expectTokens(await poll(t, device))
}

/** Every kind of page that can be reached. */
async function everyPage(t: ConformanceContext): Promise<readonly HttpResponse[]> {
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
  const done = await follow(t, await answer(t, decision, 'deny'))
  const pages = [(await openEntry(t, device)).page, confirm, unknown, bad, wrongMethod, nobody, done]
  return pages.filter(({ headers }) => (headers.get('content-type') ?? '').includes('html'))
}

export const faultPageCases: readonly ConformanceCase[] = [
  conformanceCase('F-41', 'own', 'no GET and no HEAD changes anything, whatever it carries', needs, expectPureGets),
  conformanceCase(
    'F-41',
    'own',
    "opening a link with somebody else's code takes nothing from him",
    ['page', 'otherUser'],
    async (t) => {
      const device = await startDevice(t)
      await openLink(t, device, 'other')
      const { decision } = await openConfirm(t, device)
      await answer(t, decision, 'approve')
      expectTokens(await poll(t, device))
    },
  ),
  conformanceCase(
    'F-42',
    'own',
    'the confirm page offers the way out to who is signed in by mistake: deny, and nothing is kept',
    needs,
    async (t) => {
      const device = await startDevice(t)
      const { decision } = await openConfirm(t, device)
      const done = await follow(t, await answer(t, decision, 'deny'))
      check(done.status === 200, 'a page', done)
      expectError(await poll(t, device), 'access_denied')
    },
  ),
  conformanceCase('F-44', 'own', 'two tabs with two codes: each form answers for its own', needs, async (t) => {
    const [one, two] = [await startDevice(t), await startDevice(t)]
    const first = await openConfirm(t, one)
    const second = await openConfirm(t, two)
    await answer(t, first.decision, 'approve')
    expectError(await poll(t, two), 'authorization_pending')
    expectTokens(await poll(t, one))
    await answer(t, second.decision, 'deny')
    expectError(await poll(t, two), 'access_denied')
  }),
  conformanceCase('F-45', 'own', 'the page for the code carries the headers that keep others out', needs, async (t) => {
    const { verification_uri } = await startDevice(t)
    expectPageHeaders(await follow(t, await visit(t, verification_uri)))
  }),
  conformanceCase('F-45', 'own', 'and so does every other page, those of errors included', needs, async (t) => {
    for (const page of await everyPage(t)) expectPageHeaders(page)
  }),
  conformanceCase('6749-10.13-1', 'SHOULD', 'the pages cannot be framed', needs, async (t) => {
    const { verification_uri } = await startDevice(t)
    expectPageHeaders(await follow(t, await visit(t, verification_uri)))
  }),
  conformanceCase('F-46', 'own', 'the page sends the user to no address that a request names', needs, (t) =>
    expectNoOpenRedirect(t, openRedirectTargets),
  ),
  conformanceCase('6749-10.15-1', 'MUST', 'the page is no open redirector', needs, (t) =>
    expectNoOpenRedirect(t, openRedirectTargets.slice(0, 3)),
  ),
  conformanceCase('F-47', 'own', 'what was typed is shown as text, also from the address', needs, async (t) => {
    const device = await startDevice(t)
    const typed = `"'><img src=x onerror=alert(1)>`
    const url = `${device.verification_uri}?${encodeForm({ user_code: typed, error: typed, message: typed })}`
    for (const page of [await follow(t, await visit(t, url)), await enterCode(t, device, typed)]) {
      check(page.status < 500 && !page.text.includes('<img src=x'), 'a page without that image', page)
    }
  }),
  conformanceCase(
    'F-47',
    'own',
    'what was typed is shown as text, also where the form comes back after a switch of accounts',
    ['page', 'otherUser'],
    async (t) => {
      const { form } = await openEntry(t, await startDevice(t))
      const [button] = form.buttons.filter(({ name }) => name !== '')
      const typed = `"'><img src=x onerror=alert(1)>`
      const more: FormParameters = [['user_code', typed], ...(button ? [[button.name, button.value] as const] : [])]
      const page = await follow(t, await submit(t, form, more, 'other'), 'other')
      check(page.status < 500 && !page.text.includes('<img src=x'), 'a page without that image', page)
    },
  ),
  conformanceCase(
    'F-49',
    'own',
    'a code in the address is gone from it at once',
    ['page', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      if (device.verification_uri_complete === undefined) throw skip('needs verification_uri_complete')
      const response = await visit(t, device.verification_uri_complete)
      check(response.status === 303, '303', response)
      // the whole code: a part of it may stand in a random handle by chance
      const bare = (text: string): string => text.toUpperCase().replace(/%2D|\W/g, '')
      const location = response.headers.get('location') ?? ''
      check(!bare(location).includes(bare(device.user_code)), 'an address without the code', response)
    },
  ),
  conformanceCase(
    'F-38',
    'own',
    'look-alikes from other alphabets are found or not found, and never break anything',
    needs,
    async (t) => {
      const typed = [
        'ВСDF-GНJК',
        'ſſſſ-ſſſſ',
        'ıııı-ıııı',
        'ßßßß-ßßßß',
        'B\u0301C\u0301D\u0301F\u0301GHJK',
        'B\u200dC\u202eDFGHJK',
      ]
      for (const text of typed) {
        await rest(t, 3600)
        const page = await enterCode(t, await startDevice(t), text)
        check(
          page.status < 500 && readDecision(page) === undefined,
          'a page that says that there is no such code',
          page,
        )
      }
    },
  ),
]
