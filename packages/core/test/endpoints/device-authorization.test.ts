import { describe, expect, it } from 'vitest'
import type { Hooks } from '../../src/contract/hooks.ts'
import { OAuthError } from '../../src/errors.ts'
import type { StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { basic, confSecret, createTestServer, expectError, expectToken, issuer, type TestServer } from '../server.ts'

/** Member names of a flat JSON object, repeats included. */
function memberNames(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)":/g)].map(([, name = '']) => name)
}

/** A server that counts the credentials it keeps. */
function countingServer(hooks: Partial<Hooks> = {}): TestServer & { readonly created: () => number } {
  let created = 0
  const count = (step: StoreStep): undefined => {
    if (step === 'createDeviceCredential') created++
    return undefined
  }
  const server = createTestServer({ store: faultyStore(new MemoryStore(), count), hooks })
  return Object.assign(server, { created: () => created })
}

describe('the answer', () => {
  it('8628-3.2-2 8628-3.2-3 8628-3.2-7 has every member, of the right type', async () => {
    const server = createTestServer()
    const response = await server.deviceAuthorization()
    expect(response).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' },
    })
    const { device_code: deviceCode, user_code: userCode, ...others } = server.json(response)
    expect(deviceCode).toEqual(expect.any(String))
    expect(userCode).toEqual(expect.any(String))
    expect(others).toEqual({
      verification_uri: `${issuer}/device`,
      verification_uri_complete: `${issuer}/device?user_code=${userCode}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it('8628-3.1-9 8628-3.2-8 repeats no member, in a success or an error', async () => {
    const server = createTestServer()
    for (const { body } of [await server.deviceAuthorization(), await server.deviceAuthorization({ client_id: 'x' })]) {
      const names = memberNames(body)
      expect(names.length).toBeGreaterThan(1)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('8628-3.2-5 8628-3.3-7 verification_uri has no code; the complete one adds it, on the same origin', async () => {
    const {
      user_code: code,
      verification_uri: uri,
      verification_uri_complete: complete = '',
    } = await createTestServer().start()
    expect(uri).not.toMatch(code)
    expect(new URL(complete).searchParams.get('user_code')).toBe(code)
    expect(new URL(complete).origin).toBe(new URL(uri).origin)
    expect(new URL(complete).pathname).toBe(new URL(uri).pathname)
  })

  it('8628-3.2-5 turned off, the member is absent', async () => {
    const server = createTestServer({ verificationUriComplete: false })
    expect(server.json(await server.deviceAuthorization())).not.toHaveProperty('verification_uri_complete')
  })

  it('8628-3.2-5 the code is encoded, whatever the mask shows', async () => {
    const server = createTestServer({ userCode: { charset: 'BCDFGHJKLM', mask: '***** *****' } })
    const { user_code: code, verification_uri_complete: complete = '' } = await server.start()
    expect(code).toMatch(/^.{5} .{5}$/)
    expect(complete).not.toMatch(' ')
    expect(new URL(complete).searchParams.get('user_code')).toBe(code)
  })

  it('8628-3.2-6 says how long both codes live, and they do', async () => {
    const server = createTestServer({ expiresIn: 120, interval: 7 })
    const codes = await server.start()
    expect(codes).toMatchObject({ expires_in: 120, interval: 7 })
    server.clock.advance(119)
    expectError(await server.poll(codes.device_code), 'authorization_pending')
    expect(await server.deviceAuth.find(codes.user_code)).toBeDefined()
    server.clock.advance(2)
    expectError(await server.poll(codes.device_code), 'expired_token')
    expect(await server.deviceAuth.find(codes.user_code)).toBeUndefined()
    expect(await server.deviceAuth.approve(codes.user_code, { subject: 'alice' })).toBe('unknown')
  })
})

describe('the request', () => {
  it.each(['GET', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE', 'post', ''])(
    '8628-3.1-1 F-60 %s is 405, and creates nothing',
    async (method) => {
      const server = countingServer()
      const endpoint = server.deviceAuth.route(method, '/device_authorization')
      const response = await endpoint?.({
        method,
        path: '/device_authorization',
        query: new URLSearchParams('client_id=tv'),
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-http-method-override': 'POST' },
        form: new URLSearchParams('client_id=tv'),
        ip: undefined,
        native: {},
      })
      expectError(response!, 'invalid_request', 405)
      expect(response?.headers.allow).toBe('POST')
      expect(server.created()).toBe(0)
    },
  )

  it.each([
    '/device_authorization/',
    '/Device_Authorization',
    '//device_authorization',
    '/device%5Fauthorization',
    'device_authorization',
    '',
    '/',
    '/__proto__',
    '/constructor',
  ])('F-60 %j is no path of ours', (path) => {
    expect(createTestServer().deviceAuth.route('POST', path)).toBeUndefined()
  })

  it('8628-3.1-2 is a form in UTF-8, and nothing else', async () => {
    const server = countingServer()
    for (const type of [
      'application/json',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/x-www-form-urlencoded; charset=utf-16',
    ]) {
      expectError(
        await server.deviceAuthorization({ client_id: 'tv' }, { headers: { 'content-type': type } }),
        'invalid_request',
      )
    }
    expect(server.created()).toBe(0)
    for (const type of ['application/x-www-form-urlencoded;charset=UTF-8', 'APPLICATION/X-WWW-FORM-URLENCODED']) {
      await server.start({ client_id: 'tv' }, { headers: { 'content-type': type } })
    }
  })

  it('8628-3.1-3 8628-3.1-6 names its client', async () => {
    const server = countingServer()
    expectError(await server.deviceAuthorization({}), 'invalid_request')
    expectError(await server.deviceAuthorization({ client_id: '' }), 'invalid_request')
    for (const id of ['unknown', '__proto__', 'constructor', 'TV', 'tv ', 'ü', 'x'.repeat(5000)]) {
      expectError(await server.deviceAuthorization({ client_id: id }), 'invalid_client', 401)
    }
    expect(server.created()).toBe(0)
  })

  it('8628-3.1-4 8628-3.1-6 scope is optional, and empty is none', async () => {
    const server = createTestServer()
    for (const parameters of [{ client_id: 'tv' }, { client_id: 'tv', scope: '' }]) {
      const { user_code: userCode } = await server.start(parameters)
      expect(await server.deviceAuth.find(userCode)).toMatchObject({ scope: 'profile email' })
    }
  })

  it('8628-3.1-7 may carry what we do not know', async () => {
    const server = createTestServer()
    await server.start([
      ['client_id', 'tv'],
      ['foo', '1'],
      ['foo', '2'],
      ['__proto__[x]', '1'],
      ['resource', 'a'],
      ['resource', 'b'],
    ])
    expect(Object.prototype).not.toHaveProperty('x')
  })

  it.each(['client_id', 'scope', 'client_secret', 'client_assertion', 'client_assertion_type'])(
    '8628-3.1-8 %s twice is refused, and creates nothing',
    async (name) => {
      const server = countingServer()
      for (const [first, second] of [
        ['tv', 'tv'],
        ['tv', 'tv2'],
        ['', 'tv'],
        ['', ''],
      ] as const) {
        const others: [string, string][] = name === 'client_id' ? [] : [['client_id', 'tv']]
        expectError(await server.deviceAuthorization([...others, [name, first], [name, second]]), 'invalid_request')
      }
      expect(server.created()).toBe(0)
    },
  )

  it('8628-3.1-10 the credential is the authenticated client’s', async () => {
    const server = createTestServer()
    const { user_code: userCode } = await server.start({}, { headers: basic('conf', confSecret) })
    expect(await server.deviceAuth.find(userCode)).toMatchObject({ clientId: 'conf' })
  })

  it('8628-3.1-11 a public client identifies itself', async () => {
    const server = createTestServer()
    const { user_code: userCode } = await server.start({ client_id: 'tv' })
    expect(await server.deviceAuth.find(userCode)).toMatchObject({ clientId: 'tv' })
  })

  it('XD-6.1.7 a client that proves who it is gets no codes by its id alone', async () => {
    const server = countingServer()
    expectError(await server.deviceAuthorization({ client_id: 'conf' }), 'invalid_client', 401)
    expect(server.created()).toBe(0)
  })

  it('XD-6.2.1-2 6749-5.2-4 the client has to be registered for the grant', async () => {
    const server = countingServer()
    expectError(await server.deviceAuthorization({ client_id: 'nogrant' }), 'unauthorized_client')
    expect(server.created()).toBe(0)
  })

  it('6749-5.2-4 grant types in one text, as a database may keep them, are no registration', async () => {
    const tv = JSON.parse(
      JSON.stringify({
        client_id: 'tv',
        token_endpoint_auth_method: 'none',
        grant_types: 'urn:ietf:params:oauth:grant-type:device_code refresh_token',
      }),
    )
    const server = createTestServer({ clients: () => tv })
    expectError(await server.deviceAuthorization(), 'unauthorized_client')
    expectError(await server.poll('x'), 'unauthorized_client')
  })

  it('V10 nothing of the request comes back in an error', async () => {
    const server = createTestServer()
    for (const parameters of [
      { client_id: 'reflected' },
      { client_id: 'tv', scope: 'reflected' },
      { client_id: 'tv', client_secret: 'reflected' },
    ]) {
      expect((await server.deviceAuthorization(parameters, { query: 'reflected' })).body).not.toMatch('reflected')
    }
  })
})

describe('user codes', () => {
  it('8628-3.2-1 V27 a code that is taken is drawn again, and the first request keeps its own', async () => {
    const codes = ['BCDF-GHJK', 'BCDF-GHJK', 'bcdf ghjk', 'BCDF-GHJL']
    const server = createTestServer({ hooks: { generateUserCode: () => codes.shift() ?? '' } })
    const first = await server.start({ client_id: 'tv' })
    const second = await server.start({ client_id: 'tv2' })
    expect([first.user_code, second.user_code]).toEqual(['BCDF-GHJK', 'BCDF-GHJL'])
    expect(second.device_code).not.toBe(first.device_code)
    expect(await server.deviceAuth.find('BCDF-GHJK')).toMatchObject({ clientId: 'tv' })
    expect(await server.deviceAuth.find('BCDF-GHJL')).toMatchObject({ clientId: 'tv2' })
  })

  it('8628-3.2-1 always taken: 503, told to the application, and no live request is overwritten', async () => {
    const server = createTestServer({ hooks: { generateUserCode: () => 'BCDF-GHJK' } })
    const failed: unknown[] = []
    server.deviceAuth.on('failed', ({ operation }) => failed.push(operation))
    const { device_code: deviceCode } = await server.start({ client_id: 'tv' })
    const refused = await server.deviceAuthorization({ client_id: 'tv2' })
    expectError(refused, 'temporarily_unavailable', 503)
    expect(refused.headers['retry-after']).toBe('5')
    expect(failed).toEqual(['generateUserCode'])
    expect(String(server.errors[0])).not.toMatch('BCDF')
    expect(await server.deviceAuth.find('BCDF-GHJK')).toMatchObject({ clientId: 'tv' })
    await server.approve('BCDF-GHJK')
    expectToken(await server.poll(deviceCode))
  })

  it('8628-3.2-1 a code is free again when its request is over', async () => {
    const server = createTestServer({ hooks: { generateUserCode: () => 'BCDF-GHJK' } })
    await server.start()
    server.clock.advance(601)
    await server.start({ client_id: 'tv2' })
    expect(await server.deviceAuth.find('BCDF-GHJK')).toMatchObject({ clientId: 'tv2' })
  })

  it('8628-3.2-1 a device code that is taken is drawn again', async () => {
    const codes = ['first-device-code-0123456789', 'first-device-code-0123456789', 'other-device-code-0123456789']
    const server = createTestServer({ hooks: { generateDeviceCode: () => codes.shift() ?? '' } })
    await server.start()
    expect((await server.start()).device_code).toBe('other-device-code-0123456789')
  })
})

describe('hooks that return what cannot work', () => {
  const faults: [keyof Hooks, unknown[], RegExp][] = [
    [
      'generateUserCode',
      [undefined, null, 5, {}, '', 'SHORT', 'BCDF-GHJK-LMNP', 'AEIO-UAEI', 'x'.repeat(1000)],
      /generateUserCode must return/,
    ],
    [
      'generateDeviceCode',
      [undefined, null, 5, {}, '', 'short', 'x'.repeat(100), 'abcabcabcabcabcabcabcabcabc'],
      /generateDeviceCode must return/,
    ],
    [
      'getVerificationUri',
      [undefined, null, 5, {}, '', '/device', 'example.com/device', 'javascript:alert(1)'],
      /getVerificationUri must return/,
    ],
    ['validateRequestedScope', [undefined, null, 5, ['profile']], /validateRequestedScope must return/],
  ]
  it.each(faults.flatMap(([name, values, message]) => values.map((value) => [name, value, message] as const)))(
    '%s returning %j is 500, told to the application alone, and creates nothing',
    async (name, value, message) => {
      const errors: unknown[] = []
      const hooks: object = { [name]: () => value, onError: (error: unknown) => errors.push(error) }
      const server = countingServer(hooks)
      expectError(await server.deviceAuthorization(), 'server_error', 500)
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })])
      expect(server.created()).toBe(0)
    },
  )

  it.each([undefined, null, 0, '', true, 'tv'])('authenticateClient returning %j is invalid_client', async (value) => {
    const server = createTestServer({
      hooks: { authenticateClient: () => JSON.parse(JSON.stringify(value) ?? 'null') },
    })
    expectError(await server.deviceAuthorization(), 'invalid_client', 401)
  })

  it('what fails before the credential is kept leaves nothing behind', async () => {
    for (const name of [
      'authenticateClient',
      'validateRequestedScope',
      'getVerificationUri',
      'describeRequester',
      'generateDeviceCode',
      'generateUserCode',
    ]) {
      const hooks: object = { [name]: () => Promise.reject(new OAuthError('access_denied')) }
      const server = countingServer(hooks)
      expectError(await server.deviceAuthorization(), 'access_denied')
      expect(server.created()).toBe(0)
    }
  })
})

describe('the page of the application', () => {
  it.each([
    ['https://tv.example', 'https://tv.example/', 'https://tv.example/?user_code=BCDF-GHJK'],
    ['https://tv.example/a?x=1', 'https://tv.example/a?x=1', 'https://tv.example/a?x=1&user_code=BCDF-GHJK'],
    ['https://tv.example/a#b', 'https://tv.example/a#b', 'https://tv.example/a?user_code=BCDF-GHJK#b'],
  ])('getVerificationUri of %s', async (given, uri, complete) => {
    const server = createTestServer({
      paths: { verification: false },
      hooks: { getVerificationUri: () => given, generateUserCode: () => 'BCDF-GHJK' },
    })
    expect(await server.start()).toMatchObject({ verification_uri: uri, verification_uri_complete: complete })
    expect(server.deviceAuth.route('GET', '/device')).toBeUndefined()
  })
})

describe('what is known of the requester', () => {
  async function requester(server: TestServer, ...start: Parameters<TestServer['start']>): Promise<unknown> {
    return (await server.deviceAuth.find((await server.start(...start)).user_code))?.requester
  }

  it('8628-5.4-2 address and user agent, and what the hook adds', async () => {
    const server = createTestServer({ hooks: { describeRequester: async ({ ip }) => `near ${ip}` } })
    const extras = { ip: '192.0.2.7', headers: { 'user-agent': 'TV/1.0' } }
    expect(await requester(server, { client_id: 'tv' }, extras)).toEqual({
      ip: '192.0.2.7',
      userAgent: 'TV/1.0',
      description: 'near 192.0.2.7',
    })
  })

  it('8628-5.4-2 is bounded and free of what would mislead', async () => {
    const server = createTestServer({ hooks: { describeRequester: () => `Rome\u202e\u0007${'x'.repeat(1000)}` } })
    const headers = { 'user-agent': `TV\u0000\u001b[31m\u200b\u2028${'😀'.repeat(200)}` }
    const found = await requester(server, { client_id: 'tv' }, { headers })
    expect(found).toEqual({
      ip: '192.0.2.1',
      userAgent: expect.any(String),
      description: expect.stringMatching(/^Romex{190,}$/),
    })
    const { userAgent, description } = Object(found)
    expect(userAgent.length).toBeLessThanOrEqual(200)
    expect(description.length).toBeLessThanOrEqual(200)
    expect(userAgent).toMatch(/^TV\[31m(?:😀)+$/u)
  })

  it.each([undefined, null, 5, {}])('describeRequester returning %j adds nothing', async (value) => {
    const server = createTestServer({ hooks: { describeRequester: () => JSON.parse(JSON.stringify(value) ?? 'null') } })
    expect(await requester(server)).toEqual({ ip: '192.0.2.1' })
  })
})

it('emits requested, and nothing that is secret', async () => {
  const server = createTestServer()
  const events: unknown[] = []
  server.deviceAuth.on('requested', (event) => events.push(event))
  const { user_code: userCode } = await server.start({ client_id: 'tv', scope: 'email' }, { ip: '192.0.2.7' })
  const { id } = (await server.deviceAuth.find(userCode))!
  expect(events).toEqual([{ at: server.clock(), grantId: id, clientId: 'tv', scope: 'email', ip: '192.0.2.7' }])
  await server.deviceAuthorization({ client_id: 'unknown' })
  expect(events).toHaveLength(1)
})
