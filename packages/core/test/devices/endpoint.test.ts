import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { toNodeHandler } from '../../src/adapters/node-handler.ts'
import type { DeviceAuthEvents } from '../../src/contract/events.ts'
import type { Hooks } from '../../src/contract/hooks.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { messages } from '../../src/pages/locales/built-in.ts'
import { deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectToken, type RequestExtras } from '../server.ts'
import { alice, bob, createPageServer, handleOf, queryOf, title } from '../verification/visitor.ts'

const sameOrigin = { 'sec-fetch-site': 'same-origin' }
type PageServer = ReturnType<typeof createPageServer>

/** Somebody in front of the page of devices. */
function visitDevices(server: PageServer, user: object | null = alice, sessionID?: string) {
  const native = { user, sessionID }
  return {
    get: (query = '', extras: RequestExtras = {}): Promise<OAuthResponse> =>
      server.get('/devices', { query, native, ...extras }),
    post: (parameters: Readonly<Record<string, string>>, headers: RequestExtras['headers'] = sameOrigin) =>
      server.post('/devices', parameters, { native, headers }),
  }
}

/** A device of Alice's, with what it said of itself. */
async function signInFrom(server: PageServer, ip: string, clientId = 'tv', subject = 'alice') {
  const headers = { 'user-agent': 'TV/1.0 (Linux)' }
  const codes = await server.start({ client_id: clientId, scope: 'profile' }, { ip, headers })
  await server.approve(codes.user_code, subject)
  return expectToken(await server.poll(codes.device_code, { client_id: clientId }))
}

/** The handle of the form that has this button, for the device with this number on the page. */
function deviceHandle({ body }: OAuthResponse, number = 1): string {
  return handleOf({ status: 200, headers: {}, body: body.slice(body.indexOf(`id="device-${number}"`)) })
}

function allHandle({ body }: OAuthResponse): string {
  return handleOf({ status: 200, headers: {}, body: body.slice(body.indexOf('<details>')) })
}

function textOf({ body }: OAuthResponse): string {
  const content = body.slice(body.indexOf('<main>')).replace(/<(br|p|li|div|dt|dd|h\d)\b[^>]*>/g, ' ')
  return content
    .replace(/<[^>]+>/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

describe('what the page says', () => {
  it('lists devices, the latest first: name, since when, from where, last used, scopes in words', async () => {
    const server = createPageServer({ hooks: { describeRequester: () => 'Bedroom set' } })
    await signInFrom(server, '192.0.2.7')
    server.clock.advance(24 * 3600)
    const { access_token } = await signInFrom(server, '2001:db8::7', 'tv2')
    server.clock.advance(48 * 3600 - 24 * 3600)
    await server.deviceAuth.authenticate(access_token)
    const page = await visitDevices(server).get()
    expect([page.status, title(page)]).toEqual([200, 'Your devices'])
    const [, latest = '', first = ''] = page.body.split(/<h2 /)
    expect(latest).toContain('Bedroom TV')
    expect(latest).toContain('2001:db8::7')
    expect(latest).toContain('Signed in Jan 2, 2026')
    expect(first).toContain('Living-room TV')
    expect(first).toContain('192.0.2.7')
    expect(first).toContain('<bdi>TV, Linux</bdi>')
    expect(first).not.toContain('TV/1.0')
    expect(first).toContain('Bedroom set')
    expect(first).toContain('not verified')
    expect(first).toContain('See your name and picture')
    expect(first).toContain('Signed in Jan 1, 2026')
    expect(first).toContain('Not used yet')
    expect(textOf(page)).toContain('Signed in as Alice')
  })

  it('says when a device was used last, in UTC and in the language of the texts', async () => {
    const server = createPageServer()
    const { access_token } = await signInFrom(server, '192.0.2.7')
    server.clock.advance(1800)
    await server.deviceAuth.authenticate(access_token)
    expect((await visitDevices(server).get()).body).toContain('Last used Jan 1, 2026')
    // Klingon, which Intl does not speak
    const klingon = { ...messages.en, language: 'tlh' }
    for (const [language, since] of [
      ['de', 'Angemeldet am 1. Jan. 2026'],
      ['tlh', 'Signed in Jan 1, 2026'],
    ] as const) {
      const other = createPageServer({ pages: { language, languages: ['de', klingon] } })
      await signInFrom(other, '192.0.2.7')
      expect((await visitDevices(other).get()).body).toContain(since)
    }
  })

  it('shows nothing of others, and says so when there is none', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const page = await visitDevices(server, bob).get()
    expect(textOf(page)).toContain('No device is signed in to your account.')
    expect(page.body).not.toContain('Living-room TV')
    expect(page.body).not.toContain('signOutAll')
    expect(page.body).toContain('href="/oauth/device"')
  })

  it('a client that was removed leaves its devices on the list, under its id', async () => {
    const gone = new Set<string>()
    const tv = deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })
    const server = createPageServer({ clients: (id) => (gone.has(id) || id !== 'tv' ? undefined : tv) })
    await signInFrom(server, '192.0.2.7')
    gone.add('tv')
    const page = await visitDevices(server).get()
    expect(page.status).toBe(200)
    expect(page.body).toContain('<bdi>tv</bdi></h2>')
  })

  it('each control is named after its device, and no id is there twice', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    await signInFrom(server, '192.0.2.8', 'tv2')
    const { body } = await visitDevices(server).get()
    const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const labels = [...body.matchAll(/aria-labelledby="([^"]+)"/g)].map(([, names]) => names!.split(' '))
    expect(labels).toHaveLength(6)
    for (const names of labels) {
      expect(names).toHaveLength(2)
      for (const name of names) expect(ids).toContain(name)
    }
    expect(body).toMatch(/<ul class="devices">\s*<li>/)
  })

  it('paths.devices: elsewhere, or left out; the page of codes may be the application’s own', async () => {
    const moved = createPageServer({ paths: { devices: '/my/devices' } })
    const page = await moved.get('/my/devices', { native: { user: alice } })
    expect(page.status).toBe(200)
    expect(moved.deviceAuth.route('GET', '/devices')).toBeUndefined()
    const none = createPageServer({ paths: { devices: false } })
    expect(none.deviceAuth.route('GET', '/devices')).toBeUndefined()
    expect(() => none.deviceAuth.devices.revokeLink('id')).toThrow('paths.devices')
    const own = createPageServer({
      paths: { verification: false },
      hooks: { getVerificationUri: () => 'https://example.com/activate' },
    })
    await signInFrom(own, '192.0.2.7')
    expect((await visitDevices(own).get()).body).not.toContain('Connect a device')
    expect(() => createPageServer({ paths: { devices: '/token' } })).toThrow('paths')
  })
})

describe('what the page does', () => {
  it('renames: a form, a 303, a notice; the name is on the page and in the API', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const visitor = visitDevices(server)
    const answer = await visitor.post({
      handle: deviceHandle(await visitor.get()),
      name: '  Kitchen\u202e\u0007 ',
      action: 'rename',
    })
    expect([answer.status, answer.body]).toEqual([303, ''])
    expect(answer.headers.location).toMatch(/^\/oauth\/devices\?handle=[\w-]+$/)
    const page = await visitor.get(queryOf(answer))
    expect(page.body).toContain('<p class="notice" role="status">The device has a new name.</p>')
    expect(page.body).toContain('<bdi>Kitchen</bdi></h2>')
    expect(textOf(page)).toContain('App Living-room TV')
    expect(page.body).toContain('value="Kitchen"')
    expect(await server.deviceAuth.devices.list('alice')).toMatchObject([{ name: 'Kitchen' }])
    await visitor.post({ handle: deviceHandle(page), name: '', action: 'rename' })
    expect((await visitor.get()).body).toContain('<bdi>Living-room TV</bdi></h2>')
    await visitor.post({ handle: deviceHandle(page), name: `${'x'.repeat(99)}😀`, action: 'rename' })
    expect(await server.deviceAuth.devices.list('alice')).toMatchObject([{ name: 'x'.repeat(99) }])
  })

  it('signs out one device: its tokens are dead in the next request, the other lives', async () => {
    const server = createPageServer()
    const revoked: DeviceAuthEvents['revoked'][] = []
    server.deviceAuth.on('revoked', (event) => revoked.push(event))
    const kept = await signInFrom(server, '192.0.2.7')
    const lost = await signInFrom(server, '192.0.2.8', 'tv2')
    const { id } = (await server.deviceAuth.devices.list('alice'))[1]!
    const visitor = visitDevices(server)
    const page = await visitor.get()
    const handles = [1, 2].map((number) => deviceHandle(page, number))
    const bedroom = page.body.indexOf('Bedroom') < page.body.indexOf('Living') ? handles[0] : handles[1]
    const answer = await visitor.post({ handle: bedroom!, action: 'signOut' })
    expect(answer.status).toBe(303)
    expect(server.json(await server.introspect(lost.access_token))).toEqual({ active: false })
    expect(server.json(await server.introspect(kept.access_token))).toMatchObject({ active: true })
    expect(revoked).toEqual([{ at: server.clock(), grantId: id, by: 'user' }])
    expect((await visitor.get(queryOf(answer))).body).toContain('The device is signed out.')
    const again = await visitor.post({ handle: bedroom!, action: 'signOut' })
    expect((await visitor.get(queryOf(again))).body).toContain('role="alert">That device is not signed in')
    const renamed = await visitor.post({ handle: bedroom!, action: 'rename', name: 'x' })
    expect((await visitor.get(queryOf(renamed))).body).toContain('role="alert">That device is not signed in')
    expect(revoked).toHaveLength(1)
  })

  it('signs out all, behind a details element; also what was approved and not fetched yet; nobody else’s', async () => {
    const server = createPageServer()
    const mine = [await signInFrom(server, '192.0.2.7'), await signInFrom(server, '192.0.2.8', 'tv2')]
    const theirs = await signInFrom(server, '192.0.2.9', 'tv', 'bob')
    const { user_code, device_code } = await server.start()
    await server.approve(user_code)
    const visitor = visitDevices(server)
    const page = await visitor.get()
    expect(page.body).toMatch(/<details>\s*<summary>Sign out all devices<\/summary>[\s\S]*<\/details>/)
    const answer = await visitor.post({ handle: allHandle(page), action: 'signOutAll' })
    expect(answer.status).toBe(303)
    for (const { access_token } of mine)
      expect(server.json(await server.introspect(access_token))).toEqual({ active: false })
    expect(server.json(await server.introspect(theirs.access_token))).toMatchObject({ active: true })
    expect(server.json(await server.poll(device_code))).toMatchObject({ error: 'expired_token' })
    const after = await visitor.get(queryOf(answer))
    expect(after.body).toContain('All devices are signed out.')
    expect(textOf(after)).toContain('No device is signed in to your account.')
  })
})

describe('XD-6.1.6 a mail about a new device', () => {
  it('XD-6.1.6 the event says what the mail says, and the link shows just that device', async () => {
    const server = createPageServer()
    const mails: (DeviceAuthEvents['redeemed'] & { link: string })[] = []
    const { deviceAuth } = server
    deviceAuth.on('redeemed', (event) => mails.push({ ...event, link: deviceAuth.devices.revokeLink(event.grantId) }))
    const codes = await server.start(
      { client_id: 'tv', scope: 'profile' },
      { ip: '192.0.2.7', headers: { 'user-agent': 'TV/1.0' } },
    )
    await deviceAuth.approve(codes.user_code, { subject: 'alice', username: 'Alice' })
    const { access_token } = expectToken(await server.poll(codes.device_code))
    await signInFrom(server, '192.0.2.8', 'tv2')
    const [mail] = mails
    const grantId = (await deviceAuth.authenticate(access_token))!.grantId
    expect(mail).toEqual({
      at: server.clock(),
      grantId,
      clientId: 'tv',
      subject: 'alice',
      username: 'Alice',
      scope: 'profile',
      requester: { ip: '192.0.2.7', userAgent: 'TV/1.0' },
      link: expect.stringMatching(/^https:\/\/auth\.example\.com\/oauth\/devices\?handle=[\w-]+$/),
    })
    expect(mail!.link).not.toContain(grantId)
    const visitor = visitDevices(server)
    const page = await visitor.get(new URL(mail!.link).search)
    expect(page.body).toContain('Living-room TV')
    expect(page.body).not.toContain('Bedroom TV')
    expect(page.body).not.toContain('signOutAll')
    expect(page.body).toContain('<a href="/oauth/devices">Your devices</a>')
    expect(await deviceAuth.authenticate(access_token)).toBeDefined()
    const answer = await visitor.post({ handle: deviceHandle(page), action: 'signOut' })
    expect(await deviceAuth.authenticate(access_token)).toBeUndefined()
    expect((await visitor.get(queryOf(answer))).body).toContain('Bedroom TV')
    const later = await visitor.get(new URL(mail!.link).search)
    expect(later.body).toContain('That device is not signed in to your account.')
  })

  it('XD-6.1.6 the link wants its own user signed in, ends after 7 days, and is no form', async () => {
    const server = createPageServer()
    const { access_token } = await signInFrom(server, '192.0.2.7')
    const { grantId } = (await server.deviceAuth.authenticate(access_token))!
    const query = new URL(server.deviceAuth.devices.revokeLink(grantId)).search
    const login = await visitDevices(server, null).get(query)
    expect(login.status).toBe(303)
    const back = new URL(String(login.headers.location), 'https://x.example').searchParams.get('return_to')
    expect(back).toBe(`/oauth/devices${query}`)
    const foreign = await visitDevices(server, bob).get(query)
    expect(foreign.body).not.toContain('Living-room TV')
    expect(foreign.body).toContain('That device is not signed in to your account.')
    const handle = new URLSearchParams(query).get('handle')!
    for (const action of ['signOut', 'signOutAll', 'rename'])
      expect((await visitDevices(server).post({ handle, action })).status).toBe(400)
    expect((await visitDevices(server).get(query)).body).toContain('<a href="/oauth/devices">Your devices</a>')
    server.clock.advance(7 * 24 * 3600)
    expect((await visitDevices(server).get(query)).body).not.toContain('<a href="/oauth/devices">')
    const late = await visitDevices(server, null).get(query)
    expect(String(late.headers.location)).toBe('/login?return_to=%2Foauth%2Fdevices')
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })
})

/** Everything that a request could have changed. */
async function state(server: PageServer): Promise<string> {
  const { devices } = server.deviceAuth
  return JSON.stringify([await devices.list('alice'), await devices.list('bob')])
}

describe('F-40 forged forms', () => {
  it.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['same site, another host', { 'sec-fetch-site': 'same-site' }, 403],
    ['no site', { 'sec-fetch-site': 'none' }, 403],
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['null origin', { origin: 'null' }, 403],
    ['text/plain', { 'content-type': 'text/plain', ...sameOrigin }, 400],
    ['json', { 'content-type': 'application/json', ...sameOrigin }, 400],
  ])('F-40 6749-10.12-1 %s changes nothing', async (_name, headers, status) => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const visitor = visitDevices(server)
    const page = await visitor.get()
    const before = await state(server)
    const forms = [
      { handle: deviceHandle(page), action: 'signOut' },
      { handle: deviceHandle(page), action: 'rename', name: 'x' },
      { handle: allHandle(page), action: 'signOutAll' },
    ]
    for (const form of forms) expect((await visitor.post(form, headers)).status).toBe(status)
    expect(await state(server)).toBe(before)
  })

  it('F-40 a form without its handle, or with another’s, changes nothing', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    await signInFrom(server, '192.0.2.8', 'tv', 'bob')
    const page = await visitDevices(server).get()
    const enter = handleOf(await server.visit(alice).get())
    const before = await state(server)
    const [one, all] = [deviceHandle(page), allHandle(page)]
    const forms: readonly Record<string, string>[] = [
      { action: 'signOut' },
      { action: 'signOutAll' },
      { handle: 'garbage', action: 'signOut' },
      { handle: `${one}x`, action: 'signOut' },
      { handle: enter, action: 'signOut' },
      { handle: all, action: 'signOut' },
      { handle: all, action: 'rename', name: 'x' },
      { handle: one, action: 'signOutAll' },
      { handle: one, action: '__proto__' },
      { handle: one },
    ]
    for (const form of forms) expect((await visitDevices(server).post(form)).status).toBe(400)
    const repeated = await server.post(
      '/devices',
      [
        ['handle', one],
        ['handle', all],
        ['action', 'signOut'],
      ],
      { native: { user: alice }, headers: sameOrigin },
    )
    expect(repeated.status).toBe(400)
    expect(await state(server)).toBe(before)
  })

  it.each([
    ['another account', bob, undefined],
    ['another session of the same account', alice, 'two'],
  ])('F-40 F-42 a form goes stale with %s: nothing changes, and the page says so', async (_name, user, session) => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const page = await visitDevices(server, alice, 'one').get()
    const before = await state(server)
    const other = visitDevices(server, user, session)
    for (const form of [
      { handle: deviceHandle(page), action: 'signOut' },
      { handle: deviceHandle(page), action: 'rename', name: 'x' },
      { handle: allHandle(page), action: 'signOutAll' },
    ]) {
      const answer = await other.post(form)
      expect(answer.status).toBe(303)
      expect((await other.get(queryOf(answer))).body).toContain('you have switched accounts')
    }
    expect(await state(server)).toBe(before)
  })

  it('F-42 a notice is sealed for its reader: no link makes the page say what did not happen', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const visitor = visitDevices(server)
    const answer = await visitor.post({ handle: allHandle(await visitor.get()), action: 'signOutAll' })
    expect((await visitDevices(server, bob).get(queryOf(answer))).body).not.toContain('signed out')
    for (const query of ['notice=signedOutAll', 'handle=signedOutAll', 'handle='])
      expect((await visitor.get(query)).body).not.toContain('class="notice"')
  })

  it('F-42 the page names the account whose devices these are', async () => {
    const server = createPageServer()
    expect(textOf(await visitDevices(server, bob).get())).toContain('Signed in as Bob')
  })
})

describe('F-41 a GET changes nothing', () => {
  it('F-41 GET and HEAD, with whatever handle and action, twice', async () => {
    const server = createPageServer()
    const { access_token } = await signInFrom(server, '192.0.2.7')
    const visitor = visitDevices(server)
    const page = await visitor.get()
    const link = new URL(server.deviceAuth.devices.revokeLink((await server.deviceAuth.devices.list('alice'))[0]!.id))
    const before = await state(server)
    const queries = [
      '',
      link.search,
      ...[deviceHandle(page), allHandle(page)].flatMap((handle) =>
        ['signOut', 'signOutAll', 'rename'].map((action) => `handle=${handle}&action=${action}&name=x&_method=POST`),
      ),
    ]
    for (const query of [...queries, ...queries]) {
      const head = server.deviceAuth.route('HEAD', '/devices')!
      expect((await visitor.get(query)).status).toBe(200)
      const native = { user: alice }
      const request = { method: 'HEAD', path: '/devices', headers: {}, ip: '192.0.2.1', native }
      await head({ ...request, query: new URLSearchParams(query), form: new URLSearchParams() })
    }
    expect(await state(server)).toBe(before)
    expect(await server.deviceAuth.authenticate(access_token)).toBeDefined()
    const { status, headers } = await server.deviceAuth.route('PUT', '/devices')!(put)
    expect([status, headers['x-frame-options']]).toEqual([405, 'DENY'])
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })
})

const put = {
  method: 'PUT',
  path: '/devices',
  query: new URLSearchParams(),
  headers: {},
  form: new URLSearchParams(),
  ip: undefined,
  native: {},
}

describe('F-46 log-in first, and back to this page alone', () => {
  it.each(['//evil.example', '/\\evil.example', 'https:evil.example', '%2f%2fevil', 'a\r\nset-cookie: x=1'])(
    'F-46 9700-2.1-1 6749-10.15-1 %j leads nowhere but to this page',
    async (evil) => {
      const server = createPageServer()
      for (const name of ['next', 'return_to', 'redirect_uri', 'handle', 'action']) {
        const query = new URLSearchParams([[name, evil]]).toString()
        const { status, headers } = await visitDevices(server, null).get(query)
        expect([status, headers.location]).toEqual([303, '/login?return_to=%2Foauth%2Fdevices'])
      }
    },
  )

  it('F-46 a form of somebody who is not signed in any more gets a page with the way to the log-in', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const page = await visitDevices(server).get()
    const answer = await visitDevices(server, null).post({ handle: deviceHandle(page), action: 'signOut' })
    expect(answer.status).toBe(401)
    expect(answer.body).toContain('href="/login?return_to=%2Foauth%2Fdevices"')
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
    expect((await createTestServer().get('/devices')).status).toBe(401)
  })
})

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '</title><svg onload=alert(1)>',
  '</input><details open ontoggle=alert(1)>',
  '&lt;b&gt;',
  '\u202Egnp.exe\u2066',
]

describe('F-47 what others say stays text', () => {
  it.each(hostile)('F-47 6749-10.14-1 %j is escaped wherever it comes from', async (text) => {
    const server = createPageServer({
      clients: [deviceClient({ client_id: 'tv', client_name: text, scope: 'profile' })],
      scopes: { profile: text },
      hooks: { describeRequester: () => text },
    })
    const codes = await server.start({ client_id: 'tv' }, { ip: text, headers: { 'user-agent': text } })
    await server.approve(codes.user_code)
    await server.poll(codes.device_code)
    const plain = await server.visit(alice).get()
    expect(plain.status).toBe(200)
    const visitor = visitDevices(server, { id: 'alice', name: text })
    const first = await visitor.get()
    const { id } = (await server.deviceAuth.devices.list('alice'))[0]!
    await server.deviceAuth.devices.rename('alice', id, text)
    for (const { body } of [first, await visitor.get()]) {
      const tags = body.match(/<[a-z!/][^>]*>/gi) ?? []
      expect(tags.length).toBeGreaterThan(20)
      const elements =
        /^<(!doctype html|\/?(html|head|meta|title|style|body|main|h1|h2|p|br|dl|dt|dd|div|ul|li|form|input|label|button|bdi|span|a|details|summary)\b[^<>]*)>$/i
      expect(tags.filter((tag) => !elements.test(tag))).toEqual([])
      expect(tags.filter((tag) => /\son\w+=|autofocus|\sopen\b/i.test(tag.replace(/="[^"]*"/g, '')))).toEqual([])
      const shown = body.replaceAll('\n', '').replace(/ value="[^"]*"/g, '')
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })
})

describe('headers and failures', () => {
  it('says where it was asked from as the hook knows it, and what the device said of itself', async () => {
    const hooks = { describeRequester: () => ({ place: 'Bonn', network: 'Example Net', country: 'DE' }) }
    const server = createPageServer({ hooks })
    await server.signIn({ client_id: 'tv', device_name: 'The big one', device_model: 'X-55' })
    const { body } = await server.get('/devices', { native: { user: alice } })
    for (const said of ['Bonn', 'Example Net', 'The big one', 'X-55']) expect(body).toContain(said)
  })

  it('F-45 9700-4.16-1 no frame, no script, no cache, no address to others; errors too', async () => {
    const server = createPageServer()
    await signInFrom(server, '192.0.2.7')
    const visitor = visitDevices(server)
    for (const { headers, body } of [
      await visitor.get(),
      await visitor.post({}),
      await visitor.post({}, { origin: 'x' }),
    ]) {
      const nonce = /<style nonce="([\w-]{43})">/.exec(body)?.[1]
      expect(headers).toMatchObject({
        'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
      })
      expect(body).not.toMatch(/https?:\/\/|<script|<img|<link|url\(/i)
    }
    expect((await visitor.post({})).body).toContain('<a class="button" href="/oauth/devices">Your devices</a>')
  })

  it('a store that fails is a page with 503, told to onError as this endpoint’s', async () => {
    for (const step of ['listFamilies', 'renameFamily', 'revoke', 'findIds'] as const) {
      let failing = false
      const store = faultyStore(new MemoryStore(), (name) => (failing && name === step ? 'throw' : undefined))
      const told: unknown[] = []
      const onError: Hooks['onError'] = (_error, { endpoint, leftOut = 0 }) => {
        for (let times = 0; times <= leftOut; times++) told.push(endpoint)
      }
      const server = createPageServer({ store, hooks: { onError } })
      await signInFrom(server, '192.0.2.7')
      const visitor = visitDevices(server)
      const page = await visitor.get()
      failing = true
      const answers = [
        await visitor.get(),
        await visitor.post({ handle: deviceHandle(page), action: 'rename', name: 'x' }),
        await visitor.post({ handle: deviceHandle(page), action: 'signOut' }),
        await visitor.post({ handle: allHandle(page), action: 'signOutAll' }),
      ]
      const failed = answers.filter(({ status }) => status === 503)
      expect(failed.length).toBeGreaterThan(0)
      for (const { headers } of failed) expect(headers['retry-after']).toBe('5')
      await server.deviceAuth.close()
      expect(told).toEqual(failed.map(() => 'devices'))
    }
  })

  it('a renderPage hook is given data, and its failure gives way to the built-in error page', async () => {
    const models: unknown[] = []
    const server = createPageServer({
      hooks: {
        renderPage: ({ nonce, messages, theme, ...model }) => {
          models.push(JSON.parse(JSON.stringify(model)))
          return 'own'
        },
      },
    })
    await signInFrom(server, '192.0.2.7')
    expect((await visitDevices(server).get()).body).toBe('own')
    expect(models).toEqual([
      {
        page: 'devices',
        action: '/oauth/devices',
        account: 'Alice',
        handle: expect.any(String),
        one: false,
        connectUrl: '/oauth/device',
        devices: [
          {
            handle: expect.any(String),
            clientName: 'Living-room TV',
            scopes: [{ scope: 'profile', description: 'See your name and picture' }],
            signedInAt: server.clock(),
            ip: '192.0.2.7',
            userAgent: 'TV, Linux',
          },
        ],
      },
    ])
    const broken = createPageServer({
      hooks: {
        renderPage: () => {
          throw new Error('template')
        },
        onError: () => {},
      },
    })
    const page = await visitDevices(broken).get()
    expect([page.status, title(page)]).toEqual([500, 'Something went wrong'])
  })
})

describe('over HTTP', () => {
  let http: Server | undefined
  afterEach(() => void http?.close())

  it('F-41 F-40 a real form signs a device out; HEAD has no body; another site is refused', async () => {
    const server = createPageServer({ hooks: { authenticateUser: () => ({ subject: 'alice' }) } })
    const { access_token } = await signInFrom(server, '192.0.2.7')
    http = createServer(toNodeHandler(server.deviceAuth, undefined, { prefix: '/oauth' }))
    await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/oauth/devices`
    const page = await fetch(url)
    const body = await page.text()
    expect(page.status).toBe(200)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const form = { handle: deviceHandle({ status: 200, headers: {}, body }), action: 'signOut' }
    const send = (headers: Record<string, string>): Promise<Response> =>
      fetch(url, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' })
    expect((await send({ origin: 'https://evil.example' })).status).toBe(403)
    expect(await server.deviceAuth.authenticate(access_token)).toBeDefined()
    const answer = await send({ origin: 'https://auth.example.com' })
    expect(answer.status).toBe(303)
    expect(await server.deviceAuth.authenticate(access_token)).toBeUndefined()
    const next = await fetch(new URL(answer.headers.get('location')!, url))
    expect(await next.text()).toContain('The device is signed out.')
  })
})
