// The module in an application: each case over every major of Nest.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  createDeviceAuth,
  type DeviceAuthOptions,
  type DeviceAuthorizationResponse,
  deviceClient,
  type OAuthRequest,
  type TokenResponse,
  type User,
} from '@device-auth/core'
import type { CallHandler, INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { map, type Observable } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { createApplication } from './application.ts'
import { majors, type Nest, type Platform, platforms } from './majors.ts'

const options: DeviceAuthOptions = {
  issuer: 'http://localhost/oauth',
  clients: [deviceClient({ client_id: 'tv', scope: 'videos admin' })],
  interval: 1,
}
const running: INestApplication[] = []
afterEach(async () => {
  for (const app of running.splice(0)) await app.close()
})

type Prepare = (app: INestApplication) => void
async function start(
  nest: Nest,
  metadata: ModuleMetadata,
  platform: Platform | AbstractHttpAdapter = 'Express',
  prepare: Prepare = () => {},
  options: NestApplicationOptions = {},
): Promise<{ app: INestApplication; origin: string }> {
  const app = await createApplication(nest, platform, metadata, prepare, options)
  running.push(app)
  const server: Server = app.getHttpServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { app, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers })
}

/** The whole sign-in, approved by the application; answers with the access token. */
async function signIn(nest: Nest, app: INestApplication, mount: string, scope: string): Promise<string> {
  const asked = await post(`${mount}/device_authorization`, { client_id: 'tv', scope })
  expect(asked.status).toBe(200)
  const { device_code, user_code } = (await asked.json()) as DeviceAuthorizationResponse
  expect(await app.get(nest.DeviceAuthService, { strict: false }).approve(user_code, { subject: 'ann' })).toBe(
    'decided',
  )
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const answered = await post(`${mount}/token`, { client_id: 'tv', grant_type, device_code })
  expect(answered.status).toBe(200)
  return ((await answered.json()) as TokenResponse).access_token
}

/** A guarded controller, whose class and whose handlers ask for scopes. */
function videosController(nest: Nest) {
  const { Controller, Get, UseGuards } = nest.common
  @Controller('videos')
  @UseGuards(nest.DeviceAuthGuard)
  @nest.Scopes('videos')
  class VideosController {
    @Get()
    list(@nest.DeviceToken() token: { clientId: string }, @nest.DeviceToken('subject') subject: string): object {
      return { clientId: token.clientId, subject }
    }
    @Get('admin')
    @nest.Scopes('admin')
    admin(): object {
      return {}
    }
  }
  return VideosController
}

it('runs each major with its own packages', () => {
  const [ten, eleven, twelve] = majors.map(([, nest]) => nest.common.Module)
  expect(new Set([ten, eleven, twelve]).size).toBe(3)
  expect(majors.map(([, nest]) => nest.DeviceAuthModule).every((one, index, all) => all.indexOf(one) === index)).toBe(
    true,
  )
})

describe.each(majors)('%s', (_name, nest) => {
  const { common, core } = nest

  describe('the options', () => {
    class OptionsFactory {
      createDeviceAuthOptions(): DeviceAuthOptions {
        return options
      }
    }
    const ISSUER = 'ISSUER'
    class ConfigModule {}
    common.Module({
      providers: [{ provide: ISSUER, useValue: options.issuer }, OptionsFactory],
      exports: [ISSUER, OptionsFactory],
    })(ConfigModule)
    const ways: readonly (readonly [string, () => NonNullable<ModuleMetadata['imports']>[number]])[] = [
      ['forRoot', () => nest.DeviceAuthModule.forRoot(options)],
      ['forRoot with a server', () => nest.DeviceAuthModule.forRoot({ deviceAuth: createDeviceAuth(options) })],
      [
        'useFactory',
        () =>
          nest.DeviceAuthModule.forRootAsync({
            imports: [ConfigModule],
            inject: [ISSUER],
            useFactory: async (issuer: string) => ({ ...options, issuer }),
          }),
      ],
      [
        'useFactory with a server',
        () => nest.DeviceAuthModule.forRootAsync({ useFactory: () => ({ deviceAuth: createDeviceAuth(options) }) }),
      ],
      ['useClass', () => nest.DeviceAuthModule.forRootAsync({ useClass: OptionsFactory })],
      [
        'useExisting',
        () => nest.DeviceAuthModule.forRootAsync({ imports: [ConfigModule], useExisting: OptionsFactory }),
      ],
    ]
    it.each(ways)('come by %s', async (_way, create) => {
      const { app, origin } = await start(nest, { imports: [create()] })
      await signIn(nest, app, `${origin}/oauth`, 'videos')
    })

    it('say at construction what is wrong with them', async () => {
      const wrong = nest.DeviceAuthModule.forRoot({ ...options, issuer: 'nowhere' })
      await expect(start(nest, { imports: [wrong] })).rejects.toThrow('issuer')
    })

    it('take paths beside a factory, and refuse them from one', async () => {
      const paths = { token: '/t' }
      const late = nest.DeviceAuthModule.forRootAsync({ useFactory: () => ({ ...options, paths }) })
      await expect(start(nest, { imports: [late] })).rejects.toThrow('forRootAsync')
      for (const module of [
        nest.DeviceAuthModule.forRootAsync({ paths, useFactory: () => options }),
        nest.DeviceAuthModule.forRoot({ ...options, paths }),
      ]) {
        const { origin } = await start(nest, { imports: [module] })
        expect((await post(`${origin}/oauth/t`, {})).status).toBe(400)
        expect((await post(`${origin}/oauth/token`, {})).status).toBe(404)
      }
    })

    it('refuse hooks beside a server that has its own', async () => {
      const module = nest.DeviceAuthModule.forRoot({ deviceAuth: createDeviceAuth(options), hooks: {} })
      await expect(start(nest, { imports: [module] })).rejects.toThrow('hooks')
    })

    it('leave the pages to the application', async () => {
      const { Controller, Get, Post } = common
      @Controller('oauth/device')
      class OwnPage {
        @Get()
        show(): string {
          return 'own page'
        }
        @Post()
        submit(@common.Body() body: object): object {
          return body
        }
      }
      // routes of endpoints that a factory turned off go on to the application as well
      @Controller('oauth/revoke')
      class OwnRevocation extends OwnPage {}
      const module = nest.DeviceAuthModule.forRootAsync({
        pages: false,
        useFactory: () => ({ ...options, paths: { revocation: false } }),
      })
      const { app, origin } = await start(nest, { imports: [module], controllers: [OwnPage, OwnRevocation] })
      expect(await (await post(`${origin}/oauth/revoke`, { a: 'b' })).json()).toEqual({ a: 'b' })
      expect(await (await fetch(`${origin}/oauth/device`)).text()).toBe('own page')
      expect(await (await post(`${origin}/oauth/device`, { user_code: 'X' })).json()).toEqual({ user_code: 'X' })
      expect((await fetch(`${origin}/oauth/devices`)).status).toBe(404)
      await signIn(nest, app, `${origin}/oauth`, 'videos')
    })

    it('take options of the pages', async () => {
      const pages = { theme: { name: 'Acme Videos' } }
      const authenticateUser = (): User => ({ subject: 'ann' })
      const module = nest.DeviceAuthModule.forRoot({ ...options, pages, hooks: { authenticateUser } })
      const { origin } = await start(nest, { imports: [module] })
      expect(await (await fetch(`${origin}/oauth/device`)).text()).toContain('Acme Videos')
    })
  })

  it('isGlobal lets every module inject service and server', async () => {
    class Feature {
      @common.Inject(nest.DeviceAuthService) readonly service!: InstanceType<Nest['DeviceAuthService']>
      @nest.InjectDeviceAuth() readonly server!: object
    }
    class FeatureModule {}
    common.Module({ providers: [Feature] })(FeatureModule)
    const hidden = nest.DeviceAuthModule.forRoot(options)
    await expect(start(nest, { imports: [hidden, FeatureModule] })).rejects.toThrow('resolve')
    const imports = [nest.DeviceAuthModule.forRoot({ ...options, isGlobal: true }), FeatureModule]
    const feature = (await start(nest, { imports })).app.get(Feature, { strict: false })
    expect(Object.keys(await feature.service.devices.list('ann'))).toEqual([])
    expect(feature.server).toHaveProperty('issuer', options.issuer)
  })

  it('decorators open the way past a global guard, for the controller alone', async () => {
    class ClosedGuard {
      @common.Inject(core.Reflector) readonly reflector!: InstanceType<Nest['core']['Reflector']>
      canActivate(context: { getClass(): () => void }): boolean {
        return this.reflector.get('public', context.getClass()) === true
      }
    }
    const providers = [{ provide: core.APP_GUARD, useClass: ClosedGuard }]
    const closed = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)], providers })
    expect((await post(`${closed.origin}/oauth/token`, {})).status).toBe(403)
    const module = nest.DeviceAuthModule.forRoot({ ...options, decorators: [common.SetMetadata('public', true)] })
    const open = await start(nest, { imports: [module], controllers: [videosController(nest)], providers })
    expect((await post(`${open.origin}/oauth/token`, {})).status).toBe(400)
    expect((await fetch(`${open.origin}/videos`)).status).toBe(403)
  })

  it.each(platforms)('on %s, pipes, interceptors and versions leave the answers alone', async (platform) => {
    class Wrapping {
      intercept(_context: unknown, next: CallHandler): Observable<object> {
        return next.handle().pipe(map((value: unknown) => ({ wrapped: value })))
      }
    }
    const plain = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] }, platform)
    const dressed = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] }, platform, (app) => {
      app.useGlobalPipes(new common.ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }))
      app.useGlobalInterceptors(new Wrapping())
      app.enableVersioning({ type: common.VersioningType.URI, defaultVersion: '1' })
    })
    for (const [path, form] of [
      ['/oauth/token', { client_id: 'tv', grant_type: 'x', extra: 'y' }],
      ['/oauth/token', {}],
      ['/oauth/.well-known/oauth-authorization-server', undefined],
      ['/.well-known/oauth-authorization-server/oauth', undefined],
    ] as const) {
      const [a, b] = await Promise.all(
        [plain, dressed].map(async ({ origin }) => {
          const answer = form === undefined ? await fetch(origin + path) : await post(origin + path, form)
          const headers = Object.fromEntries(answer.headers)
          return { status: answer.status, headers: { ...headers, date: '' }, body: await answer.text() }
        }),
      )
      expect(b).toEqual(a)
      expect(a?.body).not.toContain('wrapped')
    }
    await signIn(nest, dressed.app, `${dressed.origin}/oauth`, 'videos')
  })

  it.each(platforms)('on %s, the metadata is at the root of the host, outside a global prefix', async (platform) => {
    const issuer = 'http://localhost/api/oauth'
    class CatchAll {
      find(): string {
        return 'catch-all'
      }
    }
    common.Controller()(CatchAll)
    const wildcard = nest === majors[0]?.[1] || platform === 'Fastify' ? '*' : '*path'
    common.Get(wildcard)(CatchAll.prototype, 'find', { value: CatchAll.prototype.find })
    const module = nest.DeviceAuthModule.forRoot({ ...options, issuer })
    const metadata = { imports: [module], controllers: [CatchAll] }
    const { origin } = await start(nest, metadata, platform, (app) => app.setGlobalPrefix('api'))
    const url = `${origin}/.well-known/oauth-authorization-server/api/oauth`
    expect(await (await fetch(url)).json()).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
    expect((await post(url, {})).headers.get('allow')).toBe('GET, HEAD')
    expect((await fetch(`${url}/`)).status).toBe(404)
  })

  it.each(platforms)('on %s, it may be excluded from the global prefix, or be the whole host', async (platform) => {
    const imports = [nest.DeviceAuthModule.forRoot(options)]
    const wildcard = nest === majors[0]?.[1] ? 'oauth/(.*)' : 'oauth/*path'
    const excluded = await start(nest, { imports }, platform, (app) =>
      app.setGlobalPrefix('api', { exclude: [wildcard] }),
    )
    await signIn(nest, excluded.app, `${excluded.origin}/oauth`, 'videos')
    const other = await post(`${excluded.origin}/oauth/token`, {}, { 'content-type': 'text/css' })
    expect([other.status, await other.json()]).toMatchObject([400, { error: 'invalid_request' }])

    const root = nest.DeviceAuthModule.forRoot({ ...options, issuer: 'http://localhost', path: '' })
    const { app, origin } = await start(nest, { imports: [root] }, platform)
    await signIn(nest, app, origin, 'videos')
    expect((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status).toBe(200)
  })

  it.each(platforms)('on %s, it needs no body parser', async (platform) => {
    const imports = [nest.DeviceAuthModule.forRoot(options)]
    const { app, origin } = await start(nest, { imports }, platform, () => {}, { bodyParser: false })
    await signIn(nest, app, `${origin}/oauth`, 'videos')
  })

  it('answers what Fastify injects, and HTTP/2', async () => {
    const body = 'client_id=tv'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { app } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] }, 'Fastify')
    const instance = (app as NestFastifyApplication).getHttpAdapter().getInstance()
    const injected = await instance.inject({ method: 'POST', url: '/oauth/device_authorization', headers, body })
    expect([injected.statusCode, injected.json()]).toMatchObject([200, { expires_in: 600 }])

    const adapter = new nest.FastifyAdapter({ http2: true } as object)
    const second = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] }, adapter)
    const session = connect(second.origin)
    const request = session.request({ ':method': 'POST', ':path': '/oauth/device_authorization', ...headers })
    request.end(body)
    expect(JSON.parse(await text(request))).toMatchObject({ expires_in: 600 })
    session.close()
  })

  it('says when the endpoints are not where the issuer is', async () => {
    const warnings: unknown[] = []
    const logger = { log: () => {}, error: () => {}, warn: (message: unknown) => warnings.push(message) }
    await start(nest, { imports: [nest.DeviceAuthModule.forRoot({ ...options, path: 'auth' })] }, 'Express', (app) =>
      app.useLogger(logger),
    )
    expect(warnings).toEqual(['The endpoints are at /auth/, but the issuer is http://localhost/oauth'])
  })

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

  it('the guard takes the request of GraphQL and the handshake of a WebSocket, and can be told of others', async () => {
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
    await expect(guard.canActivate(contextOf('rpc', ['text'] as never))).rejects.toMatchObject({ status: 401 })
    const own = app.get(OwnGuard)
    expect(await own.canActivate(contextOf('graphql', [{}, {}, { request: { headers } }]))).toBe(true)
    await expect(own.canActivate(contextOf('graphql', [{}, {}, { request: {} }]))).rejects.toThrow('own error')
  })

  it('hooks are a provider that injects a repository', async () => {
    class Users {
      find(id: string): User | undefined {
        return id === 'ann' ? { subject: 'ann', username: 'Ann of the repository' } : undefined
      }
    }
    class UsersModule {}
    common.Module({ providers: [Users], exports: [Users] })(UsersModule)
    class MyHooks extends nest.DeviceAuthHooks {
      @common.Inject(Users) readonly users!: Users
      override authenticateUser({ headers }: OAuthRequest): User | undefined {
        return this.users.find(String(headers['x-user']))
      }
    }
    for (const module of [
      nest.DeviceAuthModule.forRoot({ ...options, imports: [UsersModule], hooks: MyHooks }),
      nest.DeviceAuthModule.forRootAsync({ imports: [UsersModule], hooks: MyHooks, useFactory: () => options }),
    ]) {
      const { origin } = await start(nest, { imports: [module] })
      const page = (user: string): Promise<Response> => fetch(`${origin}/oauth/device`, { headers: { 'x-user': user } })
      expect(await (await page('ann')).text()).toContain('name="user_code"')
      expect(await (await page('bob')).text()).not.toContain('name="user_code"')
    }
  })

  it.each(platforms)('on %s, who is signed in is request.user', async (platform) => {
    const module = nest.DeviceAuthModule.forRoot({
      ...options,
      decorators: [
        common.UseGuards({
          canActivate: (context) =>
            Object.assign(context.switchToHttp().getRequest(), { user: { id: 'ann' } }) !== null,
        }),
      ],
    })
    const { origin } = await start(nest, { imports: [module] }, platform)
    expect(await (await fetch(`${origin}/oauth/device`)).text()).toContain('name="user_code"')
  })

  it('events go to the service and to the event emitter', async () => {
    const heard: unknown[] = []
    class Listener {
      approved(event: { subject: string }): void {
        heard.push(['listener', event.subject])
      }
    }
    const { OnEvent, EventEmitterModule } = nest.eventEmitter
    OnEvent('device-auth.approved')(Listener.prototype, 'approved', {
      value: Listener.prototype.approved,
      writable: true,
    })
    const imports = [EventEmitterModule.forRoot(), nest.DeviceAuthModule.forRoot(options)]
    const { app, origin } = await start(nest, { imports, providers: [Listener] })
    const service = app.get(nest.DeviceAuthService, { strict: false })
    const subscription = service.events('approved').subscribe(({ subject }) => heard.push(['service', subject]))
    await signIn(nest, app, `${origin}/oauth`, 'videos')
    expect(heard.sort()).toEqual([
      ['listener', 'ann'],
      ['service', 'ann'],
    ])
    subscription.unsubscribe()
    await signIn(nest, app, `${origin}/oauth`, 'videos')
    expect(heard.filter((one) => String(one).startsWith('service'))).toHaveLength(1)
  })

  it('a document of OpenAPI has the endpoints, each with its method, and not the pages', async () => {
    const { app } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] })
    const { paths } = nest.swagger.SwaggerModule.createDocument(app, new nest.swagger.DocumentBuilder().build())
    const methods = Object.entries(paths).map(([path, item]) => `${Object.keys(item).join()} ${path}`)
    expect(methods.sort()).toEqual([
      'get /oauth/.well-known/oauth-authorization-server',
      'post /oauth/device_authorization',
      'post /oauth/introspect',
      'post /oauth/revoke',
      'post /oauth/token',
    ])
    expect(paths['/oauth/token']?.post).toMatchObject({
      operationId: 'deviceAuth_token',
      tags: ['Device Auth'],
      summary: expect.stringContaining('RFC 8628'),
      requestBody: {
        required: true,
        content: { 'application/x-www-form-urlencoded': { schema: { required: ['grant_type'] } } },
      },
      responses: {
        200: { content: { 'application/json': { schema: { properties: { access_token: { type: 'string' } } } } } },
        400: { content: { 'application/json': { schema: { required: ['error'] } } } },
      },
    })
  })

  it('closes the store with the application', async () => {
    let closed = 0
    const deviceAuth = { ...createDeviceAuth(options), close: async () => void closed++ }
    const { app } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot({ deviceAuth })] })
    running.splice(0)
    await app.close()
    expect(closed).toBe(1)
  })
})
