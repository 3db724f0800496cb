import { FakeClock, ScriptedServer } from '@device-auth/client/testing'
import session from 'express-session'
import express from 'express5'
import passport07 from 'passport'
import passport06 from 'passport06'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DeviceCodeStrategy, type DeviceCodeStrategyOptions, SignInError, type VerifyCallback } from '../src/index.ts'
import { type Provider, startProvider } from './provider.ts'
import { signInOptions } from './sign-in-options.ts'

let provider: Provider
beforeEach(async () => {
  provider = await startProvider()
})
afterEach(() => provider.close())

const options = (more: Partial<DeviceCodeStrategyOptions> = {}) => signInOptions(provider, more)

type Strategy = InstanceType<typeof DeviceCodeStrategy>

/** An application with a session that answers with the sign-in, with the user at `/me`, or with the error. */
function createApp(strategy: Strategy, passport: typeof passport07 = passport07, redirect?: string) {
  const authenticator = new passport.Passport()
  authenticator.use(strategy)
  authenticator.serializeUser((user, done) => done(null, user))
  authenticator.deserializeUser((user: Express.User, done) => done(null, user))
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false }))
  app.use(authenticator.session())
  const failure = redirect === undefined ? {} : { failureRedirect: redirect }
  app.all('/login', authenticator.authenticate('device-code', { successRedirect: '/me', ...failure }), (req, res) => {
    res.json(req.deviceSignIn ?? null)
  })
  app.get('/me', (req, res) => {
    res.json(req.user ?? null)
  })
  app.use(
    (error: Error, _req: unknown, res: { status(code: number): { json(body: object): void } }, _next: unknown) => {
      res.status(500).json({ name: error.name, message: error.message })
    },
  )
  return request.agent(app)
}

const known = (_access: string, _refresh: string | undefined, _params: object, { sub = 'ann' }: { sub?: unknown }) => ({
  id: sub,
})

/** Starts a sign-in; returns what the application shows of it. */
async function start(agent: ReturnType<typeof createApp>) {
  const { status, body } = await agent.post('/login')
  expect(status).toBe(200)
  return body
}

describe.each([
  ['Passport 0.6', passport06],
  ['Passport 0.7', passport07],
] as const)('%s', (_version, passport) => {
  it('shows a code, waits without polling too often, and signs the user in', async () => {
    const agent = createApp(new DeviceCodeStrategy(options(), known), passport)
    const shown = await start(agent)
    expect(shown).toEqual({
      userCode: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verificationUri: `${provider.issuer}/device`,
      verificationUriComplete: `${provider.issuer}/device?user_code=${shown.userCode}`,
      expiresAt: provider.now() + 60_000,
      pollAfter: 6,
    })
    for (let times = 0; times < 5; times++) expect((await agent.get('/login')).body.userCode).toBe(shown.userCode)
    expect(provider.polls).toBe(0)
    provider.advance(6)
    for (let times = 0; times < 5; times++) expect((await agent.get('/login')).body.userCode).toBe(shown.userCode)
    expect(provider.polls).toBe(1)
    expect((await agent.get('/me')).body).toBe(null)
    await provider.deviceAuth.approve(shown.userCode, { subject: 'ann' })
    provider.advance(6)
    const done = await agent.get('/login')
    expect([done.status, done.headers.location]).toEqual([302, '/me'])
    expect((await agent.get('/me')).body).toEqual({ id: 'ann' })
  })

  it('a denial fails, and the next POST starts a new one', async () => {
    const agent = createApp(new DeviceCodeStrategy(options(), known), passport, '/denied')
    const { userCode } = await start(agent)
    await provider.deviceAuth.deny(userCode)
    provider.advance(6)
    expect((await agent.get('/login')).headers.location).toBe('/denied')
    expect((await start(agent)).userCode).not.toBe(userCode)
  })
})

it('without failureRedirect a denial is 403', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  await provider.deviceAuth.deny(userCode)
  provider.advance(6)
  expect((await agent.get('/login')).status).toBe(403)
})

it('an expired code fails, and the next POST starts a new one', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  provider.advance(61)
  expect((await agent.get('/login')).status).toBe(403)
  expect((await start(agent)).userCode).not.toBe(userCode)
})

it('a sign-in survives a provider that is down for a while', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  await provider.deviceAuth.approve(userCode, { subject: 'ann' })
  provider.down = true
  provider.advance(6)
  const away = (await agent.get('/login')).body
  expect(away).toMatchObject({ userCode })
  // more than twice the interval
  expect(away.pollAfter).toBeGreaterThan(9)
  provider.down = false
  provider.advance(12)
  expect((await agent.get('/login')).headers.location).toBe('/me')
})

it('a GET asks the provider for nothing: crawlers and visitors without cookies do not start sign-ins', async () => {
  const strategy = new DeviceCodeStrategy(options(), known)
  for (let times = 0; times < 3; times++) {
    const { status, body } = await createApp(strategy).get('/login')
    expect([status, body]).toEqual([200, null])
  }
  const agent = createApp(strategy)
  expect((await agent.get('/login')).body).toBe(null)
  expect((await agent.head('/login')).status).toBe(200)
  expect(provider.requests).toEqual([])
  const { userCode } = await start(agent)
  // a second POST, for example by a double click, goes on with the same sign-in
  expect((await start(agent)).userCode).toBe(userCode)
  expect(provider.requests.filter((url) => url === '/device_authorization')).toHaveLength(1)
})

it('the metadata of the provider are asked for once', async () => {
  const strategy = new DeviceCodeStrategy(options(), known)
  const agent = createApp(strategy)
  await start(agent)
  provider.advance(6)
  await agent.get('/login')
  await start(createApp(strategy))
  expect(provider.requests.filter((url) => url.includes('/.well-known/'))).toHaveLength(1)
})

it('a wrong client secret is an error with its cause, not a refusal of the user', async () => {
  const seen: unknown[] = []
  let status = 200
  const send: typeof fetch = async (url, init) => {
    const body =
      status === 200
        ? { device_code: 'd', user_code: 'A', verification_uri: 'https://as.example/d', expires_in: 60 }
        : { error: 'invalid_client', error_description: 'Who?' }
    seen.push([String(url), new Headers(init?.headers).get('authorization')])
    return new Response(JSON.stringify(body), { status })
  }
  const endpoints = { deviceAuthorizationEndpoint: 'https://as.example/c', tokenEndpoint: 'https://as.example/t' }
  const { issuer: _, ...rest } = options({ fetch: send, clientSecret: 'secret', ...endpoints })
  const agent = createApp(new DeviceCodeStrategy(rest, known))
  await start(agent)
  status = 401
  provider.advance(6)
  const failed = await agent.get('/login')
  expect([failed.status, failed.body]).toEqual([500, { name: 'SignInError', message: 'invalid_client: Who?' }])
  const authorization = `Basic ${Buffer.from('web:secret').toString('base64')}`
  expect(seen).toEqual([
    ['https://as.example/c', authorization],
    ['https://as.example/t', authorization],
  ])
})

it('a provider with a profile: GitHub, as in the README', async () => {
  const clock = new FakeClock()
  const github = new ScriptedServer({ clock, behavior: 'github' })
  const users: unknown[] = []
  const strategy = new DeviceCodeStrategy(
    { issuer: 'https://github.com', clientId: 'Iv1.0123456789abcdef', fetch: github.fetch, clock },
    (accessToken) => {
      users.push(accessToken)
      return { id: 'octocat' }
    },
  )
  const agent = createApp(strategy)
  expect(await start(agent)).toMatchObject({ verificationUri: 'https://github.com/login/device' })
  github.approve()
  await clock.advance(7)
  expect((await agent.get('/login')).headers.location).toBe('/me')
  expect(users).toEqual([expect.any(String)])
})

it('without a profile of the user, nobody is signed in', async () => {
  for (const [status, text, message] of [
    [500, '{}', 'answered HTTP 500'],
    [200, '[]', 'did not answer with a JSON object'],
    [200, 'null', 'did not answer with a JSON object'],
    [200, '<html>', 'did not answer with JSON'],
    [200, `{"sub":"${'x'.repeat(5000)}"}`, 'did not answer: The answer is larger than 5000 bytes'],
  ] as const) {
    const userinfoEndpoint = 'https://api.example/me'
    const send: typeof fetch = (url, init) =>
      url === userinfoEndpoint ? Promise.resolve(new Response(text, { status })) : fetch(url, init)
    const agent = createApp(
      new DeviceCodeStrategy(options({ userinfoEndpoint, fetch: send, maxBodySize: 5000 }), known),
    )
    const { userCode } = await start(agent)
    await provider.deviceAuth.approve(userCode, { subject: 'ann' })
    provider.advance(6)
    const failed = await agent.get('/login')
    expect([failed.status, failed.body.message]).toEqual([500, `The userinfo endpoint ${userinfoEndpoint} ${message}.`])
    expect((await agent.get('/me')).body).toBe(null)
  }
})

it('two tabs that ask at once share a poll', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  await provider.deviceAuth.approve(userCode, { subject: 'ann' })
  provider.advance(6)
  const tabs = await Promise.all([agent.get('/login'), agent.get('/login')])
  expect(tabs.map(({ status }) => status)).toEqual([302, 302])
  expect(provider.polls).toBe(1)
})

it('the function gets tokens, the answer of the provider and the profile', async () => {
  const seen: unknown[] = []
  const userinfoEndpoint = `${provider.issuer}/userinfo`
  const strategy = new DeviceCodeStrategy(options({ userinfoEndpoint }), (...given) => {
    const done = given.pop() as VerifyCallback
    seen.push(...given)
    done(null, { id: 'ann' })
  })
  const agent = createApp(strategy)
  const { userCode } = await start(agent)
  await provider.deviceAuth.approve(userCode, { subject: 'ann' })
  provider.advance(6)
  expect((await agent.get('/login')).status).toBe(302)
  expect(seen).toEqual([
    expect.any(String),
    expect.any(String),
    expect.objectContaining({ token_type: 'Bearer', scope: 'profile' }),
    { sub: 'ann', name: 'Ann' },
  ])
})

it('passReqToCallback gives the request first; nobody is 403', async () => {
  const seen: unknown[] = []
  const strategy = new DeviceCodeStrategy(
    { ...options(), passReqToCallback: true },
    (req: { readonly path: string }) => {
      seen.push(req.path)
      return false
    },
  )
  const agent = createApp(strategy)
  const { userCode } = await start(agent)
  await provider.deviceAuth.approve(userCode, { subject: 'ann' })
  provider.advance(6)
  expect((await agent.get('/login')).status).toBe(403)
  expect(seen).toEqual(['/login'])
})

it('a provider that gives no codes is an error for the error middleware', async () => {
  const agent = createApp(new DeviceCodeStrategy(options({ clientId: 'unknown' }), known))
  const { status, body } = await agent.post('/login')
  expect([status, body.name]).toEqual([500, 'SignInError'])
  expect(new SignInError({ ok: false, error: 'invalid_client', message: 'Denied', retryable: false })).toMatchObject({
    message: 'invalid_client',
    error: 'invalid_client',
  })
})

it('without a session the error says what to do', async () => {
  const authenticator = new passport07.Passport()
  authenticator.use(new DeviceCodeStrategy(options(), known))
  const app = express().get('/login', authenticator.authenticate('device-code'))
  app.use((error: Error, _req: unknown, res: { json(body: object): void }, _next: unknown) => {
    res.json({ message: error.message })
  })
  expect((await request(app).get('/login')).body.message).toMatch('put a middleware such as express-session in front')
})

it('a missing option is named at construction', () => {
  const make = (...given: unknown[]): unknown => Reflect.construct(DeviceCodeStrategy, given)
  expect(() => make({}, known)).toThrow('DeviceCodeStrategy needs the option `clientId`')
  expect(() => make({ clientId: 'web' }, known)).toThrow('DeviceCodeStrategy needs the option `tokenEndpoint`')
  expect(() => make({ clientId: 'web', issuer: 'https://example.com' })).toThrow('needs a function')
  expect(() => make()).toThrow('DeviceCodeStrategy needs the option `clientId`')
  expect(() => make(null, known)).toThrow('DeviceCodeStrategy needs the option `clientId`')
  expect(() => make('https://example.com', known)).toThrow('DeviceCodeStrategy needs an object of options')
})

it.each([
  [{ clientID: 'web' }, 'option `clientID` is unknown; did you mean `clientId`?'],
  [{ scopes: 'profile' }, 'option `scopes` is unknown; did you mean `scope`?'],
  [{ userInfoUrl: 'https://example.com' }, 'option `userInfoUrl` is unknown; expected one of issuer, '],
  [{ issuer: 'example.com' }, 'option `issuer` is "example.com"; expected an https URL'],
  [{ issuer: 'http://example.com' }, 'expected an https URL'],
  [
    { userinfoEndpoint: 'http://api.example.com/me' },
    'option `userinfoEndpoint` is "http://api.example.com/me"; expected an https URL',
  ],
  [{ tokenEndpoint: '/token' }, 'option `tokenEndpoint` is "/token"; expected'],
  [{ scope: '' }, 'option `scope` is ""; expected scopes separated by single spaces, or a list of scopes'],
  [{ clientSecret: 5 }, 'option `clientSecret` is 5; expected a string'],
  [{ authentication: 'secret' }, 'expected a function'],
  [{ timeout: '5' }, 'option `timeout` is "5"; expected a number of seconds'],
  [{ passReqToCallback: 'yes' }, 'option `passReqToCallback` is "yes"; expected true or false'],
])('%j is refused at construction', (change, message) => {
  const given = { clientId: 'web', issuer: 'https://example.com', ...change }
  const make = (): unknown => Reflect.construct(DeviceCodeStrategy, [given, known])
  expect(make).toThrow(message)
  expect(make).toThrow('the README of @device-auth/passport')
})

it('null counts as not given, as a database has it', () => {
  const given = {
    clientId: 'web',
    issuer: 'https://example.com',
    tokenEndpoint: null,
    clientSecret: null,
    scope: null,
    timeout: null,
  }
  expect(() => Reflect.construct(DeviceCodeStrategy, [given, known])).not.toThrow()
})

it('SignInError without a failure says what it needs', () => {
  expect(() => Reflect.construct(SignInError, [])).toThrow('SignInError needs a failure of @device-auth/client.')
})
