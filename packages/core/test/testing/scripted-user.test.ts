import { describe, expect, test } from 'vitest'
import type { Endpoint, OAuthRequest, OAuthResponse } from '../../src/http.ts'
import { scriptedUser } from '../../src/testing/scripted-user.ts'

const page = (body: string, status = 200): OAuthResponse => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<!doctype html><head><title>no text</title><style>p { color: red }</style></head><body>${body}</body>`,
})
const seeOther = (location: string): OAuthResponse => ({ status: 303, headers: { location }, body: '' })
const form = (inside: string): string => `<form method="post" action="/oauth/device">${inside}</form>`

const enterPage = (userCode: string): OAuthResponse =>
  page(
    form(`<input type="hidden" name="handle" value="a&amp;b&#39;&#x22;"><label>Code
      <input name="user_code" value="${userCode}" required></label><button name="action" value="continue">Go on</button>`),
  )
const confirmPage = page(
  form(
    '<input type=hidden name=handle value=second><button name="action" value="deny">No</button><button name="action" value="approve">Yes</button>',
  ),
)

/** A page in few words: it knows one code, and notes what it is sent. */
function pretendPage(): {
  readonly deviceAuth: { route(method: string, path: string): Endpoint | undefined }
  readonly seen: OAuthRequest[]
} {
  const seen: OAuthRequest[] = []
  const get = (query: URLSearchParams): OAuthResponse =>
    query.get('handle') === 'second' ? confirmPage : enterPage(query.get('user_code') ?? '')
  const post = (sent: URLSearchParams): OAuthResponse => {
    if (sent.get('action') === 'approve') return page('<p>Signed&nbsp;in &amp; done</p>')
    if (sent.get('action') === 'deny') return page('<p>Refused</p>')
    if (sent.get('user_code') === 'LATE') return page('<p>Too many attempts</p>', 429)
    if (sent.get('user_code') === 'LOGIN') return seeOther('/login?return_to=%2Foauth%2Fdevice')
    if (sent.get('user_code') === 'LOOP') return seeOther('/oauth/device?loop')
    return sent.get('user_code') === 'BCDF-GHJK' ? seeOther('?handle=second') : page(`Unknown code ${form('')}`)
  }
  const endpoint: Endpoint = async (request) => {
    seen.push(request)
    if (request.query.has('loop')) return seeOther('?loop')
    return request.method === 'GET' ? get(request.query) : post(request.form)
  }
  return { deviceAuth: { route: (_, path) => (path === '/device' ? endpoint : undefined) }, seen }
}

describe('scriptedUser', () => {
  test('enters the code, approves and returns the last page', async () => {
    const { deviceAuth, seen } = pretendPage()
    const done = await scriptedUser(deviceAuth, { id: 'alice', name: 'Alice' }).approve('BCDF-GHJK')
    expect(done).toMatchObject({ status: 200, text: 'Signed in & done' })
    expect(seen.map(({ method, form: sent }) => `${method} ${sent}`)).toEqual([
      'GET ',
      'POST handle=a%26b%27%22&user_code=BCDF-GHJK&action=continue',
      'GET ',
      'POST handle=second&action=approve',
    ])
    for (const { native, headers, ip } of seen) {
      expect(native).toEqual({ user: { id: 'alice', name: 'Alice' } })
      expect(headers).toMatchObject({ 'sec-fetch-site': 'same-origin' })
      expect(ip).toBe('192.0.2.1')
    }
    expect(seen.map(({ headers }) => headers['content-type'])).toEqual([
      undefined,
      'application/x-www-form-urlencoded',
      undefined,
      'application/x-www-form-urlencoded',
    ])
  })

  test('denies with the other button', async () => {
    const { deviceAuth, seen } = pretendPage()
    expect((await scriptedUser(deviceAuth, { id: 'alice' }).deny('BCDF-GHJK')).text).toBe('Refused')
    expect(seen.at(-1)?.form.get('action')).toBe('deny')
  })

  test('opens verification_uri_complete with the code filled in, and does not decide', async () => {
    const { deviceAuth, seen } = pretendPage()
    const uri = 'https://example.com/oauth/device?user_code=BCDF-GHJK'
    const confirm = await scriptedUser(deviceAuth, { id: 'alice' }).openComplete(uri)
    expect(seen[1]?.form.get('user_code')).toBe('BCDF-GHJK')
    expect(confirm.text).toBe('No Yes')
    expect(seen).toHaveLength(3)
    expect((await confirm.deny()).text).toBe('Refused')
  })

  test.each([
    ['XXXX', 'Expected the page that asks for a confirmation, but the page (status 200) says: Unknown code'],
    ['LATE', 'but the page (status 429) says: Too many attempts'],
    ['LOGIN', 'The page redirects the user to /login?return_to=%2Foauth%2Fdevice.'],
    ['LOOP', 'The page redirects more than 5 times.'],
  ])('with the code %s it says which page came instead', async (userCode, message) => {
    const { deviceAuth } = pretendPage()
    await expect(scriptedUser(deviceAuth, { id: 'alice' }).approve(userCode)).rejects.toThrow(message)
  })

  test('throws if the server has no page', async () => {
    const { deviceAuth } = pretendPage()
    const user = scriptedUser(deviceAuth, { id: 'alice' }, { path: '/elsewhere' })
    await expect(user.enter('BCDF-GHJK')).rejects.toThrow('The server has no page at /elsewhere.')
  })
})

describe('the user whom scriptedUser plays', () => {
  test('has the headers of the application, and the cookie of the page beside its cookie', async () => {
    const { deviceAuth, seen } = pretendPage()
    const endpoint: Endpoint = async (request) => {
      const response = await deviceAuth.route('GET', '/device')?.(request)
      if (response === undefined) throw new Error('There is no page.')
      return { ...response, headers: { ...response.headers, 'set-cookie': 'device-auth=1; Path=/' } }
    }
    const headers = { cookie: 'sid=alice', 'accept-language': 'de' }
    await scriptedUser({ route: () => endpoint }, { headers }).approve('BCDF-GHJK')
    expect(seen.map((request) => request.headers.cookie)).toEqual([
      'sid=alice',
      ...Array(3).fill('sid=alice; device-auth=1'),
    ])
    for (const request of seen) {
      expect(request.headers).toMatchObject({ 'accept-language': 'de', 'sec-fetch-site': 'same-origin' })
      expect(request.native).toEqual({ headers })
    }
  })

  test("is in the framework's request that the test gives, with or without headers", async () => {
    const { deviceAuth, seen } = pretendPage()
    const native = { session: { account: 'alice' } }
    await scriptedUser(deviceAuth, { native }).enter('BCDF-GHJK')
    await scriptedUser(deviceAuth, { native, headers: { 'x-account': 'alice' } }).enter('BCDF-GHJK')
    expect(new Set(seen.map((request) => request.native))).toEqual(new Set([native]))
    expect(seen.at(-1)?.headers).toMatchObject({ 'x-account': 'alice' })
  })
})
