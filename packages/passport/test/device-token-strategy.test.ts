import { createDeviceAuth } from '@device-auth/core'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { DeviceTokenStrategy, oauthErrorHandler, type TokenClaims, type VerifyCallback } from '../src/index.ts'
import { claims, createApp, deviceAuth, versions } from './apps.ts'

const ann = { id: 'ann' }

describe.each(versions)('%s', (...version) => {
  const ask = (token?: string, options: Parameters<typeof createApp>[1] = {}) => {
    const asked = request(createApp(version, options)).get('/')
    return token === undefined ? asked : asked.set('authorization', `Bearer ${token}`)
  }

  it('6750-2.1-1 a good token gives its user, and its scope as info', async () => {
    const { status, body } = await ask('good', { scope: 'music' })
    expect([status, body]).toEqual([200, { user: ann, info: { scope: 'videos music' } }])
  })

  it('6750-3-1 without a token: 401 with a bare challenge', async () => {
    const { status, headers } = await ask()
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="https://example.com"'])
  })

  it('6750-3.1-1 an unknown token: 401 with a challenge that says so', async () => {
    const { status, headers } = await ask('wrong')
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="https:\/\/example.com", error="invalid_token", /)
  })

  it.each([
    ['a b', 400, 'invalid_request', /error="invalid_request"/],
    ['good', 403, 'insufficient_scope', /error="insufficient_scope".*scope="admin"/],
    ['down', 503, 'temporarily_unavailable', undefined],
  ] as const)(
    '6750-3.1-1 %j is answered %i, as RFC JSON with its challenge',
    async (token, status, error, challenge) => {
      const response = await ask(token, { scope: 'admin' })
      expect([response.status, response.body.error]).toEqual([status, error])
      expect(response.headers['content-type']).toMatch('application/json')
      if (challenge === undefined) expect(response.headers['retry-after']).toBe('5')
      else expect(response.headers['www-authenticate']).toMatch(challenge)
    },
  )

  it('without the error handler the status is still right', async () => {
    expect((await ask('good', { scope: 'admin', handler: false })).status).toBe(403)
    expect((await ask('down', { handler: false })).status).toBe(503)
  })

  it('6750-2-1 a token in the header and one in the form are refused', async () => {
    const both = request(createApp(version)).post('/').set('authorization', 'Bearer good').type('form')
    expect((await both.send('access_token=good')).status).toBe(400)
  })

  it.each<[string, (claims: TokenClaims, done: VerifyCallback) => unknown]>([
    ['a value', () => ann],
    ['a promise', async () => ann],
    ['the callback at once', (_claims, done) => done(null, ann)],
    ['the callback later', (_claims, done) => void setImmediate(() => done(null, ann))],
    ['a promise and then the callback', async (_claims, done) => void done(null, ann)],
    ['the callback later, of a wrapper', (...given) => void setImmediate(() => given[1](null, ann))],
    ['the callback of an asynchronous wrapper', async (...given) => given[1](null, ann)],
    ['the callback twice', (_claims, done) => [done(null, ann), done(new Error('late'))]],
  ])('the user may come as %s', async (_how, verify) => {
    const strategy = new DeviceTokenStrategy({ deviceAuth }, verify)
    expect((await ask('good', { strategy })).body.user).toEqual(ann)
  })

  it('info of the verify function becomes req.authInfo', async () => {
    const strategy = new DeviceTokenStrategy({ deviceAuth }, (_claims, done: VerifyCallback) =>
      done(null, ann, { plan: 'free' }),
    )
    expect((await ask('good', { strategy })).body.info).toEqual({ plan: 'free' })
  })

  it.each<[string, (claims: TokenClaims, done: VerifyCallback) => unknown]>([
    ['false', () => false],
    ['a promise of false', async () => false],
    ['a promise of null', async () => null],
    ['the callback', (_claims, done) => done(null, false)],
    ['a text', () => 'ann'],
    ['nothing', ({ subject }) => new Map<string, object>().get(`no ${subject}`)],
    ['a promise of nothing', async ({ subject }) => new Map<string, object>().get(`no ${subject}`)],
    ['a promise of nothing, without parameters', async () => undefined],
  ])('nobody, by %s: 401 with a challenge', async (_how, verify) => {
    const strategy = new DeviceTokenStrategy({ deviceAuth }, verify)
    const { status, headers } = await ask('good', { strategy })
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toMatch('error="invalid_token"')
  })

  it.each<[string, (claims: TokenClaims, done: VerifyCallback) => unknown]>([
    ['throws', () => raise()],
    ['rejects', async () => raise()],
    ['calls back with an error', (_claims, done) => done(new Error('the database is down'))],
  ])('a function that %s ends in the error middleware of the application', async (_how, verify) => {
    const app = createApp(version, { strategy: new DeviceTokenStrategy({ deviceAuth }, verify) })
    const seen: unknown[] = []
    app.use((error: Error, _req: unknown, res: { status(code: number): { end(): void } }, _next: unknown) => {
      seen.push(error.message)
      res.status(500).end()
    })
    expect((await request(app).get('/').set('authorization', 'Bearer good')).status).toBe(500)
    expect(seen).toEqual(['the database is down'])
  })

  it('passReqToCallback gives the request first', async () => {
    const strategy = new DeviceTokenStrategy(
      { deviceAuth, passReqToCallback: true },
      (req: { readonly method: string }, { subject }: TokenClaims) => ({ id: `${req.method} ${subject}` }),
    )
    expect((await ask('good', { strategy })).body.user).toEqual({ id: 'GET ann' })
  })

  it('a misspelt or unfit option of the route lets no token through', async () => {
    for (const [route, message] of [
      [{ scopes: 'admin' }, 'option `scopes` is unknown; did you mean `scope`?'],
      [{ Scope: 'admin' }, 'did you mean `scope`?'],
      [{ scpoe: 'admin' }, 'did you mean `scope`?'],
      [{ requiredScope: 'admin' }, 'option `requiredScope` is unknown; expected one of scope, realm'],
      [{ scope: '' }, 'option `scope` is ""; expected scopes'],
      [{ scope: [] }, 'a list of scopes'],
      [{ scope: ['music admin'] }, 'a list of scopes'],
      [{ scope: { admin: true } }, 'option `scope` is an object with admin; expected'],
      [{ scope: true }, 'option `scope` is true; expected'],
      [{ realm: 5 }, 'option `realm` is 5; expected a string'],
    ] as const) {
      const { status, text } = await ask('good', { route })
      expect([status, text], JSON.stringify(route)).toEqual([
        500,
        expect.stringContaining(message.replaceAll('"', '&quot;')),
      ])
    }
  })

  it("Passport's own options, and those of other strategies, are none of this strategy's", async () => {
    const route = { failureMessage: true, keepSessionInfo: true, prompt: 'consent', accessType: 'offline' }
    expect((await ask('good', { route })).status).toBe(200)
    expect((await ask('good', { route: { scope: ['music', 'videos'], realm: null } })).status).toBe(200)
    expect((await ask('good', { route: { ...route, scope: 'admin' } })).status).toBe(403)
  })

  it('503 has the error of the store as its cause, for the error middleware and for the log', async () => {
    const logged: unknown[] = []
    const app = createApp(version, { handler: false })
    app.use(oauthErrorHandler({ onError: (error) => logged.push(error.cause) }))
    const { status, body } = await request(app).get('/').set('authorization', 'Bearer down')
    expect([status, body.error, logged]).toEqual([503, 'temporarily_unavailable', [new Error('the store is down')]])
    // what the client has done wrong is not logged
    await request(app).get('/').set('authorization', 'Bearer a b')
    expect(logged).toHaveLength(1)
  })

  it('9068-4-1 a token for another audience is refused, and the audience of the route comes before that of the strategy', async () => {
    const authority = {
      issuer: 'https://example.com',
      authenticate: () => ({ ...claims, audience: ['https://a.example'] }),
    }
    const strategy = new DeviceTokenStrategy({ deviceAuth: authority, audience: 'https://a.example' }, () => ann)
    expect((await ask('good', { strategy })).status).toBe(200)
    const route = { audience: ['https://b.example'] }
    const { status, headers } = await ask('good', { strategy, route })
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('error="invalid_token"')])
  })

  it('9470-3 a log-in that is too weak or too old: 401 with the challenge; the route counts before the strategy', async () => {
    const authority = {
      issuer: 'https://example.com',
      clock: () => 1_000_000,
      authenticate: () => ({ ...claims, authentication: { time: 900_000, acr: 'silver' } }),
    }
    const strategy = new DeviceTokenStrategy({ deviceAuth: authority, acrValues: 'silver', maxAge: 100 }, () => ann)
    expect((await ask('good', { strategy })).status).toBe(200)
    for (const [route, demands] of [
      [{ acrValues: ['gold'] }, 'acr_values="gold", max_age="100"'],
      [{ maxAge: 99 }, 'acr_values="silver", max_age="99"'],
    ] as const) {
      const { status, headers } = await ask('good', { strategy, route })
      expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining(demands)])
      expect(headers['www-authenticate']).toContain('error="insufficient_user_authentication"')
    }
  })

  it('scope and realm of the strategy apply if the route has none', async () => {
    const strategy = new DeviceTokenStrategy({ deviceAuth, scope: 'admin', realm: 'films' }, () => ann)
    const { status, headers } = await ask('good', { strategy })
    expect(status).toBe(403)
    expect(headers['www-authenticate']).toMatch('realm="films"')
    expect((await ask('good', { strategy, scope: 'music' })).status).toBe(200)
  })
})

it('the claims are those of the token', async () => {
  const seen: unknown[] = []
  const strategy = new DeviceTokenStrategy({ deviceAuth }, (given) => {
    seen.push(given)
    return ann
  })
  await request(createApp(versions[3], { strategy })).get('/').set('authorization', 'Bearer good')
  expect(seen).toEqual([claims])
})

it('a missing option is named at construction', () => {
  const make = (...given: unknown[]): unknown => Reflect.construct(DeviceTokenStrategy, given)
  expect(() => make({}, () => ann)).toThrow('DeviceTokenStrategy needs the option `deviceAuth`')
  expect(() => make(undefined, () => ann)).toThrow('DeviceTokenStrategy needs the option `deviceAuth`')
  expect(() => make({ deviceAuth })).toThrow('DeviceTokenStrategy needs a function that finds the user')
  expect(() => make()).toThrow('DeviceTokenStrategy needs the option `deviceAuth`')
  expect(() => make(deviceAuth, () => ann)).toThrow(
    'option `issuer` is unknown; expected one of scope, realm, deviceAuth',
  )
})

it.each([
  [{ scopes: 'admin' }, 'option `scopes` is unknown; did you mean `scope`?'],
  [{ scope: '' }, 'option `scope` is ""; expected scopes separated by single spaces, or a list of scopes'],
  [{ scope: ' ' }, 'expected scopes'],
  [{ scope: 'a  b' }, 'expected scopes'],
  [{ scope: [] }, 'option `scope` is an empty array; expected'],
  [{ scope: ['a b'] }, 'a list of scopes'],
  [{ realm: 5 }, 'option `realm` is 5; expected a string'],
  [{ passReqToCallback: 1 }, 'expected true or false'],
  [{ deviceAuth: {} }, 'option `deviceAuth` is an object with no members; expected the object that createDeviceAuth()'],
  [{ deviceAuth: createDeviceAuth }, 'option `deviceAuth` is a function; expected the object'],
])('%j is refused at construction', (change, message) => {
  const make = (): unknown => Reflect.construct(DeviceTokenStrategy, [{ deviceAuth, ...change }, () => ann])
  expect(make).toThrow(message)
  expect(make).toThrow('the README of @device-auth/passport')
})

function raise(): never {
  throw new Error('the database is down')
}
