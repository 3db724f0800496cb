// The JSON endpoints for pages on other origins and for apps: who may call them, and that they protect as the page does.
import { describe, expect, it } from 'vitest'
import type { OAuthRequest, OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { expectError, expectToken, formRequest, json, type TestServer, type TestServerOptions } from '../server.ts'
import { alice, bob, createPageServer } from '../verification/visitor.ts'

const app = 'https://app.example.com'
const verificationApi = { origins: [app, 'http://localhost:5173'] }

interface Call {
  readonly user?: object | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
}

function callOf(server: TestServer, path: string, fields: Readonly<Record<string, string>>, call: Call) {
  const { user, headers = { origin: app }, method = 'POST' } = call
  const type = { 'content-type': 'application/json' }
  const request: OAuthRequest = {
    ...formRequest(path, fields, { native: { user }, headers: { ...type, ...headers } }),
    method,
  }
  const endpoint = server.deviceAuth.route(method, path)
  if (endpoint === undefined) throw new Error(`no route for ${path}`)
  return endpoint(request)
}

function scene(options: TestServerOptions = {}) {
  const server = createPageServer({ verificationApi, ...options })
  const present = (fields: Readonly<Record<string, string>>, call: Call = { user: alice }): Promise<OAuthResponse> =>
    callOf(server, '/device/present', fields, call)
  const decide = (fields: Readonly<Record<string, string>>, call: Call = { user: alice }): Promise<OAuthResponse> =>
    callOf(server, '/device/decide', fields, call)
  return { server, present, decide }
}

function statusAnd(response: OAuthResponse, ...names: readonly string[]): readonly unknown[] {
  const body = json(response)
  return [response.status, ...names.map((name) => body[name])]
}

describe('present and decide in JSON', () => {
  it('8628-3.3-1 approve as the page does: the device gets its tokens', async () => {
    const { server, present, decide } = scene({
      hooks: { chooseGrantData: ({ request }) => ({ workspace: request.form.get('workspace') }) },
    })
    const codes = await server.start({ client_id: 'tv', scope: 'profile email' })
    const shown = await present({ user_code: codes.user_code })
    expect(statusAnd(shown, 'page', 'account', 'approvalDelay')).toEqual([200, 'confirm', 'Alice', 0])
    expect(json(shown).request).toMatchObject({ userCode: codes.user_code, clientName: 'Living-room TV' })
    const handle = String(json(shown).handle)
    const fields = { handle, action: 'approve', own_device: 'yes', scope: 'profile', workspace: 'w' }
    const done = await decide(fields)
    expect(statusAnd(done, 'page', 'clientName')).toEqual([200, 'done', 'Living-room TV'])
    expect(statusAnd(await decide(fields), 'page', 'error')).toEqual([409, 'error', 'alreadyAnswered'])
    const { access_token: token, scope } = expectToken(await server.poll(codes.device_code))
    expect(scope).toBe('profile')
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice', data: { workspace: 'w' } })
  })

  it('8628-3.5-7 decline', async () => {
    const { server, present, decide } = scene()
    const codes = await server.start()
    const handle = String(json(await present({ user_code: codes.user_code })).handle)
    expect(statusAnd(await decide({ handle, action: 'deny' }), 'page')).toEqual([200, 'denied'])
    expectError(await server.poll(codes.device_code), 'access_denied')
  })

  it('give a page on another origin whole addresses of this server, and a page of this server its paths', async () => {
    const { server, present, decide } = scene({
      switchAccountUrl: '/switch',
      approval: {
        ask: () => ({ text: '', failure: '', link: { text: 'Add a passkey', url: '/oauth/devices' } }),
        verify: () => true,
      },
    })
    for (const [origin, host] of [
      [app, 'https://auth.example.com'],
      ['https://auth.example.com', ''],
    ] as const) {
      const call = { user: alice, headers: { origin } }
      const codes = await server.start()
      const { switchUrl, handle, proof } = json(await present({ user_code: codes.user_code }, call))
      expect(switchUrl).toMatch(new RegExp(`^${host}/switch\\?return_to=%2Foauth%2Fdevice%3Fhandle%3D`))
      expect(proof).toMatchObject({ link: { url: `${host}/oauth/devices` } })
      const done = await decide({ handle: String(handle), action: 'approve', own_device: 'yes' }, call)
      expect(statusAnd(done, 'page', 'devicesUrl')).toEqual([200, 'done', `${host}/oauth/devices`])
    }
  })

  it('give the address of the log-in whole too, if the device asks for a new one', async () => {
    const { server, present } = scene({ acrValues: ['mfa'], loginUrl: '/login' })
    const codes = await server.start({ client_id: 'tv', acr_values: 'mfa' })
    const login = await present({ user_code: codes.user_code })
    expect(statusAnd(login, 'page')).toEqual([401, 'login'])
    expect(json(login).loginUrl).toMatch(/^https:\/\/auth\.example\.com\/login\?return_to=.*&acr_values=mfa$/)
  })

  it('take all scopes away with an empty text', async () => {
    const { server, present, decide } = scene()
    const codes = await server.start({ client_id: 'tv', scope: 'profile' })
    const handle = String(json(await present({ user_code: codes.user_code })).handle)
    await decide({ handle, action: 'approve', own_device: 'yes', scope: '' })
    expect(expectToken(await server.poll(codes.device_code)).scope).toBe('')
  })

  it('show a request by its id to the user that it was bound to, and to nobody else', async () => {
    const { server, present } = scene({ hooks: { resolveLoginHint: (hint) => hint } })
    const codes = await server.start({ client_id: 'tv', login_hint: 'alice' })
    const id = (await server.deviceAuth.find(codes.user_code))?.id ?? ''
    expect(statusAnd(await present({ id }, { user: bob }), 'page', 'error')).toEqual([404, 'error', 'notFound'])
    expect(statusAnd(await present({ id }), 'page')).toEqual([200, 'confirm'])
  })

  it('have the limits, the tick and the statuses of the page', async () => {
    const { server, present, decide } = scene({ limits: { userCodesPerUser: 1 }, pages: { approvalDelay: 3 } })
    const codes = await server.start()
    const handle = String(json(await present({ user_code: codes.user_code })).handle)
    expect(statusAnd(await decide({ handle, action: 'approve' }), 'page', 'notice')).toEqual([
      200,
      'confirm',
      'notTicked',
    ])
    const hasty = await decide({ handle, action: 'approve', own_device: 'yes' })
    expect(statusAnd(hasty, 'page', 'notice')).toEqual([200, 'confirm', 'tooSoon'])
    expect(statusAnd(await present({ user_code: 'BCDF-GHJK' }), 'error')).toEqual([404, 'notFound'])
    const limited = await present({ user_code: codes.user_code })
    expect(statusAnd(limited, 'error', 'retryAfter')).toEqual([429, 'limited', 3600])
    expect(limited.headers['retry-after']).toBe('3600')
    expectError(await server.poll(codes.device_code), 'authorization_pending')
  })

  it.each<[string, Readonly<Record<string, string>>]>([
    ['present', {}],
    ['present', { user_code: 'BCDF-GHJK', id: 'x' }],
    ['present', { userCode: 'BCDF-GHJK' }],
    ['decide', {}],
    ['decide', { handle: 'x', action: 'approve', own_device: 'yes' }],
    ['decide', { handle: 'x', action: 'continue' }],
    ['decide', { action: 'deny' }],
  ])('answer 400 to %s with %j', async (name, fields) => {
    const { present, decide } = scene()
    const response = await (name === 'present' ? present(fields) : decide(fields))
    expect(statusAnd(response, 'page', 'error')).toEqual([400, 'error', 'invalidRequest'])
  })

  it('answer 401 if nobody is signed in, and look up nothing', async () => {
    const { server, present, decide } = scene()
    const codes = await server.start()
    for (const ask of [present, decide]) {
      const response = await ask({ user_code: codes.user_code }, {})
      expect([response.status, response.body]).toEqual([401, '{"page":"login"}'])
    }
  })

  it('answer 503 while the store fails, and 500 if a hook fails, in JSON, to the page too', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'claimByUserCode' ? 'throw' : undefined))
    const failing = scene({ store })
    const away = await failing.present({ user_code: 'BCDF-GHJK' })
    expectError(away, 'temporarily_unavailable', 503)
    expect(away.headers).toMatchObject({ 'access-control-allow-origin': app, 'retry-after': '5' })
    const { present } = scene({ hooks: { authenticateUser: () => Object(5) } })
    expectError(await present({ user_code: 'BCDF-GHJK' }), 'server_error', 500)
  })
})

describe('who may call', () => {
  it.each([app, 'http://localhost:5173'])('F-40 a page of %s, with cookies', async (origin) => {
    const { present } = scene()
    const response = await present({ user_code: 'BCDF-GHJK' }, { user: alice, headers: { origin } })
    expect(response.status).toBe(404)
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
  })

  it.each<Record<string, string>>([{ origin: 'https://auth.example.com', 'sec-fetch-site': 'same-origin' }, {}])(
    'F-40 a page of this server, and an app: %j',
    async (headers) => {
      const { present } = scene()
      const response = await present({ user_code: 'BCDF-GHJK' }, { user: alice, headers })
      expect(response.status).toBe(404)
      expect(Object.keys(response.headers)).not.toContain('access-control-allow-origin')
    },
  )

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `${app}.evil.example` },
    { origin: 'http://app.example.com' },
    { origin: `${app}:444` },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('F-40 no other page: %j. No guess is counted, and no code is bound', async (headers) => {
    const { server, present, decide } = scene({ limits: { userCodesPerUser: 1 } })
    const codes = await server.start()
    for (const ask of [present, decide]) {
      const response = await ask({ user_code: codes.user_code }, { user: bob, headers })
      expect(statusAnd(response, 'page', 'error')).toEqual([403, 'error', 'crossOrigin'])
      expect(Object.keys(response.headers)).not.toContain('access-control-allow-origin')
    }
    await present({ user_code: 'BCDF-GHJK' }, { user: bob, headers })
    expect(statusAnd(await present({ user_code: codes.user_code }), 'page')).toEqual([200, 'confirm'])
    expect((await present({ user_code: 'BCDF-GHJK' }, { user: bob })).status).toBe(404)
  })

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/json; charset=utf-16'])(
    'F-40 no body of the type %s: a form of another site can send that',
    async (type) => {
      const { server, present } = scene()
      const codes = await server.start()
      const headers = { origin: app, 'content-type': type }
      const response = await present({ user_code: codes.user_code }, { user: alice, headers })
      expectError(response, 'invalid_request', 415)
    },
  )
})

describe('the question of a browser before the POST', () => {
  const ask = (headers: Readonly<Record<string, string>>): Promise<OAuthResponse> =>
    callOf(scene().server, '/device/decide', {}, { method: 'OPTIONS', headers })

  it('is answered for the allowed origins, without a user', async () => {
    const response = await ask({ origin: app, 'access-control-request-method': 'POST' })
    expect([response.status, response.body]).toEqual([200, ''])
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type, Authorization',
      'access-control-max-age': '7200',
      vary: 'Origin',
    })
  })

  it('is refused to all others, and for other methods', async () => {
    const post = { 'access-control-request-method': 'POST' }
    for (const headers of [post, { ...post, origin: 'https://evil.example' }, { ...post, origin: 'null' }]) {
      const response = await ask(headers)
      expect(response.status).toBe(403)
      expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(response.headers.vary).toBe('Origin')
    }
    expect((await ask({ origin: app, 'access-control-request-method': 'DELETE' })).status).toBe(403)
    expect((await ask({ origin: app })).status).toBe(403)
  })
})

describe('the endpoints', () => {
  it('are there with the option only, at their paths, for POST and OPTIONS', async () => {
    expect(createPageServer().deviceAuth.paths).not.toContain('/device/present')
    expect(createPageServer().deviceAuth.route('POST', '/device/decide')).toBeUndefined()
    const { deviceAuth } = createPageServer({ verificationApi, paths: { present: '/p', decide: '/d' } })
    expect(deviceAuth.paths).toEqual(expect.arrayContaining(['/p', '/d']))
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const response = await deviceAuth.route(method, '/p')?.({ ...formRequest('/p', {}), method })
      expect([response?.status, response?.headers.allow]).toEqual([405, 'POST, OPTIONS'])
    }
  })

  it.each([
    'https://app.example.com',
    {},
    { origins: 'https://app.example.com' },
    { origins: ['*'] },
    { origins: ['https://app.example.com/'] },
    { origins: ['https://app.example.com/path'] },
    { origins: ['https://APP.example.com'] },
    { origins: ['http://app.example.com'] },
    { origins: ['null'] },
    { origins: [app], methods: ['GET'] },
  ])('are refused with the option %j', (wrong) => {
    expect(() => createPageServer({ verificationApi: Object(wrong) })).toThrow(/option `verificationApi` is /)
  })

  it('read JSON too if the store has a clock', () => {
    const clock = { now: () => 0, synchronize: () => {}, offset: 0 }
    const { deviceAuth } = createPageServer({
      verificationApi,
      compatibility: ['json'],
      store: Object.assign(new MemoryStore(), { clock }),
    })
    for (const path of ['/device/present', '/device/decide', '/token', '/device_authorization'])
      expect([path, deviceAuth.route('POST', path)?.readsJson]).toEqual([path, true])
  })
})
