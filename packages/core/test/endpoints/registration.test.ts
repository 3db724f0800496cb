import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../src/errors.ts'
import { basic, createTestServer, expectError, issuer } from '../server.ts'
import { device, initialToken, registrationScene } from './registration-scene.ts'

describe('the client registration endpoint', () => {
  it('7591-3.2.1-1 answers 201 with client_id, the secret, its expiry, and all registered metadata', async () => {
    const { register } = registrationScene()
    const logo = 'https://tv.example/logo.png'
    const { status, body, headers } = await register({ ...device, logo_uri: logo, contacts: ['a@tv.example'] })
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        client_id: expect.stringMatching(/^registered-[A-Za-z0-9_-]{22}$/),
        client_id_issued_at: Date.UTC(2026, 0, 1) / 1000,
        client_name: 'Hall TV',
        client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        client_secret_expires_at: 0,
        grant_types: device.grant_types,
        logo_uri: logo,
        registration_access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        registration_client_uri: `${issuer}/register?client_id=${body.client_id}`,
        scope: 'profile',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    })
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  })

  it('7591-3.2.1-2 a registered client signs in with its secret, and not with another', async () => {
    const { register, server } = registrationScene()
    const { body } = await register(device)
    const [id, secret] = [String(body.client_id), String(body.client_secret)]
    const codes = await server.start({}, { headers: basic(id, secret) })
    await server.approve(codes.user_code)
    expectError(await server.poll(codes.device_code, {}, { headers: basic(id, 'x'.repeat(43)) }), 'invalid_client', 401)
    server.clock.advance(10)
    const answer = server.json(await server.poll(codes.device_code, {}, { headers: basic(id, secret) }))
    expect(answer).toMatchObject({ token_type: 'Bearer', scope: 'profile' })
  })

  it.each([
    ['missing', {}, 'Bearer realm="https://auth.example.com/oauth"'],
    [
      'wrong',
      { authorization: 'Bearer guess' },
      'Bearer realm="https://auth.example.com/oauth", error="invalid_token"',
    ],
    ['of another scheme', { authorization: `Basic ${initialToken}` }, expect.stringContaining('Bearer')],
  ])('7591-3-1 the initial access token is %s: 401 with a challenge', async (_name, headers, challenge) => {
    const { send, count } = registrationScene()
    const response = await send('POST', JSON.stringify(device), headers)
    expect(response.status).toBe(401)
    expect(response.headers['www-authenticate']).toEqual(challenge)
    expect(await count()).toBe(0)
  })

  it('7591-3-1 the hook decides alone, and only by true', async () => {
    for (const [answer, status] of [
      [true, 201],
      [Object('yes'), 401],
      [false, 401],
    ] as const) {
      const { send } = registrationScene({ authorize: () => answer })
      expect((await send('POST', JSON.stringify(device), {})).status).toBe(status)
    }
  })

  it('7591-2-2 nobody makes himself a first party or a resource server, and no unknown member is kept', async () => {
    const { register, record } = registrationScene()
    const claimed = {
      first_party: true,
      resource_server: true,
      client_secret: 'mine',
      client_id: 'tv',
      allowed_networks: [],
    }
    const { body } = await register({ ...device, ...claimed, self_registered: false, extra: { a: 1 } })
    const { client } = await record(body.client_id)
    expect(client).not.toHaveProperty('first_party')
    expect(client).not.toHaveProperty('resource_server')
    expect(client).not.toHaveProperty('extra')
    expect(client).toMatchObject({ self_registered: true, client_id: body.client_id })
    expect(body.client_secret).not.toBe('mine')
    expect(body).not.toHaveProperty('first_party')
  })

  it('7591-5-1 store and answers of the server have no secret and no registration token in clear', async () => {
    const { register, record } = registrationScene()
    const { body } = await register(device)
    const kept = JSON.stringify(await record(body.client_id))
    expect(kept).not.toContain(String(body.client_secret))
    expect(kept).not.toContain(String(body.registration_access_token))
  })

  it('7591-2-3 a text of strangers loses what cannot be seen, and is cut', async () => {
    const { register } = registrationScene()
    const { body } = await register({ ...device, client_name: `Ha\u202ell\u0000 TV${'x'.repeat(500)}` })
    expect(String(body.client_name)).toMatch(/^Hall TVx+$/)
    expect(String(body.client_name).length).toBeLessThanOrEqual(100)
  })

  it.each([
    ['no grant of devices', { grant_types: ['authorization_code'] }],
    ['no grant at all', { grant_types: undefined }],
    ['a text for the grants', { grant_types: device.grant_types[0] }],
    ['a number for the name', { client_name: 5 }],
    ['a number for the scope', { scope: 7 }],
    ['a scope that nobody may register', { scope: 'email admin' }],
    ['an unknown method', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['a method that is no text', { token_endpoint_auth_method: ['none'] }],
    ['a logo by http', { logo_uri: 'http://tv.example/logo.png' }],
    ['a script for terms', { tos_uri: 'javascript:alert(1)' }],
    ['a password in an address', { policy_uri: 'https://bank.example:x@evil.example/' }],
    ['NUL in an address', { policy_uri: 'https://tv.example/\u0000' }],
    ['a direction mark in an address', { policy_uri: 'https://tv.example/\u202egpj' }],
    ['both jwks and jwks_uri', { jwks: { keys: [{ kty: 'EC' }] }, jwks_uri: 'https://tv.example/jwks' }],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'secret' }] } }],
    ['keys that are no list', { jwks: { keys: 'none' } }],
    ['too many keys', { jwks: { keys: Array.from({ length: 21 }, () => ({ kty: 'EC' })) } }],
    ['DPoP where it is not checked', { dpop_bound_access_tokens: true }],
    ['a text for a flag', { dpop_bound_access_tokens: 'true' }],
  ])('7591-3.2.2-1 refuses %s as invalid_client_metadata, and keeps nothing', async (_name, changes) => {
    const { register, count, server } = registrationScene()
    const { status, body } = await register({ ...device, ...changes })
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_client_metadata' })
    expect(await count()).toBe(0)
    expect(server.failures).toEqual([])
  })

  it.each([
    ['no JSON', 'client_name=TV', 400],
    ['null', 'null', 400],
    ['a list', '[]', 400],
    ['nothing', '', 400],
    ['a member twice', '{"client_name":"a","client_name":"b"}', 400],
    ['a member twice, spelt in two ways', '{"client_name":"a","client\\u005fname":"b"}', 400],
    ['a member twice, deep inside', '{"jwks":{"keys":[{"kty":"EC","kty":"RSA"}]}}', 400],
    ['too many levels', `{"jwks":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
    ['more than 16 KB', JSON.stringify({ ...device, client_name: 'x'.repeat(17_000) }), 413],
  ])('7591-3.1-1 refuses a body: %s', async (_name, text, status) => {
    const { fetch, server } = registrationScene()
    const response = await fetch('POST', text)
    expect(response.status).toBe(status)
    expect(server.failures).toEqual([])
  })

  it('7591-3.1-1 a member named __proto__ is nothing but an unknown member', async () => {
    const { fetch } = registrationScene()
    const text = JSON.stringify(device).replace('{', '{"__proto__":{"first_party":true,"client_name":"Bank"},')
    const answer = await (await fetch('POST', text)).json()
    expect(answer).toMatchObject({ client_name: 'Hall TV' })
    expect(answer).not.toHaveProperty('first_party')
  })

  it('7591-2.3-1 claims of a software statement win, and it is returned unmodified', async () => {
    const verifySoftwareStatement = (statement: string) => {
      if (statement === 'bad') return undefined
      if (statement === 'banned') throw new OAuthError('unapproved_software_statement')
      return { client_name: 'Made by Acme' }
    }
    const { register } = registrationScene({ verifySoftwareStatement })
    expect((await register({ ...device, software_statement: 'good' })).body).toMatchObject({
      client_name: 'Made by Acme',
      software_statement: 'good',
    })
    for (const [statement, error] of [
      ['bad', 'invalid_software_statement'],
      ['banned', 'unapproved_software_statement'],
      [5, 'invalid_software_statement'],
    ] as const) {
      const refused = await register({ ...device, software_statement: statement })
      expect(refused).toMatchObject({ status: 400, body: { error } })
    }
    const ignoring = await registrationScene().register({ ...device, software_statement: 'bad' })
    expect(ignoring.body).not.toHaveProperty('software_statement')
  })

  it('7591-5-3 one address, one token and the store have their limits, and the event `limited` tells of it', async () => {
    const limits = [{ perAddress: 2 }, { perToken: 2 }, { maxClients: 2 }]
    for (const [index, limit] of limits.entries()) {
      const { register, server, count } = registrationScene(limit)
      const limited: string[] = []
      server.deviceAuth.on('limited', (event) => limited.push(event.limit))
      const statuses = []
      for (let i = 0; i < 3; i++) statuses.push((await register(device)).status)
      expect(statuses).toEqual([201, 201, index === 2 ? 503 : 429])
      expect(limited).toEqual(['registration'])
      expect(await count()).toBe(2)
    }
  })

  it('8414-2-3 the metadata names the endpoint, and without the option there is none', () => {
    expect(registrationScene().server.deviceAuth.metadata).toHaveProperty('registration_endpoint', `${issuer}/register`)
    const { deviceAuth } = createTestServer()
    expect(deviceAuth.metadata).not.toHaveProperty('registration_endpoint')
    expect(deviceAuth.route('POST', '/register')).toBeUndefined()
  })
})
