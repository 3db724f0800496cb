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

/** An application with a session; answers what it shows, who signed in, and what went wrong. */
function createApp(strategy: Strategy, passport: typeof passport07 = passport07, redirect?: string) {
  const authenticator = new passport.Passport()
  authenticator.use(strategy)
  authenticator.serializeUser((user, done) => done(null, user))
  authenticator.deserializeUser((user: Express.User, done) => done(null, user))
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false }))
  app.use(authenticator.session())
  const failure = redirect === undefined ? {} : { failureRedirect: redirect }
  app.get('/login', authenticator.authenticate('device-code', { successRedirect: '/me', ...failure }), (req, res) => {
    res.json(req.deviceSignIn)
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

/** Starts a sign-in; answers the code and how to go on. */
async function start(agent: ReturnType<typeof createApp>) {
  const { status, body } = await agent.get('/login')
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

  it('a denial fails, and the next request starts anew', async () => {
    const agent = createApp(new DeviceCodeStrategy(options(), known), passport, '/denied')
    const { userCode } = await start(agent)
    await provider.deviceAuth.deny(userCode)
    provider.advance(6)
    expect((await agent.get('/login')).headers.location).toBe('/denied')
    expect((await start(agent)).userCode).not.toBe(userCode)
  })
})

it('without a place to go a denial is 403', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  await provider.deviceAuth.deny(userCode)
  provider.advance(6)
  expect((await agent.get('/login')).status).toBe(403)
})

it('an expired code fails, and the next request starts anew', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  provider.advance(61)
  expect((await agent.get('/login')).status).toBe(403)
  expect((await start(agent)).userCode).not.toBe(userCode)
})

it('a provider that is away for a while changes nothing', async () => {
  const agent = createApp(new DeviceCodeStrategy(options(), known))
  const { userCode } = await start(agent)
  await provider.deviceAuth.approve(userCode, { subject: 'ann' })
  provider.down = true
  provider.advance(6)
  const away = (await agent.get('/login')).body
  expect(away).toMatchObject({ userCode })
  // twice the interval, and then some
  expect(away.pollAfter).toBeGreaterThan(9)
  provider.down = false
  provider.advance(12)
  expect((await agent.get('/login')).headers.location).toBe('/me')
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
  const { status, body } = await agent.get('/login')
  expect([status, body.name]).toEqual([500, 'SignInError'])
  expect(new SignInError({ ok: false, error: 'invalid_client', retryable: false })).toMatchObject({
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

it('what is missing is named at construction', () => {
  const make = (...given: unknown[]): unknown => Reflect.construct(DeviceCodeStrategy, given)
  expect(() => make({}, known)).toThrow('DeviceCodeStrategy needs the option `clientId`')
  expect(() => make({ clientId: 'web' }, known)).toThrow('DeviceCodeStrategy needs the option `tokenEndpoint`')
  expect(() => make({ clientId: 'web', issuer: 'https://example.com' })).toThrow('needs a function')
})
