import { describe, expect, it } from 'vitest'
import type { ClientAuthentication } from '../../src/contract/clients.ts'
import type { GrantHandler } from '../../src/contract/grant.ts'
import type { TokenRequest } from '../../src/contract/hook-arguments.ts'
import { OAuthError } from '../../src/errors.ts'
import { jsonResponse } from '../../src/http.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE, deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { basic, clients, confSecret, createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

const grantType = 'urn:example:params:oauth:grant-type:voucher'
const shop: Client = { client_id: 'shop', token_endpoint_auth_method: 'none', grant_types: [grantType] }
const safe: Client = { client_id: 'safe', client_secret: 'safe-secret', grant_types: [grantType] }

function voucherServer(respond: GrantHandler['respond']): TestServer {
  return createTestServer({
    clients: [...clients, shop, safe],
    grants: { [grantType]: { parameters: ['voucher'], respond } },
  })
}

describe('a grant of the application', () => {
  it('is called with the authenticated client and its parameters', async () => {
    const seen: TokenRequest[] = []
    const server = voucherServer(async (tokenRequest) => {
      seen.push(tokenRequest)
      return jsonResponse(200, { voucher: tokenRequest.parameters.get('voucher') })
    })
    const response = await server.token(
      { grant_type: grantType, voucher: 'v', unknown: 'x' },
      { headers: basic('safe', 'safe-secret') },
    )
    expect(response).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
    expect(server.json(response)).toEqual({ voucher: 'v' })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.client).toMatchObject({ client_id: 'safe' })
    expect([...(seen[0]?.parameters ?? [])]).toEqual([
      ['grant_type', grantType],
      ['voucher', 'v'],
    ])
  })

  it('6749-5.2-2 6749-5.2-4 is not called for a client that is unknown, not authenticated or not registered for it', async () => {
    let calls = 0
    const server = voucherServer(() => {
      calls++
      return jsonResponse(200, {})
    })
    const voucher = { grant_type: grantType, voucher: 'v' }
    expectError(await server.token({ ...voucher, client_id: 'unknown' }), 'invalid_client', 401)
    expectError(await server.token({ ...voucher, client_id: 'safe' }), 'invalid_client', 401)
    expectError(await server.token(voucher, { headers: basic('safe', 'wrong') }), 'invalid_client', 401)
    expectError(await server.token({ ...voucher, client_id: 'tv' }), 'unauthorized_client')
    expectError(await server.token({ ...voucher, client_id: 'nogrant' }), 'unauthorized_client')
    expectError(await server.token(voucher), 'invalid_request')
    expect(calls).toBe(0)
  })

  it('6749-3.2-2 6749-3.2-3 refuses repeated parameters of its own and of other grants, and ignores unknown ones', async () => {
    const server = voucherServer(({ parameters }) => jsonResponse(200, { voucher: parameters.get('voucher') ?? null }))
    const send = (...more: readonly (readonly [string, string])[]) =>
      server.token([['grant_type', grantType], ['client_id', 'shop'], ...more])
    expectError(await send(['voucher', 'a'], ['voucher', 'a']), 'invalid_request')
    expectError(await send(['voucher', ''], ['voucher', 'a']), 'invalid_request')
    expectError(await send(['device_code', 'a'], ['device_code', 'b']), 'invalid_request')
    expect(server.json(await send(['x', '1'], ['x', '2']))).toEqual({ voucher: null })
    expect(server.json(await send(['voucher', '']))).toEqual({ voucher: null })
  })

  it('answers with the OAuthError that it throws', async () => {
    const server = voucherServer(() => {
      throw new OAuthError('invalid_grant', 'No such voucher.')
    })
    const error = expectError(await server.token({ grant_type: grantType, client_id: 'shop' }), 'invalid_grant')
    expect(error.error_description).toBe('No such voucher.')
    expect(server.errors).toEqual([])
  })

  it.each(['throws', 'rejects'])(
    'F-64 another error that it %s is answered 500 without details, and goes to onError',
    async (how) => {
      const failure = new Error('voucher table: password=hunter2')
      const server = voucherServer(() => {
        if (how === 'throws') throw failure
        return Promise.reject(failure)
      })
      const failed: unknown[] = []
      server.deviceAuth.on('failed', ({ operation, error }) => failed.push([operation, error]))
      const response = await server.token({ grant_type: grantType, client_id: 'shop' })
      expectError(response, 'server_error', 500)
      expect(response.body).not.toContain('hunter2')
      expect(server.errors).toEqual([failure])
      expect(failed).toEqual([['token', failure]])
    },
  )

  it('leaves the built-in grants alone: a device signs in and refreshes as before', async () => {
    const server = voucherServer(() => jsonResponse(200, {}))
    const token = await server.signIn()
    expectToken(await server.refresh(token.refresh_token ?? ''))
  })

  it('8414-2-3 is in the metadata; without the option, it is not listed and not accepted', async () => {
    const listed = voucherServer(() => jsonResponse(200, {})).deviceAuth.metadata.grant_types_supported
    expect(listed).toEqual([DEVICE_CODE_GRANT_TYPE, 'refresh_token', grantType])
    const without = createTestServer({ clients: [shop] })
    expect(without.deviceAuth.metadata.grant_types_supported).not.toContain(grantType)
    expectError(await without.token({ grant_type: grantType, client_id: 'shop' }), 'unsupported_grant_type')
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'F-54 %s is not a grant type, even for a client that is registered for it',
    async (name) => {
      const client: Client = { client_id: 'odd', token_endpoint_auth_method: 'none', grant_types: [name] }
      const server = createTestServer({ clients: [client] })
      expectError(await server.token({ grant_type: name, client_id: 'odd' }), 'unsupported_grant_type')
    },
  )
})

describe('a client authentication method of the application', () => {
  const badge: ClientAuthentication = {
    parameters: ['badge'],
    identify: ({ parameters }) => parameters.get('badge')?.split(':')[0],
    verify: async ({ parameters }, { client_id: id }) => parameters.get('badge') === `${id}:genuine`,
  }
  const printer = deviceClient({ client_id: 'printer', scope: 'profile', token_endpoint_auth_method: 'example_badge' })

  function badgeServer(): TestServer {
    return createTestServer({
      clients: [...clients, printer],
      clientAuthentication: { example_badge: badge },
    })
  }

  it('signs a device in, refreshes and revokes', async () => {
    const server = badgeServer()
    const genuine = { badge: 'printer:genuine' }
    const token = await server.signIn(genuine)
    const refreshed = expectToken(await server.refresh(token.refresh_token ?? '', genuine))
    expect((await server.revoke({ ...genuine, token: refreshed.refresh_token ?? '' })).status).toBe(200)
    expect(await server.deviceAuth.authenticate(refreshed.access_token)).toBeUndefined()
  })

  it('6749-2.3-2 8628-3.4-4 is the only method of its client: no other method works', async () => {
    const server = badgeServer()
    const codes = await server.start({ badge: 'printer:genuine' })
    await server.approve(codes.user_code)
    const { device_code: code } = codes
    expectError(await server.poll(code, { badge: 'printer:forged' }), 'invalid_client', 401)
    expectError(await server.poll(code, { client_id: 'printer' }), 'invalid_client', 401)
    expectError(await server.poll(code, {}, { headers: basic('printer', '') }), 'invalid_client', 401)
    expectError(await server.poll(code, { badge: 'tv:genuine' }), 'invalid_client', 401)
    expectError(await server.poll(code, { badge: 'printer:genuine', client_id: 'tv' }), 'invalid_request')
    const headers = basic('conf', confSecret)
    expectError(await server.poll(code, { badge: 'printer:genuine' }, { headers }), 'invalid_request')
    expectToken(await server.poll(code, { badge: 'printer:genuine' }))
  })

  it('8414-2-3 is in the metadata of every endpoint that accepts it, and only with the option', () => {
    const members = ['token', 'revocation', 'introspection'].map((name) => `${name}_endpoint_auth_methods_supported`)
    for (const member of members) {
      expect(badgeServer().deviceAuth.metadata[member]).toContain('example_badge')
      expect(createTestServer().deviceAuth.metadata[member]).not.toContain('example_badge')
    }
  })
})

it.each([
  [{ client_id: 'tv', client_secret: null }, '`clients[0].client_secret` is null; expected a secret'],
  [
    { client_id: 'tv', client_secret: 'secret', scope: ['profile'] },
    '`clients[0].scope` is an array of 1 element; expected a space-delimited string',
  ],
  [
    { client_id: 'tv', client_secret: 'secret', scope: {} },
    '`clients[0].scope` is an object with no members; expected a space-',
  ],
  [
    { client_id: 'tv', client_secret: 5 },
    '`clients[0].client_secret` is not a string; expected a secret; for a device without one use deviceClient()',
  ],
])('says of %j what is wrong', (client, message) => {
  const given = { issuer: 'https://example.com', loginUrl: '/login', clients: [client] }
  expect(() => Reflect.apply(createDeviceAuth, undefined, [given])).toThrow(message)
})

it('says of a scope that is a symbol what is wrong', () => {
  const client = { client_id: 'tv', client_secret: 'secret', scope: Symbol('profile') }
  const given = { issuer: 'https://example.com', loginUrl: '/login', clients: [client] }
  expect(() => Reflect.apply(createDeviceAuth, undefined, [given])).toThrow(
    '`clients[0].scope` is Symbol(profile); expected a space-delimited string',
  )
})
