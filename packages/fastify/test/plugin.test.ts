import { EventEmitter } from 'node:events'
import formbody from '@fastify/formbody'
import { type FastifyInstance, type FastifyRequest, type FastifyServerOptions, fastify } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import type { OAuthRequest, OAuthResponse } from '../../core/src/http.ts'
import { echoDeviceAuth } from '../../core/src/testing/adapter-contract/echo.ts'
import { requestText, Wire } from '../../core/src/testing/adapter-contract/wire.ts'
import { deviceAuthPlugin } from '../src/index.ts'

const options = {
  issuer: 'https://example.com/oauth',
  clients: [],
  secret: 'a secret of at least thirty-two characters',
}
const form = {
  method: 'POST',
  payload: 'client_id=tv&scope=a',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
} as const

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})
function create(settings: FastifyServerOptions = {}): FastifyInstance {
  const app: FastifyInstance = fastify(settings)
  apps.push(app)
  return app
}
const echo = (
  answer?: (request: OAuthRequest<FastifyRequest>) => OAuthResponse | Promise<OAuthResponse>,
  seen: OAuthRequest<FastifyRequest>[] = [],
) => echoDeviceAuth<FastifyRequest>(seen, answer)

describe('deviceAuthPlugin', () => {
  it('creates a server from options, and refuses wrong options at once', async () => {
    const app = create().register(deviceAuthPlugin, { ...options, prefix: '/oauth' })
    for (const url of [
      '/oauth/.well-known/oauth-authorization-server',
      '/.well-known/oauth-authorization-server/oauth',
    ]) {
      const response = await app.inject(url)
      expect([response.statusCode, response.json().issuer]).toEqual([200, options.issuer])
    }
    const wrong = create().register(deviceAuthPlugin, { ...options, issuer: 'nowhere' })
    await expect(wrong.ready()).rejects.toThrow(/issuer/)
  })

  it('refuses a second registration, and says where a second server may be: side by side', async () => {
    const second = { ...options, issuer: 'https://example.com/second', prefix: '/second' }
    for (const scoped of [false, true]) {
      const app = create().register(deviceAuthPlugin, { ...options, prefix: '/oauth' })
      if (scoped)
        app.register((scope, _options, done) => {
          scope.register(deviceAuthPlugin, second)
          done()
        })
      else app.register(deviceAuthPlugin, second)
      await expect(app.ready()).rejects.toThrow(/registered already.*side by side/)
    }
    const app = create()
    for (const each of [{ ...options, prefix: '/oauth' }, second]) {
      app.register((scope, _options, done) => {
        scope.register(deviceAuthPlugin, each)
        done()
      })
    }
    for (const { issuer } of [options, second]) {
      const { pathname } = new URL(issuer)
      expect((await app.inject(`${pathname}/.well-known/oauth-authorization-server`)).json()).toMatchObject({ issuer })
    }
  })

  it.each([
    [undefined, /option `options` is|issuer/],
    [{ deviceAuth: undefined }, /deviceAuthPlugin needs the object that createDeviceAuth returned/],
    [{ deviceAuth: options }, /deviceAuthPlugin needs the object that createDeviceAuth returned, not its options/],
    [{ deviceAuth: echo(), Prefix: '/oauth' }, /deviceAuthPlugin: option `Prefix` is unknown; did you mean `prefix`\?/],
    [{ deviceAuth: echo(), hooks: {} }, /deviceAuthPlugin: option `hooks` is unknown/],
    [{ ...options, prefix: 5 }, /deviceAuthPlugin: option `prefix` is 5/],
    [{ ...options, Prefix: '/oauth' }, /option `Prefix` is unknown/],
  ])('refuses %j', async (given, message) => {
    const app = create()
    Reflect.apply(app.register, app, [deviceAuthPlugin, given])
    await expect((async () => app.ready())()).rejects.toThrow(message)
  })

  it('leaves the options of register() to Fastify, and takes a prefix of null as none', async () => {
    const app = create()
    app.register(deviceAuthPlugin, { deviceAuth: echo(), prefix: null as never, logLevel: 'warn' })
    await app.ready()
    expect((await app.inject({ ...form, url: '/token' })).statusCode).toBe(200)
  })

  it('decorates the application, not only its own scope', async () => {
    const app = create().register(deviceAuthPlugin, options)
    await app.ready()
    expect([typeof app.deviceAuth.approve, typeof app.requireToken]).toEqual(['function', 'function'])
  })

  it('passes requests for other paths on to the application', async () => {
    const app = create().register(deviceAuthPlugin, { deviceAuth: echo(), prefix: '/oauth' })
    app.get('/oauth/mine', () => 'mine')
    app.get('/token', () => 'another token')
    app.setNotFoundHandler((request, reply) => reply.code(404).send(`no ${request.url}`))
    expect((await app.inject('/oauth/mine')).body).toBe('mine')
    expect((await app.inject('/token')).body).toBe('another token')
    expect((await app.inject('/oauth/other')).body).toBe('no /oauth/other')
  })

  it('F-60 takes no other spelling of a path, whatever the router allows', async () => {
    const app = create({
      routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    })
    app.register(deviceAuthPlugin, { deviceAuth: echo() })
    for (const url of ['/TOKEN', '/token/', '//token', '/%74oken']) {
      expect((await app.inject({ ...form, url })).statusCode, url).toBe(404)
    }
    expect((await app.inject({ ...form, url: '/token' })).statusCode).toBe(200)
  })

  it('does not use or change content type parsers of the application', async () => {
    const app = create().register(formbody).register(deviceAuthPlugin, { deviceAuth: echo() })
    app.post('/mine', (request) => request.body)
    expect((await app.inject({ ...form, url: '/mine' })).json()).toEqual({ client_id: 'tv', scope: 'a' })
    const xml = await app.inject({ ...form, url: '/mine', headers: { 'content-type': 'text/xml' } })
    expect(xml.statusCode).toBe(415)
    expect((await app.inject({ ...form, url: '/token' })).json().parameters).toEqual({ client_id: 'tv', scope: 'a' })
  })

  it('uses the client address that trustProxy finds', async () => {
    for (const [trustProxy, expected] of [
      [false, '127.0.0.1'],
      [true, '203.0.113.1'],
    ] as const) {
      const app = create({ trustProxy }).register(deviceAuthPlugin, { deviceAuth: echo() })
      const headers = { ...form.headers, 'x-forwarded-for': '203.0.113.1, 192.0.2.7' }
      expect((await app.inject({ ...form, url: '/token', headers })).json().ip).toBe(expected)
    }
  })

  it('finds the user in request.user, and passes the request to hooks', async () => {
    const seen: OAuthRequest<FastifyRequest>[] = []
    const app = create().decorateRequest('user', null)
    app.addHook('onRequest', async (request) => void Object.assign(request, { user: { id: 7, name: 'Ann' } }))
    app.register(deviceAuthPlugin, { deviceAuth: echo(undefined, seen), prefix: '/echo' })
    await app.inject('/echo/device')
    expect(Reflect.get(seen[0]?.native ?? {}, 'user')).toEqual({ id: 7, name: 'Ann' })
    const real = create()
    real.addHook('onRequest', async (request) => void Object.assign(request, { user: { id: 7, name: 'Ann' } }))
    real.register(deviceAuthPlugin, { ...options, prefix: '/oauth' })
    expect((await real.inject('/oauth/device')).body).toContain('Ann')
  })

  it('unknown errors reach the application’s error handler', async () => {
    const app = create()
    app.setErrorHandler((error: Error, _request, reply) => reply.code(599).send(error.message))
    app.register(deviceAuthPlugin, { deviceAuth: echo(() => Promise.reject(new Error('broken'))) })
    const response = await app.inject({ ...form, url: '/token' })
    expect([response.statusCode, response.body]).toEqual([599, 'broken'])
  })

  it('lets onSend hooks see the response, and adds cookies to those of the application', async () => {
    const seen: unknown[] = []
    const app = create()
    app.addHook('onRequest', async (_request, reply) => void reply.header('set-cookie', 'mine=1'))
    app.addHook('onSend', async (_request, reply, payload) => {
      seen.push([reply.statusCode, payload])
      return payload
    })
    const answer = { status: 200, headers: { 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'] }, body: 'x' }
    app.register(deviceAuthPlugin, { deviceAuth: echo(() => answer) })
    const { headers } = await app.inject('/device')
    expect(seen).toEqual([[200, 'x']])
    expect(headers['set-cookie']).toEqual(['mine=1', 'a=1', 'b=2'])
  })

  it('adds no content type to a response without a body', async () => {
    const redirect = { status: 303, headers: { location: '/x', 'content-length': '0' }, body: '' }
    const app = create().register(deviceAuthPlugin, { deviceAuth: echo(() => redirect) })
    const { statusCode, headers } = await app.inject('/device')
    expect([statusCode, headers.location, headers['content-type'], headers['content-length']]).toEqual([
      ...[303, '/x', undefined, '0'],
    ])
  })

  it('F-51 ends the exchange if the client goes in the middle of its form', async () => {
    const ended = new EventEmitter()
    const app = create().register(deviceAuthPlugin, { deviceAuth: echo() })
    app.addHook('onRequest', async (request) => void request.raw.once('close', () => ended.emit('ended')))
    await app.listen({ port: 0 })
    const done = new Promise((resolve) => ended.once('ended', resolve))
    const address = app.server.address()
    const wire = new Wire(typeof address === 'object' && address !== null ? address.port : 0)
    app.server.once('request', () => wire.close())
    wire.write(requestText('POST', '/token', 'client_id=tv', { 'content-length': '500' }))
    await done
  })
})
