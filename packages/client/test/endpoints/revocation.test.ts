import { expect, it } from 'vitest'
import { type Fetch, revokeToken } from '../../src/index.ts'
import { answered, issuer } from '../fixtures.ts'

it('revokeToken returns success or a failure', async () => {
  const sent: string[] = []
  const fetch =
    (response: Response): Fetch =>
    async (_url, init) => {
      sent.push(String(init.body))
      return response
    }
  const revoke = { address: `${issuer}/revoke`, clientId: 'tv', token: 'rt', tokenTypeHint: 'refresh_token' }
  expect(await revokeToken(revoke, { fetch: fetch(new Response('')) })).toEqual({ ok: true })
  expect(sent).toEqual(['token=rt&token_type_hint=refresh_token&client_id=tv'])
  const refused = answered({ error: 'unsupported_token_type' }, 400)
  expect(await revokeToken(revoke, { fetch: fetch(refused) })).toMatchObject({ error: 'unsupported_token_type' })
})

it('revokeToken answers invalid_client for a 401 without an OAuth error, and it is not retryable', async () => {
  const revoke = { address: `${issuer}/revoke`, clientId: 'tv', token: 'rt' }
  for (const response of [new Response('', { status: 401 }), new Response('<h1>No</h1>', { status: 401 })])
    expect(await revokeToken(revoke, { fetch: async () => response })).toMatchObject({
      error: 'invalid_client',
      status: 401,
      retryable: false,
      errorDescription: 'The server does not let this client revoke tokens without authentication.',
    })
  const named = answered({ error: 'invalid_client', error_description: 'Unknown' }, 401)
  expect(await revokeToken(revoke, { fetch: async () => named })).toMatchObject({ errorDescription: 'Unknown' })
})
