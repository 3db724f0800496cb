import { describe, expect, it } from 'vitest'
import { majors, platforms } from './majors.ts'
import { options, signIn, start, videosController } from './running.ts'

describe.each(majors)('%s', (_name, nest) => {
  const { common } = nest

  describe.each(platforms)('the guard on %s', (platform) => {
    it('lets tokens with all scopes pass, and answers the rest as RFC 6750 says', async () => {
      const imports = [nest.DeviceAuthModule.forRoot(options)]
      const { app, origin } = await start(nest, { imports, controllers: [videosController(nest)] }, platform)
      const get = (path: string, token?: string): Promise<Response> =>
        fetch(origin + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
      const token = await signIn(nest, app, `${origin}/oauth`, 'videos')
      expect(await (await get('/videos', token)).json()).toEqual({ clientId: 'tv', subject: 'ann' })
      const [none, wrong, narrow] = [await get('/videos'), await get('/videos', 'x'), await get('/videos/admin', token)]
      expect([none.status, wrong.status, narrow.status]).toEqual([401, 401, 403])
      expect(none.headers.get('www-authenticate')).toBe('Bearer realm="http://localhost/oauth"')
      expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"')
      expect(narrow.headers.get('www-authenticate')).toContain('scope="videos admin"')
      expect([none, wrong].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store'])
      expect(await wrong.json()).toMatchObject({ error: 'invalid_token' })
      const admin = await signIn(nest, app, `${origin}/oauth`, 'videos admin')
      expect((await get('/videos/admin', admin)).status).toBe(200)
    })
  })

  it('lets devices sign in where the guard is that of the whole application', async () => {
    const imports = [nest.DeviceAuthModule.forRoot(options)]
    const providers = [{ provide: nest.core.APP_GUARD, useClass: nest.DeviceAuthGuard }]
    class OpenController {
      read(): object {
        return {}
      }
    }
    common.Controller('open')(OpenController)
    common.Get()(OpenController.prototype, 'read', { value: OpenController.prototype.read })
    const { app, origin } = await start(nest, { imports, providers, controllers: [OpenController] })
    const headers = { authorization: `Bearer ${await signIn(nest, app, `${origin}/oauth`, 'videos')}` }
    expect((await fetch(`${origin}/open`, { headers })).status).toBe(200)
    for (const path of ['/open', '/oauth/other', '/oauth'])
      expect((await fetch(origin + path)).status, path).not.toBe(200)
    expect((await fetch(`${origin}/open`)).status).toBe(401)
  })

  it('9068-4-1 the guard lets tokens pass that are for its audience; that of a handler counts before that of its class', async () => {
    const { Controller, Get, UseGuards } = common
    @Controller('songs')
    @UseGuards(nest.DeviceAuthGuard)
    @nest.Audience('https://songs.example', 'https://music.example')
    class SongsController {
      @Get()
      list(@nest.DeviceToken('audience') audience: readonly string[]): object {
        return { audience }
      }
      @Get('elsewhere')
      @nest.Audience('https://other.example')
      elsewhere(): object {
        return {}
      }
    }
    const accessToken = nest.opaqueTokens({ audience: 'https://music.example' })
    const imports = [nest.DeviceAuthModule.forRoot({ ...options, accessToken })]
    const { app, origin } = await start(nest, { imports, controllers: [SongsController] })
    const headers = { authorization: `Bearer ${await signIn(nest, app, `${origin}/oauth`, 'videos')}` }
    expect(await (await fetch(`${origin}/songs`, { headers })).json()).toEqual({ audience: ['https://music.example'] })
    expect((await fetch(`${origin}/songs/elsewhere`, { headers })).status).toBe(401)
  })

  it('9470-3 the guard asks for the log-in of @StepUp; that of a handler counts before that of its class', async () => {
    const { Controller, Get, UseGuards } = common
    @Controller('payments')
    @UseGuards(nest.DeviceAuthGuard)
    @nest.StepUp({ acrValues: ['gold'], maxAge: 300 })
    class PaymentsController {
      @Get()
      list(): object {
        return {}
      }
      @Get('free')
      @nest.StepUp({ maxAge: 0 })
      free(): object {
        return {}
      }
    }
    const imports = [nest.DeviceAuthModule.forRoot(options)]
    const { app, origin } = await start(nest, { imports, controllers: [PaymentsController] })
    const headers = { authorization: `Bearer ${await signIn(nest, app, `${origin}/oauth`, 'videos')}` }
    for (const [path, demands] of [
      ['/payments', /error="insufficient_user_authentication".*acr_values="gold", max_age="300"$/],
      ['/payments/free', /max_age="0"$/],
    ] as const) {
      const { status, headers: answered } = await fetch(origin + path, { headers })
      expect([status, answered.get('www-authenticate')]).toEqual([401, expect.stringMatching(demands)])
    }
    for (const wrong of [{}, { maxAge: -1 }, { acrValues: '' }, { maxage: 1 }])
      expect(() => Reflect.apply(nest.StepUp, undefined, [wrong])).toThrow(/StepUp\(\)/)
  })

  it('the guard reads the request of GraphQL and the handshake of a WebSocket, and subclasses may read others', async () => {
    class OwnGuard extends nest.DeviceAuthGuard {
      protected override getRequest(context: { getArgByIndex(index: number): { request: object } }): object {
        return context.getArgByIndex(2).request
      }
      protected override refusal(): Error {
        return new RangeError('own error')
      }
    }
    common.Injectable()(OwnGuard)
    const imports = [nest.DeviceAuthModule.forRoot(options)]
    const { app, origin } = await start(nest, { imports, providers: [OwnGuard] })
    const headers = { authorization: `Bearer ${await signIn(nest, app, `${origin}/oauth`, 'videos')}` }
    const contextOf = (type: string, args: readonly object[]): never =>
      ({
        getType: () => type,
        getArgByIndex: (index: number) => args[index],
        getClass: () => OwnGuard,
        getHandler: () => contextOf,
      }) as never
    const guard = app.get(nest.DeviceAuthGuard, { strict: false })
    const graphql = [{}, {}, { req: { headers } }, {}]
    const client = { handshake: { headers } }
    expect(await guard.canActivate(contextOf('graphql', graphql))).toBe(true)
    expect(graphql[2]).toHaveProperty('deviceToken.subject', 'ann')
    expect(await guard.canActivate(contextOf('ws', [client, {}]))).toBe(true)
    expect(client).toHaveProperty('deviceToken.subject', 'ann')
    await expect(guard.canActivate(contextOf('graphql', [{}, {}, { req: { headers: {} } }]))).rejects.toMatchObject({
      status: 401,
    })
    await expect(guard.canActivate(contextOf('ws', [{}]))).rejects.toMatchObject({ status: 401 })
    for (const data of ['text', 5, null, undefined])
      await expect(guard.canActivate(contextOf('rpc', [data] as never))).rejects.toMatchObject({ status: 401 })
    const own = app.get(OwnGuard)
    expect(await own.canActivate(contextOf('graphql', [{}, {}, { request: { headers } }]))).toBe(true)
    await expect(own.canActivate(contextOf('graphql', [{}, {}, { request: {} }]))).rejects.toThrow('own error')
  })
})
