import { describe, expect, it } from 'vitest'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import type { DeviceAuthEvents } from '../../src/contract/events.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, type TestServer, type TestServerOptions } from '../server.ts'

const sessionRevoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

/** A server on which alice is signed in with one device, and the events that tell of a sign-out. */
async function scene(options: TestServerOptions = {}) {
  const server = createTestServer(options)
  const seen: Partial<DeviceAuthEvents['signedOut']>[] = []
  server.deviceAuth.on('signedOut', ({ at: _, grantId: __, ...event }) => seen.push(event))
  const tokens = await server.signIn()
  const grantId = (await server.deviceAuth.authenticate(tokens.access_token))?.grantId ?? ''
  const handle = toFetchHandler(server.deviceAuth)
  const post = (path: string, type: string, body: object): Promise<Response> =>
    handle(
      new Request(`https://example.com${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify(body),
      }),
    )
  return { server, seen, tokens, grantId, post, devices: server.deviceAuth.devices }
}

const alice = { clientId: 'tv', subject: 'alice' }

describe('signedOut', () => {
  it('tells of the application, with user and client, whatever the application named', async () => {
    for (const end of ['subject', 'client', 'device'] as const) {
      const { devices, seen, grantId } = await scene()
      if (end === 'subject') await devices.revokeBySubject('alice')
      if (end === 'client') await devices.revokeByClient('tv')
      if (end === 'device') await devices.revoke('alice', grantId)
      expect(seen).toEqual([{ ...alice, by: 'application' }])
      // it is over, so nothing more is told
      await devices.revokeBySubject('alice')
      expect(seen).toHaveLength(1)
    }
  })

  it('tells of a device that gives its refresh token back, and not of one that gives an access token back', async () => {
    const { server, seen, tokens } = await scene()
    await server.revoke({ client_id: 'tv', token: tokens.access_token })
    expect(seen).toEqual([])
    await server.revoke({ client_id: 'tv', token: tokens.refresh_token ?? '' })
    expect(seen).toEqual([{ ...alice, by: 'client' }])
  })

  it('tells of an approved request that will get no tokens, and of no request that nobody approved', async () => {
    const { server, seen } = await scene()
    const approved = await server.start()
    await server.approve(approved.user_code)
    const pending = await server.start()
    const denied = await server.start()
    await server.deviceAuth.deny(denied.user_code, { subject: 'alice' })
    for (const { device_code } of [approved, pending, denied])
      await server.revoke({ client_id: 'tv', token: device_code })
    expect(seen).toEqual([{ ...alice, by: 'client' }])
  })

  it('tells of a request that was approved between the look at it and its end', async () => {
    const store = new MemoryStore()
    const find = store.findDeviceCredential.bind(store)
    // as a database does: what was read does not change afterwards
    store.findDeviceCredential = (...given) => {
      const credential = find(...given)
      return credential && { ...credential }
    }
    const approving = (step: string) => (step === 'revoke' ? { delayed: server.approve(codes.user_code) } : undefined)
    const server: TestServer = createTestServer({ store: faultyStore(store, approving) })
    const seen: unknown[] = []
    server.deviceAuth.on('signedOut', ({ at: _, grantId: __, ...event }) => seen.push(event))
    const codes = await server.start()
    expect(await server.deviceAuth.devices.revokeByClient('tv')).toBe(1)
    expect(seen).toEqual([{ ...alice, by: 'application' }])
  })

  it('tells of a signal with its sender, so that it is not sent back to it', async () => {
    const { seen, post } = await scene({
      paths: { securityEvents: '/events' },
      signals: { verify: (token) => JSON.parse(token), endSessions: () => undefined },
    })
    const claims = {
      iss: 'https://idp.example.com',
      sub_id: { format: 'opaque', id: 'alice' },
      events: { [sessionRevoked]: {} },
    }
    expect((await post('/events', 'application/secevent+jwt', claims)).status).toBe(202)
    expect(seen).toEqual([{ ...alice, by: 'signal', sender: 'https://idp.example.com' }])
  })

  it('tells of global token revocation without a sender: a request has no issuer', async () => {
    const { seen, post } = await scene({
      paths: { globalTokenRevocation: '/revoke-all' },
      signals: { authenticate: () => true, endSessions: () => undefined },
    })
    await post('/revoke-all', 'application/json', { sub_id: { format: 'opaque', id: 'alice' } })
    expect(seen).toEqual([{ ...alice, by: 'signal' }])
  })

  it('reads nothing more from the store while nobody listens', async () => {
    const store = new MemoryStore()
    let reads = 0
    const find = store.findDeviceCredential.bind(store)
    store.findDeviceCredential = (...given) => {
      reads++
      return find(...given)
    }
    const server = createTestServer({ store })
    await server.signIn()
    expect(await server.deviceAuth.devices.revokeBySubject('alice')).toBe(1)
    expect(reads).toBe(0)
  })
})
