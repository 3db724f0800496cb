import { ACCESS_TOKEN_TYPE, deviceClient, TOKEN_EXCHANGE_GRANT_TYPE } from '@device-auth/core'
import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'
import { jwtAccessTokens } from '../../src/index.ts'
import { audience, keyOf, start, startServer } from '../server.ts'

const tv = deviceClient({ client_id: 'tv', scope: 'profile videos' })

it.each(['', 'a.b.c', '..', 'e30.e30.', 'eyJhbGciOiJub25lIn0.eyJjbmYiOjV9.x', `${'x'.repeat(9000)}.y.z`])(
  '8693-2.2.2-1 a subject_token that is no token of this server is invalid_request: %j',
  async (subject_token) => {
    const server = startServer({
      clients: [{ ...tv, grant_types: [...(tv.grant_types ?? []), TOKEN_EXCHANGE_GRANT_TYPE] }],
      accessToken: jwtAccessTokens({ keys: keyOf('ES256'), audience }),
      tokenExchange: { expiresIn: 120 },
    })
    const types = { grant_type: TOKEN_EXCHANGE_GRANT_TYPE, subject_token_type: ACCESS_TOKEN_TYPE }
    const { status, body } = await server.post('/token', { client_id: 'tv', ...types, subject_token })
    expect([status, JSON.parse(body).error]).toEqual([400, 'invalid_request'])
  },
)

it('8693-2.1-2 an exchanged JWT tells the narrower scope, and ends with the token that it comes of', async () => {
  const server = startServer({
    clients: [{ ...tv, grant_types: [...(tv.grant_types ?? []), TOKEN_EXCHANGE_GRANT_TYPE] }],
    accessToken: jwtAccessTokens({ keys: keyOf('ES256'), audience }),
    tokenExchange: { expiresIn: 120 },
  })
  const exchange = async (token: string, more: Readonly<Record<string, string>> = {}) => {
    const types = { grant_type: TOKEN_EXCHANGE_GRANT_TYPE, subject_token_type: ACCESS_TOKEN_TYPE }
    const { body } = await server.post('/token', { client_id: 'tv', ...types, subject_token: token, ...more })
    return JSON.parse(body)
  }
  const { access_token = '' } = await server.signIn('profile videos')
  const narrow = await exchange(access_token, { scope: 'videos' })
  const exp = start / 1000 + 120
  expect(decodeJwt(narrow.access_token)).toMatchObject({ scope: 'videos', aud: audience, client_id: 'tv', exp })
  server.now += 250_000
  const late = await exchange(access_token)
  expect(late.expires_in).toBe(50)
  expect(decodeJwt(late.access_token).exp).toBe(start / 1000 + 300)
  expect(await server.deviceAuth.authenticate(late.access_token)).toMatchObject({ scope: 'profile videos' })
  expect(await exchange(narrow.access_token)).toMatchObject({ error: 'invalid_request' })
})
