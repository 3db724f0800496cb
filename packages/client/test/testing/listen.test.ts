import { describe, expect, it } from 'vitest'
import { DeviceFlow, pollDeviceToken, requestDeviceAuthorization } from '../../src/index.ts'
import { afterWork, faults, listen, oauthError, ScriptedServer, type Step, work } from '../../src/testing/index.ts'

describe('a scripted server on a port', () => {
  const quick = { dangerouslyAllowHttp: true }
  it('has its own address in its metadata, and issues codes and tokens', async () => {
    const { issuer, origin, tokenEndpoint, close } = await listen(new ScriptedServer({ approvesAfter: 0 }))
    const flow = new DeviceFlow({ issuer, clientId: 'tv', ...quick })
    const codes = await flow.getDeviceCode()
    expect(codes).toMatchObject({ ok: true, verificationUri: `${origin}/device` })
    const deviceCode = codes.ok ? codes.deviceCode : ''
    expect(await pollDeviceToken({ address: tokenEndpoint, clientId: 'tv', deviceCode }, quick)).toMatchObject({
      ok: true,
    })
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
    expect(await requestDeviceAuthorization({ clientId: 'tv', address }, { ...quick, timeout })).toMatchObject({
      error,
    })
    expect(await requestDeviceAuthorization({ clientId: 'tv', address }, quick)).toMatchObject({
      userCode: 'BCDF-GHJL',
    })
    await close()
  })
})
