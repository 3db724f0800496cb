import type { OAuthResponse } from '../../src/http.ts'
import { createTestServer, type TestServer, type TestServerOptions } from '../server.ts'

/** Somebody in front of the page, one request at a time; redirects are not followed. */
export interface Visitor {
  get(query?: string, headers?: Readonly<Record<string, string>>): Promise<OAuthResponse>
  /** Posts a form. An approval comes with its box ticked, unless the parameters say otherwise. */
  post(parameters: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<OAuthResponse>
  /** Types a code; answers the query of the confirm page, or fails with what came instead. */
  enter(userCode: string): Promise<string>
  /** The handle of the form on the page that this query shows. */
  handle(query: string): Promise<string>
}

/** The cookies of one browser, by name. */
export type CookieJar = Map<string, string>

export const alice = { id: 'alice', name: 'Alice' }
export const bob = { id: 'bob', name: 'Bob' }

/** A server with a page, and a way to sit down in front of it. */
export function createPageServer(options: TestServerOptions = {}): TestServer & {
  visit(user?: object, session?: string, ip?: string, browser?: CookieJar): Visitor
} {
  const server = createTestServer({
    scopes: { profile: 'See your name and picture', email: 'See your e-mail address' },
    loginUrl: '/login',
    ...options,
  })
  return { ...server, visit: (user, session, ip, browser) => visitor(server, user, session, ip, browser) }
}

function visitor(
  server: TestServer,
  user?: object,
  sessionID?: string,
  ip = '198.51.100.7',
  browser: CookieJar = new Map(),
): Visitor {
  const native = { user, sessionID }
  const withCookies = (headers: Readonly<Record<string, string>>) => ({ ...cookieHeader(browser), ...headers })
  const get: Visitor['get'] = async (query = '', headers = {}) =>
    keepCookies(browser, await server.get('/device', { query, native, ip, headers: withCookies(headers) }))
  const post: Visitor['post'] = async (parameters, headers = { 'sec-fetch-site': 'same-origin' }) =>
    keepCookies(
      browser,
      await server.post('/device', ticked(parameters), { native, ip, headers: withCookies(headers) }),
    )
  const handle: Visitor['handle'] = async (query) => handleOf(await get(query))
  return {
    get,
    post,
    handle,
    async enter(userCode) {
      const response = await post({ handle: await handle(''), user_code: userCode, action: 'continue' })
      if (response.status !== 303) throw new Error(`no confirm page: ${response.status} ${title(response)}`)
      return queryOf(response)
    },
  }
}

function ticked(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return parameters.action === 'approve' ? { own_device: 'yes', ...parameters } : parameters
}

function cookieHeader(browser: CookieJar): Record<string, string> {
  return browser.size === 0 ? {} : { cookie: [...browser].map((pair) => pair.join('=')).join('; ') }
}

function keepCookies(browser: CookieJar, response: OAuthResponse): OAuthResponse {
  for (const field of [response.headers['set-cookie'] ?? []].flat()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? []
    browser.set(name, value)
  }
  return response
}

/** The hidden field of the form on a page. */
export function handleOf({ body }: OAuthResponse): string {
  const handle = /name="handle" value="([^"]+)"/.exec(body)?.[1]
  if (handle === undefined) throw new Error(`no handle on the page: ${body}`)
  return handle
}

/** The query that a redirect leads to. */
export function queryOf({ headers }: OAuthResponse): string {
  return String(headers.location).split('?')[1] ?? ''
}

export function title({ body }: OAuthResponse): string {
  return /<title>([^<]*)/.exec(body)?.[1] ?? ''
}
