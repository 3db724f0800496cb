import { EventEmitter } from 'node:events'
import type { RequestListener } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import mount from 'koa-mount'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import type { OAuthRequest } from '../../core/src/http.ts'
import { echoDeviceAuth } from '../../core/src/testing/adapter-contract/echo.ts'
import { listen, requestText, Wire } from '../../core/src/testing/adapter-contract/wire.ts'
import { createDeviceAuth, deviceAuthMiddleware, metadataMiddleware } from '../src/index.ts'
import { versions } from './versions.ts'

const form = 'client_id=tv&scope=a'
const options = { issuer: 'https://example.com', clients: [], secret: 'a secret of at least thirty-two characters' }

describe.each(versions)('deviceAuthMiddleware on %s', (_version, Koa) => {
  const ask = (app: { callback(): RequestListener }) => request(app.callback())

  it('creates a server from options, and refuses wrong options at once', async () => {
    const { status, body } = await ask(new Koa().use(deviceAuthMiddleware(options))).get(
      '/.well-known/oauth-authorization-server',
    )
    expect([status, body.issuer]).toEqual([200, 'https://example.com'])
    expect(() => deviceAuthMiddleware({ ...options, issuer: 'nowhere' })).toThrow(/issuer/)
  })

  it('passes requests for other paths on to the application, also below its mount point', async () => {
    const app = new Koa().use(deviceAuthMiddleware(echoDeviceAuth<Context>(), { prefix: '/oauth' }))
    app.use((ctx) => {
      ctx.body = `the application at ${ctx.path}`
    })
    for (const path of ['/', '/oauth', '/oauth/other', '/token', '/oauthtoken']) {
      expect((await ask(app).get(path)).text).toBe(`the application at ${path}`)
    }
  })

  it('does not call the middleware behind it for its own paths', async () => {
    let behind = 0
    const app = new Koa().use(deviceAuthMiddleware(echoDeviceAuth<Context>())).use(() => {
      behind += 1
    })
    await ask(app).post('/token').type('form').send(form)
    expect(behind).toBe(0)
  })

  it('uses the client address that app.proxy finds', async () => {
    for (const [proxy, expected] of [
      [false, /127\.0\.0\.1$/],
      [true, /^203\.0\.113\.1$/],
    ] as const) {
      const app = new Koa({ proxy }).use(deviceAuthMiddleware(echoDeviceAuth<Context>()))
      const asked = ask(app).post('/token').type('form').set('x-forwarded-for', '203.0.113.1, 192.0.2.7')
      expect((await asked.send(form)).body.ip).toMatch(expected)
    }
  })

  it('finds the user in ctx.state.user, where koa-passport sets it', async () => {
    const signIn: Middleware = (ctx, next) => {
      ctx.state.user = { id: 7, name: 'Ann' }
      return next()
    }
    const deviceAuth = createDeviceAuth<Context>({ ...options, issuer: 'http://localhost' })
    const { text } = await ask(new Koa().use(signIn).use(deviceAuthMiddleware(deviceAuth))).get('/device')
    expect(text).toContain('Ann')
    expect((await ask(new Koa().use(deviceAuthMiddleware(deviceAuth))).get('/device')).status).toBe(401)
  })

  it('passes the context to hooks', async () => {
    const seen: OAuthRequest<Context>[] = []
    await ask(new Koa().use(mount('/oauth', deviceAuthMiddleware(echoDeviceAuth(seen))))).get(
      '/oauth/device?user_code=A',
    )
    expect(seen[0]?.native.originalUrl).toBe('/oauth/device?user_code=A')
    expect(seen[0]?.path).toBe('/device')
  })

  it('unknown errors reach app.on("error")', async () => {
    const broken = echoDeviceAuth<Context>([], () => Promise.reject(new Error('broken')))
    const app = new Koa().use(deviceAuthMiddleware(broken))
    const errors: string[] = []
    app.on('error', (error: Error) => errors.push(error.message))
    const { status, text } = await ask(app).post('/token').type('form').send(form)
    expect([status, text, errors]).toEqual([500, 'Internal Server Error', ['broken']])
  })

  it('answers 500 with the reason if a middleware has read the body', async () => {
    const swallow: Middleware = async (ctx, next) => {
      for await (const _chunk of ctx.req);
      await next()
    }
    const app = new Koa().use(swallow).use(deviceAuthMiddleware(echoDeviceAuth<Context>()))
    const { status, body } = await ask(app).post('/token').type('form').send(form)
    expect([status, body.error]).toEqual([500, 'server_error'])
    expect(body.error_description).toContain('A middleware read the body')
  })

  it('lets middleware in front see the response and add to it', async () => {
    const seen: unknown[] = []
    const observe: Middleware = async (ctx, next) => {
      ctx.cookies.set('mine', '1', { signed: false })
      await next()
      seen.push([ctx.status, ctx.type, typeof ctx.body])
      ctx.set('server-timing', 'total;dur=1')
    }
    const answer = { status: 200, headers: { 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'] }, body: 'x' }
    const deviceAuth = echoDeviceAuth<Context>([], () => answer)
    const { headers } = await ask(new Koa().use(observe).use(deviceAuthMiddleware(deviceAuth))).get('/device')
    expect(seen).toEqual([[200, 'text/html', 'string']])
    expect(headers['server-timing']).toBe('total;dur=1')
    expect(headers['set-cookie']).toEqual(['mine=1; path=/; httponly', 'a=1', 'b=2'])
  })

  it('adds no content type to a response without a body', async () => {
    const redirect = { status: 303, headers: { location: '/x', 'content-length': '0' }, body: '' }
    const deviceAuth = echoDeviceAuth<Context>([], () => redirect)
    const { status, headers } = await ask(new Koa().use(deviceAuthMiddleware(deviceAuth)))
      .get('/device')
      .redirects(0)
    expect([status, headers.location, headers['content-type'], headers['content-length']]).toEqual([
      ...[303, '/x', undefined, '0'],
    ])
  })

  it('F-51 ends the chain if the client goes in the middle of its form', async () => {
    const ended = new EventEmitter()
    const app = new Koa()
    app.silent = true
    app.use(async (_ctx, next) => {
      await next()
      ended.emit('ended')
    })
    app.use(deviceAuthMiddleware(echoDeviceAuth<Context>()))
    const listening = await listen(app.callback())
    const done = new Promise((resolve) => ended.once('ended', resolve))
    const wire = new Wire(listening.port)
    listening.server.once('request', () => wire.close())
    wire.write(requestText('POST', '/token', 'client_id=tv', { 'content-length': '500' }))
    await done
    await listening.close()
  })

  it('reads the form if a parser is mounted behind it', async () => {
    const app = new Koa().use(deviceAuthMiddleware(echoDeviceAuth<Context>())).use(bodyParser())
    expect((await ask(app).post('/token').type('form').send(form)).body.parameters).toEqual({
      client_id: 'tv',
      scope: 'a',
    })
  })

  it('metadataMiddleware serves the metadata at the root of the host, and nothing else', async () => {
    const deviceAuth = echoDeviceAuth<Context>()
    const app = new Koa()
      .use(metadataMiddleware(deviceAuth))
      .use(deviceAuthMiddleware(deviceAuth, { prefix: '/oauth/' }))
    expect((await ask(app).get('/.well-known/oauth-authorization-server/oauth')).status).toBe(200)
    expect((await ask(app).get('/oauth/.well-known/oauth-authorization-server')).status).toBe(200)
    expect((await ask(app).get('/.well-known/oauth-authorization-server')).status).toBe(404)
  })
})
