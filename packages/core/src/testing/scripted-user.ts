import { setTimeout as wait } from 'node:timers/promises'
import type { DeviceAuth } from '../contract/device-auth.ts'
import { headerValue, type OAuthResponse, type RequestHeaders } from '../http.ts'
import { type PageForm, readForms, readText } from './page.ts'

/** A page that a {@link ScriptedUser} sees. */
export interface ScriptedPage {
  readonly status: number
  readonly html: string
  /** The visible text of the page. */
  readonly text: string
}

/** The page that asks the user to approve or deny. */
export interface ScriptedConfirmPage extends ScriptedPage {
  /**
   * Ticks the box and presses the button, `pages.approvalDelay` seconds after the page was opened. A server whose clock stands
   * still needs `pages: { approvalDelay: 0 }`. Rejects with an `Error` if an error page or another question follows.
   */
  approve(): Promise<ScriptedPage>
  /** Presses the button. Rejects as {@link approve} does. */
  deny(): Promise<ScriptedPage>
}

/** A signed-in user at the verification page. Each step rejects with an `Error` that has the page's text if another page comes. */
export interface ScriptedUser {
  /** Opens the page and types the code. @returns the confirm page */
  enter(userCode: string): Promise<ScriptedConfirmPage>
  /** Opens `verification_uri_complete`. @returns the confirm page */
  openComplete(uri: string): Promise<ScriptedConfirmPage>
  /** Enters the code and approves. */
  approve(userCode: string): Promise<ScriptedPage>
  /** Enters the code and denies. */
  deny(userCode: string): Promise<ScriptedPage>
}

/**
 * The user whom {@link scriptedUser} plays, as the server under test knows users:
 *
 * - `id`: by the default hook `authenticateUser`, which gets `{ user: { id, name } }` as the framework's request
 * - `headers`: by a header of each request, such as the cookie of a session; names in lower case
 * - `native`: by this object in place of the framework's request, such as `{ session: { account: 'alice' } }`
 */
export type ScriptedSignIn =
  | { readonly id: string; readonly name?: string }
  | { readonly headers: RequestHeaders }
  | { readonly native: object; readonly headers?: RequestHeaders }

/** Options of {@link scriptedUser}. */
export interface ScriptedUserOptions {
  /** The `paths.verification` option of the server. @default '/device' */
  readonly path?: string
  /** The address of the browser. @default '192.0.2.1' */
  readonly ip?: string
}

interface Browser {
  get(query: string): Promise<ScriptedPage>
  post(form: PageForm, button: string, fields?: Readonly<Record<string, string>>): Promise<ScriptedPage>
}

const REDIRECT_LIMIT = 5

/** The object that hooks get as the framework's request. */
function nativeOf(signIn: ScriptedSignIn): object {
  if ('native' in signIn) return signIn.native
  return 'id' in signIn ? { user: signIn } : { headers: signIn.headers }
}

function createBrowser(
  deviceAuth: Pick<DeviceAuth, 'route'>,
  signIn: ScriptedSignIn,
  { path = '/device', ip = '192.0.2.1' }: ScriptedUserOptions,
): Browser {
  const native = nativeOf(signIn)
  const given: RequestHeaders = ('headers' in signIn ? signIn.headers : undefined) ?? {}
  // the page knows the browser by its cookie, which it has beside those of the application
  let pageCookie: string | undefined
  const send = async (method: 'GET' | 'POST', query: string, form: URLSearchParams): Promise<OAuthResponse> => {
    const endpoint = deviceAuth.route(method, path)
    if (endpoint === undefined) throw new Error(`The server has no page at ${path}.`)
    const type = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const cookie = [given.cookie, pageCookie].flat().filter((one) => one !== undefined)
    const cookies = cookie.length === 0 ? {} : { cookie: cookie.join('; ') }
    const headers = { 'sec-fetch-site': 'same-origin', ...given, ...type, ...cookies }
    const response = await endpoint({ method, path, query: new URLSearchParams(query), headers, form, ip, native })
    pageCookie = headerValue(response.headers, 'set-cookie')?.split(';', 1)[0] ?? pageCookie
    return response
  }
  const follow = async (response: OAuthResponse, redirects = 0): Promise<ScriptedPage> => {
    const { status, headers, body: html } = response
    if (status !== 303 && status !== 302) return { status, html, text: readText(html) }
    const location = headerValue(headers, 'location') ?? ''
    const target = new URL(location, `http://page.invalid${path}`)
    if (!target.pathname.endsWith(path)) throw new Error(`The page redirects the user to ${location}.`)
    if (redirects === REDIRECT_LIMIT) throw new Error(`The page redirects more than ${REDIRECT_LIMIT} times.`)
    return follow(await send('GET', target.search, new URLSearchParams()), redirects + 1)
  }
  return {
    get: async (query) => follow(await send('GET', query, new URLSearchParams())),
    post: async (form, button, fields = {}) => {
      const [name = ''] = form.buttons.find(([, value]) => value === button) ?? []
      const query = new URL(form.action, 'http://page.invalid').search
      const content = new URLSearchParams({ ...Object.fromEntries(form.fields), ...fields, [name]: button })
      return follow(await send('POST', query, content))
    },
  }
}

function findForm(page: ScriptedPage, button: string): PageForm | undefined {
  return readForms(page.html).find(({ buttons }) => buttons.some(([, value]) => value === button))
}

function unexpected(expected: string, page: ScriptedPage): Error {
  return new Error(`Expected ${expected}, but the page (status ${page.status}) says: ${page.text || '(nothing)'}`)
}

async function press(
  browser: Browser,
  page: ScriptedPage,
  button: 'approve' | 'deny',
  openedAt: number,
): Promise<ScriptedPage> {
  const form = findForm(page, button)
  if (form === undefined) throw unexpected(`a page with the button "${button}"`, page)
  const early = openedAt + form.delay * 1000 - performance.now()
  if (button === 'approve' && early > 0) await wait(early)
  const answer = await browser.post(form, button)
  const asksAgain = findForm(answer, 'continue') ?? findForm(answer, button)
  if (answer.status !== 200 || asksAgain !== undefined)
    throw unexpected(`a page with status 200 and no further question after the button "${button}"`, answer)
  return answer
}

async function submitCode(browser: Browser, page: ScriptedPage, userCode?: string): Promise<ScriptedConfirmPage> {
  const form = findForm(page, 'continue')
  if (form === undefined) throw unexpected('the page that asks for the code', page)
  return confirmPage(
    browser,
    await browser.post(form, 'continue', userCode === undefined ? {} : { user_code: userCode }),
  )
}

function confirmPage(browser: Browser, page: ScriptedPage): ScriptedConfirmPage {
  if (findForm(page, 'approve') === undefined) throw unexpected('the page that asks for a confirmation', page)
  const openedAt = performance.now()
  return {
    ...page,
    approve: () => press(browser, page, 'approve', openedAt),
    deny: () => press(browser, page, 'deny', openedAt),
  }
}

/** The link leads to the confirm page, or to the page that asks for the code, with the code filled in. */
async function openLink(browser: Browser, uri: string): Promise<ScriptedConfirmPage> {
  const page = await browser.get(new URL(uri).search)
  return findForm(page, 'approve') === undefined ? submitCode(browser, page) : confirmPage(browser, page)
}

/**
 * Plays a user who is signed in, without a browser and in this process: a test of a device uses it to approve or deny.
 *
 * @param deviceAuth the server under test
 * @param signIn the signed-in user: an id, or the headers or the framework's request by which the application knows the user
 * @example
 * await scriptedUser(deviceAuth, { id: 'alice' }).approve(user_code)
 * await scriptedUser(deviceAuth, { headers: { cookie: 'sid=1' } }).approve(user_code)
 */
export function scriptedUser(
  deviceAuth: Pick<DeviceAuth, 'route'>,
  signIn: ScriptedSignIn,
  options: ScriptedUserOptions = {},
): ScriptedUser {
  const browser = createBrowser(deviceAuth, signIn, options)
  const enter = async (userCode: string): Promise<ScriptedConfirmPage> =>
    submitCode(browser, await browser.get(''), userCode)
  return {
    enter,
    openComplete: (uri) => openLink(browser, uri),
    approve: async (userCode) => (await enter(userCode)).approve(),
    deny: async (userCode) => (await enter(userCode)).deny(),
  }
}
