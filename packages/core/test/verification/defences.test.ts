import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { formRequest } from '../server.ts'
import { alice, bob, createPageServer, handleOf, queryOf, title, type Visitor } from './visitor.ts'

async function confirmFor(visitor: Visitor, userCode: string): Promise<string> {
  return visitor.handle(await visitor.enter(userCode))
}

describe('only the form of this user for this request decides', () => {
  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling host', { 'sec-fetch-site': 'same-site' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['a null origin', { origin: 'null' }],
  ])('F-40 6749-10.12-1 a post from %s changes nothing', async (_from, headers) => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await confirmFor(visitor, user_code)
    for (const action of ['approve', 'deny']) {
      const response = await visitor.post({ handle, action }, headers)
      expect([response.status, title(response)]).toEqual([403, 'Not from here'])
    }
    expect((await visitor.post({ user_code, action: 'continue' }, headers)).status).toBe(403)
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
  })

  it('F-40 without fetch metadata the own origin is enough, and so is the handle alone', async () => {
    const server = createPageServer()
    const visitor = server.visit(alice)
    for (const headers of [{ origin: 'https://auth.example.com' }, {}]) {
      const { user_code } = await server.start()
      const handle = await confirmFor(visitor, user_code)
      expect((await visitor.post({ handle, action: 'approve' }, headers)).status).toBe(200)
    }
  })

  it('F-40 a form without its handle starts over', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const response = await server.visit(alice).post({ user_code, action: 'continue' })
    expect([response.status, title(response)]).toEqual([200, 'Connect a device'])
    expect(response.body).toContain(`value="${user_code}"`)
  })

  it('F-41 GET and HEAD change nothing, however often', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const before = JSON.stringify(await server.deviceAuth.find(user_code))
    const confirm = queryOf(await visitor.get(`user_code=${user_code}`))
    for (const query of ['', `user_code=${user_code}`, confirm, `${confirm}&action=approve`]) {
      await visitor.get(query)
      await visitor.get(query)
      const head = await server.deviceAuth.route(
        'HEAD',
        '/device',
      )?.({
        ...formRequest('/device', {}, { query, native: { user: alice } }),
        method: 'HEAD',
      })
      expect([200, 303]).toContain(head?.status)
    }
    expect(JSON.stringify(await server.deviceAuth.find(user_code))).toBe(before)
  })

  it('F-43 a form of the session before the log-in is worth nothing after it', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const handle = await confirmFor(server.visit(alice, 'before'), user_code)
    const response = await server.visit(alice, 'after').post({ handle, action: 'approve' })
    expect(response.status).toBe(303)
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
    const after = server.visit(alice, 'after')
    const again = queryOf(await after.get(queryOf(response)))
    expect((await after.post({ handle: await after.handle(again), action: 'approve' })).status).toBe(200)
  })

  it('F-44 two tabs with two codes decide each its own', async () => {
    const server = createPageServer()
    const [one, two] = [await server.start(), await server.start()]
    const visitor = server.visit(alice)
    const first = await confirmFor(visitor, one.user_code)
    const second = await confirmFor(visitor, two.user_code)
    await visitor.post({ handle: first, action: 'approve' })
    expect((await server.poll(one.device_code)).status).toBe(200)
    expect(server.json(await server.poll(two.device_code)).error).toBe('authorization_pending')
    await visitor.post({ handle: second, action: 'deny' })
    expect(server.json(await server.poll(two.device_code)).error).toBe('access_denied')
  })

  it('8628-5.5-2 to others than the account that presented a code it is unknown, and its form is of no use', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const hers = await confirmFor(server.visit(alice), user_code)
    expect(title(await server.visit(bob).get(`user_code=${user_code}`))).toBe('Connect a device')
    const stolen = await server.visit(bob).post({ handle: hers, action: 'approve' })
    expect(title(await server.visit(bob).get(queryOf(stolen)))).toBe('Connect a device')
    expect(await server.deviceAuth.approve(user_code, { subject: 'bob' })).toBe('unknown')
    expect((await server.visit(alice).post({ handle: hers, action: 'approve' })).status).toBe(200)
    const { access_token } = server.json(await server.poll(device_code))
    expect(await server.deviceAuth.authenticate(String(access_token))).toMatchObject({ subject: 'alice' })
  })

  it('F-02 approve and deny at once: one wins, the other reads that it was answered', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await confirmFor(visitor, user_code)
    const answers = await Promise.all(['approve', 'deny'].map((action) => visitor.post({ handle, action })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const winner = answers[0]?.status === 200 ? 'approve' : 'deny'
    const poll = await server.poll(device_code)
    expect(winner === 'approve' ? poll.status : server.json(poll).error).toBe(
      winner === 'approve' ? 200 : 'access_denied',
    )
  })

  it('F-04 deny, Back, approve: it stays denied', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await confirmFor(visitor, user_code)
    await visitor.post({ handle, action: 'deny' })
    expect(title(await visitor.post({ handle, action: 'approve' }))).toBe('Already answered')
    expect(server.json(await server.poll(device_code)).error).toBe('access_denied')
  })

  it('F-05 an approval that arrives after the redemption revives nothing', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await confirmFor(visitor, user_code)
    await visitor.post({ handle, action: 'approve' })
    const first = await server.poll(device_code)
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(409)
    expect((await server.poll(device_code)).body).toBe(first.body)
  })

  it('F-19 a handle of one kind is nothing else', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const enter = await visitor.handle('')
    const confirm = await confirmFor(visitor, user_code)
    const code = queryOf(await server.visit().get(`user_code=${user_code}`))
    const login = new URLSearchParams(code).get('return_to')?.split('handle=')[1] ?? ''
    expect((await visitor.post({ handle: enter, action: 'approve' })).status).toBe(400)
    expect((await visitor.post({ handle: login, action: 'approve' })).status).toBe(400)
    expect(title(await visitor.post({ handle: confirm, user_code, action: 'continue' }))).toBe('Connect a device')
    expect(server.json(await server.poll(device_code)).error).toBe('authorization_pending')
    for (const handle of [enter, confirm, login]) {
      expect(server.json(await server.poll(handle)).error).toBe('invalid_grant')
      expect(server.json(await server.refresh(handle)).error).toBe('invalid_grant')
    }
  })
})

describe('guessing', () => {
  it('8628-5.1-1 F-30 form and link share one budget per user, and right codes cost nothing', async () => {
    const server = createPageServer()
    const limited: unknown[] = []
    server.deviceAuth.on('limited', (event) => limited.push(event))
    for (let guess = 0; guess < 10; guess++) {
      const visitor = server.visit(alice)
      const right = await server.start()
      await visitor.enter(right.user_code)
      if (guess % 2 === 0) await visitor.get('user_code=BCDF-GHJK')
      else await visitor.post({ handle: await visitor.handle(''), user_code: 'BCDF-GHJK', action: 'continue' })
    }
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const refused = await visitor.post({ handle: await visitor.handle(''), user_code, action: 'continue' })
    expect([refused.status, title(refused)]).toEqual([429, 'Too many attempts'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await visitor.get(`user_code=${user_code}`)).status).toBe(429)
    expect(limited).toContainEqual(expect.objectContaining({ limit: 'user', subject: 'alice' }))
    server.clock.advance(3600)
    const next = await server.start()
    expect(await visitor.enter(next.user_code)).toContain('handle=')
  })

  it('F-31 a budget is not reset by a right code, another session or another spelling', async () => {
    const server = createPageServer()
    for (let guess = 0; guess < 10; guess++) {
      const visitor = server.visit(alice, `session ${guess}`)
      const spelling = ['BCDF-GHJK', 'bcdfghjk', 'BCDF GHJK', 'x'][guess % 4] ?? ''
      await visitor.post({ handle: await visitor.handle(''), user_code: spelling, action: 'continue' })
      const right = await server.start()
      if (guess < 9) await visitor.enter(right.user_code)
    }
    const { user_code } = await server.start()
    expect((await server.visit(alice, 'new').get(`user_code=${user_code}`)).status).toBe(429)
  })

  it('F-30 parallel guesses cannot share an attempt', async () => {
    const server = createPageServer()
    const visitor = server.visit(alice)
    const answers = await Promise.all(Array.from({ length: 30 }, () => visitor.get('user_code=BCDFGHJK')))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
  })
})

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><svg onload=alert(1)>',
  '{{7*7}}#{7*7}',
  '&lt;b&gt;',
  '\u202Egnp.exe\u2066',
  'a\r\nb\u0000c',
]

describe('what others say stays text', () => {
  it.each(hostile)('F-47 6749-10.14-1 %j is escaped wherever it comes from', async (text) => {
    const server = createPageServer({
      clients: [
        {
          client_id: 'tv',
          client_name: text,
          token_endpoint_auth_method: 'none',
          scope: 'profile',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
        },
      ],
      scopes: { profile: text },
      hooks: { describeRequester: () => text },
    })
    const { user_code } = await server.start({ client_id: 'tv' }, { headers: { 'user-agent': text } })
    const visitor = server.visit({ id: 1, name: text })
    const confirm = await visitor.get(await visitor.enter(user_code))
    const done = await visitor.post({ handle: handleOf(confirm), action: 'approve' })
    for (const { body } of [await visitor.get(), confirm, done]) {
      expect(
        body
          .match(/<[a-z!/][^>]*>/gi)
          ?.filter(
            (tag) =>
              !/^<(!doctype html|\/?(html|head|meta|title|style|body|main|h1|p|dl|dt|dd|div|ul|li|form|input|label|button|strong|bdi|a)\b[^<>]*|svg (class="sign \w+" )?viewBox="0 0 24 24" aria-hidden="true"|\/svg|path d="[\w .]+"\/)>$/i.test(
                tag,
              ),
          ),
      ).toEqual([])
      expect(body).not.toMatch(/<[^>]* on\w+=/i)
      expect(body.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })

  it('F-48 a long name is cut, and kept apart from the text around it', async () => {
    const server = createPageServer({ hooks: { describeRequester: () => 'x'.repeat(10_000) } })
    const { user_code } = await server.start()
    const visitor = server.visit({ id: 1, name: 'n'.repeat(10_000) })
    const { body } = await visitor.get(await visitor.enter(user_code))
    expect(body.length).toBeLessThan(10_000)
    expect(body).toContain(`<bdi>${'n'.repeat(100)}…</bdi>`)
  })
})

describe('headers of every page', () => {
  const pages: readonly [string, (server: ReturnType<typeof createPageServer>) => Promise<OAuthResponse>][] = [
    ['enter', (server) => server.visit(alice).get()],
    ['wrong code', (server) => server.visit(alice).get('user_code=BCDF-GHJK')],
    ['wrong action', (server) => server.visit(alice).post({ action: 'x' })],
    ['cross-site', (server) => server.visit(alice).post({ action: 'approve' }, { 'sec-fetch-site': 'cross-site' })],
    ['unreadable form', (server) => server.visit(alice).post({ action: 'deny' }, { 'content-type': 'text/plain' })],
    ['failure', (server) => server.visit({ name: 'no id' }).get()],
    [
      'confirm',
      async (server) => {
        const visitor = server.visit(alice)
        return visitor.get(await visitor.enter((await server.start()).user_code))
      },
    ],
  ]

  it.each(pages)(
    'F-45 9700-4.16-1 6749-10.13-1 9700-4.2.4-1: %s cannot be framed, loads nothing and leaks no address',
    async (_name, open) => {
      const { status, headers, body } = await open(createPageServer())
      const nonce = /<style nonce="([\w-]{43})">/.exec(body)?.[1]
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      })
      expect(status).toBeGreaterThanOrEqual(200)
      expect(body).not.toMatch(/https?:\/\/|<script|<img|<link|url\(/i)
      expect(body).toContain('<html lang="en"')
    },
  )

  it('9700-4.2.4-1 a nonce is used once', async () => {
    const server = createPageServer()
    const [one, two] = [await server.visit(alice).get(), await server.visit(alice).get()]
    expect(one.headers['content-security-policy']).not.toBe(two.headers['content-security-policy'])
  })
})

describe('no open redirector', () => {
  it.each(['//evil.example', '/\\evil.example', 'https:evil.example', '%2f%2fevil', 'a\r\nset-cookie: x=1'])(
    'F-46 9700-2.1-1 6749-10.15-1 %j leads nowhere but to this page',
    async (evil) => {
      const server = createPageServer()
      for (const name of ['next', 'return_to', 'redirect_uri', 'handle', 'user_code']) {
        const { headers } = await server.visit().get(new URLSearchParams([[name, evil]]).toString())
        const back = new URL(String(headers.location), 'https://auth.example.com').searchParams.get('return_to')
        expect(back).toMatch(/^\/oauth\/device(\?handle=[\w-]+)?$/)
      }
    },
  )
})

describe('failures', () => {
  it('a user without an id is the application’s mistake, told to it and to nobody else', async () => {
    const server = createPageServer()
    const { status, body } = await server.visit({ name: 'no id' }).get()
    expect(status).toBe(500)
    expect(body).not.toContain('authenticateUser')
    expect(server.errors).toEqual([expect.objectContaining({ message: expect.stringContaining('authenticateUser') })])
  })

  it('a renderPage hook that throws gives way to the built-in error page', async () => {
    const server = createPageServer({
      hooks: {
        renderPage: () => {
          throw new Error('template')
        },
        onError: () => {},
      },
    })
    const response = await server.visit(alice).get()
    expect([response.status, title(response)]).toEqual([500, 'Something went wrong'])
  })

  it('a renderPage hook gives the page, and the headers stay ours', async () => {
    const server = createPageServer({ hooks: { renderPage: async ({ page, nonce }) => `<p>${page} ${nonce}</p>` } })
    const { body, headers } = await server.visit(alice).get()
    expect(body).toMatch(/^<p>enter [\w-]{43}<\/p>$/)
    expect(headers['x-frame-options']).toBe('DENY')
  })

  it('account switch: what was begun as one user goes on as another, from the question on', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const link = queryOf(await server.visit(alice).get(`user_code=${user_code}`))
    const asBob = await server.visit(bob).get(link)
    expect(asBob.status).toBe(303)
    const confirm = await server.visit(bob).get(queryOf(asBob))
    expect(confirm.body).toContain('Bob')
    await server.visit(bob).post({ handle: handleOf(confirm), action: 'approve' })
    const { access_token } = server.json(await server.poll(device_code))
    expect(await server.deviceAuth.authenticate(String(access_token))).toMatchObject({ subject: 'bob' })
  })

  it('a client that was removed meanwhile is not asked about', async () => {
    const gone = new Set<string>()
    const tv = {
      client_id: 'tv',
      token_endpoint_auth_method: 'none',
      scope: 'profile',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    }
    const server = createPageServer({ clients: (id) => (gone.has(id) || id !== 'tv' ? undefined : tv) })
    const { user_code } = await server.start({ client_id: 'tv' })
    const visitor = server.visit(alice)
    const query = await visitor.enter(user_code)
    gone.add('tv')
    expect((await visitor.get(query)).status).toBe(404)
  })
})
