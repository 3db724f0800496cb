import { afterEach, describe, expect, it, vi } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import type { DeviceAuth } from '../../src/contract/device-auth.ts'
import type { DeviceAuthOptions } from '../../src/contract/options.ts'
import type { OpenIdProvider } from '../../src/contract/tokens.ts'
import { DeviceAuthHooks } from '../../src/hooks/default.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { memoryRegisteredClients } from '../../src/stores/memory/registered-clients.ts'
import { opaqueTokens } from '../../src/tokens/access-token.ts'
import { clients, createTestServer, issuer } from '../server.ts'

const openid: OpenIdProvider = {
  keys: { list: () => [], maxAge: 60 },
  metadata: {},
  issue: () => 'an.id.token',
  userInfo: () => ({}),
}

const keyBinding = { method: 'jkt', error: 'invalid_dpop_proof', metadata: {}, read: () => undefined }

/** The shortest secret that is accepted: 32 characters. */
const strong = 'Zq3vT8mK1xW6rB0nY5cH9dL2sJ7pF4gA'
const secret = 'correct horse battery staple, and then some'

/** Makes a server with options of any type, as JavaScript may give them. */
function create(options: Record<string, unknown>): DeviceAuth {
  return createDeviceAuth({ issuer, clients, ...options } as DeviceAuthOptions)
}

function refusal(options: Record<string, unknown>): string {
  try {
    create(options)
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ name: 'OptionError' })
    return String(error)
  }
  throw new Error(`accepted: ${JSON.stringify(options)}`)
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('each option', () => {
  // option, wrong values, what the message says is expected
  const wrong: [string, unknown[], RegExp][] = [
    ['compatibility', [5, 'github', ['git'], ['json', 'json']], /a list of some of better-auth, entra, github/],
    ['issuer', [5, {}, ['x']], /the https URL that names this server/],
    ['clients', [5, 'tv', { tv: {} }], /an array of clients, or a function that finds one/],
    ['scopes', [5, 'profile', ['profile'], { 'a b': 'x' }, { 'a"b': 'x' }, { profile: 5 }], /an object of scopes/],
    ['tokenExchange', [5, true, {}, { expiresIn: 0 }, { expiresIn: '60' }], /false or \{ expiresIn: seconds \}/],
    ['switchAccountUrl', [5, 'switch', '//evil.example', 'javascript:alert(1)'], /a path such as '\/login'/],
    ['resources', [5, 'https://a.example', ['https://a.example'], { '/a': '' }], /an object of absolute URIs/],
    ['authorizationDetails', [5, [], {}, { payment: {} }], /an object of types by name/],
    ['acrValues', [5, 'urn:a', ['a b'], [1]], /a list of classes of log-ins/],
    ['loginUrl', [5, 'login', '//evil.example', '/\\evil.example', 'javascript:alert(1)'], /a path such as '\/login'/],
    ['store', [5, [], 'redis://localhost', {}], /a store/],
    ['secret', [5, '', 'short', strong.slice(1)], /a string of at least 32 characters/],
    ['expiresIn', ['600', 29, 3601, 60.5, Number.NaN, -1], /a whole number of seconds from 30 to 3600/],
    ['interval', ['5', 0, 61, 1.5, Number.POSITIVE_INFINITY], /a whole number of seconds from 1 to 60/],
    ['userCode', [5, 'digital', {}, { type: 'words' }, { type: 'toString' }, []], /\{ type: 'string' \}/],
    ['verificationUriComplete', ['true', 1], /true or false/],
    [
      'keyBinding',
      [
        true,
        'dpop',
        {},
        [{}],
        { ...keyBinding, method: 'x5c' },
        { ...keyBinding, read: undefined },
        [keyBinding, keyBinding],
      ],
      /dpop\(\) or certificateBinding\(\{ certificate \}\) of the package @device-auth\/jwt, or a list of both/,
    ],
    ['accessToken', [5, {}, 'jwt', { ...opaqueTokens(), expiresIn: 0 }], /a token format/],
    [
      'openid',
      [true, {}, 'openid', { ...openid, keys: {} }, { ...openid, metadata: undefined }],
      /openIdConnect\(\{ keys \}\)/,
    ],
    ['refreshToken', [5, true, {}, { expiresIn: '1' }, { expiresIn: 0 }], /false or \{ expiresIn: seconds \}/],
    ['redemptionGrace', ['30', -1, 301, Number.NaN], /a number of seconds from 0 to 300/],
    ['onStoreFailure', ['fail', 5], /"pending" or "unavailable"/],
    ['timeout', ['5', 0, 61, Number.POSITIVE_INFINITY], /a number of seconds from 0\.001 to 60/],
    [
      'approval',
      [5, [], {}, { ask() {} }, { ask() {}, verify() {}, enrolment: {} }],
      /a proof such as passkeyApproval/,
    ],
    [
      'signals',
      [5, {}, { endSessions: 5 }, { endSessions: () => {}, verifies: () => {} }],
      /an object with the function endSessions/,
    ],
    [
      'registration',
      [
        5,
        {},
        { authorize: () => true },
        { store: memoryRegisteredClients() },
        { store: {}, authorize: () => true },
        { store: memoryRegisteredClients(), initialAccessTokens: ['short'] },
        { store: memoryRegisteredClients(), initialAccessTokens: [] },
        { store: memoryRegisteredClients(), initialAccessTokens: ['t'.repeat(32)], authorize: () => true },
        { store: memoryRegisteredClients(), authorize: () => true, maxClients: 0 },
        { store: memoryRegisteredClients(), authorize: () => true, scopes: 'profile' },
      ],
      /an object with `store`, and either `initialAccessTokens`/,
    ],
    ['verificationApi', [5, [], {}, { origins: '*' }, { origins: ['*'] }], /a list of https origins without a path/],
    ['longPolling', [5, true, [], 'wait'], /false, or an object/],
    ['maxConcurrentRequests', ['5', 0, 1.5, 100_001], /a whole number of requests from 1 to 100000/],
    ['paths', [5, '/token', ['/token']], /an object/],
    ['limits', [5, '10', [10]], /an object/],
    ['pages', [5, '10', [10]], /an object/],
    ['risk', ['medium', true], /"low" or "high"/],
    ['policy', [5, 'high', []], /an object/],
    ['hooks', [5, [], () => ({})], /an object/],
    ['events', [5, [], () => {}], /an object/],
    [
      'grants',
      [5, [], { x: 5 }, { x: null }, { x: { parameters: [] } }, { x: { respond() {} } }],
      /an object of grants/,
    ],
    ['clientAuthentication', [5, [], { x: 5 }, { x: {} }, { x: { identify() {} } }], /client authentication methods/],
    ['clock', [5, 'now', new Date()], /a function/],
    ['dangerouslyAllowHttp', ['yes', 1], /true or false/],
  ]

  it.each(wrong.flatMap(([option, values, expected]) => values.map((value) => [option, value, expected] as const)))(
    '%s of %j is refused',
    (option, value, expected) => {
      const message = refusal({ [option]: value })
      expect(message).toMatch(`option \`${option}\` is `)
      expect(message).toMatch(expected)
      expect(message).toMatch('README of @device-auth/core')
    },
  )

  const right: Record<string, unknown[]> = {
    issuer: ['https://example.com', 'https://example.com/', 'https://example.com/a/b', 'http://localhost:3000/oauth'],
    clients: [[], () => undefined],
    scopes: [{ profile: 'Name', email: 'Address' }],
    resources: [{}, { 'https://a.example/': 'Words' }, () => undefined],
    authorizationDetails: [{ payment: { validate: () => true, describe: () => 'Pay' } }],
    acrValues: [[], ['urn:a']],
    loginUrl: ['/login', 'https://example.com/login', () => '/login'],
    tokenExchange: [false, { expiresIn: 60 }],
    switchAccountUrl: ['/switch', 'https://example.com/switch', () => '/switch'],
    store: [new MemoryStore()],
    secret: [[strong], [`y${strong}`, strong]],
    expiresIn: [30, 3600],
    interval: [1, 60],
    userCode: [
      { type: 'string' },
      { type: 'digital' },
      { charset: 'ABCDEFGH', mask: '*****-*****' },
      { type: undefined, charset: 'ABCDEFGH', mask: '*****-*****' },
    ],
    verificationUriComplete: [true, false],
    accessToken: [opaqueTokens({ expiresIn: 60 })],
    openid: [openid],
    keyBinding: [keyBinding, [keyBinding], []],
    refreshToken: [false, { expiresIn: 60 }],
    redemptionGrace: [0, 0.5, 300],
    onStoreFailure: ['pending', 'unavailable'],
    timeout: [0.001, 60],
    approval: [{ ask: () => undefined, verify: () => true }],
    signals: [{ endSessions: () => {} }],
    registration: [
      { store: memoryRegisteredClients(), authorize: () => true },
      { store: memoryRegisteredClients(), initialAccessTokens: ['t'.repeat(32)], perAddress: 5 },
    ],
    verificationApi: [{ origins: [] }, { origins: ['https://app.example.com', 'http://localhost:5173'] }],
    longPolling: [false, {}, { maxWait: 10 }],
    maxConcurrentRequests: [1, 100_000],
    paths: [{}, { revocation: false, introspection: false }, { token: '/oauth2/token' }],
    limits: [{}, { userCodes: 1 }],
    pages: [{}, { theme: {} }],
    risk: ['low', 'high'],
    policy: [
      {},
      { sameDevice: 'refuse', otherNetwork: () => 'allow', otherCountry: undefined },
      { knownDevice: 'off', otherNetwork: { known: 'warn' } },
    ],
    hooks: [{}, new DeviceAuthHooks()],
    events: [{}, { approved: () => {} }],
    grants: [{}, { 'urn:x': { parameters: [], respond: () => ({ status: 200, headers: {}, body: '' }) } }],
    compatibility: [[], ['github', 'json']],
    clientAuthentication: [{}, { x: { identify: () => undefined, verify: () => true } }],
    clock: [() => 0],
    dangerouslyAllowHttp: [true, false],
  }

  it.each(Object.entries(right).flatMap(([option, values]) => values.map((value) => [option, value] as const)))(
    '%s of %j is accepted',
    (option, value) => {
      expect(() => create({ [option]: value })).not.toThrow()
    },
  )

  it('is listed in both tables of this file', () => {
    const names = wrong.map(([option]) => option).sort()
    expect(Object.keys(right).sort()).toEqual(names)
    const listed = refusal({ zzzzzzzzzzzzzz: 1 })
      .match(/one of ([^.]+)\. See/)?.[1]
      ?.split(', ')
    expect(listed?.sort()).toEqual(names)
  })

  it('counts undefined as not given', () => {
    const all = Object.fromEntries(wrong.map(([option]) => [option, undefined]))
    expect(() => create({ ...all, issuer, clients })).not.toThrow()
    expect(() => create({ paths: { token: undefined }, limits: { userCodes: undefined } })).not.toThrow()
    expect(() => create({ hooks: { onError: undefined }, events: { approved: undefined } })).not.toThrow()
  })

  it('counts null as not given', () => {
    const all = Object.fromEntries(wrong.map(([option]) => [option, null]))
    const groups = {
      paths: { token: null, devices: null },
      limits: { userCodes: null },
      policy: { sameDevice: null },
      pages: { theme: { name: null, accent: null }, language: null, messages: null },
      hooks: { onError: null },
      events: { approved: null },
      refreshToken: { expiresIn: 60, maxLifetime: null },
    }
    for (const given of [all, groups])
      expect(create({ ...given, issuer, clients })).toHaveProperty('metadata.issuer', issuer)
    class NoHooks extends DeviceAuthHooks {
      override onError = null as never
    }
    expect(() => create({ hooks: new NoHooks() })).not.toThrow()
  })

  it('of null is given where it is required', () => {
    for (const option of ['issuer', 'clients'])
      expect(refusal({ [option]: null })).toMatch(`option \`${option}\` is missing; expected`)
  })
})

describe('a missing option', () => {
  it.each(['issuer', 'clients'])('%s is required', (option) => {
    expect(refusal({ [option]: undefined })).toMatch(`option \`${option}\` is missing; expected `)
  })

  it.each([undefined, null, 5, 'https://example.com', []])('%j is not an object of options', (options) => {
    expect(() => Reflect.apply(createDeviceAuth, undefined, [options])).toThrow(
      /option `options` is .*issuer and clients/,
    )
  })
})

describe('a misspelt name is refused with the nearest name', () => {
  it.each([
    [{ isuer: issuer }, 'isuer', 'issuer'],
    [{ Secret: secret }, 'Secret', 'secret'],
    [{ loginURL: '/login' }, 'loginURL', 'loginUrl'],
    [{ expires_in: 600 }, 'expires_in', 'expiresIn'],
    [{ paths: { tokens: '/token' } }, 'paths.tokens', 'token'],
    [{ paths: { deviceAuthorisation: '/x' } }, 'paths.deviceAuthorisation', 'deviceAuthorization'],
    [{ limits: { userCode: 5 } }, 'limits.userCode', 'userCodes'],
    [{ hooks: { generateUsercode: () => '' } }, 'hooks.generateUsercode', 'generateUserCode'],
    [{ hooks: { saveTokens: () => {} } }, 'hooks.saveTokens', 'saveToken'],
    [{ events: { aproved: () => {} } }, 'events.aproved', 'approved'],
  ])('%j', (options, given, meant) => {
    const message = refusal(options)
    expect(message).toMatch(`option \`${given}\` is unknown; did you mean \`${meant}\`?`)
  })

  it('lists all names when none is near', () => {
    expect(refusal({ qqqqqqqqqqqqqqq: 1 })).toMatch(
      'option `qqqqqqqqqqqqqqq` is unknown; expected one of issuer, clients, ',
    )
    expect(refusal({ limits: { qqqqqqqqqqqqqqq: 1 } })).toMatch('one of userCodesPerUser, ')
    expect(refusal({ events: { qqqqqqqqqqqqqqq: () => {} } })).toMatch('one of requested, ')
    expect(refusal({ hooks: { qqqqqqqqqqqqqqq: () => {} } })).toMatch('one of generateUserCode, ')
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a name of Object.prototype is not an option: %s',
    (name) => {
      const options = Object.defineProperty({}, name, { value: 1, enumerable: true }) as Record<string, unknown>
      const given = Object.defineProperty({ issuer, clients }, name, { value: 1, enumerable: true })
      expect(() => createDeviceAuth(given)).toThrow(OptionError)
      expect(() => create({ limits: options })).toThrow(OptionError)
    },
  )
})

describe('no message shows a secret', () => {
  it.each([
    { secret: secret.slice(0, 20) },
    { secert: secret },
    { clientSecret: secret },
    { store: `redis://user:${encodeURIComponent(secret)}@localhost` },
    { issuer: `https://user:${encodeURIComponent(secret)}@example.com` },
    { clients: [{ client_id: 'x', client_secret: secret, token_endpoint_auth_method: 'unheard_of' }] },
    { clients: [{ client_id: 'x', client_secret: [secret] }] },
  ])('%#', (options) => {
    const message = refusal(options)
    expect(message).not.toMatch('correct')
    expect(message).not.toMatch(encodeURIComponent(secret))
  })

  it('shortens a long value', () => {
    expect(refusal({ issuer: `x${'y'.repeat(10_000)}` }).length).toBeLessThan(500)
  })
})

describe('issuer', () => {
  it.each([
    'http://example.com',
    'http://localhost.example.com',
    'ftp://example.com',
    'javascript:alert(1)',
    'HTTP://EXAMPLE.COM',
  ])('8628-3.1-5 %s would cross the network in clear and is refused', (given) => {
    expect(refusal({ issuer: given })).toMatch(`option \`issuer\` is ${JSON.stringify(given)}; expected an https URL`)
  })

  it.each([
    'http://localhost',
    'http://localhost:3000/oauth',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'http://tv.localhost',
  ])('8628-3.1-5 %s does not leave this machine and is accepted', (given) => {
    expect(createTestServer({ issuer: given }).deviceAuth.issuer).toBe(given)
  })

  it('8628-3.1-5 an http issuer needs the option dangerouslyAllowHttp', () => {
    expect(() => createTestServer({ issuer: 'http://example.com', dangerouslyAllowHttp: true })).not.toThrow()
    expect(() => createTestServer({ issuer: 'http://example.com', dangerouslyAllowHttp: false })).toThrow(OptionError)
    expect(refusal({ issuer: 'ftp://example.com', dangerouslyAllowHttp: true })).toMatch('issuer')
  })

  it('6749-2.3.1-5 client secrets need TLS: the same rule', () => {
    expect(refusal({ issuer: 'http://example.com' })).toMatch('an https URL')
  })

  it.each([
    'https://example.com?x=1',
    'https://example.com/?',
    'https://example.com/#x',
    'https://example.com#',
    'https://user@example.com',
    'https://user:pw@example.com',
    ' https://example.com',
    'https://example.com\n',
    'https://exam\nple.com',
    'https://example.com/a"b',
    'https://example.com/a\\b',
    'https://exämple.com',
    'https://',
    'example.com',
    '',
  ])('8414-2-1 %j is not an issuer', (given) => {
    expect(refusal({ issuer: given })).toMatch('without query, fragment or credentials')
  })
})

describe('paths', () => {
  it.each(['token', '/', '', '/a b', '/a?b', '/a#b', '//a', '/a/', '/a//b', '/../a', '/a/..', '/./a', '/ü', 5, false])(
    'paths.token of %j is refused',
    (path) => {
      expect(refusal({ paths: { token: path } })).toMatch(/option `paths\.token` is .*a path such as '\/token'/)
    },
  )

  it.each(['/.well-known/x', '/a.b', '/..a', '/a-b/c_d/~e'])('paths.token of %j is accepted', (path) => {
    expect(create({ paths: { token: path } })).toHaveProperty('metadata.token_endpoint', issuer + path)
  })

  it.each(['verification', 'revocation', 'introspection'])('paths.%s may be a path or false', (name) => {
    const hooks = { getVerificationUri: () => 'https://example.com/tv' }
    expect(() => create({ paths: { [name]: false }, hooks })).not.toThrow()
    expect(refusal({ paths: { [name]: true }, hooks })).toMatch(
      `option \`paths.${name}\` is true; expected false, or a path`,
    )
  })

  it.each(['deviceAuthorization', 'token', 'metadata'])('paths.%s cannot be left out', (name) => {
    expect(refusal({ paths: { [name]: false } })).toMatch(`option \`paths.${name}\` is false`)
  })

  it('two endpoints cannot have the same path', () => {
    expect(refusal({ paths: { revocation: '/token' } })).toMatch(
      'option `paths.revocation` is "/token"; expected a path other than that of paths.token',
    )
  })

  it('without the built-in page, the hook getVerificationUri is required', () => {
    expect(refusal({ paths: { verification: false } })).toMatch(/option `hooks\.getVerificationUri` is missing/)
    expect(refusal({ paths: { verification: false }, hooks: new DeviceAuthHooks() })).toMatch(
      'hooks.getVerificationUri',
    )
  })
})

describe('limits', () => {
  it.each([
    'userCodesPerBrowser',
    'userCodesPerUser',
    'userCodesPerAddress',
    'userCodes',
    'pending',
    'clientSecretsPerAddress',
    'refreshTokensPerAddress',
  ])('limits.%s is a whole number of at least 1', (name) => {
    for (const value of [0, -1, 1.5, '10', Number.NaN, 1_000_001]) {
      expect(refusal({ limits: { [name]: value } })).toMatch(
        `option \`limits.${name}\` is ${typeof value === 'string' ? `"${value}"` : value}; expected a whole number of attempts an hour`,
      )
    }
  })
})

describe('clients', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['null', null, /`clients\[0\]\.client_id` is missing/],
    ['a text', 'tv', /`clients\[0\]\.client_id` is missing/],
    ['no client_id', { client_name: 'TV' }, /`clients\[0\]\.client_id` is missing/],
    ['a misspelt client_id', { clientId: 'tv' }, /`clients\[0\]\.clientId` is unknown; did you mean `client_id`\?/],
    [
      'a misspelt client_secret',
      { client_id: 'api', clientSecret: 'secret' },
      /`clients\[0\]\.clientSecret` is unknown; did you mean `client_secret`\?/,
    ],
    ['an empty client_id', { client_id: '' }, /`clients\[0\]\.client_id` is ""/],
    ['a client_id beyond ASCII', { client_id: 'tü' }, /printable ASCII/],
    ['a client_id with a line break', { client_id: 'a\nb' }, /printable ASCII/],
    ['a numeric client_id', { client_id: 5 }, /`clients\[0\]\.client_id` is 5/],
    [
      'no secret with the default method',
      { client_id: 'x' },
      /`clients\[0\]\.client_secret` is missing; .*deviceClient\(\)/,
    ],
    ['an empty secret', { client_id: 'x', client_secret: '' }, /client_secret/],
    [
      'no secret with client_secret_post',
      { client_id: 'x', token_endpoint_auth_method: 'client_secret_post' },
      /client_secret/,
    ],
    [
      'an unknown method',
      { client_id: 'x', token_endpoint_auth_method: 'private_key_jwt' },
      /one of none, client_secret_basic, client_secret_post/,
    ],
    ['a method that is no text', { client_id: 'x', token_endpoint_auth_method: 5 }, /one of none/],
    [
      'grant_types as a text',
      { client_id: 'x', token_endpoint_auth_method: 'none', grant_types: 'refresh_token' },
      /an array of grant types/,
    ],
    [
      'grant_types of numbers',
      { client_id: 'x', token_endpoint_auth_method: 'none', grant_types: [5] },
      /an array of grant types/,
    ],
    [
      'a scope as a list',
      { client_id: 'x', token_endpoint_auth_method: 'none', scope: ['a'] },
      /`clients\[0\]\.scope`/,
    ],
    [
      'a scope against the grammar',
      { client_id: 'x', token_endpoint_auth_method: 'none', scope: 'a"b' },
      /`clients\[0\]\.scope`/,
    ],
  ]

  it.each(wrong)('%s is refused', (_name, client, expected) => {
    expect(refusal({ clients: [client] })).toMatch(expected)
  })

  it('refuses a second client with the same id, and names its position', () => {
    const tv = deviceClient({ client_id: 'tv' })
    expect(refusal({ clients: [tv, tv] })).toMatch(
      '`clients[1].client_id` is "tv"; expected an id that no other client has',
    )
  })

  it('a scope that is not in the option `scopes` is refused', () => {
    const options = {
      clients: [deviceClient({ client_id: 'tv', scope: 'profile emial' })],
      scopes: { profile: '', email: '' },
    }
    expect(refusal(options)).toMatch('scopes that the option `scopes` has; it does not have emial')
  })

  it('a method of the option `clientAuthentication` is accepted', () => {
    const pk = { client_id: 'pk', token_endpoint_auth_method: 'private_key_jwt' }
    const clientAuthentication = { private_key_jwt: { identify: () => undefined, verify: () => false } }
    expect(() => create({ clients: [pk], clientAuthentication })).not.toThrow()
    const none = { none: clientAuthentication.private_key_jwt }
    expect(refusal({ clientAuthentication: none })).toMatch('names other than those of the built-in methods: none')
  })

  it.each([undefined, null, 'tv', [], 5])('deviceClient(%j) says what it needs', (given) => {
    expect(() => Reflect.apply(deviceClient, undefined, [given])).toThrow('deviceClient needs an object with client_id')
  })

  it('deviceClient() fills in the members that a device needs, and keeps the given ones', () => {
    expect(deviceClient({ client_id: 'tv' })).toEqual({
      client_id: 'tv',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    })
    expect(deviceClient({ client_id: 'c', client_secret: 's' }).token_endpoint_auth_method).toBe('client_secret_basic')
    expect(deviceClient({ client_id: 'c', grant_types: [] }).grant_types).toEqual([])
  })
})

describe('user codes', () => {
  it.each([6, 7, 8])('8628-5.1-2 codes of %i digits can be guessed: refused, with the arithmetic', (digits) => {
    const message = refusal({ userCode: { charset: '0123456789', mask: '*'.repeat(digits) } })
    expect(message).toMatch(`${(digits * Math.log2(10)).toFixed(1)} bits`)
    expect(message).toMatch('in an hour 100 guesses (limits.userCodes) hit a given one')
    expect(message).toMatch(`2^${Math.log2(100 / 10 ** digits).toFixed(1)}, above 2^-20`)
  })

  it('8628-5.1-2 codes of 9 digits are accepted, and codes of 8 with a lower limit', () => {
    expect(() => create({ userCode: { charset: '0123456789', mask: '***-***-***' } })).not.toThrow()
    expect(() =>
      create({ userCode: { charset: '0123456789', mask: '********' }, limits: { userCodes: 95 } }),
    ).not.toThrow()
    expect(() => create({ userCode: { charset: '0123456789', mask: '********' }, limits: { userCodes: 96 } })).toThrow(
      /above 2\^-20/,
    )
  })

  it('8628-5.1-2 a limit that is too high for the default code is refused', () => {
    expect(() => create({ limits: { userCodes: 24_000 } })).not.toThrow()
    expect(refusal({ limits: { userCodes: 25_000 } })).toMatch('25000 guesses')
  })

  it('8628-5.1-2 too many guesses times live codes are refused, with the arithmetic', () => {
    // 2500 * 10000 = 2^24.6 of 20^8 = 2^34.6 codes
    expect(() => create({ limits: { userCodes: 2_500, pending: 10_000 } })).not.toThrow()
    const message = refusal({ limits: { userCodes: 2_500, pending: 20_000 } })
    expect(message).toMatch('34.6 bits, so in an hour 2500 guesses (limits.userCodes) hit one of 20000 live ones')
    expect(message).toMatch('(limits.pending) with odds of 2^-9.0, above 2^-10')
    const digital = { userCode: { type: 'digital' } } as const
    expect(refusal({ ...digital, limits: { pending: 10_000, userCodes: 500 } })).toMatch('2^-7.6, above 2^-10')
    expect(refusal({ ...digital, limits: { pending: 50_000 } })).toMatch('100 guesses')
    expect(() =>
      create({ userCode: { charset: '0123456789', mask: '****-****-****' }, limits: { pending: 50_000 } }),
    ).not.toThrow()
  })

  it.each([
    { charset: 'abcdef', mask: '****-****' },
    { charset: 'AABB', mask: '****-****' },
    { charset: 'A', mask: '****-****' },
    { charset: 'BCDF GH', mask: '****-****' },
    { charset: 'BCDFGHJK', mask: '' },
    { charset: 'BCDFGHJK', mask: '----' },
    { charset: 'BCDFGHJK', mask: 'X***-****' },
    { charset: 'BCDFGHJK', mask: '*'.repeat(33) },
    { charset: 'BCDFGHJK' },
    { mask: '****' },
    { charset: 5, mask: 5 },
  ])('%j is not the shape of a code', (userCode) => {
    expect(refusal({ userCode })).toMatch('option `userCode` is an object with ')
  })

  it('8628-6.1-4 a charset with look-alikes leads to one warning', () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const userCode = { charset: 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'.replace('O', ''), mask: '****-****' }
    create({ userCode })
    create({ userCode })
    expect(warning.mock.calls).toEqual([
      [expect.stringContaining('1 and L, 2 and Z, 5 and S, 8 and B'), 'DeviceAuthWarning'],
    ])
  })

  it('8628-6.1-4 the built-in charsets have no look-alikes', () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    create({})
    create({ userCode: { type: 'digital' } })
    expect(warning).not.toHaveBeenCalled()
  })
})

it('8628-3.2-4 a verification_uri that is long to type leads to one warning', () => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  create({})
  expect(warning).not.toHaveBeenCalled()
  create({ paths: { verification: '/a-path-that-nobody-types' } })
  create({ paths: { verification: '/a-path-that-nobody-types' } })
  expect(warning.mock.calls).toEqual([[expect.stringContaining('longer than 40 characters'), 'DeviceAuthWarning']])
})

it('8628-5.4-4 codes live 10 minutes by default, and neither seconds nor hours are accepted', async () => {
  expect((await createTestServer().start()).expires_in).toBe(600)
  expect(refusal({ expiresIn: 10 })).toMatch('from 30 to 3600')
  expect(refusal({ expiresIn: 7200 })).toMatch('from 30 to 3600')
})

describe('the store', () => {
  const sharedStore = (): object => Object.assign(new MemoryStore(), { shared: true })

  it('a shared store needs the secret', () => {
    expect(refusal({ store: sharedStore() })).toMatch('option `secret` is missing; expected the same string')
    expect(() => create({ store: sharedStore(), secret: strong })).not.toThrow()
  })

  it('names the steps that an object lacks', () => {
    expect(refusal({ store: { shared: false, poll() {} } })).toMatch(
      'a store with all steps of DeviceStore; missing: createDeviceCredential, ',
    )
    const lacking = Object.assign(new MemoryStore(), { redeem: undefined })
    expect(refusal({ store: lacking })).toMatch('a store with all steps of DeviceStore; missing: redeem')
  })

  it('the default memory store leads to one warning per process in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    create({ store: new MemoryStore(), risk: 'low' })
    expect(warning).not.toHaveBeenCalled()
    create({ risk: 'low' })
    create({ risk: 'low' })
    expect(warning.mock.calls).toEqual([[expect.stringContaining('Give the option `store`'), 'DeviceAuthWarning']])
  })

  it('there is no warning outside of production', () => {
    vi.stubEnv('NODE_ENV', 'development')
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    create({})
    expect(warning).not.toHaveBeenCalled()
  })
})

describe('options are read once', () => {
  it('a later change has no effect', async () => {
    const scopes: Record<string, string> = { profile: '', email: '' }
    const refreshToken = { expiresIn: 60 }
    const tv = {
      ...deviceClient({ client_id: 'tv', scope: 'profile' }),
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    }
    const list = [tv]
    const paths = { token: '/token' }
    const server = createTestServer({ scopes, refreshToken, clients: list, paths })
    delete scopes.profile
    tv.client_id = 'other'
    list.pop()
    paths.token = '/elsewhere'
    refreshToken.expiresIn = 1
    const { user_code: userCode } = await server.start()
    expect(await server.deviceAuth.find(userCode)).toMatchObject({ clientId: 'tv', scope: 'profile' })
    expect(server.deviceAuth.route('POST', '/token')).toBeTypeOf('function')
    expect(server.deviceAuth.route('POST', '/elsewhere')).toBeUndefined()
  })

  it('the server and its metadata are frozen', () => {
    const { deviceAuth } = createTestServer()
    expect(Object.isFrozen(deviceAuth)).toBe(true)
    expect(Object.isFrozen(deviceAuth.metadata)).toBe(true)
    for (const value of Object.values(deviceAuth.metadata)) expect(Object.isFrozen(value)).toBe(true)
  })

  it('two servers with the same options share nothing', async () => {
    const first = createTestServer()
    const second = createTestServer()
    const { user_code: userCode } = await first.start()
    expect(await second.deviceAuth.find(userCode)).toBeUndefined()
    expect(await first.deviceAuth.find(userCode)).toMatchObject({ clientId: 'tv' })
  })
})

it('mistakes are compile errors, and OptionErrors without a compiler', () => {
  const mistakes: (() => void)[] = [
    // @ts-expect-error: issuer is missing
    () => createDeviceAuth({ clients }),
    // @ts-expect-error: clients are missing
    () => createDeviceAuth({ issuer }),
    // @ts-expect-error: expiresIn is misspelt
    () => createDeviceAuth({ issuer, clients, expireIn: 600 }),
    // @ts-expect-error: a path is misspelt
    () => createDeviceAuth({ issuer, clients, paths: { tokens: '/token' } }),
    // @ts-expect-error: an event is misspelt
    () => createDeviceAuth({ issuer, clients, events: { aproved: () => {} } }),
    // @ts-expect-error: seconds are numbers
    () => createDeviceAuth({ issuer, clients, expiresIn: '600' }),
    // @ts-expect-error: a client needs its id
    () => createDeviceAuth({ issuer, clients: [{ client_name: 'TV' }] }),
    // @ts-expect-error: there are two types of codes
    () => createDeviceAuth({ issuer, clients, userCode: { type: 'words' } }),
    // @ts-expect-error: this path cannot be left out
    () => createDeviceAuth({ issuer, clients, paths: { token: false } }),
  ]
  for (const mistake of mistakes) expect(mistake).toThrow(OptionError)
})
