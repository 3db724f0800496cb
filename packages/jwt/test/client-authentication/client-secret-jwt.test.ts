import { deviceClient, hashSecret } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { clientSecretJwt } from '../../src/index.ts'
import { issuer, keyOf, start } from '../server.ts'
import { ask, assertionJwt, type Changes, expectInvalidClient, serverFor } from './scene.ts'

const secret = 'K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols-and-more-than-64-bytes'
const client = deviceClient({
  client_id: 'tv',
  scope: 'profile',
  client_secret: secret,
  token_endpoint_auth_method: 'client_secret_jwt',
})
const make = (more: object = {}) => serverFor({ client_secret_jwt: clientSecretJwt() }, { ...client, ...more })
const signed = ({ header, key = new TextEncoder().encode(secret), ...more }: Changes = {}) =>
  assertionJwt({ ...more, key, header: { alg: 'HS256', ...header } })

describe('client_secret_jwt', () => {
  it.each(['HS256', 'HS384', 'HS512'])('7523-2.2-1 authenticates by %s, once', async (alg) => {
    const server = make()
    const jwt = await signed({ header: { alg } })
    expect((await ask(server, jwt)).status).toBe(200)
    expectInvalidClient(await ask(server, jwt))
  })

  it.each<[string, Changes]>([
    ['7523-3-1 another iss', { claims: { iss: 'other' } }],
    ['7523-3-2 another audience', { claims: { aud: `${issuer}/token` } }],
    ['7523-3-3 expired', { claims: { exp: start / 1000 - 61 } }],
    ['7523-3-3 no exp', { claims: { exp: undefined } }],
    ['7523-3-4 no jti', { claims: { jti: undefined } }],
    ['7523-3-5 another secret', { key: new TextEncoder().encode(secret.toLowerCase()) }],
    ['7523-3-5 a key pair', { header: { alg: 'ES256' }, key: keyOf('ES256') }],
  ])('7523-3.2-1 refuses with invalid_client: %s', async (_name, changes) => {
    expectInvalidClient(await ask(make(), await signed(changes), { client_id: 'tv' }))
  })

  it('7523-3-5 a client with token_endpoint_auth_signing_alg may use that alone', async () => {
    const server = make({ token_endpoint_auth_signing_alg: 'HS512' })
    expectInvalidClient(await ask(server, await signed({ header: { alg: 'HS256' } })))
    expect((await ask(server, await signed({ header: { alg: 'HS512' } }))).status).toBe(200)
  })

  it('the secret itself, in the form or the header, does not authenticate this client', async () => {
    const server = make()
    expectInvalidClient(await server.post('/device_authorization', { client_id: 'tv', client_secret: secret }))
    const basic = `Basic ${Buffer.from(`tv:${secret}`).toString('base64')}`
    expectInvalidClient(await server.post('/device_authorization', {}, basic))
  })

  it.each([
    ['client_secret', { client_secret: 'x'.repeat(31) }],
    ['client_secret', { client_secret: 'x'.repeat(63), token_endpoint_auth_signing_alg: 'HS512' }],
    ['client_secret', { client_secret: undefined, client_secret_hash: hashSecret(secret) }],
    ['token_endpoint_auth_signing_alg', { token_endpoint_auth_signing_alg: 'ES256' }],
  ])('a listed client with a wrong %s is refused at construction: %j', (field, more) => {
    expect(() => make(more)).toThrow(`clients[0].${field}`)
  })
})
