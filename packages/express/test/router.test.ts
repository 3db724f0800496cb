import { EventEmitter } from 'node:events'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import type { OAuthRequest } from '../../core/src/http.ts'
import { echoDeviceAuth } from '../../core/src/testing/adapter-contract/echo.ts'
import { listen, Wire } from '../../core/src/testing/adapter-contract/wire.ts'
import { createDeviceAuth, deviceAuthRouter, deviceClient, metadataRouter } from '../src/index.ts'
import { versions } from './versions.ts'

const form = 'client_id=tv&scope=a'

/** Reads the stream and keeps nothing of it. */
const swallow: RequestHandler = (req, _res, next) => {
  req.resume()
  req.on('end', () => next())
}

describe.each(versions)('deviceAuthRouter on %s', (_version, express) => {
  it('is a plain function, which costs a third of a Router', () => {
    const handler = deviceAuthRouter(echoDeviceAuth<Request>())
    expect([typeof handler, handler.length, 'stack' in handler]).toEqual(['function', 3, false])
  })

  it('creates a server from options, and refuses wrong options at once', async () => {
    const options = { issuer: 'https://example.com', clients: [], secret: 'a secret of at least thirty-two characters' }
    const app = express().use(deviceAuthRouter(options))
    const { status, body } = await request(app).get('/.well-known/oauth-authorization-server')
    expect([status, body.issuer]).toEqual([200, 'https://example.com'])
    expect(() => deviceAuthRouter({ ...options, issuer: 'nowhere' })).toThrow(/issuer/)
  })

  it('serves the page of devices to a signed-in user, and redirects others to the log-in', async () => {
    const clients = [deviceClient({ client_id: 'tv', client_name: 'Living-room TV', scope: 'profile' })]
    const deviceAuth = createDeviceAuth<Request>({ issuer: 'https://example.com/oauth', clients, loginUrl: '/login' })
    const signedIn: RequestHandler = (req, _res, next) => {
      if (req.get('x-user') !== undefined) Object.assign(req, { user: { id: req.get('x-user') } })
      next()
    }
    const app = express().use(signedIn).use('/oauth', deviceAuthRouter(deviceAuth))
    const nobody = await request(app).get('/oauth/devices')
    expect([nobody.status, nobody.headers.location]).toEqual([303, '/login?return_to=%2Foauth%2Fdevices'])
    const ada = await request(app).get('/oauth/devices').set('x-user', 'ada')
    expect(ada.status).toBe(200)
    expect(ada.text).toContain('No device is signed in to your account.')
    const forged = await request(app).post('/oauth/devices').set({ 'x-user': 'ada', origin: 'https://evil.example' })
    expect(forged.status).toBe(403)
  })

  it('passes requests for other paths on to the application, also below its mount point', async () => {
    const app = express()
    app.use('/oauth', deviceAuthRouter(echoDeviceAuth<Request>()))
    app.use((req, res) => void res.status(418).send(req.url))
    for (const path of ['/', '/oauth', '/oauth/', '/oauth/other', '/token', '/oauth/token/', '/oauth//token']) {
      expect([(await request(app).post(path)).status, path]).toEqual([418, path])
    }
  })

  it('a double slash in a target of the absolute form passes no middleware either', async () => {
    const app = express()
    app.use('/oauth/token', (_req, res) => void res.sendStatus(429))
    app.use('/oauth', deviceAuthRouter(echoDeviceAuth<Request>()))
    const { port, close } = await listen(app)
    for (const [target, status] of [
      ['http://example.com/oauth/login/device/code?x=http://y//z', 200],
      ['http://example.com/oauth/token', 429],
      ['HTTP://example.com:80/oauth//token', 404],
    ]) {
      const wire = new Wire(port)
      wire.write(`POST ${target} HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/x-www-form-urlencoded\r\n`)
      wire.write(`Content-Length: ${form.length}\r\n\r\n${form}`)
      expect([target, (await wire.response())?.status]).toEqual([target, status])
      wire.close()
    }
    await close()
  })

  it('leaves the body to a parser and a route behind it', async () => {
    const app = express()
    app.use('/oauth', deviceAuthRouter(echoDeviceAuth<Request>()))
    app.post('/oauth/other', express.urlencoded({ extended: false }), (req, res) => void res.json(req.body))
    expect((await request(app).post('/oauth/other').type('form').send(form)).body).toEqual({
      client_id: 'tv',
      scope: 'a',
    })
  })

  it('works in a Router with a parameter in its path', async () => {
    const seen: OAuthRequest<Request>[] = []
    const router = express.Router().use('/oauth', deviceAuthRouter(echoDeviceAuth(seen)))
    const app = express().use('/tenants/:tenant', router)
    expect((await request(app).post('/tenants/a/oauth/token?x=1').type('form').send(form)).status).toBe(200)
    expect([seen[0]?.path, seen[0]?.query.get('x')]).toEqual(['/token', '1'])
  })

  it('reads a form after asynchronous middleware', async () => {
    const later: RequestHandler = (_req, _res, next) => void setImmediate(() => setImmediate(next))
    const app = express().use(later, deviceAuthRouter(echoDeviceAuth<Request>()))
    const { body } = await request(app).post('/token').type('form').send(form)
    expect(body.parameters).toEqual({ client_id: 'tv', scope: 'a' })
  })

  it('F-55 answers 500 with the reason if middleware has read the body, and does not hang', async () => {
    const app = express().use(swallow, deviceAuthRouter(echoDeviceAuth<Request>()))
    const { status, body } = await request(app).post('/token').type('form').send(form)
    expect([status, body.error]).toEqual([500, 'server_error'])
    expect(body.error_description).toContain('middleware')
  })

  it('F-55 answers with the reason if a JSON parser left an empty object', async () => {
    const app = express().use(swallow, express.json(), deviceAuthRouter(echoDeviceAuth<Request>()))
    const { status, body } = await request(app).post('/token').type('form').send(form)
    expect([400, 500]).toContain(status)
    expect(body.error_description).toContain('middleware')
  })

  it('reads the raw body that a verify hook kept', async () => {
    const verify = (req: object, _res: unknown, bytes: Buffer): void => void Object.assign(req, { rawBody: bytes })
    const app = express().use(
      express.urlencoded({ extended: true, verify }),
      deviceAuthRouter(echoDeviceAuth<Request>()),
    )
    const { body } = await request(app).post('/token').type('form').send('client_id=tv&client_id[x]=y')
    expect(body.parameters).toEqual({ client_id: 'tv' })
  })

  it('uses the client address that trust proxy finds', async () => {
    const ask = async (trust: boolean | number): Promise<unknown> => {
      const app = express().set('trust proxy', trust).use(deviceAuthRouter(echoDeviceAuth<Request>()))
      const asked = request(app).post('/token').type('form').set('x-forwarded-for', '203.0.113.1, 192.0.2.7')
      return (await asked.send(form)).body.ip
    }
    expect(await ask(false)).toMatch(/127\.0\.0\.1$/)
    expect(await ask(1)).toBe('192.0.2.7')
    expect(await ask(true)).toBe('203.0.113.1')
  })

  it('passes the request with its user to hooks', async () => {
    const seen: OAuthRequest<Request>[] = []
    const signIn: RequestHandler = (req, _res, next) => {
      Object.assign(req, { user: { id: 7 } })
      next()
    }
    await request(express().use(signIn, deviceAuthRouter(echoDeviceAuth(seen)))).get('/device')
    expect(Reflect.get(seen[0]?.native ?? {}, 'user')).toEqual({ id: 7 })
  })

  it('passes a failure to the error middleware', async () => {
    const broken = echoDeviceAuth<Request>([], () => Promise.reject(new Error('broken')))
    const handle: ErrorRequestHandler = (error, _req, res, _next) => void res.status(599).send(error.message)
    const app = express().use(deviceAuthRouter(broken), handle)
    const { status, text } = await request(app).post('/token').type('form').send(form)
    expect([status, text]).toEqual([599, 'broken'])
  })

  it('keeps the headers that middleware has set', async () => {
    const guard: RequestHandler = (_req, res, next) => {
      res.set('x-frame-options', 'DENY').set('cache-control', 'public')
      next()
    }
    const app = express().use(guard, deviceAuthRouter(echoDeviceAuth<Request>()))
    const { headers } = await request(app).post('/token').type('form').send(form)
    expect([headers['x-frame-options'], headers['cache-control']]).toEqual(['DENY', 'no-store'])
  })

  it('writes nothing after a time limit has answered', async () => {
    const finished = new EventEmitter()
    const slow = echoDeviceAuth<Request>([], async (asked) => {
      asked.native.res?.status(503).end('too late')
      setImmediate(() => finished.emit('done'))
      return { status: 200, headers: {}, body: 'late' }
    })
    const errors: unknown[] = []
    const handle: ErrorRequestHandler = (error, _req, _res, next) => {
      errors.push(error)
      next()
    }
    const { status, text } = await request(express().use(deviceAuthRouter(slow), handle)).get('/device')
    expect([status, text, errors]).toEqual([503, 'too late', []])
  })
})

describe.each(versions)('metadataRouter on %s', (_version, express) => {
  it('serves the metadata at the root of the host, and nothing else', async () => {
    const deviceAuth = echoDeviceAuth<Request>()
    const app = express().use(metadataRouter(deviceAuth)).use('/oauth', deviceAuthRouter(deviceAuth))
    expect((await request(app).get('/.well-known/oauth-authorization-server/oauth')).status).toBe(200)
    expect((await request(app).get('/oauth/.well-known/oauth-authorization-server')).status).toBe(200)
    expect((await request(app).get('/.well-known/oauth-authorization-server')).status).toBe(404)
  })
})
