import { KoaPassport } from 'koa-passport'
import session from 'koa-session'
import Koa2 from 'koa2'
import Koa3 from 'koa3'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { DeviceCodeStrategy, DeviceTokenStrategy } from '../src/index.ts'
import { deviceAuth } from './apps.ts'
import { startProvider } from './provider.ts'
import { signInOptions } from './sign-in-options.ts'

describe.each([
  ['Koa 2', Koa2],
  ['Koa 3', Koa3],
])('under koa-passport on %s', (_version, Koa) => {
  /** An application with an API for tokens. */
  function createApi() {
    const passport = new KoaPassport()
    passport.use(new DeviceTokenStrategy({ deviceAuth }, ({ subject }) => ({ id: subject })))
    const app = new Koa().use(passport.initialize())
    app.silent = true
    app.use(passport.authenticate('device-token', { session: false, scope: 'music' }))
    app.use((ctx) => {
      ctx.body = ctx.state.user
    })
    return request(app.callback())
  }

  it('a good token gives its user', async () => {
    const { status, body } = await createApi().get('/').set('authorization', 'Bearer good')
    expect([status, body]).toEqual([200, { id: 'ann' }])
  })

  it('other tokens are refused with status and challenge', async () => {
    const ask = (authorization: string) => createApi().get('/').set({ authorization })
    expect((await ask('')).headers['www-authenticate']).toBe('Bearer realm="https://example.com"')
    expect((await ask('Bearer wrong')).status).toBe(401)
    expect((await ask('Bearer a b')).status).toBe(400)
    expect((await ask('Bearer down')).status).toBe(503)
  })

  it('a user signs in by a device flow elsewhere; handlers find the code in ctx.state', async () => {
    const provider = await startProvider()
    const passport = new KoaPassport()
    passport.use(new DeviceCodeStrategy(signInOptions(provider), () => ({ id: 'ann' })))
    passport.serializeUser((user, done) => done(null, user))
    passport.deserializeUser((user: Express.User, done) => done(null, user))
    const app = new Koa()
    app.keys = ['test']
    app.use(session(app)).use(passport.session())
    const signIn = passport.authenticate('device-code', { successRedirect: '/me' })
    app.use((ctx, next) => (ctx.path === '/login' ? signIn(ctx, next) : next()))
    app.use((ctx) => {
      ctx.body = ctx.path === '/me' ? { user: ctx.state.user } : ctx.state.deviceSignIn
    })
    const agent = request.agent(app.callback())
    expect((await agent.get('/login')).status).toBe(204)
    const { userCode } = (await agent.post('/login')).body
    expect(userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
    provider.advance(6)
    expect((await agent.get('/login')).body).toMatchObject({ userCode, pollAfter: 6 })
    await provider.deviceAuth.approve(userCode, { subject: 'ann' })
    provider.advance(6)
    const { status, headers } = await agent.get('/login')
    expect([status, headers.location]).toEqual([302, '/me'])
    expect((await agent.get('/me')).body).toEqual({ user: { id: 'ann' } })
    provider.close()
  })
})
