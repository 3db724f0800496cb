// deviceAuth.verification: the page as functions, for pages on other origins and for apps. What the page refuses, these refuse.
import { describe, expect, it } from 'vitest'
import type { PendingApproval } from '../../src/contract/approval.ts'
import type { User } from '../../src/contract/hook-arguments.ts'
import type { PageContent, PageModel } from '../../src/contract/pages/model.ts'
import type { VerificationAnswer, VerificationVisitor } from '../../src/contract/verification.ts'
import { deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { clients, expectError, expectToken, type TestServer, type TestServerOptions } from '../server.ts'
import { alice as alicesRecord, type CookieJar, createPageServer } from './visitor.ts'

const alice: User = { subject: 'alice', username: 'Alice', session: 's1' }
const bob: User = { subject: 'bob' }
const wrong = 'BCDF-GHJK'

type Visitor = Partial<VerificationVisitor['request']> & { readonly origin?: string }

/** A server, and a page of the application's own in front of a user. */
function scene(options: TestServerOptions = {}) {
  const server = createPageServer(options)
  const events: (readonly [name: string, subject: unknown])[] = []
  for (const name of ['codeFound', 'codeNotFound', 'codeShared', 'approved', 'denied', 'refused', 'limited'] as const)
    server.deviceAuth.on(name, (event) => events.push([name, 'subject' in event ? event.subject : undefined]))
  return { server, events, ...page(server) }
}

function page({ deviceAuth: { verification } }: TestServer) {
  const visitorOf = (user: User, { headers = {}, ip = '198.51.100.7', native = {}, origin }: Visitor) => {
    return { user, request: { headers, ip, native }, ...(origin === undefined ? {} : { origin }) }
  }
  return {
    present: (what: { userCode: string } | { id: string }, user = alice, visitor: Visitor = {}) =>
      verification.present({ ...visitorOf(user, visitor), ...what }),
    decide: (answer: VerificationAnswer, user = alice, visitor: Visitor = {}) =>
      verification.decide({ ...visitorOf(user, visitor), ...answer }),
  }
}

function confirmOf(content: PageContent): PageContent<'confirm'> {
  if (content.page !== 'confirm') throw new Error(`not the page confirm: ${JSON.stringify(content)}`)
  return content
}

const yes = { approved: true, ownDevice: true }

describe('present and decide', () => {
  it('8628-3.3-1 approve as the page does: the device gets its tokens', async () => {
    const { server, events, present, decide } = scene()
    const codes = await server.start({ client_id: 'tv', scope: 'profile' })
    const shown = confirmOf(await present({ userCode: codes.user_code.toLowerCase() }))
    expect(shown).toMatchObject({
      account: 'Alice',
      notice: undefined,
      approvalDelay: 0,
      request: {
        userCode: codes.user_code,
        clientName: 'Living-room TV',
        verified: false,
        scopes: [{ scope: 'profile', description: 'See your name and picture' }],
        ip: '192.0.2.1',
        warnings: ['otherNetwork'],
      },
    })
    expect(await decide({ handle: shown.handle, ...yes })).toEqual({
      page: 'done',
      account: 'Alice',
      clientName: 'Living-room TV',
      number: undefined,
      devicesUrl: '/oauth/devices',
    })
    expect(events).toEqual([
      ['codeFound', 'alice'],
      ['approved', 'alice'],
    ])
    const { access_token: token } = expectToken(await server.poll(codes.device_code))
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice', username: 'Alice' })
    expect(await decide({ handle: shown.handle, ...yes })).toMatchObject({ page: 'error', error: 'alreadyAnswered' })
  })

  it('show what the page shows', async () => {
    const models: PageModel[] = []
    const renderPage = (model: PageModel): string => {
      models.push(model)
      return `<input name="handle" value="${'handle' in model ? model.handle : ''}">`
    }
    const { server, present } = scene({ hooks: { renderPage } })
    const { user_code: userCode } = await server.start({ client_id: 'tv', binding_message: 'BLUE 7' })
    const { handle: _, ...content } = confirmOf(await present({ userCode }, { subject: 'alice', username: 'Alice' }))
    const visitor = server.visit(alicesRecord)
    await visitor.get(await visitor.enter(userCode))
    expect(models.at(-1)).toMatchObject(content)
  })

  it('8628-3.5-7 decline, without a tick and at once', async () => {
    const { server, events, present, decide } = scene({ pages: { approvalDelay: 5 } })
    const codes = await server.start()
    const { handle } = confirmOf(await present({ userCode: codes.user_code }))
    expect(await decide({ handle, approved: false })).toMatchObject({ page: 'denied', clientName: 'Living-room TV' })
    expect(events.at(-1)).toEqual(['denied', 'alice'])
    expectError(await server.poll(codes.device_code), 'access_denied')
  })

  it('grant the scopes that the user leaves, never more, and data of the application', async () => {
    const { server, present, decide } = scene()
    const codes = await server.start({ client_id: 'tv', scope: 'profile' })
    const { handle } = confirmOf(await present({ userCode: codes.user_code }))
    await decide({ handle, ...yes, scope: 'profile email admin', data: { workspace: 'w' } })
    const { access_token: token, scope } = expectToken(await server.poll(codes.device_code))
    expect(scope).toBe('profile')
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ data: { workspace: 'w' } })
  })

  it('ask the hook chooseGrantData for data that is not given', async () => {
    const native = { workspace: 'from the request' }
    const { server, present, decide } = scene({
      hooks: { chooseGrantData: ({ request }) => ({ workspace: Object(request.native).workspace }) },
    })
    const codes = await server.start()
    const { handle } = confirmOf(await present({ userCode: codes.user_code }))
    await decide({ handle, ...yes }, alice, { native })
    const { access_token: token } = expectToken(await server.poll(codes.device_code))
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ data: native })
  })

  it('take the headers of a Request', async () => {
    const { server, present } = scene()
    const headers = { cookie: `__Host-device-auth=${'b'.repeat(43)}` }
    const { user_code: userCode } = await server.start()
    await present({ userCode }, alice, { headers: new Headers(headers) })
    // another account in the same browser: in another browser the request would be closed
    const later = await present({ userCode }, bob, { headers })
    expect(later.page).toBe('confirm')
  })

  it('reject when the store fails, and approve nothing', async () => {
    let broken = false
    const store = faultyStore(new MemoryStore(), (step) => (broken && step === 'decide' ? 'throw' : undefined))
    const { server, present, decide } = scene({ store })
    const codes = await server.start()
    const { handle } = confirmOf(await present({ userCode: codes.user_code }))
    broken = true
    await expect(decide({ handle, ...yes })).rejects.toMatchObject({ operation: 'decide' })
    broken = false
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })
})

describe('the protection of the page is in force', () => {
  it('F-30 wrong codes are guesses of the user, counted together with those on the page', async () => {
    const { server, events, present } = scene({ limits: { userCodesPerUser: 3 } })
    const { user_code: userCode } = await server.start()
    expect(await present({ userCode: wrong })).toMatchObject({ page: 'error', error: 'notFound' })
    await server.visit(alicesRecord).get(`user_code=${wrong}`)
    expect(await present({ userCode: '<>' })).toMatchObject({ page: 'error', error: 'notFound' })
    expect(await present({ userCode })).toEqual({
      page: 'error',
      error: 'limited',
      endpoint: 'verification',
      retryAfter: 3600,
    })
    expect(events.map(([name]) => name)).toEqual(['codeNotFound', 'codeNotFound', 'codeNotFound', 'limited'])
    expect(confirmOf(await present({ userCode }, bob)).account).toBe('bob')
  })

  it('F-36 a code that is decided or over is not found', async () => {
    const { server, present } = scene()
    const decided = await server.start()
    await server.approve(decided.user_code)
    const over = await server.start()
    expect(await present({ userCode: decided.user_code })).toMatchObject({ error: 'notFound' })
    server.clock.advance(600)
    expect(await present({ userCode: over.user_code })).toMatchObject({ error: 'notFound' })
  })

  it('XD-6.1.4 a second user closes the request', async () => {
    const { server, events, present, decide } = scene()
    const codes = await server.start()
    const { handle } = confirmOf(await present({ userCode: codes.user_code }))
    expect(await present({ userCode: codes.user_code }, bob)).toMatchObject({ page: 'error', error: 'notFound' })
    expect(events.map(([name]) => name)).toContain('codeShared')
    expectError(await server.poll(codes.device_code), 'access_denied')
    expect(await decide({ handle, ...yes })).toMatchObject({ page: 'error', error: 'alreadyAnswered' })
  })

  it('XD-6.1.4 a user goes on in another session, and on the page', async () => {
    const { server, present, decide } = scene()
    const codes = await server.start()
    confirmOf(await present({ userCode: codes.user_code }))
    confirmOf(await present({ userCode: codes.user_code }, { subject: 'alice', session: 's2' }))
    const jar: CookieJar = new Map()
    await server.visit(alicesRecord, undefined, undefined, jar).enter(codes.user_code)
    const headers = { cookie: [...jar].map((pair) => pair.join('=')).join('; ') }
    const { handle } = confirmOf(await present({ userCode: codes.user_code }, bob, { headers }))
    expect(await decide({ handle, ...yes }, bob, { headers })).toMatchObject({ page: 'done', account: 'bob' })
  })

  it('F-43 a handle works for its user in its session only', async () => {
    const { server, present, decide } = scene()
    const codes = await server.start()
    const { handle } = confirmOf(await present({ userCode: codes.user_code }))
    for (const user of [bob, { subject: 'alice' }, { subject: 'alice', session: 's2' }])
      expect(await decide({ handle, ...yes }, user)).toMatchObject({ page: 'error', error: 'invalidRequest' })
    for (const forged of ['', 'x', `${handle}x`, await server.visit(alicesRecord).handle('')])
      expect(await decide({ handle: forged, ...yes })).toMatchObject({ page: 'error', error: 'invalidRequest' })
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })

  it('8628-5.4-1 an approval needs the tick and the delay; otherwise the request is shown again', async () => {
    const { server, present, decide } = scene({ pages: { approvalDelay: 2 } })
    const codes = await server.start()
    const { handle, approvalDelay } = confirmOf(await present({ userCode: codes.user_code }))
    expect(approvalDelay).toBe(2)
    expect(await decide({ handle, approved: true })).toMatchObject({ page: 'confirm', notice: 'notTicked' })
    const again = confirmOf(await decide({ handle, ...yes }))
    expect(again.notice).toBe('tooSoon')
    server.clock.advance(1.9)
    expect(await decide({ handle: again.handle, ...yes })).toMatchObject({ notice: 'tooSoon' })
    expectError(await server.poll(codes.device_code), 'authorization_pending')
    server.clock.advance(0.1)
    expect(await decide({ handle: again.handle, ...yes })).toMatchObject({ page: 'done' })
  })

  it('XD-6.1.1 the policy warns and refuses by the address and the browser of the user', async () => {
    const { server, events, present, decide } = scene({ policy: { otherNetwork: 'refuse', sameDevice: 'warn' } })
    const device = { ip: '8.8.8.8', headers: { 'user-agent': 'TV' } }
    const codes = await server.start({ client_id: 'tv' }, device)
    const shown = confirmOf(await present({ userCode: codes.user_code }, alice, { ip: '9.9.9.9' }))
    expect(shown.request.warnings).toEqual(['otherNetwork'])
    const { handle } = shown
    expect(await decide({ handle, ...yes }, alice, { ip: '9.9.9.9' })).toMatchObject({ error: 'refusedNetwork' })
    expect(events.at(-1)).toEqual(['refused', 'alice'])
    expectError(await server.poll(codes.device_code), 'authorization_pending')
    expect(confirmOf(await present({ userCode: codes.user_code }, alice, device)).request.warnings).toEqual([
      'sameDevice',
    ])
    expect(await decide({ handle, ...yes }, alice, device)).toMatchObject({ page: 'done' })
  })

  it('XD-6.1.11 approvals of a user are counted', async () => {
    const { server, present, decide } = scene({ limits: { approvalsPerUser: 1 } })
    for (const page of ['done', 'error']) {
      const { user_code: userCode } = await server.start()
      const { handle } = confirmOf(await present({ userCode }))
      expect(await decide({ handle, ...yes })).toMatchObject(
        page === 'done' ? { page } : { page, error: 'limited', retryAfter: 3600 },
      )
    }
  })

  it('XD-6.1.16 the number for the device comes after the approval only', async () => {
    const matching = deviceClient({ client_id: 'matching', scope: 'profile', number_matching: true })
    const { server, present, decide } = scene({ clients: [...clients, matching] })
    const codes = await server.start({ client_id: 'matching' })
    const shown = confirmOf(await present({ userCode: codes.user_code }))
    expect(JSON.stringify(shown)).not.toContain('"number"')
    const done = await decide({ handle: shown.handle, ...yes })
    const number = done.page === 'done' ? (done.number ?? '') : ''
    expect(number).toMatch(/^\d{4}$/)
    expectToken(await server.poll(codes.device_code, { client_id: 'matching', matching_number: number }))
  })

  it('a proof is asked for and verified, at the origin of the page', async () => {
    const asked: PendingApproval[] = []
    const { server, present, decide } = scene({
      approval: {
        ask(approval) {
          asked.push(approval)
          return { text: 'Show your key.', failure: 'That was not your key.' }
        },
        verify: ({ challenge, origin }, proof) => proof === `${origin} ${challenge}`,
      },
    })
    const codes = await server.start()
    const origin = 'https://app.example.com'
    const shown = confirmOf(await present({ userCode: codes.user_code }, alice, { origin }))
    expect(shown.proof).toEqual({ text: 'Show your key.', failure: 'That was not your key.', failed: false })
    const proof = `${origin} ${asked.at(-1)?.challenge}`
    const without = confirmOf(await decide({ handle: shown.handle, ...yes }, alice, { origin }))
    expect(without.proof).toMatchObject({ failed: true })
    // the origin is that of the built-in pages, if none is named
    const elsewhere = confirmOf(await decide({ handle: shown.handle, ...yes, proof }))
    expect(asked.at(-1)?.origin).toBe('https://auth.example.com')
    expect(elsewhere.proof).toMatchObject({ failed: true })
    expectError(await server.poll(codes.device_code), 'authorization_pending')
    expect(await decide({ handle: shown.handle, ...yes, proof }, alice, { origin })).toMatchObject({ page: 'done' })
  })
})

describe('present by the id', () => {
  const hooks = { resolveLoginHint: (hint: string) => hint }

  async function requestFor(server: TestServer, parameters: Record<string, string>) {
    const codes = await server.start({ client_id: 'tv', ...parameters })
    return { codes, id: (await server.deviceAuth.find(codes.user_code))?.id ?? '' }
  }

  it('XD-6.1.15 shows a request to the user that it was bound to, without a code', async () => {
    const { server, present, decide } = scene({ hooks })
    const { codes, id } = await requestFor(server, { login_hint: 'alice' })
    const shown = confirmOf(await present({ id }))
    expect(shown.request).toMatchObject({ userCode: '', clientName: 'Living-room TV' })
    expect(await decide({ handle: shown.handle, ...yes })).toMatchObject({ page: 'done' })
    expectToken(await server.poll(codes.device_code))
  })

  it('XD-6.1.15 shows it to nobody else: an attacker who asked for the codes knows the id too', async () => {
    const { server, present, events } = scene({ hooks })
    const bound = await requestFor(server, { login_hint: 'alice' })
    const free = await requestFor(server, {})
    expect(await present({ id: bound.id }, bob)).toMatchObject({ page: 'error', error: 'notFound' })
    expect(await present({ id: free.id })).toMatchObject({ page: 'error', error: 'notFound' })
    expect(await present({ id: 'unknown' })).toMatchObject({ page: 'error', error: 'notFound' })
    expect(events).toEqual([])
    expectError(await server.poll(bound.codes.device_code), 'authorization_pending')
    expectError(await server.poll(free.codes.device_code), 'authorization_pending')
  })

  it('shows a request again that the user has presented by its code', async () => {
    const { server, present } = scene()
    const { codes, id } = await requestFor(server, {})
    confirmOf(await present({ userCode: codes.user_code }))
    confirmOf(await present({ id }))
    expect(await present({ id }, bob)).toMatchObject({ error: 'notFound' })
  })

  it('shows none that is decided, revoked or over', async () => {
    const { server, present } = scene({ hooks })
    const [decided, revoked, over] = [
      await requestFor(server, { login_hint: 'alice' }),
      await requestFor(server, { login_hint: 'alice' }),
      await requestFor(server, { login_hint: 'alice' }),
    ]
    await server.approve(decided.codes.user_code)
    confirmOf(await present({ id: revoked.id }))
    await server.deviceAuth.devices.revokeBySubject('alice')
    expect(await present({ id: decided.id })).toMatchObject({ error: 'notFound' })
    expect(await present({ id: revoked.id })).toMatchObject({ error: 'notFound' })
    server.clock.advance(600)
    expect(await present({ id: over.id })).toMatchObject({ error: 'notFound' })
  })
})

describe('arguments', () => {
  const request = { headers: {}, ip: undefined, native: {} }
  const visitor = { user: alice, request }
  const answer = { ...visitor, handle: 'x', approved: true }

  it.each<['present' | 'decide', unknown, string]>([
    ['present', undefined, 'verification.present() needs the option `user`'],
    ['present', { request, userCode: 'x' }, 'verification.present() needs the option `user`'],
    ['present', { ...visitor, user: { subject: '' }, userCode: 'x' }, 'expected a user with a `subject`'],
    ['present', { ...visitor, user: { subject: 'x\ud800' }, userCode: 'x' }, 'expected a user with a `subject`'],
    ['present', { ...visitor, user: { subject: 'a', authentication: { time: 1 } }, userCode: 'x' }, 'authentication'],
    ['present', { user: alice, userCode: 'x' }, 'verification.present() needs the option `request`'],
    ['present', { user: alice, request: {}, userCode: 'x' }, 'expected an object with headers, ip and native'],
    ['present', visitor, 'needs either the option `userCode` or the option `id`'],
    ['present', { ...visitor, userCode: 'x', id: 'y' }, 'needs either the option `userCode` or the option `id`'],
    ['present', { ...visitor, code: 'x' }, 'option `code` is unknown'],
    ['present', { ...visitor, userCode: 5 }, 'option `userCode` is 5; expected a string'],
    ['present', { ...visitor, userCode: 'x', origin: 'https://app.example.com/' }, 'expected an origin such as'],
    ['decide', { ...visitor, approved: true }, 'verification.decide() needs a string as its handle'],
    ['decide', { ...visitor, handle: 'x' }, 'verification.decide() needs the option `approved`'],
    ['decide', { ...answer, approved: 'yes' }, 'option `approved` is "yes"; expected true or false'],
    ['decide', { ...answer, ownDevice: 'yes' }, 'option `ownDevice` is "yes"; expected true or false'],
    ['decide', { ...answer, scope: ['a'] }, 'option `scope` is an array of 1 element; expected a string'],
    ['decide', { ...answer, data: [] }, 'verification.decide() gave a wrong `data`: `data` is a list'],
  ])('%s of %j names what is missing or wrong', async (name, given, message) => {
    const { deviceAuth } = createPageServer()
    const call = async (): Promise<unknown> => Reflect.apply(deviceAuth.verification[name], undefined, [given])
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(message)
    expect(String(error)).toContain('Device Auth: verification.')
  })
})
