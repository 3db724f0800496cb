import { describe, expect, it } from 'vitest'
import { createDpopProver } from '../../src/dpop.ts'
import { DeviceFlow, type FlowSnapshot } from '../../src/index.ts'
import { faults } from '../../src/testing/index.ts'
import { codes, pending, scripted, slowDown, tokens } from '../fixtures.ts'
import { scene } from './scene.ts'

describe('a flow that is resumed from a snapshot', () => {
  it('has the code, the PKCE verifier, the pace and the expiry', async () => {
    const first = scene({ polls: [slowDown] }, { pkce: true })
    await first.flow.grant()
    await first.clock.advance(6)
    first.flow.stopPolling()
    const text = JSON.stringify(first.flow)

    const server = scripted(first.clock, {})
    const flow = DeviceFlow.resume(JSON.parse(text) as FlowSnapshot, { fetch: server.fetch, clock: first.clock })
    expect(flow).toMatchObject({ userCode: codes.user_code, status: 'temporaryCredentialsReceived' })
    flow.startPolling()
    expect(await first.clock.until(flow.finished())).toMatchObject({ ok: true })
    const [poll] = server.polls
    expect((poll?.at ?? 0) - (first.server.polls[0]?.at ?? 0)).toBe(10_100)
    expect(poll?.form.get('device_code')).toBe('dc-secret')
    expect(poll?.form.get('code_verifier')).toMatch(/^[\w-]{43}$/)
    expect(first.server.codes[0]?.form.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    flow.close()
  })

  it('has the tokens, and refreshes them', async () => {
    const first = scene()
    await first.clock.until(first.flow.run())
    first.flow.close()
    const server = scripted(first.clock, {})
    const snapshot = JSON.parse(JSON.stringify(first.flow)) as FlowSnapshot
    const flow = DeviceFlow.resume(snapshot, { fetch: server.fetch, clock: first.clock, autoRefresh: true })
    expect(flow).toMatchObject({ token: 'at-secret', status: 'granted' })
    await first.clock.advance(3600)
    expect(flow.token).toBe('at-2')
    flow.close()
  })

  it.each([
    ['bearer', 'Bearer at', null],
    ['DPoP', 'DPoP at', expect.stringMatching(/^ey/)],
  ])('has the type of the token: %s, with a key', async (tokenType, authorization, proof) => {
    const dpop = await createDpopProver()
    const first = scene({}, { dpop })
    first.flow.setTokens({ token: 'at', tokenType })
    const flow = DeviceFlow.resume(JSON.stringify(first.flow), { dpop })
    for (const one of [first.flow, flow]) {
      const { headers } = await one.prepare(new Request('https://api.example.com/me'))
      expect([headers.get('authorization'), headers.get('dpop')]).toEqual([authorization, proof])
    }
  })

  it('has the type of the token: one that is not understood is not sent, until another token is set', async () => {
    const first = scene({ polls: [{ json: { access_token: 'at', token_type: 'MAC' } }] })
    await first.clock.until(first.flow.run())
    const flow = DeviceFlow.resume(JSON.stringify(first.flow))
    const request = new Request('https://api.example.com/me')
    await expect(flow.prepare(request)).rejects.toThrow('of an unknown type')
    flow.setTokens({ token: 'other' })
    expect((await flow.prepare(request)).headers.get('authorization')).toBe('Bearer other')
    flow.setTokens({ token: 'other', tokenType: 'MAC' })
    await expect(flow.prepare(request)).rejects.toThrow('of an unknown type')
    flow.close()
  })

  it('has a refresh token that is there alone', async () => {
    const first = scene()
    first.flow.setTokens({ refreshToken: 'rt-alone' })
    const { fetch } = scripted(first.clock, {})
    const flow = DeviceFlow.resume(JSON.stringify(first.flow), { fetch, clock: first.clock })
    expect(flow).toMatchObject({ refreshToken: 'rt-alone', status: 'notAuthenticated' })
    expect(await flow.refreshTokens()).toMatchObject({ ok: true })
    for (const one of [first.flow, flow]) one.close()
  })

  it('is resumed from the text itself too, and run() continues with the code on the screen', async () => {
    const first = scene({ polls: [pending] })
    await first.flow.getDeviceCode()
    const text = JSON.stringify(first.flow)
    first.flow.close()
    const server = scripted(first.clock, {})
    const flow = DeviceFlow.resume(text, { fetch: server.fetch, clock: first.clock })
    expect(flow.userCode).toBe(codes.user_code)
    expect(await first.clock.until(flow.run())).toMatchObject({ ok: true })
    expect(server.codes).toHaveLength(0)
    expect(server.polls[0]?.form.get('device_code')).toBe('dc-secret')
    flow.close()
  })

  it('run() asks for new codes when those of the snapshot were denied, and continues after a lost network', async () => {
    const denied = scene({ polls: [{ status: 400, json: { error: 'access_denied' } }, tokens] })
    await denied.clock.until(denied.flow.run())
    expect(await denied.clock.until(denied.flow.run())).toMatchObject({ ok: true })
    expect(denied.server.codes).toHaveLength(2)
    const offline = scene({ polls: [faults['connection reset'], tokens] }, { maxNetworkFailures: 0 })
    expect(await offline.clock.until(offline.flow.run())).toMatchObject({ outcome: 'network' })
    expect(await offline.clock.until(offline.flow.run())).toMatchObject({ ok: true })
    expect(offline.server.codes).toHaveLength(1)
    for (const { flow } of [denied, offline]) flow.close()
  })

  it('keeps what decides about the id_token and about renewals, and no secret of the client', async () => {
    const options = { pkce: true, nonceMode: 'enabled', requireIdToken: true, onExpired: 'renew' } as const
    const { flow } = scene({}, { ...options, clientSecret: 'client-secret', headers: { 'x-api-key': 'api-key' } })
    const text = JSON.stringify(flow)
    expect(JSON.parse(text).options).toMatchObject(options)
    expect(text).not.toMatch(/client-secret|api-key/)
  })

  it('with codes that are bound to a key continues with this key only', async () => {
    const dpop = await createDpopProver()
    const { flow } = scene({}, { dpop })
    const snapshot = flow.toJSON()
    expect(snapshot.keyThumbprint).toBe(dpop.thumbprint)
    const other = await createDpopProver()
    for (const options of [{}, { dpop: other }])
      expect(() => DeviceFlow.resume(snapshot, options)).toThrow(/bound to a key: give its prover/)
    expect(DeviceFlow.resume(snapshot, { dpop }).toJSON()).toMatchObject({ keyThumbprint: dpop.thumbprint })
  })

  it('whose codes look expired: the server is asked before they count as expired', async () => {
    const first = scene()
    await first.flow.getDeviceCode()
    const text = JSON.stringify(first.flow)
    first.clock.setBy(86_400)
    const server = scripted(first.clock, { polls: [pending, tokens] })
    const flow = DeviceFlow.resume(text, { fetch: server.fetch, clock: first.clock })
    expect(await first.clock.until(flow.run(), 60)).toMatchObject({ ok: true })
    flow.close()
  })

  it.each([
    ['text'],
    ['{}'],
    ['null'],
    ['{"version":2,"options":{"clientId":"tv"}}'],
    ['{"version":1,"options":{}}'],
    [''],
  ])('that is no snapshot is refused: %s', (text) => {
    expect(() => DeviceFlow.resume(text)).toThrow('The snapshot is not one that DeviceFlow.toJSON() made.')
  })
})
