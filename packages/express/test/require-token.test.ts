import type { RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { listen, Wire } from '../../core/src/testing/adapter-contract/wire.ts'
import { requireToken, type TokenClaims } from '../src/index.ts'
import { versions } from './versions.ts'

const claims: TokenClaims = { subject: 'ann', clientId: 'tv', scope: 'videos', issuedAt: 0, expiresAt: 1, grantId: 'g' }
const deviceAuth = {
  issuer: 'https://example.com',
  authenticate: async (token: string): Promise<TokenClaims | undefined> => {
    if (token === 'down') throw new Error('the store is down')
    return token === 'good' ? claims : undefined
  },
}
const answer: RequestHandler = (req, res) =>
  void res.json({ token: req.deviceToken, user: Reflect.get(req, 'user') ?? null })

describe.each(versions)('requireToken on %s', (_version, express) => {
  const app = express()
  app.use(express.urlencoded({ extended: true }), express.json())
  app.use('/videos', requireToken(deviceAuth, { scope: 'videos', realm: 'films' }), answer)
  app.use('/admin', requireToken(deviceAuth, { scope: ['videos', 'admin'] }), answer)
  app.use('/plain', requireToken(deviceAuth), answer)
  const get = (path: string, authorization?: string): request.Test => {
    const asked = request(app).get(path)
    return authorization === undefined ? asked : asked.set('authorization', authorization)
  }

  it('6750-2.1-1 lets a good token pass, and sets req.deviceToken alone', async () => {
    for (const path of ['/videos', '/plain']) {
      const { status, body } = await get(path, 'bearer good')
      expect([status, body]).toEqual([200, { token: claims, user: null }])
    }
  })

  it('6750-3-1 6750-2.3-1 challenges a request whose token is not in the header', async () => {
    const form = request(app).post('/videos').type('form').send('access_token=good')
    for (const asked of [get('/videos'), get('/videos?access_token=good'), form, get('/videos', 'Basic YTpi')]) {
      const { status, headers, text } = await asked
      expect([status, headers['www-authenticate'], text]).toEqual([401, 'Bearer realm="films"', ''])
    }
  })

  it('6750-3.1-1 refuses with 400, 401 and 403', async () => {
    for (const [path, authorization, status, error] of [
      ['/videos', 'Bearer', 400, 'invalid_request'],
      ['/videos', 'Bearer a b', 400, 'invalid_request'],
      ['/videos', 'Bearer wrong', 401, 'invalid_token'],
      ['/admin', 'Bearer good', 403, 'insufficient_scope'],
    ] as const) {
      const response = await get(path, authorization)
      expect([response.status, response.body.error], authorization).toEqual([status, error])
      expect(response.headers['www-authenticate']).toContain(`error="${error}"`)
    }
    expect((await get('/admin', 'Bearer good')).headers['www-authenticate']).toContain('scope="videos admin"')
  })

  it('6750-2-1 refuses a request with a token in the header and one in the form', async () => {
    const both = (): request.Test => request(app).post('/videos').set('authorization', 'Bearer good')
    expect((await both().type('form').send('access_token=good')).status).toBe(400)
    expect((await both().type('form').send('title=x')).status).toBe(200)
    expect((await both().send({ access_token: 'of another service' })).status).toBe(200)
  })

  it('F-61 refuses two Authorization headers', async () => {
    const listening = await listen(app)
    const wire = new Wire(listening.port)
    wire.write('GET /videos HTTP/1.1\r\nhost: a\r\nauthorization: Bearer good\r\nauthorization: Bearer good\r\n\r\n')
    expect((await wire.response())?.status).toBe(400)
    wire.close()
    await listening.close()
  })

  it('answers 503 with Retry-After when the store fails', async () => {
    const { status, headers, body } = await get('/videos', 'Bearer down')
    expect([status, headers['retry-after'], body.error]).toEqual([503, '5', 'temporarily_unavailable'])
  })

  it('does not reach the route without a good token', async () => {
    let reached = 0
    const guarded = express().use(requireToken(deviceAuth), (_req, res) => {
      reached += 1
      res.end()
    })
    for (const value of ['', 'Bearer', 'Bearer wrong', 'Bearer down', 'Basic good', 'good']) {
      await request(guarded).get('/').set('authorization', value)
    }
    expect(reached).toBe(0)
    await request(guarded).get('/').set('authorization', 'Bearer good')
    expect(reached).toBe(1)
  })
})

it('is not made with a misspelt option or another kind of argument: it would let every token through', () => {
  for (const given of [
    [deviceAuth, { scopes: ['admin'] }],
    [deviceAuth, 'admin'],
    [undefined, { scope: 'admin' }],
    [],
  ]) {
    expect(() => Reflect.apply(requireToken, undefined, given)).toThrow(TypeError)
  }
})
