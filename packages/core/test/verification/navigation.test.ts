import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { alice, bob, type CookieJar, createPageServer, queryOf, title } from './visitor.ts'

const enter = 'Connect a device'
const confirm = 'Connect this device?'
const typeCode = 'Type the code yourself'

const shows = (site: string): Record<string, string> => ({
  'sec-fetch-site': site,
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
})

/** Follows redirects of the page; each request is led to by `site`, as browsers say of a chain that began there. */
async function open(
  visitor: ReturnType<ReturnType<typeof createPageServer>['visit']>,
  query: string,
  site: string,
): Promise<OAuthResponse> {
  const answer = await visitor.get(query, shows(site))
  return answer.status === 303 ? visitor.get(queryOf(answer), shows(site)) : answer
}

describe('a link with a code', () => {
  it.each(['cross-site', 'same-site'])(
    '8628-5.4-3 from another site (%s) leads to the page where the code is typed',
    async (site) => {
      const server = createPageServer()
      const { user_code } = await server.start()
      const page = await open(server.visit(alice), `user_code=${user_code}`, site)
      expect([page.status, title(page)]).toEqual([200, enter])
      expect(page.body).toContain(typeCode)
      expect(page.body).not.toContain(user_code)
    },
  )

  it.each(['none', 'same-origin'])(
    '8628-3.3.1-1 scanned, typed or of our own (%s) leads to the confirm page',
    async (site) => {
      const server = createPageServer()
      const { user_code } = await server.start()
      expect(title(await open(server.visit(alice), `user_code=${user_code}`, site))).toBe(confirm)
    },
  )

  it('8628-5.4-3 with the handle of an attacker in place of the code, another site gets no further', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const toLogIn = new URL(String((await server.visit().get(`user_code=${user_code}`)).headers.location), 'http://a')
    const ofCode = new URL(toLogIn.searchParams.get('return_to') ?? '', 'http://a').search.slice(1)
    const ofConfirm = queryOf(await server.visit(bob).get(`user_code=${user_code}`))
    for (const query of [ofCode, ofConfirm]) {
      const page = await open(server.visit(alice), query, 'cross-site')
      expect(title(page)).toBe(enter)
      expect(page.body).toContain(typeCode)
    }
  })

  it.each([
    ['none', confirm],
    ['cross-site', enter],
  ])('a visitor led here by %s, who comes back from a log-in on another site, sees "%s"', async (site, expected) => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const browser: CookieJar = new Map()
    const sent = await server.visit(undefined, undefined, undefined, browser).get(`user_code=${user_code}`, shows(site))
    const returnTo = new URL(String(sent.headers.location), 'http://a').searchParams.get('return_to') ?? ''
    const back = server.visit(alice, undefined, undefined, browser)
    const query = new URL(returnTo, 'http://a').search.slice(1)
    expect(title(await open(back, query, 'cross-site'))).toBe(expected)
  })
})

describe('a GET that is not shown', () => {
  it.each([
    ['an image', { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['a script', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }],
    ['a load in advance', { 'sec-purpose': 'prefetch;prerender' }],
    ['another site', shows('cross-site')],
  ])('8628-5.1-1 looks up nothing and costs no guess: %s', async (_name, headers) => {
    const server = createPageServer({ limits: { userCodesPerUser: 1 } })
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const lookedUp: unknown[] = []
    server.deviceAuth.on('codeNotFound', (event) => lookedUp.push(event))
    const right = await visitor.get(`user_code=${user_code}`, { ...shows('same-origin'), ...headers })
    expect([right.status, title(right)]).toEqual([200, enter])
    for (let time = 0; time < 3; time++)
      await visitor.get('user_code=BCDF-BCDF', { ...shows('same-origin'), ...headers })
    expect(lookedUp).toEqual([])
    await visitor.enter(user_code)
  })

  it('8628-5.1-1 control: a link that the visitor follows costs a guess', async () => {
    const server = createPageServer({ limits: { userCodesPerUser: 1 } })
    const visitor = server.visit(alice)
    await visitor.get('user_code=BCDF-BCDF', shows('none'))
    expect((await visitor.get('user_code=BCDF-BCDF', shows('none'))).status).toBe(429)
  })
})
