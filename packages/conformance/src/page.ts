import type { ConformanceContext } from './case.ts'
import { encodeForm, type FormParameters, formType } from './client.ts'
import type { Device } from './device.ts'
import { check } from './expect.ts'
import { type HttpResponse, readResponse } from './http.ts'
import { codeForm, type DecisionForm, type PageForm, readDecision } from './page-forms.ts'
import { skip } from './target.ts'

/** The user of the target, another user, or somebody who is not signed in. */
export type Viewer = 'user' | 'other' | 'nobody'

/** Fetches with the session of the viewer. Does not follow redirects. */
export async function visit(
  t: ConformanceContext,
  url: string,
  init: RequestInit = {},
  viewer: Viewer = 'user',
): Promise<HttpResponse> {
  const { page } = t.target
  if (page === undefined) throw skip('needs target.page')
  const send = { user: page.fetchAsUser, other: page.fetchAsOtherUser, nobody: t.target.fetch ?? fetch }[viewer]
  if (send === undefined) throw skip('needs target.page.fetchAsOtherUser')
  const method = init.method ?? 'GET'
  const response = await send.call(page, url, { redirect: 'manual', ...init })
  const body = typeof init.body === 'string' ? { body: init.body } : {}
  return readResponse(response, { method, url, ...body }, t.strict)
}

/** Follows redirects to the same origin by GET, as a browser does after a 303. */
export async function follow(
  t: ConformanceContext,
  response: HttpResponse,
  viewer: Viewer = 'user',
): Promise<HttpResponse> {
  let current = response
  for (let i = 0; i < 5 && current.status >= 300 && current.status < 400; i++) {
    const next = new URL(current.headers.get('location') ?? '', current.request.url)
    if (next.origin !== new URL(current.request.url).origin) return current
    current = await visit(t, next.href, {}, viewer)
  }
  return current
}

/** Headers to send instead of those of a browser. `undefined` leaves a header out. */
export type HeaderChanges = Readonly<Record<string, string | undefined>>

/** Submits a form with the headers that a browser sends from the page itself. */
export function submit(
  t: ConformanceContext,
  form: PageForm,
  more: FormParameters,
  viewer: Viewer = 'user',
  headers: HeaderChanges = {},
): Promise<HttpResponse> {
  const body = [encodeForm(form.hidden), encodeForm(more)].filter((part) => part !== '').join('&')
  const origin = new URL(form.action).origin
  const browserHeaders = {
    'Content-Type': formType,
    Origin: origin,
    Referer: form.action,
    'Sec-Fetch-Site': 'same-origin',
  }
  const sent = new Map<string, string>()
  for (const [name, value] of Object.entries({ ...browserHeaders, ...headers }))
    if (value !== undefined) sent.set(name, value)
  return visit(t, form.action, { method: 'POST', body, headers: Object.fromEntries(sent) }, viewer)
}

/** Submits the form that approves or denies. To approve, all boxes that the form requires are ticked. */
export function submitDecision(
  t: ConformanceContext,
  decision: DecisionForm,
  which: 'approve' | 'deny',
  viewer: Viewer = 'user',
  headers: HeaderChanges = {},
): Promise<HttpResponse> {
  const { name, value } = decision[which]
  const boxes = which === 'approve' ? decision.form.boxes : []
  const button: FormParameters = name === '' ? [] : [[name, value]]
  return submit(t, decision.form, [...boxes, ...button], viewer, headers)
}

/** Opens the page that asks for the user code. Skips the case if its form is not recognized. */
export async function openEntry(
  t: ConformanceContext,
  device: Device,
  viewer: Viewer = 'user',
): Promise<{ readonly page: HttpResponse; readonly form: PageForm }> {
  const page = await follow(t, await visit(t, device.verification_uri, {}, viewer), viewer)
  check(page.status === 200, 'the page that asks for the code', page)
  const form = codeForm(page)
  if (form === undefined) throw skip('needs a form that posts user_code; the forms of this page are not recognized')
  return { page, form }
}

/** Types a code, presses the button and returns the page that follows, which may be a refusal with 429. */
export async function typeCode(
  t: ConformanceContext,
  device: Device,
  code: string = device.user_code,
  viewer: Viewer = 'user',
): Promise<HttpResponse> {
  const { form } = await openEntry(t, device, viewer)
  const button = form.buttons.find((found) => found.name !== '')
  const more: FormParameters = [
    ['user_code', code],
    ...(button === undefined ? [] : [[button.name, button.value] as const]),
  ]
  return follow(t, await submit(t, form, more, viewer), viewer)
}

/** As {@link typeCode}, but a limit that earlier cases have used up skips the case. */
export async function enterCode(
  t: ConformanceContext,
  device: Device,
  code?: string,
  viewer: Viewer = 'user',
): Promise<HttpResponse> {
  const page = await typeCode(t, device, code, viewer)
  if (page.status === 429) throw skip('needs a server that takes codes; this one has had too many wrong ones (429)')
  return page
}

/** Opens the confirm page of a device by typing its code. */
export async function openConfirm(
  t: ConformanceContext,
  device: Device,
  viewer: Viewer = 'user',
  code?: string,
): Promise<{ readonly page: HttpResponse; readonly decision: DecisionForm }> {
  const page = await enterCode(t, device, code, viewer)
  const decision = readDecision(page)
  if (decision !== undefined) return { page, decision }
  if (t.strict) check(false, 'a page that asks to approve or deny', page)
  throw skip('needs a page with one form to approve or deny; the forms of this page are not recognized')
}

/** Opens verification_uri_complete. Skips the case if the server sends none. */
export async function openLink(t: ConformanceContext, device: Device, viewer: Viewer = 'user'): Promise<HttpResponse> {
  const link = device.verification_uri_complete
  if (link === undefined) throw skip('needs verification_uri_complete')
  return follow(t, await visit(t, link, {}, viewer), viewer)
}
