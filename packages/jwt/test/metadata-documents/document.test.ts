import { DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/metadata-documents/document.ts'
import { publicJwk } from '../client-authentication/scene.ts'
import { keyOf } from '../server.ts'
import { documentOf, id } from './scene.ts'

const read = (changes: Readonly<Record<string, unknown>>, scope = 'profile videos') =>
  readDocument(id, documentOf(changes), scope)
const jwks = { keys: [publicJwk(keyOf('ES256'))] }

describe('a metadata document', () => {
  it('becomes a client with the scopes of the operator', () => {
    expect(read({})).toEqual({
      client: {
        client_id: id,
        client_name: 'Tool',
        scope: 'profile videos',
        grant_types: [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE],
        token_endpoint_auth_method: 'none',
      },
    })
  })

  it('can take scopes away, and give none', () => {
    expect(read({ scope: 'videos admin' })).toMatchObject({ client: { scope: 'videos' } })
    expect(read({ scope: 'admin' })).toMatchObject({ client: { scope: '' } })
    expect(read({ scope: 'profile' }, '')).toMatchObject({ client: { scope: '' } })
  })

  it('gives nothing that is the word of the operator', () => {
    const found = read({
      first_party: true,
      resource_server: true,
      logo_uri: 'https://tool.example/logo.png',
      device_scope: 'profile',
      allowed_networks: ['0.0.0.0/0'],
      number_matching: false,
      token_endpoint_auth_methods: ['none', 'client_secret_basic'],
      device_authorization_endpoint_auth_method: 'none',
      client_secret_hash: 'x',
      grant_types: [DEVICE_CODE_GRANT_TYPE, 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    })
    expect(found).toEqual({
      client: {
        client_id: id,
        client_name: 'Tool',
        scope: 'profile videos',
        grant_types: [DEVICE_CODE_GRANT_TYPE],
        token_endpoint_auth_method: 'none',
      },
    })
  })

  it('CIMD-8.2 may have keys, in it or at its origin', () => {
    const method = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' }
    expect(read({ ...method, jwks })).toMatchObject({ client: { ...method, jwks } })
    const filled = { keys: [{ ...jwks.keys[0], other: [{}, {}] }] }
    expect(read({ ...method, jwks: filled })).toHaveProperty('client.jwks', jwks)
    const jwks_uri = 'https://tool.example/keys'
    expect(read({ ...method, jwks_uri })).toMatchObject({ client: { ...method, jwks_uri } })
  })

  it.each([
    [{ client_id: 'https://tool.example/other' }, 'client_id'],
    [{ client_id: `${id}/` }, 'client_id'],
    [{ client_id: undefined }, 'client_id'],
    [{ client_id: [id] }, 'client_id'],
    [{ client_secret: 'a' }, 'client_secret'],
    [{ client_secret_expires_at: 0 }, 'client_secret_expires_at'],
    ...['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'tls_client_auth', undefined, ['none']].map(
      (token_endpoint_auth_method) => [{ token_endpoint_auth_method }, 'token_endpoint_auth_method'] as const,
    ),
    [{ client_name: 7 }, 'client_name'],
    [{ scope: ['profile'] }, 'scope'],
    [{ tos_uri: {} }, 'tos_uri'],
    [{ grant_types: undefined }, 'grant_types'],
    [{ grant_types: DEVICE_CODE_GRANT_TYPE }, 'grant_types'],
    [{ grant_types: ['authorization_code'] }, 'grant_types'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'jwks'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks, jwks_uri: 'https://tool.example/keys' }, 'jwks'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: 'x' } }, 'jwks'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...jwks.keys[0], d: 'x' }] } }, 'private key'],
    [{ jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, 'private key'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://victim.example/keys' }, 'jwks_uri'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://tool.example/keys' }, 'jwks_uri'],
  ] as const)(
    'CIMD-4 "MUST match the Client Identifier URL of the document", without secrets: refuses %j',
    (changes, reason) => {
      expect(read(changes)).toEqual({ refused: expect.stringContaining(reason) })
    },
  )

  it.each([undefined, null, 7, 'text', [documentOf()]])('refuses %j', (document) => {
    expect(readDocument(id, document, '')).toEqual({ refused: 'it is no JSON object' })
  })
})
