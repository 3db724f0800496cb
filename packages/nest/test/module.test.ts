import { createDeviceAuth } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { majors, platforms } from './majors.ts'
import { options, post, running, signIn, start } from './running.ts'

it('runs each major with its own packages', () => {
  const [ten, eleven, twelve] = majors.map(([, nest]) => nest.common.Module)
  expect(new Set([ten, eleven, twelve]).size).toBe(3)
  expect(majors.map(([, nest]) => nest.DeviceAuthModule).every((one, index, all) => all.indexOf(one) === index)).toBe(
    true,
  )
})

describe.each(majors)('%s', (_name, nest) => {
  const { common } = nest

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

  it.each(platforms)(
    'on %s, F-60 another spelling of a path is not found, in the mount point too',
    async (platform) => {
      const module = nest.DeviceAuthModule.forRoot({ ...options, issuer: 'http://localhost/api/oauth' })
      const { origin } = await start(nest, { imports: [module] }, platform, (app) => app.setGlobalPrefix('api'))
      expect((await post(`${origin}/api/oauth/token`, {})).status).toBe(400)
      const wellKnown = '/.well-known/oauth-authorization-server/api/oauth'
      expect((await fetch(origin + wellKnown)).status).toBe(200)
      for (const path of [
        '/API/oauth/token',
        '/api/OAuth/token',
        '/api/oauth/TOKEN',
        '/%61pi/oauth/token',
        '/api/%6fauth/token',
        '/api/oauth/%74oken',
        '/api/oauth/token/',
        '/api//oauth/token',
        '//api/oauth/token',
        '/api/oauth;x/token',
      ]) {
        expect((await post(origin + path, {})).status, path).toBe(404)
      }
      for (const path of ['/.WELL-KNOWN', '/%2ewell-known']) {
        expect((await fetch(origin + wellKnown.replace('/.well-known', path))).status, path).toBe(404)
      }
    },
  )

  it('warns if the endpoints are not at the path of the issuer', async () => {
    const warnings: unknown[] = []
    const logger = { log: () => {}, error: () => {}, warn: (message: unknown) => warnings.push(message) }
    await start(nest, { imports: [nest.DeviceAuthModule.forRoot({ ...options, path: 'auth' })] }, 'Express', (app) =>
      app.useLogger(logger),
    )
    expect(warnings).toEqual([
      'The endpoints are at /auth/, but the issuer is http://localhost/oauth, where devices look for them: set the option `path`, which ' +
        'is below the global prefix, or an issuer with the path /auth. If a proxy in front changes the path, ignore this.',
    ])
  })

  it.each(platforms)('on %s, knows the path that RouterModule gives it', async (platform) => {
    const warnings: unknown[] = []
    const logger = { log: () => {}, error: () => {}, warn: (message: unknown) => warnings.push(message) }
    const module = nest.DeviceAuthModule.forRoot({ ...options, issuer: 'http://localhost/api/v2/oauth' })
    const routes = nest.core.RouterModule.register([{ path: 'v2', module: nest.DeviceAuthModule }])
    const { app, origin } = await start(nest, { imports: [module, routes] }, platform, (app) => {
      app.useLogger(logger)
      app.setGlobalPrefix('api')
    })
    expect(warnings).toEqual([])
    await signIn(nest, app, `${origin}/api/v2/oauth`, 'videos')
    // a parser of the platform would refuse it in words of its own
    const other = await post(`${origin}/api/v2/oauth/token`, {}, { 'content-type': 'text/css' })
    expect([other.status, await other.json()]).toMatchObject([400, { error: 'invalid_request' }])
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

  it('closes the store with the application', async () => {
    let closed = 0
    const deviceAuth = { ...createDeviceAuth(options), close: async () => void closed++ }
    const { app } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot({ deviceAuth })] })
    running.splice(0)
    await app.close()
    expect(closed).toBe(1)
  })
})
