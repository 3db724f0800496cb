// Our client over real HTTP: with our server through every adapter, and with a server of other authors.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  authenticate,
  DeviceFlow,
  type DeviceFlowOptions,
  discover,
  MemoryTokenStore,
  revokeToken,
} from '@device-auth/client'
import { idTokenVerifier } from '@device-auth/client/jose'
import { deviceClient } from '@device-auth/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { adapters } from './adapters.ts'
import { fastClock } from './fast-clock.ts'
import { createOidcProvider } from './oidc-provider.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
  vi.restoreAllMocks()
})

async function listen(): Promise<string> {
  server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each(Object.entries(adapters))('with our server through %s', (_name, adapt) => {
  it('discovers the server, polls, signs in, uses, refreshes and revokes its tokens', async () => {
    const origin = await listen()
    const issuer = `${origin}/oauth`
    const clock = fastClock()
    const clients = [deviceClient({ client_id: 'tv', scope: 'profile' })]
    const { deviceAuth, listener } = adapt({
      issuer,
      clients,
      clock: () => clock.now(),
      // on the fast clock the time of a poll that is held would be over at once
      longPolling: false,
      scopes: { profile: 'Name', admin: 'All' },
    })
    server.on('request', listener)

    const local = { clock, dangerouslyAllowHttp: true }
    const options: DeviceFlowOptions = { issuer, clientId: 'tv', scope: 'profile', ...local }
    const flow = new DeviceFlow(options)
    const heard: (string | undefined)[] = []
    flow.on('poll', ({ lastError }) => {
      heard.push(lastError)
      if (heard.length === 3) void deviceAuth.approve(flow.userCode ?? '', { subject: 'ada' })
    })
    expect(await flow.run()).toMatchObject({ ok: true, scope: 'profile' })
    expect(heard).toEqual([undefined, 'authorization_pending', 'authorization_pending'])
    const use = async (): Promise<number> => (await fetch(await flow.prepare(new Request(`${origin}/api`)))).status
    expect(await use()).toBe(200)
    const first = flow.token
    expect(await flow.refreshTokens()).toMatchObject({ ok: true })
    expect(flow.token).not.toBe(first)
    expect(await use()).toBe(200)

    const metadata = await discover(issuer, local)
    const address = metadata.ok ? (metadata.revocationEndpoint ?? '') : ''
    expect(await revokeToken({ address, clientId: 'tv', token: flow.refreshToken ?? '' }, local)).toEqual({
      ok: true,
    })
    expect(await use()).toBe(401)
    flow.close()
  })

  it('has the outcome denied after a denial', async () => {
    const issuer = `${await listen()}/oauth`
    const clock = fastClock()
    const clients = [deviceClient({ client_id: 'tv', scope: 'profile' })]
    const { deviceAuth, listener } = adapt({ issuer, clients, clock: () => clock.now(), scopes: { profile: 'Name' } })
    server.on('request', listener)
    const result = await authenticate(issuer, {
      clientId: 'tv',
      scope: 'profile',
      clock,
      store: new MemoryTokenStore(),
      interactive: true,
      dangerouslyAllowHttp: true,
      onUserCode: ({ userCode }) => void deviceAuth.deny(userCode),
    })
    expect(result).toMatchObject({ ok: false, outcome: 'denied', strategy: 'interactive_auth' })
  })
})

describe('with oidc-provider', () => {
  const scope = 'openid offline_access'

  async function start(): Promise<{ issuer: string; approve(userCode: string): Promise<void> }> {
    // oidc-provider warns of its defaults
    for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue(undefined)
    const issuer = await listen()
    const { listener, approve } = await createOidcProvider(issuer, 'tv')
    server.on('request', listener)
    return { issuer, approve }
  }

  it('discovers, waits without an interval, signs in with an id_token, refreshes', async () => {
    const { issuer, approve } = await start()
    const verified: string[] = []
    const verify = idTokenVerifier({ issuer, clientId: 'tv', dangerouslyAllowHttp: true })
    const verifyIdToken = async (idToken: string): Promise<void> => {
      await verify(idToken)
      verified.push(idToken)
      const forged = idToken.slice(0, -8) + (idToken.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA')
      await expect(verify(forged)).rejects.toThrow(/signature/)
    }
    const options = { issuer, clientId: 'tv', scope, clock: fastClock(), dangerouslyAllowHttp: true, verifyIdToken }
    const flow = new DeviceFlow(options)
    let polls = 0
    flow.on('poll', ({ interval }) => {
      expect(interval).toBe(5)
      if (++polls === 2) void approve(flow.userCode ?? '')
    })
    expect(await flow.run()).toMatchObject({ ok: true, scope })
    expect(polls).toBe(2)
    expect(flow.verificationUriComplete).toContain(flow.userCode)
    expect(verified).toEqual([flow.idToken])
    expect(flow.nonce).toMatch(/^[\w-]{43}$/)
    const first = flow.token
    expect(await flow.refreshTokens()).toMatchObject({ ok: true })
    expect(flow.token).not.toBe(first)
    flow.close()
  })

  it('polls again after a lost response, and has the outcome lost, because the code was used up', async () => {
    const { issuer, approve } = await start()
    let isLost = false
    const flow = new DeviceFlow({
      issuer,
      clientId: 'tv',
      clock: fastClock(),
      dangerouslyAllowHttp: true,
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        if (isLost || response.status !== 200 || !url.endsWith('/token')) return response
        isLost = true
        throw new TypeError('fetch failed')
      },
    })
    flow.on('authorizeWithUserCode', ({ userCode }) => void approve(userCode))
    expect(await flow.run()).toMatchObject({ ok: false, outcome: 'lost', restart: true })
    flow.close()
  })
})
