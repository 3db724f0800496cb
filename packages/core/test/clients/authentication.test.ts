import { randomBytes, scryptSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ClientAuthentication } from '../../src/contract/clients.ts'
import { secretsEqual } from '../../src/crypto/secrets.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { type Client, deviceClient } from '../../src/protocol.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  formRequest,
  issuer,
  postSecret,
  type RequestExtras,
  rsSecret,
  type TestServer,
} from '../server.ts'

/** For each endpoint that authenticates clients: a function that sends a request whose client alone may be wrong. */
const endpoints: [
  string,
  (server: TestServer, parameters: Record<string, string>, extras?: RequestExtras) => Promise<OAuthResponse>,
][] = [
  ['device authorization', (server, parameters, extras) => server.deviceAuthorization(parameters, extras)],
  ['token', (server, parameters, extras) => server.poll('unknown', parameters, extras)],
  ['revocation', (server, parameters, extras) => server.revoke({ token: 'unknown', ...parameters }, extras)],
]

function raw(text: string | Uint8Array): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` }
}

/** True if the client was authenticated, even if the request failed later. */
function isAuthenticated(response: OAuthResponse): boolean {
  return response.status === 200 || JSON.parse(response.body).error === 'invalid_grant'
}

function expectInvalidClient(response: OAuthResponse, challenged: boolean): void {
  expectError(response, 'invalid_client', 401)
  expect(response.headers['www-authenticate']).toBe(challenged ? `Basic realm="${issuer}"` : undefined)
}

describe('a client with several methods, or none at the device authorization endpoint', () => {
  const go = deviceClient({
    client_id: 'go',
    client_secret: postSecret,
    scope: 'profile',
    token_endpoint_auth_methods: ['client_secret_basic', 'client_secret_post'],
    device_authorization_endpoint_auth_method: 'none',
  })
  const { device_authorization_endpoint_auth_method: _, ...alike } = go
  const list: Client = { ...alike, client_id: 'list' }
  const server = (): TestServer => createTestServer({ clients: (id) => [go, list].find((one) => one.client_id === id) })
  const ways: [string, string, RequestExtras][] = [
    ['client_secret_basic', '', { headers: basic('list', postSecret) }],
    ['client_secret_post', postSecret, {}],
  ]

  it.each(endpoints)('6749-2.3.1-1 is accepted by each of them at the %s endpoint', async (_name, send) => {
    for (const [, secret, extras] of ways) {
      const form = secret === '' ? {} : { client_id: 'list', client_secret: secret }
      expect(isAuthenticated(await send(server(), form, extras))).toBe(true)
    }
    expectInvalidClient(await send(server(), { client_id: 'list' }), false)
    expectInvalidClient(await send(server(), {}, { headers: basic('list', '') }), true)
    expectInvalidClient(await send(server(), { client_id: 'list', client_secret: 'wrong' }), false)
  })

  it('6749-2.3-1 may not use two of them in one request', async () => {
    const both = await server().poll('unknown', { client_id: 'list', client_secret: postSecret }, ways[0]?.[2])
    expectError(both, 'invalid_request')
  })

  it('8628-3.1-10 asks for codes by its id alone if its metadata say so; the tokens need the secret', async () => {
    const target = server()
    const codes = await target.start({ client_id: 'go' })
    await target.approve(codes.user_code)
    expectInvalidClient(await target.poll(codes.device_code, { client_id: 'go' }), false)
    const token = expectToken(await target.poll(codes.device_code, { client_id: 'go', client_secret: postSecret }))
    expectInvalidClient(await target.refresh(token.refresh_token ?? '', { client_id: 'go' }), false)
    expectInvalidClient(await target.revoke({ client_id: 'go', token: token.access_token }), false)
  })

  it('8628-3.1-10 a secret that it sends all the same has to be right', async () => {
    expectInvalidClient(await server().deviceAuthorization({ client_id: 'go', client_secret: 'wrong' }), false)
    expectInvalidClient(await server().deviceAuthorization({}, { headers: basic('go', 'wrong') }), true)
    expect((await server().deviceAuthorization({}, { headers: basic('go', postSecret) })).status).toBe(200)
  })

  it.each([
    ['token_endpoint_auth_methods', { token_endpoint_auth_methods: 'client_secret_basic' }],
    ['token_endpoint_auth_methods', { token_endpoint_auth_methods: [] }],
    ['token_endpoint_auth_methods', { token_endpoint_auth_methods: ['client_secret_basic', 'none'] }],
    ['token_endpoint_auth_method', { token_endpoint_auth_methods: ['mtls'] }],
    [
      'token_endpoint_auth_methods',
      { token_endpoint_auth_method: 'client_secret_post', token_endpoint_auth_methods: ['client_secret_basic'] },
    ],
    ['client_secret', { token_endpoint_auth_methods: ['client_secret_post'], client_secret: '' }],
    ['device_authorization_endpoint_auth_method', { device_authorization_endpoint_auth_method: 'client_secret_basic' }],
  ])('a listed client with a wrong %s is refused: %j', (member, metadata) => {
    const client = { client_id: 'x', client_secret: 's', ...metadata } as never
    expect(() => createTestServer({ clients: [client] })).toThrow(`clients[0].${member}`)
  })
})

describe.each(endpoints)('at the %s endpoint', (_name, send) => {
  it('6749-2.3.1-1 6749-2.3.1-2 accepts Basic with a form-encoded id and secret', async () => {
    expect(isAuthenticated(await send(createTestServer(), {}, { headers: basic('conf', confSecret) }))).toBe(true)
  })

  it('8628-3.1-10 8628-3.4-4 6749-3.2.1-1 V12 V13 refuses a confidential client with a wrong secret or none', async () => {
    const server = createTestServer()
    expectInvalidClient(await send(server, { client_id: 'conf' }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('conf', 'wrong') }), true)
    expectInvalidClient(await send(server, {}, { headers: basic('conf', '') }), true)
    expectInvalidClient(await send(server, { client_id: 'post', client_secret: 'wrong' }), false)
    expectInvalidClient(await send(server, { client_id: 'post' }), false)
  })

  it('6749-5.2-2 answers a wrong Authorization header with 401 and a challenge, other failures without a challenge', async () => {
    const server = createTestServer()
    expectInvalidClient(await send(server, {}, { headers: basic('unknown', 'x') }), true)
    expectInvalidClient(await send(server, { client_id: 'unknown' }), false)
    expectInvalidClient(await send(server, { client_id: 'unknown', client_secret: 'x' }), false)
    expectInvalidClient(await send(server, {}, { headers: { authorization: 'Bearer abc' } }), true)
  })

  it('8628-3.1-3 8628-3.4-3 answers invalid_request to a request without any client', async () => {
    const server = createTestServer()
    expectError(await send(server, {}), 'invalid_request')
    expectError(await send(server, { client_id: '' }), 'invalid_request')
    expectError(await send(server, { client_secret: postSecret }), 'invalid_request')
  })

  it('6749-2.3.1-4 ignores credentials in the URL', async () => {
    const server = createTestServer()
    expectError(await send(server, {}, { query: 'client_id=tv' }), 'invalid_request')
    const query = `client_id=post&client_secret=${postSecret}`
    expectError(await send(server, {}, { query }), 'invalid_request')
    expectInvalidClient(await send(server, { client_id: 'post' }, { query }), false)
  })

  it('6749-2.3.1-3 accepts a secret in the body only from clients registered for it', async () => {
    const server = createTestServer()
    expect(isAuthenticated(await send(server, { client_id: 'post', client_secret: postSecret }))).toBe(true)
    expectInvalidClient(await send(server, { client_id: 'conf', client_secret: confSecret }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('post', postSecret) }), true)
  })

  it('6749-2.3-2 refuses two methods in one request', async () => {
    const server = createTestServer()
    const headers = basic('conf', confSecret)
    const assertion = {
      client_assertion: 'x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }
    expectError(await send(server, { client_id: 'conf', client_secret: confSecret }, { headers }), 'invalid_request')
    expectError(await send(server, assertion, { headers }), 'invalid_request')
    expectError(await send(server, { client_id: 'post', client_secret: postSecret, ...assertion }), 'invalid_request')
    // client_id beside Basic is allowed if it names the same client
    expect(isAuthenticated(await send(server, { client_id: 'conf' }, { headers }))).toBe(true)
    expectError(await send(server, { client_id: 'tv' }, { headers }), 'invalid_request')
  })

  it('6749-2.3.2-1 accepts the registered method only', async () => {
    const pk: Client = {
      ...deviceClient({ client_id: 'pk' }),
      client_secret: 's',
      token_endpoint_auth_method: 'private_key_jwt',
    }
    const clientAuthentication = { private_key_jwt: { identify: () => undefined, verify: () => false } }
    const server = createTestServer({ clients: [...clients, pk], clientAuthentication })
    expectInvalidClient(await send(server, { client_id: 'pk', client_secret: 's' }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('pk', 's') }), true)
    expectInvalidClient(await send(server, { client_id: 'pk' }), false)
    // a public client has no credentials
    expectInvalidClient(await send(server, { client_id: 'tv', client_secret: 'x' }), false)
    expectInvalidClient(await send(server, { client_id: 'tv', client_assertion: 'x' }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('tv', 'x') }), true)
  })

  it('8628-3.1-11 accepts a public client by client_id, or by Basic with an empty secret', async () => {
    const server = createTestServer()
    expect(isAuthenticated(await send(server, { client_id: 'tv' }))).toBe(true)
    expect(isAuthenticated(await send(server, {}, { headers: basic('tv', '') }))).toBe(true)
  })

  it.each(['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'])(
    '8628-3.1-8 refuses a repeated %s',
    async (name) => {
      const server = createTestServer()
      const token = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' }
      for (const path of ['/device_authorization', '/token', '/revoke', '/introspect']) {
        for (const second of ['a', 'b', '']) {
          const parameters: [string, string][] = [
            ...Object.entries({ ...token, token: 'x' }),
            [name, 'a'],
            [name, second],
          ]
          expectError(await server.post(path, parameters), 'invalid_request')
        }
      }
    },
  )
})

describe('Basic', () => {
  const hostile: [string, string][] = [
    ['an empty header', ''],
    ['the scheme alone', 'Basic'],
    ['an empty value', 'Basic '],
    ['only padding', 'Basic ='],
    ['characters outside base64', 'Basic !!!!'],
    ['an unencoded text', 'Basic conf:secret'],
    ['one character', 'Basic A'],
    ['no colon', raw('conf').authorization],
    ['no id', raw(':secret').authorization],
    ['only a colon', raw(':').authorization],
    ['invalid UTF-8', raw(Uint8Array.of(0x63, 0x3a, 0xff, 0xfe)).authorization],
    ['percent-encoded invalid UTF-8', raw('conf:%ff%fe').authorization],
    ['an incomplete percent-encoding', raw('conf:100%').authorization],
    ['NUL', raw('conf\u0000:x').authorization],
    ['a name of Object.prototype', raw('__proto__:x').authorization],
    ['8 kB', raw(`conf:${'x'.repeat(6000)}`).authorization],
    ['two credentials in one line', `${basic('conf', confSecret).authorization}, ${basic('conf', 'x').authorization}`],
    ['non-ASCII characters', 'Basic ünïcödé'],
    ['another scheme', 'Digest username="conf"'],
  ]
  it.each(hostile)('F-61 6749-2.3.1-1 %s gets 401, never 500', async (_name, authorization) => {
    const server = createTestServer()
    for (const [, send] of endpoints) expectInvalidClient(await send(server, {}, { headers: { authorization } }), true)
    expect(server.errors).toEqual([])
  })

  it('F-61 the scheme is case-insensitive', async () => {
    const { authorization } = basic('conf', confSecret)
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      const headers = { authorization: authorization.replace('Basic', scheme) }
      expect((await createTestServer().deviceAuthorization({}, { headers })).status).toBe(200)
    }
  })

  it('F-61 two Authorization headers are refused, in either order', async () => {
    const { deviceAuth } = createTestServer()
    const right = basic('conf', confSecret).authorization
    const wrong = basic('conf', 'wrong').authorization
    for (const authorization of [
      [right, wrong],
      [wrong, right],
      [right, right],
    ]) {
      const request = formRequest('/device_authorization', {})
      const endpoint = deviceAuth.route('POST', '/device_authorization')
      const response = await endpoint?.({ ...request, headers: { ...request.headers, authorization } })
      expectError(response!, 'invalid_client', 401)
    }
  })

  it('6749-2.3.1-1 a secret works without form-encoding if it has no special characters, and so does base64url', async () => {
    const plain = deviceClient({ client_id: 'plain', client_secret: 'abc-_.~XYZ09>>>???' })
    const server = createTestServer({ clients: [plain] })
    const { authorization } = raw('plain:abc-_.~XYZ09>>>???')
    for (const header of [authorization, authorization.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')]) {
      expect((await server.deviceAuthorization({}, { headers: { authorization: header } })).status).toBe(200)
    }
  })

  it('6749-2.3.1-1 the secret is everything after the first colon, and + is a space', async () => {
    const server = createTestServer()
    expect((await server.deviceAuthorization({}, { headers: raw('conf:a%3Ab%25%2B+%C3%BC') })).status).toBe(200)
    expect((await server.deviceAuthorization({}, { headers: raw('conf:a:b%25%2B%20%c3%bc') })).status).toBe(200)
    expectInvalidClient(await server.deviceAuthorization({}, { headers: raw('conf:a:b%25+%20%c3%bc') }), true)
  })
})

describe('hashed secrets', () => {
  const salt = randomBytes(16)
  const hashed = `${salt.toString('hex')}:${scryptSync('s3cret', salt, 32, { N: 1024 }).toString('hex')}`

  it('verifyClientSecret can compare with a hash', async () => {
    const server = createTestServer({
      clients: [deviceClient({ client_id: 'conf', client_secret: hashed })],
      hooks: {
        verifyClientSecret(client, secret) {
          const [salted = '', hash = ''] = client.client_secret?.split(':') ?? []
          return secretsEqual(hash, scryptSync(secret, Buffer.from(salted, 'hex'), 32, { N: 1024 }).toString('hex'))
        },
      },
    })
    expect((await server.deviceAuthorization({}, { headers: basic('conf', 's3cret') })).status).toBe(200)
    expectInvalidClient(await server.deviceAuthorization({}, { headers: basic('conf', 'wrong') }), true)
    // the hash itself must not work as the secret
    expectInvalidClient(await server.deviceAuthorization({}, { headers: basic('conf', hashed) }), true)
  })

  it.each([1, 'yes', {}, null, undefined])('only true accepts a secret: %j refuses it', async (answer) => {
    const server = createTestServer({
      hooks: { verifyClientSecret: () => JSON.parse(JSON.stringify(answer) ?? 'null') },
    })
    expectInvalidClient(await server.deviceAuthorization({}, { headers: basic('conf', confSecret) }), true)
  })
})

describe('an authentication method of the application', () => {
  class Assertion implements ClientAuthentication {
    readonly parameters = ['assertion_hint']
    readonly #proof: string

    constructor(proof: string) {
      this.#proof = proof
    }

    identify({ parameters }: Parameters<ClientAuthentication['identify']>[0]): string | undefined {
      return parameters.get('client_assertion')?.split('|')[0]
    }

    async verify({ parameters }: Parameters<ClientAuthentication['identify']>[0], client: Client): Promise<boolean> {
      return parameters.get('client_assertion') === `${client.client_id}|${this.#proof}`
    }
  }

  const pk: Client = { ...deviceClient({ client_id: 'pk' }), token_endpoint_auth_method: 'private_key_jwt' }
  const make = (): TestServer =>
    createTestServer({ clients: [...clients, pk], clientAuthentication: { private_key_jwt: new Assertion('signed') } })

  it('authenticates its clients at every endpoint, without client_id', async () => {
    const server = make()
    for (const [, send] of endpoints) {
      expect(isAuthenticated(await send(server, { client_assertion: 'pk|signed' }))).toBe(true)
      expect(isAuthenticated(await send(server, { client_assertion: 'pk|signed', client_id: 'pk' }))).toBe(true)
      expectInvalidClient(await send(server, { client_assertion: 'pk|forged' }), false)
      expectInvalidClient(await send(server, { client_assertion: 'nobody|signed' }), false)
      expectInvalidClient(await send(server, { client_assertion: 'conf|signed' }), false)
      expectError(await send(server, { client_assertion: 'pk|signed', client_id: 'tv' }), 'invalid_request')
    }
  })

  it('6749-2.3-2 an assertion with a secret, or with Basic, is refused', async () => {
    const server = make()
    expectError(
      await server.deviceAuthorization({ client_assertion: 'pk|signed', client_id: 'pk', client_secret: 'x' }),
      'invalid_request',
    )
    expectError(
      await server.deviceAuthorization({ client_assertion: 'pk|signed' }, { headers: basic('pk', 'x') }),
      'invalid_request',
    )
  })

  it('refuses its own parameters when they are repeated', async () => {
    const twice = [
      ['client_assertion', 'pk|signed'],
      ['assertion_hint', 'a'],
      ['assertion_hint', 'b'],
    ] as const
    expectError(await make().deviceAuthorization(twice), 'invalid_request')
  })

  it('signs a device in', async () => {
    const server = make()
    const { device_code: deviceCode, user_code: userCode } = await server.start({ client_assertion: 'pk|signed' })
    await server.approve(userCode)
    expectInvalidClient(await server.poll(deviceCode, { client_assertion: 'pk|forged' }), false)
    expectToken(await server.poll(deviceCode, { client_assertion: 'pk|signed' }))
  })

  it('F-64 an error in it is answered with 500, a promise that never settles with 503', async () => {
    const broken = { identify: () => 'pk', verify: (): boolean => JSON.parse('{') }
    const failing = createTestServer({ clients: [pk], clientAuthentication: { private_key_jwt: broken } })
    expectError(await failing.deviceAuthorization({}), 'server_error', 500)
    const hanging = { identify: () => 'pk', verify: () => new Promise<boolean>(() => {}) }
    const slow = createTestServer({ clients: [pk], clientAuthentication: { private_key_jwt: hanging }, timeout: 0.02 })
    expectError(await slow.deviceAuthorization({}), 'temporarily_unavailable', 503)
  })
})

it('6749-10.2-1 8628-3.4-4 a wrong secret does not change the state of the code', async () => {
  const server = createTestServer()
  const headers = basic('conf', confSecret)
  const { device_code: deviceCode, user_code: userCode } = await server.start({}, { headers })
  await server.approve(userCode)
  expectInvalidClient(await server.poll(deviceCode, { client_id: 'conf' }), false)
  expectInvalidClient(await server.poll(deviceCode, {}, { headers: basic('conf', 'wrong') }), true)
  expectError(await server.poll(deviceCode, {}, { headers: basic('rs', rsSecret) }), 'unauthorized_client')
  expectToken(await server.poll(deviceCode, {}, { headers }))
})

describe('F-35 timing', () => {
  it('secretsEqual compares texts of any length', () => {
    expect(secretsEqual('a', 'a')).toBe(true)
    expect(secretsEqual('a', 'b')).toBe(false)
    expect(secretsEqual('a', 'a'.repeat(1000))).toBe(false)
    expect(secretsEqual('', '')).toBe(true)
    expect(secretsEqual('ü', 'ü')).toBe(true)
  })

  it('F-35 no source compares a secret, a code or a token by ===', () => {
    const root = new URL('../../src/', import.meta.url)
    const files = readdirSync(root, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(40)
    const secret = String.raw`[\w.?#]*(?:[sS]ecret|[cC]ode|[tT]oken|[tT]ag|[pP]assword)\b`
    const other = String.raw`(?!\s|undefined|null|false|true|['"\d])[\w.?#]+`
    // digests may be compared by ===: without the secret nobody can choose them
    const compared = new RegExp(`${secret}\\s*[!=]==?\\s*${other}|[!=]==?\\s*${secret}(?!\\s*[.?(])`)
    const found = files.flatMap((name) =>
      readFileSync(new URL(name, root), 'utf8')
        .split('\n')
        .filter((line) => compared.test(line) && !/^\s*(?:\*|\/\/)/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    )
    expect(found).toEqual([])
    expect(compared.test('if (client.client_secret === secret) return')).toBe(true)
    expect(compared.test('if (shown !== refreshToken) return')).toBe(true)
  })
})
