import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

async function only(server: TestServer, subject = 'alice'): Promise<string> {
  const [grant, ...others] = await server.deviceAuth.devices.list(subject)
  expect(others).toEqual([])
  return grant!.id
}

describe('list', () => {
  it('is what the user has signed in, and nobody else', async () => {
    const server = createTestServer()
    const { devices } = server.deviceAuth
    expect(await devices.list('alice')).toEqual([])
    const at = server.clock()
    await server.signIn({ client_id: 'tv', scope: 'profile' })
    await server.signIn({ client_id: 'tv2' }, 'bob')
    expect(await devices.list('alice')).toEqual([
      expect.objectContaining({ clientId: 'tv', subject: 'alice', scope: 'profile', createdAt: at }),
    ])
    expect(await devices.list('bob')).toHaveLength(1)
    await expect(devices.list('')).rejects.toThrow(TypeError)
    expect(await devices.list('__proto__')).toEqual([])
  })

  it('says where from, and when it was used last', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start(
      { client_id: 'tv' },
      { ip: '192.0.2.7', headers: { 'user-agent': 'TV/1.0' } },
    )
    await server.approve(userCode)
    const { access_token: token } = expectToken(await server.poll(deviceCode))
    server.clock.advance(3000)
    await server.deviceAuth.authenticate(token)
    const [grant] = await server.deviceAuth.devices.list('alice')
    expect(grant?.requester).toEqual({ ip: '192.0.2.7', userAgent: 'TV/1.0' })
    expect(Math.abs(server.clock() - grant!.lastUsedAt!)).toBeLessThan(60_000)
  })

  it('F-65 6749-10.3-1 carries no secret', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    await server.approve(userCode)
    const tokens = expectToken(await server.poll(deviceCode))
    const text = JSON.stringify(await server.deviceAuth.devices.list('alice'))
    for (const secret of [userCode, deviceCode, tokens.access_token, tokens.refresh_token!])
      expect(text).not.toMatch(secret)
  })
})

describe('rename', () => {
  it('names the device of this user, cut at 100 characters', async () => {
    const server = createTestServer()
    const { devices } = server.deviceAuth
    await server.signIn()
    const id = await only(server)
    expect(await devices.rename('alice', id, 'Kitchen')).toBe(true)
    expect(await devices.list('alice')).toMatchObject([{ name: 'Kitchen' }])
    expect(await devices.rename('alice', id, 'x'.repeat(1000))).toBe(true)
    expect(await devices.list('alice')).toMatchObject([{ name: 'x'.repeat(100) }])
  })

  it('does not name somebody else’s, or none', async () => {
    const server = createTestServer()
    await server.signIn()
    const id = await only(server)
    expect(await server.deviceAuth.devices.rename('bob', id, 'Mine')).toBe(false)
    expect(await server.deviceAuth.devices.rename('alice', 'unknown', 'Mine')).toBe(false)
    expect((await server.deviceAuth.devices.list('alice'))[0]).not.toHaveProperty('name', 'Mine')
  })
})

describe('revoke', () => {
  it('ends the grant with all its tokens, once, with an event', async () => {
    const server = createTestServer()
    const events: unknown[] = []
    server.deviceAuth.on('revoked', (event) => events.push(event))
    const { access_token: accessToken, refresh_token: refreshToken } = await server.signIn()
    const id = await only(server)
    expect(await server.deviceAuth.devices.revoke('bob', id)).toBe(false)
    expect(await server.deviceAuth.devices.revoke('alice', id)).toBe(true)
    expect(await server.deviceAuth.devices.revoke('alice', id)).toBe(false)
    expect(await server.deviceAuth.devices.revoke('alice', 'unknown')).toBe(false)
    expect(events).toEqual([{ at: server.clock(), grantId: id, by: 'application' }])
    expect(await server.deviceAuth.authenticate(accessToken)).toBeUndefined()
    expectError(await server.refresh(refreshToken!), 'invalid_grant')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it('9700-4.14-3 all of a user, and of nobody else', async () => {
    const server = createTestServer()
    const mine = [await server.signIn(), await server.signIn({ client_id: 'tv2' })]
    const theirs = await server.signIn({ client_id: 'tv' }, 'bob')
    expect(await server.deviceAuth.devices.revokeAll('alice')).toBe(2)
    expect(await server.deviceAuth.devices.revokeAll('alice')).toBe(0)
    for (const { access_token: token } of mine) expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
    expect(await server.deviceAuth.authenticate(theirs.access_token)).toMatchObject({ subject: 'bob' })
  })

  it('ends a request that is not redeemed yet', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    const { id } = (await server.deviceAuth.find(userCode))!
    await server.approve(userCode)
    expect(await server.deviceAuth.devices.revoke('alice', id)).toBe(true)
    expectError(await server.poll(deviceCode), 'expired_token')
  })
})

describe('authenticate', () => {
  it('says what a live access token says', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start({ client_id: 'tv', scope: 'profile' })
    await server.deviceAuth.approve(userCode, { subject: 'alice', username: 'Alice' })
    const { access_token: token } = expectToken(await server.poll(deviceCode))
    expect(await server.deviceAuth.authenticate(token)).toEqual({
      subject: 'alice',
      username: 'Alice',
      clientId: 'tv',
      scope: 'profile',
      issuedAt: server.clock(),
      expiresAt: server.clock() + 3_600_000,
      grantId: await only(server),
    })
  })

  it('knows nothing of what is none: a refresh token, a device code, garbage, an expired one, a locked account', async () => {
    let active = true
    const server = createTestServer({ hooks: { isUserActive: () => active } })
    const { access_token: token, refresh_token: refreshToken } = await server.signIn()
    const { device_code: deviceCode } = await server.start()
    for (const presented of [refreshToken!, deviceCode, '', 'x', `${token}x`, token.slice(0, -1), '__proto__']) {
      expect(await server.deviceAuth.authenticate(presented)).toBeUndefined()
    }
    active = false
    expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
    active = true
    server.clock.advance(3600)
    expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
  })

  it('rejects when the store fails, rather than refusing the user', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'findToken' ? 'throw' : undefined))
    const server = createTestServer({ store })
    const { access_token: token } = await server.signIn()
    await expect(server.deviceAuth.authenticate(token)).rejects.toMatchObject({
      name: 'OperationFailure',
      operation: 'findToken',
    })
  })
})

it('close() closes the store', async () => {
  const closed: string[] = []
  const store = Object.assign(new MemoryStore(), { close: () => void closed.push('closed') })
  await createTestServer({ store }).deviceAuth.close()
  expect(closed).toEqual(['closed'])
})
