import { describe, expect, it } from 'vitest'
import { OAuthError } from '../src/errors.ts'
import { intersectScope, isScopeToken, isWithinScope, readScope } from '../src/scope.ts'
import { clients, createTestServer, expectError, expectToken } from './server.ts'

describe('reading a scope', () => {
  it('6749-3.3-1 splits at spaces, drops repeated scopes, keeps order and case', () => {
    expect(readScope('b a')).toEqual(['b', 'a'])
    expect(readScope('  b   a ')).toEqual(['b', 'a'])
    expect(readScope('a b a')).toEqual(['a', 'b'])
    expect(readScope('Email email')).toEqual(['Email', 'email'])
    expect(readScope('!#$%&[]^_`{|}~ https://example.com/x')).toHaveLength(2)
  })

  it.each(['a"b', 'a\\b', '\u0000', 'a\tb', 'a\rb', 'a\nb', 'é', '\u007f', ' ', '   ', ''])(
    '6749-3.3-1 %j is invalid_scope',
    (text) => {
      expect(() => readScope(text)).toThrow(expect.objectContaining({ code: 'invalid_scope' }))
    },
  )

  it('6749-3.3-1 accepts the characters of the grammar, and no others', () => {
    for (let code = 0; code < 300; code++) {
      const allowed = code === 0x21 || (code >= 0x23 && code <= 0x5b) || (code >= 0x5d && code <= 0x7e)
      expect(isScopeToken(String.fromCharCode(code))).toBe(allowed)
    }
  })
})

it('intersects and compares', () => {
  expect(intersectScope('a b c', 'c a')).toBe('a c')
  expect(intersectScope('a a', 'a')).toBe('a')
  expect(intersectScope('a', '')).toBe('')
  expect(intersectScope('', 'a')).toBe('')
  expect(isWithinScope('a  b', 'b a')).toBe(true)
  expect(isWithinScope('', '')).toBe(true)
  expect(isWithinScope('A', 'a')).toBe(false)
  expect(isWithinScope('ab', 'a b')).toBe(false)
})

describe('asking for a scope', () => {
  it.each(['a"b', 'a\\b', 'a\u0000', 'profile\temail', 'profile\r', 'é', ' '])(
    '6749-3.3-1 6749-5.2-5 %j is refused',
    async (scope) => {
      expectError(await createTestServer().deviceAuthorization({ client_id: 'tv', scope }), 'invalid_scope')
    },
  )

  it.each(['admin', 'profile admin', 'Profile', 'profile,email', '__proto__', 'constructor'])(
    '6749-5.2-5 a scope that the client is not registered for is refused: %s',
    async (scope) => {
      expectError(await createTestServer().deviceAuthorization({ client_id: 'tv', scope }), 'invalid_scope')
    },
  )

  it('6749-3.3-3 8628-3.1-4 without a scope parameter: the registered scope, fixed at the request', async () => {
    const server = createTestServer()
    expect((await server.signIn({ client_id: 'tv' })).scope).toBe('profile email')
  })

  it('6749-3.3-3 without a scope parameter and a registered scope: an empty scope', async () => {
    const plain = { client_id: 'plain', token_endpoint_auth_method: 'none', grant_types: clients[0]?.grant_types ?? [] }
    expect((await createTestServer({ clients: [plain] }).signIn({ client_id: 'plain' })).scope).toBe('')
  })

  it('6749-3.3-3 the hook may refuse a request without a scope parameter', async () => {
    const server = createTestServer({
      hooks: {
        validateRequestedScope(_client, scope) {
          if (scope === undefined) throw new OAuthError('invalid_scope')
          return scope
        },
      },
    })
    expectError(await server.deviceAuthorization(), 'invalid_scope')
    expect((await server.deviceAuthorization({ client_id: 'tv', scope: 'profile' })).status).toBe(200)
  })

  it('6749-3.3-2 the answer has the scope, in the requested order, each once', async () => {
    const server = createTestServer()
    expect((await server.signIn({ client_id: 'tv', scope: 'email  profile email' })).scope).toBe('email profile')
  })

  it('6749-3.3-2 if the user grants less, the answer has the granted scope', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    await server.deviceAuth.approve(userCode, { subject: 'alice', scope: 'email' })
    expect(expectToken(await server.poll(deviceCode)).scope).toBe('email')
  })

  it('clients that a function finds get known scopes only', async () => {
    const [tv] = clients
    const server = createTestServer({ clients: () => tv, scopes: { profile: 'Your name' } })
    expect((await server.signIn()).scope).toBe('profile')
    expectError(await server.deviceAuthorization({ client_id: 'tv', scope: 'email' }), 'invalid_scope')
  })
})
