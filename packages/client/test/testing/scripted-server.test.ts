import { describe, expect, it } from 'vitest'
import { DeviceFlow, pollDeviceToken, requestDeviceAuthorization } from '../../src/index.ts'
import { FakeClock, ScriptedServer } from '../../src/testing/index.ts'
import { issuer } from '../fixtures.ts'

const address = `${issuer}/device_authorization`

describe('the scripted server', () => {
  it('waits for a decision, and answers by it', async () => {
    for (const decision of ['approve', 'deny'] as const) {
      const clock = new FakeClock()
      const server = new ScriptedServer({ clock })
      const flow = new DeviceFlow({ issuer, clientId: 'tv', clock, fetch: server.fetch })
      flow.on('poll', ({ attempt }) => attempt === 3 && server[decision]())
      expect((await clock.until(flow.run())).ok).toBe(decision === 'approve')
      expect(server).toMatchObject({ codes: { length: 1 }, polls: { length: 3 }, sent: { length: 5 } })
      flow.close()
    }
  })

  it('answers an early poll with slow_down and a late one with expired_token, and accepts a code once', async () => {
    const clock = new FakeClock()
    const server = new ScriptedServer({ clock, expiresIn: 60 })
    const options = { fetch: server.fetch, clock }
    const ask = async (deviceCode: string): Promise<string | undefined> =>
      (await pollDeviceToken({ address: `${issuer}/token`, clientId: 'tv', deviceCode }, options)).error
    const codes = await requestDeviceAuthorization({ address, clientId: 'tv' }, options)
    if (!codes.ok) throw new Error(codes.error)
    expect(await ask(codes.deviceCode)).toBe('authorization_pending')
    expect(await ask(codes.deviceCode)).toBe('slow_down')
    clock.sleep(9)
    expect(await ask(codes.deviceCode)).toBe('slow_down')
    clock.sleep(15)
    server.approve()
    expect(await ask(codes.deviceCode)).toBeUndefined()
    expect(await ask(codes.deviceCode)).toBe('invalid_grant')
    const late = await requestDeviceAuthorization({ address, clientId: 'tv' }, options)
    clock.sleep(60)
    expect(late.ok && (await ask(late.deviceCode))).toBe('expired_token')
  })

  it('refuses requests that its behavior does not expect, and has no other addresses', async () => {
    const { fetch, behavior } = new ScriptedServer({ behavior: 'amazon' })
    const request = { address: behavior.deviceAuthorizationEndpoint, clientId: 'tv' }
    expect(await requestDeviceAuthorization(request, { fetch })).toMatchObject({
      error: 'invalid_request',
      errorDescription: 'Missing or wrong in the request: response_type.',
    })
    const broken = await fetch(behavior.tokenEndpoint, { method: 'POST', body: '{"grant_type"' })
    expect(await broken.json()).toMatchObject({ error: 'invalid_request' })
    expect((await fetch('https://api.amazon.com/elsewhere', {})).status).toBe(404)
    expect(() => new ScriptedServer({ behavior: 'githup' })).toThrow(/"githup".*github/)
    expect(() => new ScriptedServer().approve()).toThrow('No codes')
  })
})
