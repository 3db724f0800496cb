import { bodyParser } from '@koa/bodyparser'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
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

describe.each(versions)('requireToken on %s', (_version, Koa) => {
  const ask = (scope?: string) => {
    const app = new Koa().use(bodyParser())
    app.use(requireToken(deviceAuth, scope === undefined ? {} : { scope }))
    app.use((ctx) => {
      ctx.body = { token: ctx.state.deviceToken }
    })
    return request(app.callback())
  }

  it('6750-2.1-1 lets a good token pass, and sets ctx.state.deviceToken', async () => {
    const { status, body } = await ask('videos').get('/').set('authorization', 'bearer good')
    expect([status, body]).toEqual([200, { token: claims }])
  })

  it('6750-3-1 challenges a request without a token', async () => {
    const { status, headers, text } = await ask().get('/?access_token=good')
    expect([status, headers['www-authenticate'], text]).toEqual([401, 'Bearer realm="https://example.com"', ''])
  })

  it('6750-3.1-1 refuses with 400, 401, 403 and 503', async () => {
    for (const [authorization, status, error] of [
      ['Bearer a b', 400, 'invalid_request'],
      ['Bearer wrong', 401, 'invalid_token'],
      ['Bearer good', 403, 'insufficient_scope'],
      ['Bearer down', 503, 'temporarily_unavailable'],
    ] as const) {
      const response = await ask('videos admin').get('/').set('authorization', authorization)
      expect([response.status, response.body.error], authorization).toEqual([status, error])
    }
  })

  it('6750-2-1 refuses a request with a token in the header and one in the form', async () => {
    const both = ask().post('/').set('authorization', 'Bearer good').type('form')
    expect((await both.send('access_token=good')).status).toBe(400)
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
