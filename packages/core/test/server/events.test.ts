import { describe, expect, it, vi } from 'vitest'
import { type DeviceAuthEventName, type DeviceAuthEvents, eventNames } from '../../src/contract/events.ts'
import type { DeviceStore } from '../../src/contract/store.ts'
import { EventListeners } from '../../src/server/event-listeners.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore, type StoreFault } from '../../src/testing/faulty-store.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  expectToken,
  issuer,
  type TestServer,
} from '../server.ts'
import { alice, bob, createPageServer } from '../verification/visitor.ts'

type Logged = readonly [name: string, event: object]

/** Records all events of a server, in order. */
function listen({ deviceAuth }: Pick<TestServer, 'deviceAuth'>): Logged[] {
  const logged: Logged[] = []
  // except storeCalled, which comes with everything and has tests of its own
  for (const name of eventNames.filter((each) => each !== 'storeCalled'))
    deviceAuth.on(name as DeviceAuthEventName, (event) => logged.push([name, event]))
  return logged
}

describe('each event', () => {
  it('a whole life: requested, found, approved, polledTooFast, redeemed, replayed, refreshed, reuseDetected', async () => {
    const server = createPageServer()
    const logged = listen(server)
    const { user_code: userCode, device_code: deviceCode } = await server.start(
      { client_id: 'tv', scope: 'profile' },
      { ip: '192.0.2.7' },
    )
    const { id: grantId } = (await server.deviceAuth.find(userCode))!
    await server.poll(deviceCode)
    await server.poll(deviceCode)
    const visitor = server.visit(alice)
    const query = await visitor.enter(userCode)
    await visitor.post({ handle: await visitor.handle(query), action: 'approve' })
    const { refresh_token: replaced } = expectToken(await server.poll(deviceCode))
    const at = server.clock()
    server.clock.advance(1)
    await server.poll(deviceCode)
    await server.deviceAuth.authenticate(expectToken(await server.refresh(replaced!)).access_token)
    server.clock.advance(60)
    await server.refresh(replaced!)
    const base = { at, grantId, clientId: 'tv' }
    expect(logged).toEqual([
      ['requested', { ...base, scope: 'profile', ip: '192.0.2.7' }],
      ['polledTooFast', { ...base, interval: 10 }],
      ['codeFound', { ...base, subject: 'alice' }],
      ['approved', { ...base, subject: 'alice', scope: 'profile' }],
      ['redeemed', { ...base, subject: 'alice', scope: 'profile', username: 'Alice', requester: { ip: '192.0.2.7' } }],
      ['replayed', { ...base, at: at + 1000, subject: 'alice', outcome: 'answered' }],
      ['refreshed', { ...base, at: at + 1000, subject: 'alice', scope: 'profile' }],
      ['reuseDetected', { ...base, at: at + 61_000, subject: 'alice' }],
      ['signedOut', { ...base, at: at + 61_000, subject: 'alice', by: 'reuse' }],
    ])
  })

  it('denied, expired, replayed by a thief, revoked', async () => {
    const server = createTestServer()
    const logged = listen(server)
    const names = (): string[] => logged.map(([name]) => name)
    const denied = await server.start()
    await server.deviceAuth.deny(denied.user_code, { subject: 'alice' })
    const expired = await server.start()
    server.clock.advance(601)
    await server.poll(expired.device_code)
    expect(names()).toEqual(['requested', 'denied', 'requested', 'expired'])
    const [, , , [, event] = []] = logged
    expect(event).toEqual({ at: server.clock(), grantId: expect.any(String), clientId: 'tv' })
    logged.length = 0
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    await server.approve(userCode)
    await server.deviceAuth.authenticate(expectToken(await server.poll(deviceCode)).access_token)
    server.clock.advance(31)
    await server.poll(deviceCode)
    expect(logged.slice(-2)).toEqual([
      ['replayed', expect.objectContaining({ subject: 'alice', outcome: 'revoked' })],
      ['signedOut', expect.objectContaining({ subject: 'alice', by: 'reuse' })],
    ])
    // once only: the sign-in is over
    await server.poll(deviceCode)
    expect(names().filter((name) => name === 'signedOut')).toHaveLength(1)
    logged.length = 0
    const { access_token: token } = await server.signIn()
    await server.revoke({ client_id: 'tv', token })
    expect(names()).toEqual(['requested', 'approved', 'redeemed', 'revoked'])
  })

  it('codeNotFound and limited, by browser, user, address and server', async () => {
    for (const [limits, count, limit] of [
      [{ userCodesPerUser: 2, userCodesPerAddress: 9, userCodes: 9 }, 2, 'user'],
      // from the fourth wrong code on, the limits of browser and address apply
      [{ userCodesPerBrowser: 2 }, 4, 'browser'],
      [{ userCodesPerUser: 9, userCodesPerAddress: 2, userCodes: 9 }, 4, 'address'],
      [{ userCodesPerUser: 9, userCodesPerAddress: 9, userCodes: 2 }, 2, 'server'],
    ] as const) {
      const server = createPageServer({ limits })
      const logged = listen(server)
      const visitor = server.visit(alice)
      const handle = await visitor.handle('')
      for (let guess = 0; guess <= count; guess++)
        await visitor.post({ handle, user_code: 'BCDF-GHJK', action: 'continue' })
      const event = { at: server.clock(), subject: 'alice', ip: '198.51.100.7' }
      const notFound = Array.from({ length: count }, () => ['codeNotFound', event])
      expect(logged).toEqual([...notFound, ['limited', { ...event, limit }]])
    }
  })

  it('codeShared, when a second account presents a code in another browser', async () => {
    const server = createPageServer()
    const { user_code: userCode } = await server.start()
    const { id: grantId } = (await server.deviceAuth.find(userCode))!
    await server.visit(alice).enter(userCode)
    const logged = listen(server)
    await server
      .visit(bob)
      .enter(userCode)
      .catch(() => undefined)
    const event = { at: server.clock(), subject: 'bob', ip: '198.51.100.7' }
    expect(logged).toEqual([
      ['codeShared', { ...event, grantId, clientId: 'tv' }],
      ['codeNotFound', event],
    ])
  })

  it('refused, of codes and of an approval', async () => {
    const server = createPageServer({
      policy: { otherNetwork: 'refuse', deviceAuthorization: ({ ip }) => ip !== '203.0.113.9' },
    })
    const logged = listen(server)
    expectError(await server.deviceAuthorization(undefined, { ip: '203.0.113.9' }), 'unauthorized_client')
    const { user_code: userCode } = await server.start()
    const visitor = server.visit(alice)
    const query = await visitor.enter(userCode)
    await visitor.post({ handle: await visitor.handle(query), action: 'approve' })
    const { id: grantId } = (await server.deviceAuth.find(userCode))!
    const event = { at: server.clock(), clientId: 'tv' }
    expect(logged.filter(([name]) => name === 'refused')).toEqual([
      ['refused', { ...event, reason: 'deviceAuthorization', ip: '203.0.113.9' }],
      ['refused', { ...event, reason: 'otherNetwork', grantId, subject: 'alice', ip: '198.51.100.7' }],
    ])
  })

  it('failed, with the step and the cause', async () => {
    const cause = new Error('the database is down')
    const store = Object.assign(new MemoryStore(), { pollDeviceCredential: () => Promise.reject(cause) })
    const server = createTestServer({ store })
    const logged = listen(server)
    expectError(await server.poll('x'), 'authorization_pending')
    expect(logged).toEqual([['failed', { at: server.clock(), operation: 'pollDeviceCredential', error: cause }]])
    expect(server.errors).toEqual([cause])
  })

  it('there are 25 events: this file has caused each of them but `exchanged`, those of registration and the last two, which the tests of grants/ cause', () => {
    expect(eventNames).toEqual([
      'requested',
      'codeNotFound',
      'codeShared',
      'codeFound',
      'approved',
      'denied',
      'polledTooFast',
      'redeemed',
      'replayed',
      'expired',
      'limited',
      'refused',
      'refreshed',
      'exchanged',
      'reuseDetected',
      'revoked',
      'signedOut',
      'clientRegistered',
      'clientChanged',
      'clientRemoved',
      'failed',
      'storeCalled',
      'clockSkew',
      'wakeUpDown',
      'wakeUpRestored',
    ])
  })
})

describe('storeCalled', () => {
  function measured(store: DeviceStore, timeout = 5) {
    const server = createTestServer({ store, timeout })
    const calls: DeviceAuthEvents['storeCalled'][] = []
    const stop = server.deviceAuth.on('storeCalled', (event) => calls.push(event))
    return { server, calls, stop }
  }

  it('has the step, the time of its end and its duration', async () => {
    const { server, calls } = measured(new MemoryStore())
    const codes = await server.start()
    await server.poll(codes.device_code)
    expect(calls.map(({ step, ok }) => [step, ok])).toEqual([
      ['takeAttempts', true],
      ['createDeviceCredential', true],
      ['pollDeviceCredential', true],
    ])
    for (const { at, seconds } of calls) {
      expect(at).toBe(server.clock())
      expect(seconds).toBeGreaterThanOrEqual(0)
      expect(seconds).toBeLessThan(1)
    }
  })

  it('is emitted for a step that is slow, that throws, that rejects, and that never returns', async () => {
    const faults: StoreFault[] = [{ late: Promise.resolve() }, 'throw', 'throwAfter', 'hang']
    const store = faultyStore(new MemoryStore(), (step, count) =>
      step === 'pollDeviceCredential' ? faults[count - 1] : undefined,
    )
    const { server, calls } = measured(store, 0.05)
    for (const _ of faults) await server.poll('x')
    expect(calls.map(({ ok }) => ok)).toEqual([true, false, false, false])
    expect(calls[3]?.seconds).toBeGreaterThan(0.04)
  })

  it('is not measured while nobody listens', async () => {
    const { server, calls, stop } = measured(new MemoryStore())
    stop()
    const clock = vi.spyOn(performance, 'now')
    await server.poll('x')
    expect(clock).not.toHaveBeenCalled()
    clock.mockRestore()
    expect(calls).toEqual([])
  })
})

it('6749-10.8-1 F-65 no event, error or log of whole sign-ins has a code, a token or a secret', async () => {
  const output: unknown[] = []
  const server = createPageServer({ hooks: { onError: (...values: unknown[]) => output.push(values) } })
  const logged = listen(server)
  const secrets: string[] = [
    confSecret,
    encodeURIComponent(confSecret),
    basic('conf', confSecret).authorization.slice(6),
  ]
  const headers = basic('conf', confSecret)
  for (const decide of ['approve', 'deny', 'expire', 'cancel']) {
    const codes = await server.start({}, { headers })
    secrets.push(codes.device_code, codes.user_code, codes.user_code.replace('-', ''))
    await server.poll(codes.device_code, {}, { headers })
    await server.poll(codes.device_code, {}, { headers })
    const visitor = server.visit(alice)
    const query = await visitor.enter(codes.user_code)
    if (decide === 'expire') server.clock.advance(601)
    if (decide === 'cancel') await server.revoke({ token: codes.device_code }, { headers })
    if (decide === 'approve' || decide === 'deny')
      await visitor.post({ handle: await visitor.handle(query), action: decide })
    const answer = server.json(await server.poll(codes.device_code, {}, { headers }))
    if (decide !== 'approve') continue
    const refreshed = server.json(
      await server.token({ grant_type: 'refresh_token', refresh_token: String(answer.refresh_token) }, { headers }),
    )
    for (const tokens of [answer, refreshed]) secrets.push(String(tokens.access_token), String(tokens.refresh_token))
    await server.introspect(String(refreshed.access_token))
    server.clock.advance(60)
    await server.token({ grant_type: 'refresh_token', refresh_token: String(answer.refresh_token) }, { headers })
    await server.poll(codes.device_code, {}, { headers })
  }
  for (let guess = 0; guess <= 20; guess++)
    await server.deviceAuthorization({}, { headers: basic('conf', 'guessed-secret') })
  secrets.push('guessed-secret')
  const seen = new Set(logged.map(([name]) => name))
  for (const name of [
    'requested',
    'codeFound',
    'approved',
    'denied',
    'polledTooFast',
    'redeemed',
    'expired',
    'revoked',
    'refreshed',
    'reuseDetected',
    'limited',
  ]) {
    expect(seen).toContain(name)
  }
  expect(secrets.length).toBeGreaterThan(15)
  const text = JSON.stringify([logged, output])
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(5)
    expect(text).not.toContain(secret)
  }
})

it('F-65 a failure at any step shows no secret', async () => {
  const failing = new Set([
    'createDeviceCredential',
    'pollDeviceCredential',
    'redeem',
    'findToken',
    'rotateRefreshToken',
    'revoke',
    'decide',
  ])
  let down = ''
  const output: unknown[] = []
  const store = faultyStore(new MemoryStore(), (step) => (step === down ? 'throw' : undefined))
  const server = createTestServer({
    store,
    hooks: {
      onError: (...values: unknown[]) =>
        output.push(
          values.map((value) => (value instanceof Error ? [value.message, value.stack, { ...value }] : value)),
        ),
    },
  })
  const logged = listen(server)
  const secrets: string[] = []
  for (const step of failing) {
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    const { refresh_token: refreshToken } = await server.signIn()
    down = step
    secrets.push(userCode, deviceCode, refreshToken!)
    await server.deviceAuthorization()
    await server.poll(deviceCode)
    await server.deviceAuth.approve(userCode, { subject: 'alice' }).catch(() => {})
    await server.poll(deviceCode)
    await server.refresh(refreshToken!)
    await server.revoke({ client_id: 'tv', token: refreshToken! })
    down = ''
  }
  expect(logged.filter(([name]) => name === 'failed').length).toBeGreaterThanOrEqual(failing.size - 1)
  expect(output.length).toBeGreaterThanOrEqual(failing.size - 1)
  const text = JSON.stringify([logged, output])
  for (const secret of secrets) expect(text).not.toContain(secret)
})

describe('listeners', () => {
  it('are given as options, or by on(), which returns a function that removes them', async () => {
    const heard: string[] = []
    const server = createTestServer({ events: { requested: () => heard.push('option') } })
    const stop = server.deviceAuth.on('requested', () => heard.push('on'))
    await server.start()
    expect(heard).toEqual(['option', 'on'])
    stop()
    stop()
    await server.start()
    expect(heard).toEqual(['option', 'on', 'option'])
  })

  it('that throw or reject harm neither the request nor each other, and are reported', async () => {
    const heard: string[] = []
    const server = createTestServer()
    const { deviceAuth } = server
    const failed: string[] = []
    deviceAuth.on('failed', ({ operation }) => failed.push(operation))
    deviceAuth.on('requested', () => {
      throw new Error('sync')
    })
    deviceAuth.on('requested', async () => {
      throw new Error('async')
    })
    deviceAuth.on('requested', () => new Promise(() => {}))
    deviceAuth.on('requested', () => heard.push('last'))
    const { device_code: deviceCode } = await server.start()
    expectError(await server.poll(deviceCode), 'authorization_pending')
    expect(heard).toEqual(['last'])
    expect(server.errors).toEqual([new Error('sync'), new Error('async')])
    expect(failed).toEqual(['listener:requested', 'listener:requested'])
  })

  it('of `failed` that fail themselves are not called again for that', async () => {
    const store = faultyStore(new MemoryStore(), () => 'throw')
    let calls = 0
    const server = createTestServer({
      store,
      events: {
        failed: () => {
          calls++
          throw new Error('again')
        },
      },
    })
    expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 503)
    expect(calls).toBe(1)
    expect(server.errors).toHaveLength(2)
  })

  it('may add listeners while they are called', async () => {
    const server = createTestServer()
    let calls = 0
    const again = (): void => {
      calls++
      server.deviceAuth.on('requested', () => again())
    }
    server.deviceAuth.on('requested', again)
    await server.start()
    expect(calls).toBe(1)
    await server.start()
    expect(calls).toBe(3)
  })

  it('are refused if the name or the function is wrong, as by the compiler', () => {
    const { deviceAuth } = createTestServer()
    const on = (...values: unknown[]): unknown => Reflect.apply(deviceAuth.on, undefined, values)
    expect(() => on('aproved', () => {})).toThrow('there is no event `aproved`; did you mean `approved`?')
    expect(() => on('__proto__', () => {})).toThrow('there is no event `__proto__`')
    for (const name of [undefined, null, 5, {}])
      expect(() => on(name, () => {})).toThrow(`there is no event \`${String(name)}\`; expected one of `)
    expect(() => on('approved')).toThrow('the listener for `approved` must be a function')
  })

  it('decide if an event is built: without listeners it is not', () => {
    const hub = new EventListeners(() => {})
    expect(hub.has('polledTooFast')).toBe(false)
    const stop = hub.on('polledTooFast', () => {})
    expect(hub.has('polledTooFast')).toBe(true)
    stop()
    expect(hub.has('polledTooFast')).toBe(false)
  })

  it('an onError that throws or rejects harms neither the answer nor the process', async () => {
    for (const onError of [
      (): void => {
        throw new Error('log')
      },
      () => Promise.reject(new Error('log')),
    ]) {
      const store = faultyStore(new MemoryStore(), () => 'throw')
      const server = createTestServer({ issuer, clients, store, hooks: { onError } })
      expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 503)
    }
  })
})
