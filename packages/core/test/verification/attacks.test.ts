import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { readForms, readText } from '../../src/testing/page.ts'
import { alice, bob, createPageServer, handleOf, queryOf, title, type Visitor } from './visitor.ts'

type Server = ReturnType<typeof createPageServer>

/** So long that no random handle or nonce contains it by chance. */
const evilName = 'evil-site-of-others'
const evil = {
  host: `${evilName}.example`,
  'x-forwarded-host': `${evilName}.example`,
  'x-forwarded-prefix': `/${evilName}`,
  'x-forwarded-proto': 'http',
  forwarded: `host=${evilName}.example;proto=http`,
  'x-original-url': `/${evilName}`,
  referer: `https://${evilName}.example/`,
}

async function confirm(visitor: Visitor, userCode: string): Promise<OAuthResponse> {
  return visitor.get(await visitor.enter(userCode))
}

async function statusOf(server: Server, deviceCode: string): Promise<unknown> {
  const answer = await server.poll(deviceCode)
  return answer.status === 200 ? 'tokens' : server.json(answer).error
}

describe('forged headers', () => {
  it('F-37 no header has a say in a page, a redirect or the way back from the log-in', async () => {
    const server = createPageServer()
    const { user_code } = await server.start({ client_id: 'tv' }, { headers: evil })
    const visitor = server.visit(alice)
    const responses = [
      await server.visit().get(`user_code=${user_code}`, evil),
      await visitor.get('', evil),
      await visitor.get(`user_code=${user_code}`, evil),
    ]
    responses.push(await visitor.get(queryOf(responses[2] as OAuthResponse), evil))
    for (const { headers, body } of responses) expect(JSON.stringify(headers) + body).not.toContain(evilName)
  })

  it('F-37 F-40 whose form it is is not told by the Host that came with it', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = handleOf(await confirm(visitor, user_code))
    const response = await visitor.post({ handle, action: 'approve' }, { ...evil, origin: 'https://evil.example' })
    expect(response.status).toBe(403)
    expect(await statusOf(server, device_code)).toBe('authorization_pending')
  })
})

describe('forged forms', () => {
  it.each(['text/plain', 'application/json', 'multipart/form-data; boundary=x'])(
    'F-40 a form sent as %s, as another site can, decides nothing',
    async (type) => {
      const server = createPageServer()
      const { device_code, user_code } = await server.start()
      const visitor = server.visit(alice)
      const handle = handleOf(await confirm(visitor, user_code))
      const response = await visitor.post({ handle, action: 'approve' }, { 'content-type': type })
      expect(response.status).toBe(400)
      expect(await statusOf(server, device_code)).toBe('authorization_pending')
    },
  )

  it('F-40 a method in a parameter or a header is no method', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = handleOf(await confirm(visitor, user_code))
    await visitor.get(`handle=${handle}&action=approve&_method=POST`, { 'x-http-method-override': 'POST' })
    expect(await statusOf(server, device_code)).toBe('authorization_pending')
  })
})

describe('another account in the browser', () => {
  it('F-42 the pages before a decision name the account that it is for', async () => {
    const server = createPageServer()
    const mallory = server.visit({ id: 'mallory', name: 'Mallory' })
    const asked = await confirm(mallory, (await server.start()).user_code)
    for (const page of [await mallory.get(), asked]) expect(readText(page.body)).toContain('Mallory')
  })

  it('F-42 F-43 a form of the account that was signed in before starts over, and says for whom', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const phone = new Map<string, string>()
    const planted = await server.visit({ id: 'mallory', name: 'Mallory' }, 'hers', undefined, phone).handle('')
    const response = await server
      .visit(alice, 'own', undefined, phone)
      .post({ handle: planted, user_code, action: 'continue' })
    expect(response.status).toBe(200)
    expect(readText(response.body)).toContain('Alice')
    expect((await server.deviceAuth.find(user_code))?.claimedBy).toBeUndefined()
    expect(await statusOf(server, device_code)).toBe('authorization_pending')
  })

  it('F-43 a browser’s cookie alone decides nothing, and opens nothing', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const phone = new Map<string, string>()
    const asked = await confirm(server.visit(alice, 's', undefined, phone), user_code)
    const thief = server.visit(undefined, undefined, undefined, phone)
    expect((await thief.post({ handle: handleOf(asked), action: 'approve' })).status).toBe(401)
    expect((await thief.get(`user_code=${user_code}`)).status).toBe(303)
  })
})

describe('two servers with one secret', () => {
  it('F-43 a form or a link of one is none of the other, whose users may have the same subjects', async () => {
    const shared = { secret: 'a secret that both of the servers share', store: new MemoryStore() }
    const one = createPageServer(shared)
    const other = createPageServer({ ...shared, issuer: 'https://auth.example.com/other' })
    await one.signIn()
    const { user_code, device_code } = await one.start()
    const [here, there] = [one.visit(alice, 's'), other.visit(alice, 's')]
    const handle = handleOf(await confirm(here, user_code))
    expect((await there.post({ handle, action: 'approve' })).status).toBe(400)
    expect(title(await there.get(`handle=${handle}`))).toBe(title(await there.get()))
    expect(await statusOf(one, device_code)).toBe('authorization_pending')
    const devices = await one.get('/devices', { native: { user: alice, sessionID: 's' } })
    const form = { handle: handleOf(devices), action: 'signOutAll' }
    const native = { user: alice, sessionID: 's' }
    expect((await other.post('/devices', form, { native, headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(
      400,
    )
    expect((await here.post({ handle, action: 'approve' })).status).toBe(200)
  })
})

describe('tabs, Back, and clicking twice', () => {
  it('F-44 the code in a form does not lead its handle to another request', async () => {
    const server = createPageServer()
    const [one, two] = [await server.start(), await server.start()]
    const visitor = server.visit(alice)
    const handle = handleOf(await confirm(visitor, one.user_code))
    await confirm(visitor, two.user_code)
    await visitor.post({ handle, user_code: two.user_code, action: 'approve' })
    expect(await statusOf(server, one.device_code)).toBe('tokens')
    expect(await statusOf(server, two.device_code)).toBe('authorization_pending')
  })

  it('F-44 a tab of the account before shows the request anew, for the account that is signed in', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const phone = new Map<string, string>()
    const handle = handleOf(await confirm(server.visit(alice, 's', undefined, phone), user_code))
    const asBob = server.visit(bob, 's', undefined, phone)
    const sent = await asBob.post({ handle, action: 'approve' })
    expect(sent.status).toBe(303)
    const page = await asBob.get(queryOf(await asBob.get(queryOf(sent))))
    expect([title(page), readText(page.body)]).toEqual(['Connect this device?', expect.stringContaining('Bob')])
    expect(await statusOf(server, device_code)).toBe('authorization_pending')
  })

  it('F-04 Back after a decision leads to a page that asks no more, and to a form that changes nothing', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const query = await visitor.enter(user_code)
    const handle = await visitor.handle(query)
    await visitor.post({ handle, action: 'approve' })
    expect(title(await visitor.get(query))).toBe('Connect a device')
    const deny = await visitor.post({ handle, action: 'deny' })
    expect([deny.status, title(deny)]).toEqual([409, 'Already answered'])
    expect(await statusOf(server, device_code)).toBe('tokens')
  })

  it('F-02 of ten clicks at once one approves; the others read that it was answered, and no event comes twice', async () => {
    const server = createPageServer()
    const events: string[] = []
    server.deviceAuth.on('approved', () => events.push('approved'))
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = handleOf(await confirm(visitor, user_code))
    const answers = await Promise.all(Array.from({ length: 10 }, () => visitor.post({ handle, action: 'approve' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)])
    expect(events).toEqual(['approved'])
    expect(await statusOf(server, device_code)).toBe('tokens')
  })

  it('F-02 a code submitted twice leads both times to its request', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const form = { handle: await visitor.handle(''), user_code, action: 'continue' }
    const answers = await Promise.all([visitor.post(form), visitor.post(form)])
    for (const answer of answers) expect(title(await visitor.get(queryOf(answer)))).toBe('Connect this device?')
  })
})

describe('what is shown', () => {
  it('F-49 a code in a link leaves the address at once, and no referrer carries it', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    for (const visitor of [server.visit(alice), server.visit()]) {
      const { status, headers } = await visitor.get(`user_code=${user_code}`)
      expect(status).toBe(303)
      expect(decodeURIComponent(String(headers.location))).not.toMatch(new RegExp(user_code.replace('-', '-?')))
      expect(headers['referrer-policy']).toBe('same-origin')
    }
  })

  it('XD-6.1.14 declining stands first and looks like approving; nothing is focused, and Enter presses nothing', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const { body } = await confirm(server.visit(alice), user_code)
    const [form] = readForms(body)
    // the first button is the one that Enter presses, and it does nothing
    expect(body.match(/<button[^>]*>/)?.[0]).toBe('<button hidden formmethod="dialog" formnovalidate>')
    expect(form?.buttons).toEqual([
      ['', ''],
      ['action', 'deny'],
      ['action', 'approve'],
    ])
    expect([...(form?.fields.keys() ?? [])]).toEqual(['handle', 'own_device'])
    expect(body).not.toMatch(/autofocus|tabindex|<script|<button[^>]*(class|style)=/i)
    const text = readText(body)
    for (const said of ['Living-room TV', 'Asked', 'Alice']) expect(text).toContain(said)
  })

  it('XD-6.1.13 XD-6.1.14 the page says to decline when one did not start this', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const { body } = await confirm(server.visit(alice), user_code)
    expect(readText(body)).toMatch(/I started this sign-in myself, on the device in front of me/)
    expect(readText(body)).toMatch(/sent you .*code/i)
  })
})

describe('headers of the answers to forms', () => {
  const pages: readonly [string, number, (server: Server) => Promise<OAuthResponse>][] = [
    ['log-in', 401, (server) => server.visit().post({ action: 'continue', user_code: 'BCDF-GHJK' })],
    ['wrong code', 200, async (server) => guess(server.visit(alice))],
    [
      'limited',
      429,
      async (server) => {
        const visitor = server.visit(alice)
        for (let time = 0; time < 6; time++) await guess(visitor)
        return guess(visitor)
      },
    ],
    ['done', 200, (server) => decideTwice(server, 1)],
    ['already answered', 409, (server) => decideTwice(server, 2)],
    [
      'gone',
      404,
      async (server) => {
        const visitor = server.visit(alice)
        const handle = handleOf(await confirm(visitor, (await server.start()).user_code))
        server.clock.advance(601)
        return visitor.post({ handle, action: 'approve' })
      },
    ],
  ]

  async function guess(visitor: Visitor): Promise<OAuthResponse> {
    return visitor.post({ handle: await visitor.handle(''), user_code: 'BCDF-GHJK', action: 'continue' })
  }

  async function decideTwice(server: Server, times: number): Promise<OAuthResponse> {
    const visitor = server.visit(alice)
    const handle = handleOf(await confirm(visitor, (await server.start()).user_code))
    const answers: OAuthResponse[] = []
    for (let time = 0; time < times; time++) answers.push(await visitor.post({ handle, action: 'approve' }))
    return answers.at(-1) as OAuthResponse
  }

  it.each(pages)('F-45 6749-10.13-1 %s (%i) cannot be framed or kept', async (_name, status, open) => {
    const response = await open(createPageServer())
    expect(response.status).toBe(status)
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'same-origin',
    })
  })
})
