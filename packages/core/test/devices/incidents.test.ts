import { describe, expect, it } from 'vitest'
import type { DeviceAuthEvents } from '../../src/contract/events.ts'
import type { TokenResponse } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { createTestServer, expectError, expectToken, type TestServer, type TestServerOptions } from '../server.ts'

function createServer(
  options: TestServerOptions = {},
): TestServer & { readonly revoked: DeviceAuthEvents['revoked'][] } {
  const server = createTestServer(options)
  const revoked: DeviceAuthEvents['revoked'][] = []
  server.deviceAuth.on('revoked', (event) => revoked.push(event))
  return { ...server, revoked }
}

async function signInFrom(server: TestServer, ip: string, clientId = 'tv', subject = 'alice'): Promise<TokenResponse> {
  const { user_code, device_code } = await server.start({ client_id: clientId }, { ip })
  await server.approve(user_code, subject)
  return expectToken(await server.poll(device_code, { client_id: clientId }))
}

async function isActive(server: TestServer, { access_token: token }: TokenResponse): Promise<boolean> {
  const { active } = server.json(await server.introspect(token))
  expect((await server.deviceAuth.authenticate(token)) !== undefined).toBe(active)
  return active === true
}

describe('XD-6.1.6 detect and remediate', () => {
  it('XD-6.1.6 approve two, revoke by requester: introspection is false in the next request, of these alone', async () => {
    const server = createServer()
    const bad = [await signInFrom(server, '203.0.113.7'), await signInFrom(server, '203.0.113.8', 'tv2', 'bob')]
    const good = [await signInFrom(server, '203.0.112.7'), await signInFrom(server, '2001:db8::1')]
    const grantIds: (string | undefined)[] = []
    for (const { access_token } of bad) grantIds.push((await server.deviceAuth.authenticate(access_token))?.grantId)
    expect(await server.deviceAuth.devices.revokeByRequester('203.0.113.0/24')).toBe(2)
    for (const token of bad) {
      expect(await isActive(server, token)).toBe(false)
    }
    expectError(await server.refresh(bad[0]!.refresh_token!), 'invalid_grant')
    for (const token of good) expect(await isActive(server, token)).toBe(true)
    const at = server.clock()
    expect(server.revoked).toEqual(grantIds.map((grantId) => ({ at, grantId, by: 'application' })))
    expect(await server.deviceAuth.devices.revokeByRequester('203.0.113.0/24')).toBe(0)
    expect(await server.deviceAuth.devices.revokeByRequester('2001:db8::/32')).toBe(1)
    expect(await isActive(server, good[1]!)).toBe(false)
  })

  it('XD-6.1.6 pending requests and approved ones from there end too', async () => {
    const server = createServer()
    const pending = await server.start({ client_id: 'tv' }, { ip: '203.0.113.7' })
    const approved = await server.start({ client_id: 'tv' }, { ip: '203.0.113.7' })
    await server.approve(approved.user_code)
    const other = await server.start({ client_id: 'tv' }, { ip: '203.0.113.70' })
    expect(await server.deviceAuth.devices.revokeByRequester('203.0.113.7')).toBe(2)
    expect(await server.deviceAuth.find(pending.user_code)).toBeUndefined()
    for (const { device_code } of [pending, approved]) expectError(await server.poll(device_code), 'expired_token')
    expectError(await server.poll(other.device_code), 'authorization_pending')
    expect(server.revoked).toHaveLength(2)
  })

  it('XD-6.1.6 revokeBySubject: grants, and what was approved but not redeemed; not what others have', async () => {
    const server = createServer()
    const [mine, theirs] = [await signInFrom(server, '192.0.2.1'), await signInFrom(server, '192.0.2.1', 'tv', 'bob')]
    const approved = await server.start()
    await server.approve(approved.user_code)
    const nobodys = await server.start()
    expect(await server.deviceAuth.devices.revokeBySubject('alice')).toBe(2)
    expect(await isActive(server, mine)).toBe(false)
    expect(await isActive(server, theirs)).toBe(true)
    expectError(await server.poll(approved.device_code), 'expired_token')
    expectError(await server.poll(nobodys.device_code), 'authorization_pending')
    expect(server.revoked.map(({ by }) => by)).toEqual(['application', 'application'])
  })

  it('XD-6.1.6 revokeByClient: all that a client has, in whatever state', async () => {
    const server = createServer()
    const [bad, good] = [await signInFrom(server, '192.0.2.1', 'tv2'), await signInFrom(server, '192.0.2.1')]
    const pending = await server.start({ client_id: 'tv2' })
    expect(await server.deviceAuth.devices.revokeByClient('tv2')).toBe(2)
    expect(await isActive(server, bad)).toBe(false)
    expect(await isActive(server, good)).toBe(true)
    expectError(await server.poll(pending.device_code, { client_id: 'tv2' }), 'expired_token')
    expect(await server.deviceAuth.devices.revokeByClient('unknown')).toBe(0)
  })

  it('XD-6.1.6 more than a store is asked for at a time, each with one event; in parallel none counts twice', async () => {
    const server = createServer({ limits: { requestsPerAddress: 200, pendingPerAddress: 200 } })
    for (let device = 0; device < 120; device++) await server.start({ client_id: 'tv2' })
    const { devices } = server.deviceAuth
    const counts = await Promise.all([devices.revokeByClient('tv2'), devices.revokeByClient('tv2')])
    expect(counts[0]! + counts[1]!).toBe(120)
    expect(new Set(server.revoked.map(({ grantId }) => grantId)).size).toBe(120)
    expect(server.revoked).toHaveLength(120)
  })

  it('XD-6.1.6 what comes up meanwhile ends as well', async () => {
    const store = new MemoryStore()
    const find = store.findIds.bind(store)
    let late: (() => Promise<unknown>) | undefined
    const slow = Object.assign(store, {
      findIds: async (...args: Parameters<typeof find>) => {
        const found = find(...args)
        await late?.()
        late = undefined
        return found
      },
    })
    const server = createServer({ store: slow })
    const first = await signInFrom(server, '203.0.113.7')
    let second: TokenResponse | undefined
    late = async () => {
      second = await signInFrom(server, '203.0.113.7')
    }
    expect(await server.deviceAuth.devices.revokeByRequester('203.0.113.7')).toBe(2)
    for (const token of [first, second!]) expect(await isActive(server, token)).toBe(false)
  })

  it.each(['revokeBySubject', 'revokeByClient', 'revokeByRequester'] as const)(
    'XD-6.1.6 %s of nothing is refused: it must not end what has nothing there',
    async (name) => {
      const server = createServer()
      const { device_code } = await server.start()
      for (const nothing of [undefined, null, '', 7]) {
        await expect(server.deviceAuth.devices[name](nothing as string)).rejects.toThrow(`${name}() needs`)
      }
      expectError(await server.poll(device_code), 'authorization_pending')
    },
  )

  it('XD-6.1.6 an address that is none is refused in plain words', async () => {
    const { devices } = createServer().deviceAuth
    for (const wrong of ['localhost', '203.0.113.0/33', '203.0.113.*'])
      await expect(devices.revokeByRequester(wrong)).rejects.toThrow('192.0.2.0/24')
  })
})
