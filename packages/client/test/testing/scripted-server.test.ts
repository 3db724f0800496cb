// The servers and the clock that tests of a device are made of.
import { describe, expect, it } from 'vitest'
import { DeviceFlow, pollDeviceToken, requestDeviceAuthorization } from '../../src/index.ts'
import {
  afterWork,
  FakeClock,
  faults,
  listen,
  oauthError,
  ScriptedServer,
  type Step,
  work,
} from '../../src/testing/index.ts'
import { issuer } from '../fixtures.ts'

const address = `${issuer}/device_authorization`

describe('the scripted server', () => {
  it('waits for a person, and tells what was decided', async () => {
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

  it('tells an early poll to slow down, a late one that it is over, and knows a code once', async () => {
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

  it('refuses what its behavior does not expect, and has no other addresses', async () => {
    const { fetch, behavior } = new ScriptedServer({ behavior: 'amazon' })
    const request = { address: behavior.deviceAuthorizationEndpoint, clientId: 'tv' }
    expect(await requestDeviceAuthorization(request, { fetch })).toMatchObject({
      error: 'invalid_request',
      errorDescription: 'Wrong: response_type.',
    })
    const broken = await fetch(behavior.tokenEndpoint, { method: 'POST', body: '{"grant_type"' })
    expect(await broken.json()).toMatchObject({ error: 'invalid_request' })
    expect((await fetch('https://api.amazon.com/elsewhere', {})).status).toBe(404)
    expect(() => new ScriptedServer({ behavior: 'githup' })).toThrow(/"githup".*github/)
    expect(() => new ScriptedServer().approve()).toThrow('no codes')
  })
})

describe('the fake clock', () => {
  it('fires timers in order, and says when it waits in vain', async () => {
    const clock = new FakeClock(0)
    const fired: number[] = []
    for (const seconds of [3, 1, 2]) clock.setTimeout(() => fired.push(clock.now()), seconds * 1000)
    clock.clearTimeout(clock.setTimeout(() => fired.push(-1), 1500))
    await clock.advance(2.5)
    expect({ fired, timers: clock.timers, now: clock.now() }).toEqual({ fired: [1000, 2000], timers: 1, now: 2500 })
    clock.setBy(-10)
    await clock.advance(0.5)
    expect(fired).toEqual([1000, 2000, -7000])
    await expect(clock.until(new Promise(() => {}), 5)).rejects.toThrow('still waiting after 5 s')
  })
})

describe('on a port', () => {
  const quick = { dangerouslyAllowHttp: true, clientId: 'tv' }
  it('names itself in its metadata, and gives codes and tokens', async () => {
    const { issuer, origin, tokenEndpoint, close } = await listen(new ScriptedServer({ approvesAfter: 0 }))
    const flow = new DeviceFlow({ issuer, ...quick })
    const codes = await flow.grant()
    expect(codes).toMatchObject({ ok: true, verificationUri: `${origin}/device` })
    const deviceCode = codes.ok ? codes.deviceCode : ''
    expect(await pollDeviceToken({ address: tokenEndpoint, ...quick, deviceCode }, quick)).toMatchObject({ ok: true })
    flow.close()
    await close()
  })

  it.each([
    ['connection reset', 'network_error'],
    ['body breaks off', 'network_error'],
    ['hang', 'timeout'],
    ['hang in the body', 'timeout'],
    ['captive portal', 'invalid_response'],
    ['captive portal redirects', 'redirect_refused'],
    ['half an answer', 'invalid_response'],
    ['slow_down', 'slow_down'],
  ] as const)('%s: %s', async (name, error) => {
    const fault: Step = faults[name]
    const server = new ScriptedServer({ codes: [afterWork(fault), work], polls: [oauthError('access_denied')] })
    const { deviceAuthorizationEndpoint: address, close } = await listen(server)
    const timeout = error === 'timeout' ? 0.2 : 30
    expect(await requestDeviceAuthorization({ ...quick, address }, { ...quick, timeout })).toMatchObject({ error })
    expect(await requestDeviceAuthorization({ ...quick, address }, quick)).toMatchObject({ userCode: 'BCDF-GHJL' })
    await close()
  })
})
