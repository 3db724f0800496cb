import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../src/errors.ts'
import { deviceClient, type TokenResponse } from '../../src/protocol.ts'
import { basic, createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

async function approved(server: TestServer): Promise<string> {
  const { device_code: code, user_code: userCode } = await server.start()
  await server.approve(userCode)
  return code
}

describe('what changed between approval and redemption', () => {
  it('F-12 an account that was locked gets no token, and the code is not burnt', async () => {
    let active = false
    const server = createTestServer({ hooks: { isUserActive: () => active } })
    const code = await approved(server)
    expectError(await server.poll(code), 'access_denied')
    active = true
    const { access_token: token } = expectToken(await server.poll(code))
    active = false
    expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
    expect(JSON.parse((await server.introspect(token)).body)).toEqual({ active: false })
  })

  it.each([false, undefined, 1, 'true'])('F-12 beforeIssue that says %j is no yes', async (verdict) => {
    const hooks: object = { beforeIssue: async () => verdict }
    const server = createTestServer({ hooks })
    expectError(await server.poll(await approved(server)), 'access_denied')
  })

  it('F-13 a client that was removed, lost the grant or a scope gets what it now may have', async () => {
    const tv = {
      client_id: 'tv',
      token_endpoint_auth_method: 'none',
      scope: 'profile email',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    }
    let client: typeof tv | undefined = tv
    const server = createTestServer({ clients: () => client })
    const code = await approved(server)
    client = undefined
    expectError(await server.poll(code), 'invalid_client', 401)
    client = { ...tv, grant_types: [] }
    expectError(await server.poll(code), 'unauthorized_client')
    client = { ...tv, scope: 'profile' }
    expect(expectToken(await server.poll(code)).scope).toBe('profile')
  })

  it('F-12 the question is asked at every redemption, of the account that approved', async () => {
    const asked: string[] = []
    const server = createTestServer({ hooks: { isUserActive: (subject) => asked.push(subject) > 1 } })
    const code = await approved(server)
    expectError(await server.poll(code), 'access_denied')
    expectToken(await server.poll(code))
    expect(asked).toEqual(['alice', 'alice'])
  })

  it('F-12 beforeIssue that changes its mind: refused, then allowed, and asked with what is to be issued', async () => {
    const asked: string[] = []
    const server = createTestServer({
      hooks: {
        beforeIssue: ({ client, userGrant, scope, grantType }) =>
          asked.push([client.client_id, userGrant.subject, scope, grantType].join('|')) > 1,
      },
    })
    const code = await approved(server)
    expectError(await server.poll(code), 'access_denied')
    expectToken(await server.poll(code))
    expect(asked).toEqual(Array(2).fill('tv|alice|profile email|urn:ietf:params:oauth:grant-type:device_code'))
  })

  it('F-13 a secret that was changed since is asked for, and the code waits', async () => {
    let secret = 'old-secret'
    const server = createTestServer({
      clients: (id) => deviceClient({ client_id: id, client_secret: secret, scope: 'profile' }),
    })
    const old = { headers: basic('own', 'old-secret') }
    const codes = await server.start({}, old)
    await server.approve(codes.user_code)
    secret = 'new-secret'
    expectError(await server.poll(codes.device_code, {}, old), 'invalid_client', 401)
    expectToken(await server.poll(codes.device_code, {}, { headers: basic('own', 'new-secret') }))
  })

  it('F-13 6749-6-2 a scope that was taken away is in no later token; given back, it is', async () => {
    let registered: { scope?: string } = { scope: 'profile email' }
    const server = createTestServer({ clients: () => deviceClient({ client_id: 'tv', ...registered }) })
    const code = await approved(server)
    registered = { scope: 'email' }
    const first = expectToken(await server.poll(code))
    expect(first.scope).toBe('email')
    registered = {}
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    expect(second.scope).toBe('')
    registered = { scope: 'profile email' }
    expect(expectToken(await server.refresh(second.refresh_token ?? '')).scope).toBe('profile email')
  })

  it('9700-4.14-1 a scope rule of the application stands where it registers no scopes for its clients', async () => {
    const server = createTestServer({
      clients: [deviceClient({ client_id: 'tv' })],
      hooks: { validateRequestedScope: (_client, scope) => scope ?? 'channels' },
    })
    const { device_code: code, user_code: userCode } = await server.start({ client_id: 'tv', scope: 'channels films' })
    expect(await server.deviceAuth.approve(userCode, { subject: 'alice', scope: 'films' })).toBe('decided')
    const token = expectToken(await server.poll(code))
    expect(token.scope).toBe('films')
    expect(expectToken(await server.refresh(token.refresh_token ?? '')).scope).toBe('films')
  })
})

describe('an application that keeps tokens too', () => {
  it('F-18 a saveToken that fails leaves the code redeemable at once', async () => {
    let failures = 1
    const saved: TokenResponse[] = []
    const server = createTestServer({
      hooks: {
        saveToken: async (token) => {
          if (failures-- > 0) throw new Error('database: password=hunter2')
          saved.push(token)
        },
        onError: () => {},
      },
    })
    const code = await approved(server)
    const failed = await server.poll(code)
    expectError(failed, 'authorization_pending')
    expect(failed.body).not.toContain('hunter2')
    expect(expectToken(await server.poll(code))).toEqual(saved[0])
  })

  it('F-18 F-26 with onStoreFailure "unavailable" it is 503 with Retry-After', async () => {
    const hooks = { saveToken: () => Promise.reject(new Error('down')), onError: () => {} }
    const server = createTestServer({ onStoreFailure: 'unavailable', hooks })
    const response = await server.poll(await approved(server))
    expectError(response, 'temporarily_unavailable', 503)
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('F-18 an OAuthError of saveToken is the answer, and the code stays redeemable', async () => {
    let refuse = true
    const server = createTestServer({
      hooks: {
        saveToken: () => {
          if (refuse) throw new OAuthError('access_denied', 'Not now.')
        },
      },
    })
    const code = await approved(server)
    expectError(await server.poll(code), 'access_denied')
    refuse = false
    expectToken(await server.poll(code))
  })

  it('F-16 F-18 a process that dies within the lease delays the device by ten seconds, and no second family comes of it', async () => {
    const release: (() => void)[] = []
    const server = createTestServer({
      timeout: 60,
      hooks: { saveToken: () => new Promise<void>((resolve) => release.push(resolve)) },
    })
    const code = await approved(server)
    const dead = server.poll(code)
    await new Promise((resolve) => setImmediate(resolve))
    expectError(await server.poll(code), 'authorization_pending')
    server.clock.advance(10)
    const second = server.poll(code)
    await new Promise((resolve) => setImmediate(resolve))
    release[1]?.()
    const token = expectToken(await second)
    // the slow one wakes up after its lease: it gets the winner's answer, not tokens of its own
    release[0]?.()
    expect(expectToken(await dead)).toEqual(token)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })
})
