import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { alice, bob, type CookieJar, createPageServer, handleOf, queryOf, title, type Visitor } from './visitor.ts'

type Server = ReturnType<typeof createPageServer>

async function type(visitor: Visitor, userCode: string): Promise<OAuthResponse> {
  return visitor.post({ handle: await visitor.handle(''), user_code: userCode, action: 'continue' })
}

async function statusOf(server: Server, deviceCode: string): Promise<unknown> {
  const answer = await server.poll(deviceCode)
  return answer.status === 200 ? 'tokens' : server.json(answer).error
}

describe('one code is one browser’s and one account’s', () => {
  it('XD-6.1.4 another account in another browser closes the request, and reads what an unknown code reads', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const handle = await server.visit(alice).handle(await server.visit(alice).enter(user_code))
    const [wrong, shared] = [await type(server.visit(bob), 'BCDF-GHJK'), await type(server.visit(bob), user_code)]
    expect([shared.status, title(shared)]).toEqual([wrong.status, title(wrong)])
    expect(await statusOf(server, device_code)).toBe('access_denied')
    expect(title(await server.visit(alice).post({ handle, action: 'approve' }))).toBe('Already answered')
    expect(await server.deviceAuth.find(user_code)).toBeUndefined()
  })

  it('XD-6.1.4 a phished link: the first post that presents the code counts, be it the approval', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const shared: unknown[] = []
    server.deviceAuth.on('codeShared', ({ subject }) => shared.push(subject))
    const victims = [server.visit(alice), server.visit(bob)] as const
    const forms = await Promise.all(
      victims.map(async (victim) => victim.handle(queryOf(await victim.get(`user_code=${user_code}`)))),
    )
    await type(victims[0], user_code)
    expect((await victims[1].post({ handle: forms[1] ?? '', action: 'approve' })).status).toBe(404)
    expect(shared).toEqual(['bob'])
    expect(await statusOf(server, device_code)).toBe('access_denied')
    expect((await victims[0].post({ handle: forms[0] ?? '', action: 'approve' })).status).toBe(409)
  })

  it('XD-6.1.4 a shared code is unknown before any policy is asked', async () => {
    const server = createPageServer({ policy: { otherNetwork: 'refuse' } })
    const { user_code } = await server.start()
    const visitor = server.visit(bob)
    const handle = await visitor.handle(queryOf(await visitor.get(`user_code=${user_code}`)))
    await server.visit(alice).enter(user_code)
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(404)
  })

  it('8628-5.1-1 a code that somebody else has decided reads and costs what an unknown one does', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const approval = await server.visit(alice).handle(await server.visit(alice).enter(user_code))
    await server.visit(alice).post({ handle: approval, action: 'approve' })
    expect(await statusOf(server, device_code)).toBe('tokens')
    const events: unknown[] = []
    server.deviceAuth.on('codeNotFound', ({ subject }) => events.push(subject))
    const typeSixTimes = async (code: string, visitor: Visitor): Promise<readonly unknown[]> => {
      const answers: unknown[] = []
      for (let time = 0; time < 6; time++) {
        const answer = await type(visitor, code)
        answers.push([answer.status, title(answer), String(answer.body).includes('Already')])
      }
      return answers
    }
    const unknown = await typeSixTimes('BCDF-GHJK', server.visit({ id: 'carol' }))
    expect(await typeSixTimes(user_code, server.visit(bob))).toEqual(unknown)
    expect(unknown.at(-1)).toEqual([429, expect.any(String), false])
    expect(events).toEqual([...Array(5).fill('carol'), ...Array(5).fill('bob')])
  })

  it('XD-6.1.4 opening a link closes nothing: no GET does', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    await server.visit(alice).enter(user_code)
    expect(title(await server.visit(bob).get(`user_code=${user_code}`))).toBe('Connect a device')
    expect(await statusOf(server, device_code)).toBe('authorization_pending')
  })

  it('XD-6.1.3 a code is good for one decision, and nobody but its account and browser may present it again', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitor = server.visit(alice)
    for (let interrupted = 0; interrupted < 5; interrupted++) await visitor.enter(user_code)
    const handle = await visitor.handle(await visitor.enter(user_code))
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(200)
    expect(title(await type(visitor, user_code))).toBe('Connect a device')
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(409)
    expect(await statusOf(server, device_code)).toBe('tokens')
  })

  it('the same browser may switch account, and network, and come back', async () => {
    const server = createPageServer()
    const phone: CookieJar = new Map()
    const { device_code, user_code } = await server.start()
    await server.visit(alice, 'one', '198.51.100.7', phone).enter(user_code)
    const asBob = server.visit(bob, 'two', '203.0.113.9', phone)
    await asBob.enter(user_code)
    const back = server.visit(alice, 'three', '198.51.100.7', phone)
    const handle = await back.handle(await back.enter(user_code))
    expect((await back.post({ handle, action: 'approve' })).status).toBe(200)
    const { access_token } = server.json(await server.poll(device_code))
    expect(await server.deviceAuth.authenticate(String(access_token))).toMatchObject({ subject: 'alice' })
  })

  it('the account that was left cannot decide any more, nor can its form', async () => {
    const server = createPageServer()
    const phone: CookieJar = new Map()
    const { device_code, user_code } = await server.start()
    const handle = await server
      .visit(alice, 's', undefined, phone)
      .handle(await server.visit(alice, 's', undefined, phone).enter(user_code))
    await server.visit(bob, 's', undefined, phone).enter(user_code)
    const elsewhere = await server.visit(alice, 's').post({ handle, action: 'approve' })
    expect(title(elsewhere)).toBe('Not valid any more')
    expect(await statusOf(server, device_code)).toBe('access_denied')
  })

  it('the same account may go on in another browser', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    await server.visit(alice).enter(user_code)
    const laptop = server.visit(alice)
    const handle = await laptop.handle(await laptop.enter(user_code))
    expect((await laptop.post({ handle, action: 'approve' })).status).toBe(200)
    expect(await statusOf(server, device_code)).toBe('tokens')
  })

  it('an account that goes on from a link in its own browser sees the request that another left there', async () => {
    const server = createPageServer()
    const phone: CookieJar = new Map()
    const { user_code } = await server.start()
    await server.visit(alice, 's', undefined, phone).enter(user_code)
    const asBob = server.visit(bob, 's', undefined, phone)
    const confirm = await asBob.get(queryOf(await asBob.get(`user_code=${user_code}`)))
    expect(title(confirm)).toBe('Connect this device?')
    expect((await asBob.post({ handle: handleOf(confirm), action: 'approve' })).status).toBe(200)
  })

  it('F-03 of two accounts that present a code at the same time, none gets it', async () => {
    const server = createPageServer()
    const { device_code, user_code } = await server.start()
    const visitors = [server.visit(alice), server.visit(bob)]
    const handles = await Promise.all(visitors.map((visitor) => visitor.handle('')))
    await Promise.all(
      visitors.map((visitor, index) => visitor.post({ handle: handles[index] ?? '', user_code, action: 'continue' })),
    )
    expect(await statusOf(server, device_code)).toBe('access_denied')
  })

  it('XD-6.1.15 of what is bound to an account in advance another reads that it is unknown, and closes nothing', async () => {
    const store = new MemoryStore()
    const server = createPageServer({
      store,
      hooks: { saveDeviceCredential: (asked) => store.createDeviceCredential({ ...asked, boundSubject: 'alice' }) },
    })
    const { device_code, user_code } = await server.start()
    expect(title(await type(server.visit(bob), user_code))).toBe('Connect a device')
    expect(await statusOf(server, device_code)).toBe('authorization_pending')
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(user_code))
    expect((await visitor.post({ handle, action: 'approve' })).status).toBe(200)
  })
})

describe('the cookie of the page', () => {
  const cookieOf = ({ headers }: OAuthResponse): unknown => headers['set-cookie']

  it('is for this host alone, unseen by scripts, random, and of no use elsewhere', async () => {
    const server = createPageServer()
    const [one, two] = [cookieOf(await server.visit(alice).get()), cookieOf(await server.visit(alice).get())]
    expect(one).toMatch(/^__Host-device-auth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    expect(one).not.toBe(two)
  })

  it('without https it has neither the prefix nor Secure, which browsers would refuse', async () => {
    const server = createPageServer({ issuer: 'http://localhost/oauth' })
    expect(cookieOf(await server.visit(alice).get())).toMatch(
      /^device-auth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })

  it('is given once, before the log-in too, and a value of another make is replaced', async () => {
    const server = createPageServer()
    const visitor = server.visit(undefined)
    const first = String(cookieOf(await visitor.get()))
    expect(cookieOf(await visitor.get())).toBeUndefined()
    const [pair = ''] = first.split(';')
    for (const [cookie, renewed] of [
      [`sid=1; ${pair}; theme=dark`, false],
      [`${pair}x`, true],
      // a sibling host may set a cookie of this value; it is one cookie, named sid
      [`sid=1,${pair}`, true],
      [pair.slice(0, -1), true],
      [pair.replace('__Host-', ''), true],
      [`${pair.split('=')[0]}=<script>`, true],
    ] as const) {
      expect(cookieOf(await server.visit(alice).get('', { cookie })) !== undefined, cookie).toBe(renewed)
    }
  })

  it('F-40 F-43 another site’s form does not make a browser lose the one it has', async () => {
    const server = createPageServer()
    const response = await server.visit(alice).post({ action: 'approve' }, { 'sec-fetch-site': 'cross-site' })
    expect([response.status, cookieOf(response)]).toEqual([403, undefined])
  })

  it('stands in no page, and in the store only as its hash', async () => {
    const server = createPageServer()
    const phone: CookieJar = new Map()
    const visitor = server.visit(alice, undefined, undefined, phone)
    const { user_code } = await server.start()
    const { body } = await visitor.get(await visitor.enter(user_code))
    const value = phone.get('__Host-device-auth') ?? ''
    const kept = await server.deviceAuth.find(user_code)
    expect(value).toHaveLength(43)
    expect(body).not.toContain(value)
    expect(kept?.claimedIn).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(kept)).not.toContain(value)
  })

  it('no endpoint for devices sets it', async () => {
    const server = createPageServer()
    const { device_code } = await server.start()
    for (const response of [await server.deviceAuthorization(), await server.poll(device_code)])
      expect(cookieOf(response)).toBeUndefined()
  })
})
