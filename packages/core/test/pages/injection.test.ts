import { describe, expect, it } from 'vitest'
import type { Language } from '../../src/contract/pages/messages.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { messages } from '../../src/pages/locales/built-in.ts'
import { deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { expectError, issuer } from '../server.ts'
import { createPageServer, handleOf, queryOf } from '../verification/visitor.ts'

/** Hostile texts, each of which is tried in every place. */
const hostile: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '</style><script>alert(1)</script>',
  '</title></textarea></bdi></dl><svg onload=alert(1)>',
  '<!--',
  ']]><![CDATA[',
  '&lt;script&gt;&#60;b&#62;&quot;',
  '`-alert(1)-` {{7*7}} #{7*7}',
  'javascript:alert(1)//',
  '\u202egnp.exe\u2066\u200f\u061c',
  '\u2028\u2029\u0085\ufeff\u200b',
  'a\r\nset-cookie: x=1\r\n\r\n<b>',
  'a\u0000<\u0000script>',
  '\ud800<\udc00"\ud83d',
  '<b>"\''.repeat(16_000),
]
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

type Pages = ReadonlyMap<string, OAuthResponse>

/** Every page, with one text in all places that clients, devices and users control. A letter on both sides keeps it visible. */
async function everyPage(text: string, language: Language): Promise<Pages> {
  const said = `x${text}y`
  const pages = new Map<string, OAuthResponse>()
  const { server, subject, request, post, get, state } = scene(said, language)
  const ask = async () => server.start({ client_id: 'tv', device_name: said, device_model: said }, request)
  const show = async (name: string, path: string, query = ''): Promise<OAuthResponse> => {
    const page = await get(path, query)
    pages.set(name, page)
    return page
  }
  const submit = async (name: string, path: string, form: Record<string, string>): Promise<OAuthResponse> => {
    const page = await post(path, form)
    pages.set(name, page)
    return page
  }
  const enter = async (code: string): Promise<OAuthResponse> => {
    const form = await get('/device')
    return post('/device', { handle: handleOf(form), user_code: code, action: 'continue' })
  }

  pages.set(
    'log-in',
    await server.post('/device', { action: 'continue', user_code: said }, { headers: request.headers }),
  )
  pages.set(
    'to the log-in',
    await server.get('/device', {
      query: new URLSearchParams({ user_code: said, handle: said, ui_locales: said }).toString(),
    }),
  )
  await show('enter', '/device')
  await show('unknown code in a link', '/device', new URLSearchParams({ user_code: said }).toString())
  const handle = handleOf(await get('/device'))
  await submit('unknown code', '/device', { handle, user_code: said, action: 'continue' })
  await submit('no code', '/device', { handle, action: 'continue' })
  await submit('stale form', '/device', { handle: said, user_code: said, action: 'continue' })
  await submit('wrong action', '/device', { handle, action: said })
  pages.set('another site', await post('/device', { action: 'approve' }, { origin: said }))

  for (const action of ['approve', 'deny']) {
    const found = await enter((await ask()).user_code)
    pages.set('to the decision', found)
    const confirm = await show('confirm', '/device', queryOf(found))
    await submit(action, '/device', { handle: handleOf(confirm), action, own_device: 'yes' })
    await submit('answered', '/device', { handle: handleOf(confirm), action, own_device: 'yes' })
  }
  const other = await ask()
  const stale = await get('/device', queryOf(await enter(other.user_code)))
  server.clock.advance(10_000)
  await submit('expired', '/device', { handle: handleOf(stale), action: 'approve', own_device: 'yes' })

  await show('no devices', '/devices', '')
  const signedIn = await ask()
  await server.approve(signedIn.user_code, subject)
  await server.poll(signedIn.device_code)
  const devices = await show('devices', '/devices')
  const [, device = ''] = [...devices.body.matchAll(/name="handle" value="([^"]+)"/g)].map(([, sealed = '']) => sealed)
  expect(device).not.toBe('')
  const first = handleOf(devices)
  const renamed = await submit('to the devices', '/devices', { handle: first, action: 'rename', name: `z${said}` })
  await show('renamed', '/devices', queryOf(renamed))
  const [grant] = await server.deviceAuth.devices.list(subject)
  await server.deviceAuth.devices.rename(subject, grant?.id ?? '', `z${said}`)
  await show('renamed by the API', '/devices')
  const link = server.deviceAuth.devices.revokeLink(grant?.id ?? '')
  await show('one device', '/devices', new URL(link).search.slice(1))
  await submit('wrong action on devices', '/devices', { handle: first, action: said })
  state.failing = true
  await show('unavailable', '/devices')
  state.failing = false
  for (let attempt = 0; attempt < 11; attempt++)
    await submit('limited', '/device', { handle, user_code: said, action: 'continue' })
  return pages
}

/** A server where client, device and user all send one text. */
function scene(said: string, language: Language) {
  const state = { failing: false }
  // the subject is part of each form, so it is cut; one that no database keeps is refused
  const subject = said.slice(0, 200).replace(/\0|\p{Cs}/gu, '')
  const store = faultyStore(new MemoryStore(), (step) =>
    state.failing && step === 'listFamilies' ? 'throw' : undefined,
  )
  const scope = 'profile <img/src=x/onerror=alert(1)> &lt;b'
  const server = createPageServer({
    store,
    clients: [deviceClient({ client_id: 'tv', client_name: said, scope })],
    scopes: { profile: said, '<img/src=x/onerror=alert(1)>': '', '&lt;b': '&lt;b' },
    pages: { narrowScopes: true },
    loginUrl: (returnTo) => `/login?to=${encodeURIComponent(returnTo)}`,
    hooks: {
      authenticateUser: ({ native }) => (native === 'user' ? { subject, username: said } : undefined),
      describeRequester: () => ({ place: said, network: said, description: said, country: 'IT' }),
    },
  })
  const headers = {
    'user-agent': said,
    'accept-language': `${said},${language}`,
    host: said,
    'x-forwarded-host': said,
    forwarded: `host="${said}"`,
    referer: said,
  }
  const own = { 'sec-fetch-site': 'same-origin' }
  const locales = (query: string): string => `${query}&${new URLSearchParams({ ui_locales: `${said} ${language}` })}`
  return {
    server,
    subject,
    state,
    request: { headers, ip: '2001:db8::1' },
    get: (path: string, query = '') =>
      server.get(path, { query: locales(query), native: 'user', headers, ip: '192.0.2.9' }),
    post: (path: string, form: Record<string, string>, site: Record<string, string> = own) =>
      server.post(path, form, {
        query: locales(''),
        native: 'user',
        headers: { ...headers, ...site },
        ip: '192.0.2.9',
      }),
  }
}

/** The tags of a page with the names of their attributes, in order: the structure that a browser would build. */
function structure({ body }: OAuthResponse): readonly string[] {
  return (body.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, ''))
}

/** A page without the stylesheet, which holds no untrusted text. */
function textsOf({ body }: OAuthResponse): string {
  return body.replace(/<style[^>]*>.*?<\/style>/s, '')
}

describe.each(Object.keys(messages) as Language[])('F-47 6749-10.14-1 untrusted texts, in %s', (language) => {
  let harmless: Promise<Pages> | undefined

  it.each(hostile.map((text) => [JSON.stringify(text).slice(0, 60), text] as const))(
    'F-47 F-48 %s adds no element, changes no text direction and sends no header',
    async (_name, text) => {
      harmless ??= everyPage('', language)
      const expected = await harmless
      const attacked = await everyPage(text, language)
      expect([...attacked.keys()]).toEqual([...expected.keys()])
      for (const [name, page] of attacked) {
        const plain = expected.get(name)!
        expect(page.status, name).toBe(plain.status)
        expect(structure(page), name).toEqual(structure(plain))
        const between = textsOf(page).replace(/<[^>]*>/g, '')
        expect(between, name).not.toMatch(/[<>]/)
        expect(textsOf(page), name).not.toMatch(bidi)
        expect(textsOf(page).replaceAll('\n', ''), name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(page.body.length, name).toBeLessThan(40_000)
        expect(Object.keys(page.headers), name).toEqual(Object.keys(plain.headers))
        for (const value of Object.values(page.headers).flat()) expect(value, name).toMatch(/^[\x20-\x7e]*$/)
      }
    },
  )

  it('F-37 F-47 every page is in this language, and every address in it belongs to the server', async () => {
    harmless ??= everyPage('', language)
    const { language: tag, direction } = messages[language]
    const pages = [...(await harmless)].filter(([, { status }]) => status !== 303)
    const statuses = new Set(pages.map(([, { status }]) => status))
    expect(statuses).toEqual(new Set([200, 400, 401, 403, 404, 409, 429, 503]))
    expect(pages.length).toBeGreaterThan(18)
    for (const [name, { body, headers }] of pages) {
      expect(body, name).toContain(`<html lang="${tag}" dir="${direction}">`)
      expect(headers['content-language'], name).toBe(tag)
      for (const [, address] of body.matchAll(/(?:action|href|src)="([^"]*)"/g)) {
        expect(address, name).toMatch(
          /^\/oauth\/devices?(\?ui_locales=[\w-]+)?$|^\/login\?to=%2Foauth%2Fdevices?[\w%.-]*$/,
        )
      }
    }
  })

  it('F-48 the code runs from left to right, and untrusted texts are isolated', async () => {
    harmless ??= everyPage('', language)
    const { body = '' } = (await harmless).get('confirm') ?? {}
    expect(body).toMatch(/<p dir="ltr" translate="no"><strong class="code">[A-Z-]{9}<\/strong>/)
    expect(body.match(/<bdi>xy<\/bdi>/g)).toHaveLength(8)
    expect(body.replaceAll('<bdi>xy</bdi>', '')).not.toMatch(/>[^<]*xy/)
    const { body: enter = '' } = (await harmless).get('enter') ?? {}
    expect(enter).toMatch(/<input type="text" id="user_code"[^>]* dir="ltr"/)
  })
})

describe('refused values', () => {
  it.each(hostile.map((text) => [JSON.stringify(text).slice(0, 60), text] as const))(
    'XD-6.1.17 F-47 the answer does not repeat the binding message %s',
    async (_name, text) => {
      const server = createPageServer()
      const answer = await server.deviceAuthorization({ client_id: 'tv', binding_message: text })
      expectError(answer, 'invalid_request')
      expect(answer.body).not.toContain('alert')
    },
  )

  it('F-37 no header changes the address of the pages', async () => {
    const server = createPageServer()
    // so long that no random cookie or nonce contains it by chance
    const evil = 'evil-site-of-others'
    const headers = { host: evil, 'x-forwarded-host': evil, forwarded: `host=${evil}` }
    const codes = await server.start({ client_id: 'tv' }, { headers })
    expect(codes.verification_uri).toBe(`${issuer}/device`)
    const { headers: sent } = await server.visit().get('', headers)
    expect(JSON.stringify(sent)).not.toContain(evil)
  })
})
