import { randomBytes, scryptSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ClientAuthentication } from '../../src/contract/clients.ts'
import { secretsEqual } from '../../src/crypto/secrets.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { type Client, deviceClient } from '../../src/protocol.ts'
import type { StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
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

/** A client's way to each endpoint that authenticates clients: a request that is fine but for the client. */
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

/** Whether the client got past its authentication. */
function isAuthenticated(response: OAuthResponse): boolean {
  return response.status === 200 || JSON.parse(response.body).error === 'invalid_grant'
}

function expectInvalidClient(response: OAuthResponse, challenged: boolean): void {
  expectError(response, 'invalid_client', 401)
  expect(response.headers['www-authenticate']).toBe(challenged ? `Basic realm="${issuer}"` : undefined)
}

describe.each(endpoints)('at the %s endpoint', (_name, send) => {
  it('6749-2.3.1-1 6749-2.3.1-2 Basic with id and secret form-encoded first', async () => {
    expect(isAuthenticated(await send(createTestServer(), {}, { headers: basic('conf', confSecret) }))).toBe(true)
  })

  it('8628-3.1-10 8628-3.4-4 6749-3.2.1-1 V12 V13 a confidential client without or with a wrong secret is refused', async () => {
    const server = createTestServer()
    expectInvalidClient(await send(server, { client_id: 'conf' }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('conf', 'wrong') }), true)
    expectInvalidClient(await send(server, {}, { headers: basic('conf', '') }), true)
    expectInvalidClient(await send(server, { client_id: 'post', client_secret: 'wrong' }), false)
    expectInvalidClient(await send(server, { client_id: 'post' }), false)
  })

  it('6749-5.2-2 a wrong Authorization header is 401 with a challenge, other failures without', async () => {
    const server = createTestServer()
    expectInvalidClient(await send(server, {}, { headers: basic('unknown', 'x') }), true)
    expectInvalidClient(await send(server, { client_id: 'unknown' }), false)
    expectInvalidClient(await send(server, { client_id: 'unknown', client_secret: 'x' }), false)
    expectInvalidClient(await send(server, {}, { headers: { authorization: 'Bearer abc' } }), true)
  })

  it('8628-3.1-3 8628-3.4-3 no client at all is invalid_request', async () => {
    const server = createTestServer()
    expectError(await send(server, {}), 'invalid_request')
    expectError(await send(server, { client_id: '' }), 'invalid_request')
    expectError(await send(server, { client_secret: postSecret }), 'invalid_request')
  })

  it('6749-2.3.1-4 credentials in the URL are not read', async () => {
    const server = createTestServer()
    expectError(await send(server, {}, { query: 'client_id=tv' }), 'invalid_request')
    const query = `client_id=post&client_secret=${postSecret}`
    expectError(await send(server, {}, { query }), 'invalid_request')
    expectInvalidClient(await send(server, { client_id: 'post' }, { query }), false)
  })

  it('6749-2.3.1-3 a secret in the body is for clients registered for it, and for them alone', async () => {
    const server = createTestServer()
    expect(isAuthenticated(await send(server, { client_id: 'post', client_secret: postSecret }))).toBe(true)
    expectInvalidClient(await send(server, { client_id: 'conf', client_secret: confSecret }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('post', postSecret) }), true)
  })

  it('6749-2.3-2 one method in a request', async () => {
    const server = createTestServer()
    const headers = basic('conf', confSecret)
    const assertion = {
      client_assertion: 'x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }
    expectError(await send(server, { client_id: 'conf', client_secret: confSecret }, { headers }), 'invalid_request')
    expectError(await send(server, assertion, { headers }), 'invalid_request')
    expectError(await send(server, { client_id: 'post', client_secret: postSecret, ...assertion }), 'invalid_request')
    // the same client twice over is fine, another one is not
    expect(isAuthenticated(await send(server, { client_id: 'conf' }, { headers }))).toBe(true)
    expectError(await send(server, { client_id: 'tv' }, { headers }), 'invalid_request')
  })

  it('6749-2.3.2-1 the registered method, and no other', async () => {
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
    // a public client cannot prove more than its name
    expectInvalidClient(await send(server, { client_id: 'tv', client_secret: 'x' }), false)
    expectInvalidClient(await send(server, { client_id: 'tv', client_assertion: 'x' }), false)
    expectInvalidClient(await send(server, {}, { headers: basic('tv', 'x') }), true)
  })

  it('8628-3.1-11 a public client says who it is, by client_id or by Basic with an empty secret', async () => {
    const server = createTestServer()
    expect(isAuthenticated(await send(server, { client_id: 'tv' }))).toBe(true)
    expect(isAuthenticated(await send(server, {}, { headers: basic('tv', '') }))).toBe(true)
  })

  it.each(['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'])(
    '8628-3.1-8 %s twice is refused',
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
    ['nothing', ''],
    ['the scheme alone', 'Basic'],
    ['an empty value', 'Basic '],
    ['just padding', 'Basic ='],
    ['no base64', 'Basic !!!!'],
    ['a text in clear', 'Basic conf:secret'],
    ['one character', 'Basic A'],
    ['no colon', raw('conf').authorization],
    ['no id', raw(':secret').authorization],
    ['just a colon', raw(':').authorization],
    ['invalid UTF-8', raw(Uint8Array.of(0x63, 0x3a, 0xff, 0xfe)).authorization],
    ['invalid UTF-8 behind percent signs', raw('conf:%ff%fe').authorization],
    ['a broken percent sign', raw('conf:100%').authorization],
    ['NUL', raw('conf\u0000:x').authorization],
    ['a name of Object.prototype', raw('__proto__:x').authorization],
    ['8 kB', raw(`conf:${'x'.repeat(6000)}`).authorization],
    ['two credentials in one line', `${basic('conf', confSecret).authorization}, ${basic('conf', 'x').authorization}`],
    ['beyond ASCII', 'Basic ünïcödé'],
    ['another scheme', 'Digest username="conf"'],
  ]
  it.each(hostile)('F-61 6749-2.3.1-1 %s is 401, never 500', async (_name, authorization) => {
    const server = createTestServer()
    for (const [, send] of endpoints) expectInvalidClient(await send(server, {}, { headers: { authorization } }), true)
    expect(server.errors).toEqual([])
  })

  it('F-61 the scheme is read in any case', async () => {
    const { authorization } = basic('conf', confSecret)
    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      const headers = { authorization: authorization.replace('Basic', scheme) }
      expect((await createTestServer().deviceAuthorization({}, { headers })).status).toBe(200)
    }
  })

  it('F-61 two Authorization headers are refused, whichever comes first', async () => {
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

  it('6749-2.3.1-1 a secret without special characters works as it is, and so does base64url', async () => {
    const plain = deviceClient({ client_id: 'plain', client_secret: 'abc-_.~XYZ09>>>???' })
    const server = createTestServer({ clients: [plain] })
    const { authorization } = raw('plain:abc-_.~XYZ09>>>???')
    for (const header of [authorization, authorization.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')]) {
      expect((await server.deviceAuthorization({}, { headers: { authorization: header } })).status).toBe(200)
    }
  })

  it('6749-2.3.1-1 everything behind the first colon is the secret; + is a space', async () => {
    const server = createTestServer()
    expect((await server.deviceAuthorization({}, { headers: raw('conf:a%3Ab%25%2B+%C3%BC') })).status).toBe(200)
    expect((await server.deviceAuthorization({}, { headers: raw('conf:a:b%25%2B%20%c3%bc') })).status).toBe(200)
    expectInvalidClient(await server.deviceAuthorization({}, { headers: raw('conf:a:b%25+%20%c3%bc') }), true)
  })
})

describe('guessing', () => {
  const attempt = (server: TestServer, secret: string, ip: string): Promise<OAuthResponse> =>
    server.deviceAuthorization({}, { headers: basic('conf', secret), ip })

  async function guess(server: TestServer, ip: string): Promise<OAuthResponse> {
    for (let count = 0; count < 20; count++) expectInvalidClient(await attempt(server, `wrong ${count}`, ip), true)
    return attempt(server, 'wrong again', ip)
  }

  it('6749-2.3.1-6 7009-5-1 after 20 wrong secrets that address is refused, right or wrong, for the hour', async () => {
    const server = createTestServer()
    const events: unknown[] = []
    server.deviceAuth.on('limited', (event) => events.push(event))
    const refused = await guess(server, '192.0.2.1')
    expectError(refused, 'invalid_client', 429)
    expect(refused.headers['retry-after']).toBe('3600')
    expect(events).toEqual([{ at: server.clock(), limit: 'clientSecret', clientId: 'conf', ip: '192.0.2.1' }])
    server.clock.advance(600)
    const still = await attempt(server, confSecret, '192.0.2.1')
    expectError(still, 'invalid_client', 429)
    expect(still.headers['retry-after']).toBe('3000')
    // the same budget at every endpoint
    expectError(
      await server.poll('x', {}, { headers: basic('conf', confSecret), ip: '192.0.2.1' }),
      'invalid_client',
      429,
    )
    expectError(
      await server.revoke({ token: 'x' }, { headers: basic('conf', 'wrong'), ip: '192.0.2.1' }),
      'invalid_client',
      429,
    )
    server.clock.advance(3000)
    expect((await attempt(server, confSecret, '192.0.2.1')).status).toBe(200)
  })

  it('6749-2.3.1-6 the right secret from another address works, and so does another client from this one', async () => {
    const server = createTestServer()
    expectError(await guess(server, '192.0.2.1'), 'invalid_client', 429)
    expect((await attempt(server, confSecret, '192.0.2.2')).status).toBe(200)
    expect(
      (await server.deviceAuthorization({ client_id: 'post', client_secret: postSecret }, { ip: '192.0.2.1' })).status,
    ).toBe(200)
    expect((await server.deviceAuthorization({ client_id: 'tv' }, { ip: '192.0.2.1' })).status).toBe(200)
  })

  it('6749-2.3.1-6 an IPv6 household is one address', async () => {
    const server = createTestServer()
    for (let count = 0; count < 20; count++) {
      expectInvalidClient(await attempt(server, 'wrong', `2001:db8::${count}`), true)
    }
    expectError(await attempt(server, 'wrong', '2001:db8::ffff'), 'invalid_client', 429)
    expect((await attempt(server, confSecret, '2001:db8:0:1::1')).status).toBe(200)
  })

  it('F-31 a right secret in between resets nothing', async () => {
    const server = createTestServer({ limits: { clientSecretsPerAddress: 3 } })
    for (let count = 0; count < 3; count++) {
      expectInvalidClient(await attempt(server, 'wrong', '192.0.2.1'), true)
      expect((await attempt(server, confSecret, '192.0.2.1')).status).toBe(200)
    }
    expectError(await attempt(server, 'wrong', '192.0.2.1'), 'invalid_client', 429)
  })

  it('6749-2.3.1-6 guesses made at the same time count against each other', async () => {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const server = createTestServer({
      limits: { clientSecretsPerAddress: 3 },
      hooks: {
        async verifyClientSecret(client, secret) {
          const right = client.client_secret === secret
          if (right) await gate
          return right
        },
      },
    })
    const right = attempt(server, confSecret, '192.0.2.1')
    const wrong = Array.from({ length: 10 }, (_, count) => attempt(server, `wrong ${count}`, '192.0.2.1'))
    const statuses = (await Promise.all(wrong)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(7)
    open()
    expectError(await right, 'invalid_client', 429)
  })

  it('right secrets and public clients cost no store call', async () => {
    const steps: StoreStep[] = []
    const server = createTestServer({ store: faultyStore(new MemoryStore(), (step) => void steps.push(step)) })
    await server.poll('x', {}, { headers: basic('conf', confSecret) })
    await server.poll('x')
    expect(steps).toEqual(['pollDeviceCredential', 'pollDeviceCredential'])
  })
})

describe('hashed secrets', () => {
  const salt = randomBytes(16)
  const hashed = `${salt.toString('hex')}:${scryptSync('s3cret', salt, 32, { N: 1024 }).toString('hex')}`

  it('verifyClientSecret compares what the application keeps', async () => {
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
    // the hash is no secret
    expectInvalidClient(await server.deviceAuthorization({}, { headers: basic('conf', hashed) }), true)
  })

  it.each([1, 'yes', {}, null, undefined])('only true is a yes: %j is none', async (answer) => {
    const server = createTestServer({
      hooks: { verifyClientSecret: () => JSON.parse(JSON.stringify(answer) ?? 'null') },
    })
    expectInvalidClient(await server.deviceAuthorization({}, { headers: basic('conf', confSecret) }), true)
  })
})

describe('a method of the application', () => {
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

  it('6749-2.3-2 assertion and secret, assertion and Basic are too much', async () => {
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

  it('its own parameters may not be repeated', async () => {
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

  it('F-64 what it throws is answered 500, what it never answers 503', async () => {
    const broken = { identify: () => 'pk', verify: (): boolean => JSON.parse('{') }
    const failing = createTestServer({ clients: [pk], clientAuthentication: { private_key_jwt: broken } })
    expectError(await failing.deviceAuthorization({}), 'server_error', 500)
    const hanging = { identify: () => 'pk', verify: () => new Promise<boolean>(() => {}) }
    const slow = createTestServer({ clients: [pk], clientAuthentication: { private_key_jwt: hanging }, timeout: 0.02 })
    expectError(await slow.deviceAuthorization({}), 'temporarily_unavailable', 503)
  })
})

it('6749-10.2-1 8628-3.4-4 a wrong secret leaves the code as it was', async () => {
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
  it('secretsEqual takes texts of any length', () => {
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
    // digests may be compared: who does not know the secret cannot choose them
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
