import type { CallHandler } from '@nestjs/common'
import { map, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { majors, type Nest, platforms } from './majors.ts'
import { options, post, signIn, start, videosController } from './running.ts'

describe.each(majors)('%s', (_name, nest) => {
  const { common, core } = nest

  it('decorators let requests past a global guard, for the controller only', async () => {
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

  it.each(platforms)('on %s, pipes, interceptors and versions do not change the responses', async (platform) => {
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

  it.each(platforms)('on %s, the user who is signed in is request.user', async (platform) => {
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

  it.each(platforms)('on %s, an OpenAPI document has the routes that the server documents', async (platform) => {
    const deviceAuth = nest.createDeviceAuth({
      ...options,
      tokenExchange: { expiresIn: 60 },
      registration: { store: nest.memoryRegisteredClients(), initialAccessTokens: ['x'.repeat(32)] },
    })
    const { app, origin } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot({ deviceAuth })] }, platform)
    const documented = nest.swagger.SwaggerModule.createDocument(app, new nest.swagger.DocumentBuilder().build()).paths
    const plain = (paths: Readonly<Record<string, object>>) =>
      Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => ({ ...operation, security: [], path, method })),
      )
    const own = Object.entries(deviceAuth.openApi().paths).map(([path, operations]) => [`/oauth${path}`, operations])
    const expected = plain(Object.fromEntries(own)).map((each) => ({ parameters: [], ...each }))
    const ids = (operations: readonly { readonly operationId?: string }[]) => operations.map((each) => each.operationId)
    expect(ids(plain(documented)).toSorted()).toEqual(ids(expected).toSorted())
    expect(plain(documented)).toEqual(expect.arrayContaining(expected))
    expect((await fetch(`${origin}/oauth/register`, { method: 'PATCH' })).headers.get('allow')).toContain('PUT')
    expect((await fetch(`${origin}/oauth/userinfo`)).status).toBe(404)
    expect((await fetch(`${origin}/oauth/register`, { method: 'HEAD' })).status).toBe(401)
  })

  it('an OpenAPI document leaves out what is off, and the pages', async () => {
    const { app } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] })
    const { paths } = nest.swagger.SwaggerModule.createDocument(app, new nest.swagger.DocumentBuilder().build())
    const methods = Object.entries(paths).map(([path, item]) => `${Object.keys(item).join()} ${path}`)
    expect(methods.sort()).toEqual([
      'get /oauth/.well-known/oauth-authorization-server',
      'get /oauth/.well-known/openid-configuration',
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
})
