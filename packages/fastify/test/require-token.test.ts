import formbody from '@fastify/formbody'
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { requireToken, type TokenClaims } from '../src/index.ts'

const form = {
  method: 'POST',
  payload: 'client_id=tv&scope=a',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
} as const

const claims: TokenClaims = { subject: 'ann', clientId: 'tv', scope: 'videos', issuedAt: 0, expiresAt: 1, grantId: 'g' }
const guarded = {
  issuer: 'https://example.com',
  authenticate: async (token: string): Promise<TokenClaims | undefined> => {
    if (token === 'down') throw new Error('the store is down')
    return token === 'good' ? claims : undefined
  },
}

describe('requireToken', () => {
  const ask = (scope: string | undefined, authorization?: string) => {
    const preHandler = requireToken(guarded, scope === undefined ? {} : { scope })
    const app = fastify().decorateRequest('deviceToken', null).register(formbody)
    app.all('/', { preHandler }, (request) => ({ token: request.deviceToken }))
    return app.inject({
      ...form,
      url: '/?access_token=good',
      headers: { ...form.headers, ...(authorization && { authorization }) },
    })
  }

  it('6750-2.1-1 lets a good token pass, and sets request.deviceToken', async () => {
    const response = await ask('videos', 'bearer good')
    expect([response.statusCode, response.json()]).toEqual([200, { token: claims }])
  })

  it('6750-3-1 challenges a request without a token', async () => {
    const { statusCode, headers, body } = await ask(undefined)
    expect([statusCode, headers['www-authenticate'], body]).toEqual([401, 'Bearer realm="https://example.com"', ''])
  })

  it('6750-3.1-1 refuses with 400, 401, 403 and 503', async () => {
    for (const [authorization, status, error] of [
      ['Bearer a b', 400, 'invalid_request'],
      ['Bearer wrong', 401, 'invalid_token'],
      ['Bearer good', 403, 'insufficient_scope'],
      ['Bearer down', 503, 'temporarily_unavailable'],
    ] as const) {
      const response = await ask('videos admin', authorization)
      expect([response.statusCode, response.json().error], authorization).toEqual([status, error])
    }
  })
})

it('is not made with a misspelt option or another kind of argument: it would let every token through', () => {
  for (const given of [[guarded, { scopes: ['admin'] }], [guarded, 'admin'], [undefined, { scope: 'admin' }], []]) {
    expect(() => Reflect.apply(requireToken, undefined, given)).toThrow(TypeError)
  }
})
