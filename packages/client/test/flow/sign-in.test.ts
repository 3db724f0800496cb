import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DeviceFlow } from '../../src/index.ts'
import { FakeClock, faults, type Step } from '../../src/testing/index.ts'
import { codes, issuer, pending, slowDown } from '../fixtures.ts'
import { named, scene, tokensWith } from './scene.ts'

describe('a sign-in', () => {
  it('8628-3.3-1, 8628-3.3.1-2, 8628-3.3.1-3, 8628-3.3-6, 6749-5.1-6: requests codes, shows them, polls, has tokens, emits an event for each change', async () => {
    const { clock, flow, events, server } = scene({
      polls: [pending, slowDown, tokensWith({ scope: 'profile', foo: 1 })],
    })
    expect(flow.status).toBe('notAuthenticated')
    const result = await clock.until(flow.run())
    expect(result).toMatchObject({ ok: true, accessToken: 'at-secret' })
    expect(flow).toMatchObject({
      token: 'at-secret',
      refreshToken: 'rt-secret',
      grantedScope: 'profile',
      extra: { foo: 1 },
    })
    expect(flow).toMatchObject({ status: 'granted', isPolling: false, expiration: clock.now() + 3_600_000 })
    expect(named(events, 'authorizeWithUserCode')).toMatchObject([
      { userCode: codes.user_code, verificationUri: codes.verification_uri },
    ])
    expect(named(events, 'poll')).toMatchObject([
      { attempt: 1, interval: 5 },
      { attempt: 2, lastError: 'authorization_pending' },
      { attempt: 3, interval: 10, lastError: 'slow_down' },
    ])
    expect(named(events, 'pollingChanged')).toEqual([true, false])
    expect(named(events, 'statusChanged')).toEqual(['temporaryCredentialsReceived', 'granted'])
    expect(named(events, 'userCodeChanged')).toEqual([codes.user_code])
    expect(named(events, 'granted')).toHaveLength(1)
    expect(named(events, 'requestFailed')).toEqual([])
    expect(server.codes[0]?.form.get('scope')).toBe('profile')
    expect(JSON.stringify(events)).not.toMatch(/dc-secret/)
    expect(inspect(flow, { showHidden: true, depth: 5 })).not.toMatch(/secret/)
    flow.close()
    expect(clock.timers).toBe(0)
  })

  it('startPolling() returns false before grant(), true while polling, false after expiry', async () => {
    const { clock, flow, events } = scene({ polls: [pending] })
    expect(flow.startPolling()).toBe(false)
    expect(named(events, 'requestFailed')).toMatchObject([{ outcome: 'misconfigured' }])
    await flow.getDeviceCode()
    expect(flow.isPolling).toBe(false)
    expect(flow.startPolling()).toBe(true)
    expect(flow.startPolling()).toBe(true)
    flow.stopPolling()
    await clock.advance(601)
    expect(flow.startPolling()).toBe(false)
    expect(named(events, 'requestFailed')).toMatchObject([{}, { outcome: 'expired' }])
  })

  it('continues after a pause at the pace it had', async () => {
    const { clock, flow, server } = scene({ polls: [slowDown, pending] })
    await flow.getDeviceCode()
    flow.startPolling()
    await clock.advance(6)
    flow.stopPolling()
    expect(flow.isPolling).toBe(false)
    await clock.advance(1)
    flow.startPolling()
    await clock.advance(20)
    expect(server.gaps[0]).toBeCloseTo(10.1)
    flow.stopPolling()
    await clock.advance(100)
    expect(server.polls).toHaveLength(3)
    expect(clock.timers).toBe(0)
  })

  it.each([
    ['requests codes', { codes: [faults.hang] }, 1],
    ['polls', { polls: [pending] }, 20],
    ['is paused', { polls: [pending] }, 0],
  ])('close() ends run() while it %s', async (_name, scripts, seconds) => {
    const { clock, flow, events } = scene(scripts)
    const result = flow.run()
    await clock.advance(seconds)
    if (seconds === 0) flow.stopPolling()
    flow.close()
    expect(await result).toMatchObject({ ok: false, outcome: 'aborted' })
    expect(named(events, 'authorizeWithUserCode')).toHaveLength(seconds === 1 ? 0 : 1)
    expect(clock.timers).toBe(0)
  })

  it('a new grant() gives up the old sign-in', async () => {
    const other = { json: { ...codes, device_code: 'dc-2', user_code: 'NEW' } }
    const { clock, flow, server, events } = scene({ codes: [{ json: codes }, other], polls: [pending] })
    await flow.grant()
    await clock.advance(6)
    await flow.grant()
    await clock.advance(6)
    expect(server.polls.map(({ form }) => form.get('device_code'))).toEqual(['dc-secret', 'dc-2'])
    expect(flow.userCode).toBe('NEW')
    expect(named(events, 'requestFailed')).toEqual([])
    flow.close()
  })

  it('reports a denial, with the error description of the server', async () => {
    const { clock, flow, events } = scene({
      polls: [
        { status: 400, json: { error: 'access_denied', error_description: 'No.', error_uri: 'https://e.example' } },
      ],
    })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'denied', restart: false })
    expect(named(events, 'serverReportedErrorOccurred')).toEqual([
      { error: 'access_denied', description: 'No.', uri: 'https://e.example' },
    ])
    expect(flow.status).toBe('notAuthenticated')
  })

  it('can be aborted by its signal at any time, with the outcome aborted', async () => {
    for (const scripts of [
      { codes: [faults.hang] },
      { codes: [faults['500']] },
      { polls: [pending] },
      { polls: [faults.hang] },
    ]) {
      const controller = new AbortController()
      const { clock, flow } = scene(scripts, { signal: controller.signal })
      const result = flow.run()
      await clock.advance(6)
      controller.abort()
      expect(await result).toMatchObject({ outcome: 'aborted' })
      expect(clock.timers).toBe(0)
    }
  })

  it('renews expired codes as often as maxRenewals says', async () => {
    const { clock, flow, events } = scene({ polls: [pending] }, { onExpired: 'renew', maxRenewals: 2 })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'expired' })
    expect(named(events, 'authorizeWithUserCode')).toHaveLength(3)
    expect(named(events, 'pollingChanged')).toEqual([true, false])
    expect(named(events, 'requestFailed')).toHaveLength(1)
  })

  it('8628-3.1-12, 8628-3.5-9: does not renew expired codes by default', async () => {
    const { clock, flow, server } = scene({ polls: [{ status: 400, json: { error: 'expired_token' } }] })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'expired', restart: true })
    expect(server.codes).toHaveLength(1)
  })
})

describe('grant()', () => {
  it('goes on to polling by itself, as in Qt; getDeviceCode() does not', async () => {
    const { clock, flow, server } = scene({ polls: [pending, tokensWith({})] })
    const codes = await flow.grant()
    expect(codes).toMatchObject({ ok: true })
    expect(flow.isPolling).toBe(true)
    expect(await clock.until(flow.finished())).toMatchObject({ ok: true })
    expect(await flow.getDeviceCode()).toMatchObject({ ok: true })
    await clock.advance(60)
    expect([flow.isPolling, server.polls.length]).toEqual([false, 2])
    flow.close()
  })

  it.each(['stopPolling', 'close'] as const)('does not poll after %s() in a listener', async (method) => {
    const { clock, flow, server } = scene({ polls: [pending] })
    flow.on('authorizeWithUserCode', () => flow[method]())
    await flow.grant()
    await clock.advance(60)
    expect([flow.isPolling, server.polls.length, clock.timers]).toEqual([false, 0, 0])
  })

  it('extra has the further members of both responses, and no secret', async () => {
    const { clock, flow } = scene({
      codes: [{ json: { ...codes, message: 'Go', qr: 'data:', verification_url: codes.verification_uri } }],
      polls: [tokensWith({ patient: 7 })],
      refreshes: [tokensWith({ tier: 'gold' })],
    })
    await flow.grant()
    expect(flow.extra).toEqual({ message: 'Go', qr: 'data:' })
    await clock.until(flow.finished())
    expect(flow.extra).toEqual({ message: 'Go', qr: 'data:', patient: 7 })
    await flow.refreshTokens()
    expect(flow.extra).toEqual({ message: 'Go', qr: 'data:', patient: 7, tier: 'gold' })
    flow.close()
  })

  it('the tokens of an earlier user do not stay: neither the refresh token nor the id_token nor the scopes', async () => {
    const { clock, flow } = scene({
      polls: [tokensWith({ refresh_token: 'rt-ada', scope: 'all' }), { json: { access_token: 'at-eve' } }],
    })
    await clock.until(flow.run())
    await clock.until(flow.run())
    expect(flow).toMatchObject({ token: 'at-eve', refreshToken: undefined, grantedScope: 'profile' })
    flow.close()
  })
})

it('options can be changed between sign-ins', async () => {
  const { clock, flow, server, events } = scene()
  await clock.until(flow.run())
  flow.setOptions({
    scope: 'email',
    clientId: 'kiosk',
    tokenEndpoint: 'https://as.example.com/other',
    autoRefresh: true,
  })
  expect(flow).toMatchObject({ requestedScope: 'email', autoRefresh: true, token: 'at-secret' })
  expect(named(events, 'requestedScopeChanged')).toEqual(['email'])
  const second = clock.until(flow.run())
  await clock.advance(6)
  flow.close()
  expect(await second).toMatchObject({ outcome: 'aborted' })
  expect(server.codes[1]?.form.get('client_id')).toBe('kiosk')
  expect(server.codes[1]?.form.get('scope')).toBe('email')
  expect(server.sent.at(-1)?.url).toBe('https://as.example.com/other')
  flow.setOptions({ refreshLeadTime: 30 })
  expect(flow.refreshLeadTime).toBe(30)
})

describe('the time limit', () => {
  const busy =
    (seconds: number): Step =>
    () =>
      new Response('', { status: 429, headers: { 'retry-after': `${seconds}` } })

  it.each<[string, Parameters<typeof scene>[0]]>([
    ['a request for codes that hangs', { codes: [faults.hang] }],
    ['a network that fails', { codes: [faults['connection reset']] }],
    ['polls', { polls: [pending] }],
    ['a poll that hangs', { polls: [faults.hang] }],
  ])('covers %s', async (_name, scripts) => {
    const { clock, flow } = scene(scripts, { timeLimit: 12, maxAttempts: 100 })
    const startedAt = clock.now()
    expect(await clock.until(flow.run())).toMatchObject({ ok: false })
    expect(clock.now() - startedAt).toBeLessThanOrEqual(12_000)
    expect(clock.timers).toBe(0)
  })

  it('covers the metadata', async () => {
    const clock = new FakeClock()
    const flow = new DeviceFlow({ issuer, clientId: 'tv', clock, fetch: () => new Promise(() => {}), timeLimit: 12 })
    expect(await clock.until(flow.run(), 12)).toMatchObject({ outcome: 'timeout', error: 'time_limit' })
  })

  it('does not start anew with each renewal', async () => {
    const { clock, flow, server } = scene({ polls: [pending] }, { onExpired: 'renew', maxRenewals: 9, timeLimit: 1000 })
    const startedAt = clock.now()
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'timeout' })
    expect(clock.now() - startedAt).toBe(1_000_000)
    expect(server.codes).toHaveLength(2)
  })

  it('does not start anew after a pause', async () => {
    const { clock, flow } = scene({ polls: [pending] }, { timeLimit: 60 })
    await flow.grant()
    await clock.advance(50)
    flow.stopPolling()
    await clock.advance(5)
    flow.startPolling()
    const startedAt = clock.now()
    expect(await clock.until(flow.finished())).toMatchObject({ outcome: 'timeout' })
    expect(clock.now() - startedAt).toBe(5000)
    expect(flow.startPolling()).toBe(true)
    expect(await clock.until(flow.finished(), 0)).toMatchObject({ outcome: 'timeout' })
  })

  it('ends a sign-in at once when the server asks to wait longer', async () => {
    const { clock, flow, events } = scene({ codes: [busy(30)] }, { timeLimit: 20 })
    expect(await clock.until(flow.run(), 0)).toMatchObject({ outcome: 'network', error: 'slow_down', retryAfter: 30 })
    expect(named(events, 'retry')).toEqual([])
  })

  it('a Retry-After of an hour is handed over at once, one of seconds is waited for with an event', async () => {
    const hour = scene({ codes: [busy(3600)] })
    expect(await hour.clock.until(hour.flow.run(), 0)).toMatchObject({
      outcome: 'network',
      retryAfter: 3600,
      status: 429,
    })
    const short = scene({ codes: [busy(20), { json: codes }] })
    const startedAt = short.clock.now()
    expect(await short.clock.until(short.flow.getDeviceCode())).toMatchObject({ ok: true })
    expect(named(short.events, 'retry')).toMatchObject([
      { stage: 'authorization', attempt: 1, retryAt: startedAt + 20_000, failure: { error: 'slow_down' } },
    ])
  })
})

it('403 at the metadata is no reason to try again', async () => {
  const clock = new FakeClock()
  const urls: string[] = []
  const fetch = async (url: string): Promise<Response> => {
    urls.push(url)
    return new Response('', { status: 403 })
  }
  const flow = new DeviceFlow({ issuer, clientId: 'tv', clock, fetch })
  expect(await clock.until(flow.run(), 0)).toMatchObject({
    outcome: 'misconfigured',
    error: 'metadata_not_found',
    message: expect.stringContaining('HTTP 403 at https://as.example.com/'),
  })
  expect(urls).toHaveLength(2)
})

it('poll() of a flow polls with its codes, or with a device code from anywhere', async () => {
  const { clock, flow, server } = scene({ polls: [slowDown, tokensWith({})] }, { pkce: true })
  const code = await flow.getDeviceCode()
  if (!code.ok) throw new Error('no codes')
  expect(await clock.until(flow.poll(code.deviceCode, code.interval))).toMatchObject({ ok: true })
  expect(server.polls[0]?.form.get('code_verifier')).toMatch(/./)
  const started = clock.now()
  expect(await clock.until(flow.poll('dc-of-a-file', 7))).toMatchObject({ ok: true })
  expect(server.polls.at(-1)?.form.get('device_code')).toBe('dc-of-a-file')
  expect(clock.now() - started).toBe(7100)
  flow.close()
})
