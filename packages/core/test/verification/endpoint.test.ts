import { describe, expect, it } from 'vitest'
import { createTestServer } from '../server.ts'
import { alice, bob, createPageServer, handleOf, queryOf, title } from './visitor.ts'

describe('log in first', () => {
  it('8628-3.3-2 the user authenticates first: nobody signed in is sent to the log-in, and decides nothing', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const stranger = server.visit()
    const response = await stranger.get(`user_code=${user_code}`)
    expect(response.status).toBe(303)
    const query = await server.visit(alice).enter(user_code)
    const handle = await server.visit(alice).handle(query)
    expect((await stranger.post({ handle, action: 'approve' })).status).toBe(401)
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
  })

  it('8628-3.3-8 the code survives the log-in, and no address of the log-in shows it', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const { headers } = await server.visit().get(`user_code=${user_code}`)
    expect(headers.location).not.toContain(user_code)
    const back = new URL(String(headers.location), 'https://auth.example.com').searchParams.get('return_to') ?? ''
    expect(back).toMatch(/^\/oauth\/device\?handle=[\w-]+$/)
    const confirm = await server.visit(alice).get(queryOf(await server.visit(alice).get(back.split('?')[1])))
    expect(confirm.body).toContain(user_code)
  })

  it('asks to sign in first where the application names no address for it', async () => {
    const server = createTestServer()
    const { user_code } = await server.start()
    const response = await server.get('/device', { query: `user_code=${user_code}` })
    expect([response.status, title(response)]).toEqual([401, 'Sign in first'])
    expect(response.body).not.toContain('href=')
  })

  it('goes where a loginUrl function says', async () => {
    const loginUrl = (back: string): string => `https://login.example.net/?to=${encodeURIComponent(back)}`
    const server = createPageServer({ loginUrl })
    const { headers } = await server.visit().get('user_code=BCDF-GHJK')
    expect(headers.location).toMatch(/^https:\/\/login\.example\.net\/\?to=%2Foauth%2Fdevice%3Fhandle%3D/)
  })

  it('9700-4.12 a form is never sent on to a log-in: a link leads there', async () => {
    const server = createPageServer({ loginUrl: 'https://login.example.net/in?x=1#top' })
    const response = await server.visit().post({ user_code: 'BCDF-GHJK', action: 'continue' })
    expect(response.status).toBe(401)
    expect(response.body).toContain('href="https://login.example.net/in?x=1&amp;return_to=%2Foauth%2Fdevice')
  })

  it('9700-2.1-2 redirects are 303, so that no form is repeated elsewhere', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const statuses = [
      (await server.visit().get()).status,
      (await visitor.get(`user_code=${user_code}`)).status,
      (await visitor.post({ handle: await visitor.handle(''), user_code, action: 'continue' })).status,
    ]
    expect(statuses).toEqual([303, 303, 303])
  })
})

describe('the code', () => {
  it('8628-3.3-3 the interaction starts with a form for the code, and there is no way around it', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const page = await server.visit(alice).get()
    expect(page.status).toBe(200)
    expect(page.body).toContain('name="user_code"')
    expect(page.body).not.toContain(user_code)
    for (const handle of ['', 'x', handleOf(page), device_code]) {
      const { status } = await server.visit(alice).post({ handle, action: 'approve' })
      expect(status).toBe(400)
    }
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
  })

  it.each([
    ['8628-6.1-1 punctuation is stripped', (code: string) => ` ${code.replace('-', '—')} .`],
    ['8628-6.1-2 upper case is not asked for', (code: string) => code.toLowerCase()],
    ['8628-6.1-3 what is outside the set is stripped', (code: string) => code.replace('-', '_!')],
    [
      '8628-6.1-3 full-width forms are folded',
      (code: string) => code.replace(/[A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
    ],
  ])('%s', async (_name, spell) => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    expect((await visitor.get(await visitor.enter(spell(user_code)))).body).toContain(user_code)
  })

  it('8628-3.2-6 an expired user code is not valid any more', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const query = await visitor.enter(user_code)
    const handle = await visitor.handle(query)
    server.clock.advance(601)
    await expect(visitor.enter(user_code)).rejects.toThrow('Connect a device')
    expect(title(await visitor.get(query))).toBe('Connect a device')
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(404)
  })

  it('F-36 unknown, expired, decided and foreign codes get one and the same answer', async () => {
    const server = createPageServer()
    const expired = await server.start()
    server.clock.advance(601)
    const [decided, foreign] = [await server.start(), await server.start()]
    await server.approve(decided.user_code)
    await server.visit(bob).enter(foreign.user_code)
    const visitor = server.visit(alice)
    const answers = []
    for (const code of ['BCDF-GHJK', expired.user_code, decided.user_code, foreign.user_code, 'not a code']) {
      const { status, headers, body } = await visitor.post({
        handle: await visitor.handle(''),
        user_code: code,
        action: 'continue',
      })
      const nonce = /nonce="([^"]+)"/.exec(body)?.[1] ?? ''
      const handle = /name="handle" value="([^"]+)"/.exec(body)?.[1] ?? ''
      // the page repeats what the visitor typed, and nothing else differs
      const same = body.replace(`value="${code}"`, '')
      expect(same).not.toBe(body)
      answers.push(
        JSON.stringify({ status, headers: { ...headers, 'content-length': '' }, body: same })
          .replaceAll(nonce, '')
          .replaceAll(handle, ''),
      )
    }
    expect(new Set(answers).size).toBe(1)
  })
})

describe('the decision', () => {
  it('8628-3.3-4 the page says who asks and for what, and offers to approve and to deny', async () => {
    const server = createPageServer()
    const { user_code } = await server.start(
      { client_id: 'tv', scope: 'profile' },
      { headers: { 'user-agent': 'TV/1.0' }, ip: '203.0.113.9' },
    )
    const visitor = server.visit(alice)
    const { body } = await visitor.get(await visitor.enter(user_code))
    for (const text of [
      'Living-room TV',
      'See your name and picture',
      'Alice',
      '203.0.113.9',
      '<bdi>TV</bdi>',
      'Asked',
    ]) {
      expect(body).toContain(text)
    }
    expect(body).not.toContain('See your e-mail address')
    expect(body).toMatch(/<button[^>]*value="deny"[\s\S]*<button[^>]*value="approve"/)
    expect(body).not.toContain('autofocus')
  })

  it('8628-3.3-5 both outcomes send the user back to the device; 3.5-7 a denial is told to the device', async () => {
    const server = createPageServer()
    const [yes, no] = [await server.start(), await server.start()]
    const visitor = server.visit(alice)
    const done = await visitor.post({
      handle: await visitor.handle(await visitor.enter(yes.user_code)),
      action: 'approve',
    })
    const denied = await visitor.post({
      handle: await visitor.handle(await visitor.enter(no.user_code)),
      action: 'deny',
    })
    expect([done.status, denied.status]).toEqual([200, 200])
    expect(done.body).toContain('Return to your device')
    expect(denied.body).toContain('Return to your device')
    expect((await server.poll(yes.device_code)).status).toBe(200)
    expect(server.json(await server.poll(no.device_code)).error).toBe('access_denied')
  })

  it('8628-3.3.1-4 the complete URI leads to the same question and decides nothing', async () => {
    const server = createPageServer()
    const { device_code, verification_uri_complete = '' } = await server.start()
    const visitor = server.visit(alice)
    const first = await visitor.get(verification_uri_complete.split('?')[1])
    const page = await visitor.get(queryOf(first))
    expect(page.body).toContain('value="approve"')
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
  })

  it('8628-3.3.1-5 the page shows the code and asks to compare it', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const { body } = await visitor.get(queryOf(await visitor.get(`user_code=${user_code.toLowerCase()}`)))
    expect(body).toContain(`<strong class="code">${user_code}</strong>`)
    expect(body).toContain('Is this the code on your device?')
  })

  it('8628-3.3.1-6 8628-5.4-3 approve and deny stand there after the complete URI too, and nothing is sent by itself', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const { body } = await visitor.get(queryOf(await visitor.get(`user_code=${user_code}`)))
    expect(body.match(/name="action" value="(approve|deny)"/g)).toHaveLength(2)
    expect(body).not.toMatch(/<script|http-equiv="refresh"|onload=/i)
  })

  it('8628-5.4-1 the user is told that another device asks, and to have it at hand', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const { body } = await visitor.get(await visitor.enter(user_code))
    for (const text of ['Connect this device?', 'If somebody sent you this code, decline.'])
      expect(body).toContain(text)
    expect(body).toContain('I started this sign-in myself, on the device in front of me.')
  })

  it('8628-5.4-2 what the device says of itself is labelled unverified', async () => {
    const server = createPageServer({ hooks: { describeRequester: () => 'Kitchen' } })
    const { user_code } = await server.start({ client_id: 'tv' }, { headers: { 'user-agent': 'TV/1.0' } })
    const visitor = server.visit(alice)
    const { body } = await visitor.get(await visitor.enter(user_code))
    expect(body).toContain('Kitchen')
    expect(body).toContain('not verified')
  })

  it('8628-5.6-1 6749-10.2-3 a public client is asked about again, however often it was approved before', async () => {
    const server = createPageServer()
    const visitor = server.visit(alice)
    for (let time = 0; time < 2; time++) {
      const { device_code, user_code } = await server.start()
      expect(title(await visitor.get(await visitor.enter(user_code)))).toBe('Connect this device?')
      expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
    }
  })

  it('6749-2.3-1 a client that cannot prove who it is is called so', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    expect((await visitor.get(await visitor.enter(user_code))).body).toContain('This app cannot prove who it is.')
  })

  it('6749-10.2-2 6749-3.1-1 the owner is identified and decides explicitly, over client and scope', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    for (const action of ['', 'yes', 'APPROVE', 'continue2']) {
      expect((await visitor.post({ handle, action })).status).toBe(400)
    }
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
  })

  it('the scope that is granted comes from the record, whatever the form says', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start({ client_id: 'tv', scope: 'profile' })
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    await visitor.post({ handle, action: 'approve', scope: 'profile email', subject: 'bob' })
    expect(server.json(await server.poll(device_code))).toMatchObject({ scope: 'profile' })
  })

  it('6749-3.3-2 where the option allows it the user takes scopes away; what he adds is not granted', async () => {
    const server = createPageServer({ pages: { narrowScopes: true } })
    const approved: unknown[] = []
    server.deviceAuth.on('approved', ({ scope }) => approved.push(scope))
    for (const [form, granted] of [
      [['email'], 'email'],
      [['email', 'profile'], 'profile email'],
      [['email', 'admin', '<b>', ''], 'email'],
      [[], ''],
    ] as const) {
      const { device_code, user_code } = await server.start({ client_id: 'tv', scope: 'profile email' })
      const visitor = server.visit(alice)
      const page = await visitor.get(await visitor.enter(user_code))
      expect(page.body.match(/<input type="checkbox"[^>]*name="scope"[^>]*>/g)).toEqual([
        '<input type="checkbox" form="decision" name="scope" value="profile" checked>',
        '<input type="checkbox" form="decision" name="scope" value="email" checked>',
      ])
      const scopes = form.map((scope): [string, string] => ['scope', scope])
      const fields: [string, string][] = [
        ['handle', handleOf(page)],
        ['action', 'approve'],
        ['own_device', 'yes'],
        ...scopes,
      ]
      const headers = { 'sec-fetch-site': 'same-origin' }
      const sent = await server.post('/device', fields, { native: { user: alice }, headers })
      expect(sent.status).toBe(200)
      expect(approved.pop()).toBe(granted)
      expect(server.json(await server.poll(device_code)).scope ?? '').toBe(granted)
    }
  })

  it('8628-3.3-6 8628-3.3-7 the device code stands on no page, and the user code in no verification_uri', async () => {
    const server = createPageServer()
    const { device_code, user_code, verification_uri } = await server.start()
    expect(verification_uri).not.toContain(user_code)
    const visitor = server.visit(alice)
    const query = await visitor.enter(user_code)
    const confirm = await visitor.get(query)
    const done = await visitor.post({ handle: handleOf(confirm), action: 'approve' })
    for (const { body } of [await visitor.get(), confirm, done]) expect(body).not.toContain(device_code)
  })
})
