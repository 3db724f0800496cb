import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DeviceFlow, type DeviceFlowOptions, type FlowEvents, type FlowSnapshot } from '../src/index.ts'
import { FakeClock, faults, type ScriptedServer, settle } from '../src/testing/index.ts'
import { answered, codes, issuer, pending, type Scripts, scripted, slowDown } from './fixtures.ts'

interface Scene {
  readonly clock: FakeClock
  readonly server: ScriptedServer
  readonly options: DeviceFlowOptions
  readonly flow: DeviceFlow
  readonly events: [keyof FlowEvents, unknown][]
}

function scene(scripts: Scripts = {}, more: Partial<DeviceFlowOptions> = {}): Scene {
  const clock = new FakeClock()
  const server = scripted(clock, scripts)
  const options: DeviceFlowOptions = {
    deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
    tokenEndpoint: `${issuer}/token`,
    clientId: 'tv',
    scope: 'profile',
    fetch: server.fetch,
    clock,
    random: () => 0,
    ...more,
  }
  const flow = new DeviceFlow(options)
  return { clock, server, options, flow, events: listen(flow) }
}

function listen(flow: DeviceFlow): [keyof FlowEvents, unknown][] {
  const events: [keyof FlowEvents, unknown][] = []
  flow.onAny((type, detail) => events.push([type, detail]))
  return events
}

const named = (events: Scene['events'], name: keyof FlowEvents): unknown[] =>
  events.filter(([type]) => type === name).map(([, detail]) => detail)

describe('a sign-in', () => {
  it('8628-3.3-1, 8628-3.3.1-2, 8628-3.3.1-3, 8628-3.3-6, 6749-5.1-6: asks for codes, shows them, polls, has tokens, tells of each change', async () => {
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

  it('startPolling: nothing before grant(), true while polling, false after expiry', async () => {
    const { clock, flow, events } = scene({ polls: [pending] })
    expect(flow.startPolling()).toBe(false)
    expect(named(events, 'requestFailed')).toMatchObject([{ outcome: 'misconfigured' }])
    await flow.grant()
    expect(flow.startPolling()).toBe(true)
    expect(flow.startPolling()).toBe(true)
    flow.stopPolling()
    await clock.advance(601)
    expect(flow.startPolling()).toBe(false)
    expect(named(events, 'requestFailed')).toMatchObject([{}, { outcome: 'expired' }])
  })

  it('pauses, and goes on at the pace it had', async () => {
    const { clock, flow, server } = scene({ polls: [slowDown, pending] })
    await flow.grant()
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
    ['asks for codes', { codes: [faults.hang] }, 1],
    ['polls', { polls: [pending] }, 20],
    ['is paused', { polls: [pending] }, 0],
  ])('close() ends what run() waits for, while it %s', async (_name, scripts, seconds) => {
    const { clock, flow, events } = scene(scripts)
    const result = flow.run()
    await clock.advance(seconds)
    if (seconds === 0) flow.stopPolling()
    flow.close()
    expect(await result).toMatchObject({ ok: false, outcome: 'aborted' })
    expect(named(events, 'authorizeWithUserCode')).toHaveLength(seconds === 1 ? 0 : 1)
    expect(clock.timers).toBe(0)
  })

  it('a new grant() gives the old sign-in up', async () => {
    const other = { json: { ...codes, device_code: 'dc-2', user_code: 'NEW' } }
    const { clock, flow, server, events } = scene({ codes: [{ json: codes }, other], polls: [pending] })
    await flow.grant()
    flow.startPolling()
    await clock.advance(6)
    await flow.grant()
    flow.startPolling()
    await clock.advance(6)
    expect(server.polls.map(({ form }) => form.get('device_code'))).toEqual(['dc-secret', 'dc-2'])
    expect(flow.userCode).toBe('NEW')
    expect(named(events, 'requestFailed')).toEqual([])
    flow.close()
  })

  it('tells a denial apart, with the words of the server', async () => {
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

  it('aborts by its signal wherever it stands, and as an outcome', async () => {
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

  it('renews codes that expire as often as it is told to', async () => {
    const { clock, flow, events } = scene({ polls: [pending] }, { onExpired: 'renew', maxRenewals: 2 })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'expired' })
    expect(named(events, 'authorizeWithUserCode')).toHaveLength(3)
    expect(named(events, 'pollingChanged')).toEqual([true, false])
    expect(named(events, 'requestFailed')).toHaveLength(1)
  })

  it('8628-3.1-12, 8628-3.5-9: never renews unless told to', async () => {
    const { clock, flow, server } = scene({ polls: [{ status: 400, json: { error: 'expired_token' } }] })
    expect(await clock.until(flow.run())).toMatchObject({ outcome: 'expired', restart: true })
    expect(server.codes).toHaveLength(1)
  })

  it.each([
    ['no device_code', { device_code: undefined }],
    ['an empty user_code', { user_code: '' }],
    ['no verification_uri', { verification_uri: undefined }],
    ['a script as address', { verification_uri: 'javascript:alert(1)' }],
    ['a password in the address', { verification_uri: 'https://a:b@as.example.com' }],
    ['an unencrypted address', { verification_uri: 'http://as.example.com' }],
    ['expires_in 0', { expires_in: 0 }],
    ['expires_in true', { expires_in: true }],
    ['no expires_in', { expires_in: undefined }],
  ])('refuses codes with %s', async (_name, more) => {
    const { flow } = scene({ codes: [{ json: { ...codes, ...more } }] }, { maxAttempts: 1 })
    expect(await flow.grant()).toMatchObject({ ok: false, error: 'invalid_response' })
  })

  it('F-50 removes what would command a terminal from all that is shown', async () => {
    const evil = '\u001b[2J\u202e\u200b\u0007'
    const json = { ...codes, user_code: `AB${evil}CD`, message: `Go${evil}`, verification_uri: `${issuer}/${evil}d` }
    const { flow, events } = scene({ codes: [{ json }] })
    await flow.grant()
    expect(named(events, 'authorizeWithUserCode')).toMatchObject([
      { userCode: 'AB[2JCD', message: 'Go[2J', verificationUri: `${issuer}/[2Jd` },
    ])
  })

  it('a listener that throws ends nothing', async () => {
    const { clock, flow } = scene({ polls: [pending, tokensWith({})] })
    const uncaught: unknown[] = []
    const previous = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => uncaught.push(error))
    flow.on('poll', () => {
      throw new Error('mine')
    })
    expect(await clock.until(flow.run())).toMatchObject({ ok: true })
    await settle()
    process.removeAllListeners('uncaughtException')
    for (const listener of previous) process.on('uncaughtException', listener)
    expect(uncaught).toHaveLength(2)
  })
})

function tokensWith(more: object): { readonly json: object } {
  return { json: { access_token: 'at-secret', expires_in: 3600, refresh_token: 'rt-secret', ...more } }
}

describe('as an iterator', () => {
  it('gives the events in order and ends with the sign-in', async () => {
    const { clock, flow } = scene({ polls: [pending, tokensWith({})] })
    const types: string[] = []
    const loop = (async () => {
      for await (const { type } of flow) if (!type.endsWith('Changed')) types.push(type)
    })()
    await clock.until(loop)
    expect(types).toEqual(['authorizeWithUserCode', 'poll', 'poll', 'granted'])
    flow.close()
  })

  it('pauses the polls when it is left', async () => {
    const { clock, flow, server } = scene({ polls: [pending] })
    const loop = (async () => {
      for await (const { type } of flow) if (type === 'poll') break
    })()
    await clock.until(loop)
    await clock.advance(60)
    expect(flow.isPolling).toBe(false)
    expect(server.polls).toHaveLength(0)
  })
})

describe('from one process to another', () => {
  it('goes on with code, verifier, pace and expiry', async () => {
    const first = scene({ polls: [slowDown] }, { pkce: true })
    await first.flow.grant()
    first.flow.startPolling()
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

  it('carries tokens and their refresh', async () => {
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
})

describe('refresh', () => {
  it.each([
    ['5 % before the end of an hour', 3600, 0, 3420],
    ['10 seconds before the end of two minutes', 120, 0, 110],
    ['by the lead time', 3600, 600, 3000],
    ['a lead time as long as the token lives counts as none', 600, 600, 570],
    ['never sooner than 2 seconds for tokens of seconds', 5, 0, 2],
  ])('accessTokenAboutToExpire: %s', async (_name, expires_in, refreshLeadTime, seconds) => {
    const { clock, flow, events } = scene({ polls: [tokensWith({ expires_in })] }, { refreshLeadTime })
    await clock.until(flow.run())
    await clock.advance(seconds - 0.01)
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(0)
    await clock.advance(0.02)
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(1)
    expect(flow.token).toBe('at-secret')
    flow.close()
  })

  it('is due at once when a new lead time says so', async () => {
    const { clock, flow, events } = scene({ polls: [tokensWith({ expires_in: 60 })] })
    await clock.until(flow.run())
    flow.setRefreshLeadTime(55)
    await settle()
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(1)
    flow.setRefreshLeadTime(-1)
    expect(flow.refreshLeadTime).toBe(55)
    flow.close()
  })

  it('waits for a token that lives longer than a timer can', async () => {
    const { clock, flow, events } = scene({ polls: [tokensWith({ expires_in: 60 * 86_400 })] })
    await clock.until(flow.run())
    await clock.advance(86_400)
    expect(named(events, 'accessTokenAboutToExpire')).toHaveLength(0)
    flow.close()
  })

  it('6749-6-3 by itself, again and again, and past a network that is away', async () => {
    const down = faults['connection refused']
    const { clock, flow, server, events } = scene(
      { refreshes: [down, down, { json: { access_token: 'at-2', expires_in: 3600 } }] },
      { autoRefresh: true, maxAttempts: 1 },
    )
    await clock.until(flow.run())
    await clock.advance(3600)
    expect(flow).toMatchObject({ token: 'at-2', refreshToken: 'rt-secret', status: 'granted' })
    expect(server.refreshes).toHaveLength(3)
    expect(named(events, 'requestFailed')).toMatchObject([{ outcome: 'network' }, { outcome: 'network' }])
    await clock.advance(3600)
    expect(server.refreshes).toHaveLength(4)
    flow.close()
  })

  it('is one for all who ask at once, refused while polling and without a refresh token', async () => {
    const { clock, flow, server } = scene()
    expect(await flow.refreshTokens()).toMatchObject({ ok: false, error: 'client_error' })
    await clock.until(flow.run())
    const both = [flow.refreshTokens(), flow.refreshTokens()]
    expect(flow.status).toBe('refreshingToken')
    expect(await Promise.all(both)).toMatchObject([{ accessToken: 'at-2' }, { accessToken: 'at-2' }])
    expect(server.refreshes).toHaveLength(1)
    await flow.grant()
    flow.startPolling()
    expect(await flow.refreshTokens()).toMatchObject({ ok: false, error: 'client_error' })
    flow.close()
  })

  it('that fails leaves the status as it was', async () => {
    const { clock, flow } = scene({ refreshes: [{ status: 400, json: { error: 'invalid_grant' } }] })
    await clock.until(flow.run())
    expect(await flow.refreshTokens()).toMatchObject({ error: 'invalid_grant' })
    expect(flow).toMatchObject({ status: 'granted', token: 'at-secret' })
    flow.close()
  })
})

describe('what goes with requests', () => {
  it('9700-4.3.2 prepare() adds the token to the header of a request', async () => {
    const { clock, flow } = scene()
    await clock.until(flow.run())
    const request = await flow.prepare(new Request('https://api.example.com/me', { headers: { accept: 'text/plain' } }))
    expect(Object.fromEntries(request.headers)).toEqual({ accept: 'text/plain', authorization: 'Bearer at-secret' })
    flow.close()
  })

  it('resource, parameters, headers and the hook reach both requests', async () => {
    const stages: string[] = []
    const { clock, flow, server } = scene(
      {},
      {
        resource: ['https://a.example', 'https://b.example'],
        parameters: { audience: 'x' },
        headers: { 'user-agent': 'tv/1' },
        onRequest: ({ form }, stage) => {
          stages.push(stage)
          form.set('stage', stage)
        },
      },
    )
    await clock.until(flow.run())
    await flow.refreshTokens()
    for (const { form, headers } of [server.codes[0]!, server.polls[0]!]) {
      expect(form.getAll('resource')).toEqual(['https://a.example', 'https://b.example'])
      expect(form.get('audience')).toBe('x')
      expect(form.get('client_id')).toBe('tv')
      expect(headers.get('user-agent')).toBe('tv/1')
    }
    expect(server.refreshes[0]?.form.getAll('resource')).toHaveLength(2)
    expect(stages).toEqual(['authorization', 'token', 'refresh'])
    flow.close()
  })
})

it('2,000 flows in one process poll at their pace, with one timer each', async () => {
  const clock = new FakeClock()
  let polls = 0
  const fetch = async (url: string): Promise<Response> => {
    if (url.endsWith('/device_authorization')) return answered(codes)
    polls += 1
    return answered({ error: 'authorization_pending' }, 400)
  }
  const endpoints = { deviceAuthorizationEndpoint: `${issuer}/device_authorization`, tokenEndpoint: `${issuer}/token` }
  const flows = Array.from({ length: 2000 }, () => new DeviceFlow({ ...endpoints, clientId: 'tv', clock, fetch }))
  await Promise.all(flows.map((flow) => flow.grant()))
  for (const flow of flows) flow.startPolling()
  for (const rounds of [1, 2]) {
    await clock.advance(5.1)
    expect({ polls, timers: clock.timers }).toEqual({ polls: rounds * 2000, timers: 2000 })
  }
  for (const flow of flows) flow.close()
  await settle()
  expect(clock.timers).toBe(0)
})
