import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, expectToken } from '../server.ts'

describe('find', () => {
  it('gives the live, undecided request, and no code', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start({ client_id: 'tv', scope: 'profile' })
    const found = await server.deviceAuth.find(userCode)
    expect(found).toMatchObject({
      clientId: 'tv',
      scope: 'profile',
      createdAt: server.clock(),
      expiresAt: server.clock() + 600_000,
      interval: 5,
    })
    expect(JSON.stringify(found)).not.toMatch(userCode)
    expect(JSON.stringify(found)).not.toMatch(deviceCode)
  })

  it('8628-3.2-6 finds nothing unknown, expired or decided', async () => {
    const server = createTestServer()
    const codes = await server.start()
    expect(await server.deviceAuth.find('BCDF-GHJK')).toBeUndefined()
    expect(await server.deviceAuth.find('')).toBeUndefined()
    server.clock.advance(599)
    expect(await server.deviceAuth.find(codes.user_code)).toBeDefined()
    server.clock.advance(2)
    expect(await server.deviceAuth.find(codes.user_code)).toBeUndefined()
    const decided = await server.start()
    await server.approve(decided.user_code)
    expect(await server.deviceAuth.find(decided.user_code)).toBeUndefined()
  })

  it.each([undefined, null, 5, {}, []])('%j is no code', async (input) => {
    const { deviceAuth } = createTestServer()
    expect(await Reflect.apply(deviceAuth.find, deviceAuth, [input])).toBeUndefined()
  })
})

describe('approve', () => {
  it('decides once, with an event; the code is over for everybody', async () => {
    const server = createTestServer()
    const events: unknown[] = []
    server.deviceAuth.on('approved', (event) => events.push(event))
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    const { id } = (await server.deviceAuth.find(userCode))!
    expect(await server.deviceAuth.approve(userCode.toLowerCase(), { subject: 'alice', scope: 'profile' })).toBe(
      'decided',
    )
    expect(events).toEqual([{ at: server.clock(), grantId: id, clientId: 'tv', subject: 'alice', scope: 'profile' }])
    expect(await server.deviceAuth.approve(userCode, { subject: 'mallory' })).toBe('alreadyDecided')
    expect(await server.deviceAuth.deny(userCode)).toBe('alreadyDecided')
    expect(events).toHaveLength(1)
    const { access_token: token, scope } = expectToken(await server.poll(deviceCode))
    expect(scope).toBe('profile')
    expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice' })
  })

  it.each(['approved by the API', 'denied by the API', 'approved on the page', 'redeemed'] as const)(
    'a code that was %s is alreadyDecided until it expires, and unknown after that',
    async (how) => {
      const store = new MemoryStore()
      const server = createTestServer({ store })
      const { user_code: userCode, device_code: deviceCode } = await server.start()
      const { id } = (await server.deviceAuth.find(userCode))!
      if (how === 'denied by the API') await server.deviceAuth.deny(userCode)
      else if (how === 'approved by the API') await server.deviceAuth.approve(userCode, { subject: 'alice' })
      else await server.approve(userCode)
      if (how === 'redeemed') expectToken(await server.poll(deviceCode))
      const subject = store.findDeviceCredential(id, server.clock())?.userGrant?.subject || 'alice'
      expect(await server.deviceAuth.approve(userCode, { subject })).toBe('alreadyDecided')
      expect(await server.deviceAuth.deny(userCode)).toBe('alreadyDecided')
      server.clock.advance(600)
      expect(await server.deviceAuth.approve(userCode, { subject })).toBe('unknown')
    },
  )

  it('V25 a scope that was not requested is refused, and decides nothing', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start({ client_id: 'tv', scope: 'profile' })
    for (const scope of ['profile email', 'email', 'Profile', 'admin']) {
      await expect(server.deviceAuth.approve(userCode, { subject: 'alice', scope })).rejects.toThrow(
        /a scope that was not requested/,
      )
    }
    expectError(await server.poll(deviceCode), 'authorization_pending')
    expect(await server.deviceAuth.approve(userCode, { subject: 'alice', scope: 'profile' })).toBe('decided')
  })

  it('may grant nothing but the sign-in itself', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    expect(await server.deviceAuth.approve(userCode, { subject: 'alice', scope: '' })).toBe('decided')
    expect(expectToken(await server.poll(deviceCode)).scope).toBe('')
  })

  const noUsers = [undefined, null, {}, { subject: '' }, { subject: 5 }, { subject: undefined }]
  it.each([...noUsers, { subject: 'x\ud800' }, { subject: 'a\0' }])('%j says not who approves', async (decision) => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    const approve = async (): Promise<unknown> =>
      Reflect.apply(server.deviceAuth.approve, undefined, [userCode, decision])
    await expect(approve()).rejects.toThrow('approve() needs { subject }')
    expectError(await server.poll(deviceCode), 'authorization_pending')
  })

  it('8628-3.2-6 comes too late after the code has expired', async () => {
    const server = createTestServer()
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    server.clock.advance(600)
    expect(await server.deviceAuth.approve(userCode, { subject: 'alice' })).toBe('unknown')
    expectError(await server.poll(deviceCode), 'expired_token')
  })

  it('says what the store says when somebody else decides at the same time', async () => {
    for (const result of ['alreadyDecided', 'expired', 'unknown'] as const) {
      const store = Object.assign(new MemoryStore(), { decide: () => result })
      const server = createTestServer({ store })
      const events: unknown[] = []
      server.deviceAuth.on('approved', (event) => events.push(event))
      server.deviceAuth.on('denied', (event) => events.push(event))
      const { user_code: userCode } = await server.start()
      expect(await server.deviceAuth.approve(userCode, { subject: 'alice' })).toBe(result)
      expect(await server.deviceAuth.deny(userCode)).toBe(result)
      expect(events).toEqual([])
    }
  })

  it('of two at the same time one decides', async () => {
    const server = createTestServer()
    const { user_code: userCode } = await server.start()
    const results = await Promise.all([
      server.deviceAuth.approve(userCode, { subject: 'alice' }),
      server.deviceAuth.approve(userCode, { subject: 'bob' }),
      server.deviceAuth.deny(userCode),
    ])
    expect(results.filter((result) => result === 'decided')).toHaveLength(1)
  })

  it('rejects when the store fails: the application must not believe it was approved', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'decide' ? 'throw' : undefined))
    const server = createTestServer({ store })
    const { user_code: userCode, device_code: deviceCode } = await server.start()
    await expect(server.deviceAuth.approve(userCode, { subject: 'alice' })).rejects.toMatchObject({
      operation: 'decide',
    })
    expectError(await server.poll(deviceCode), 'authorization_pending')
  })
})

describe('deny', () => {
  it('8628-3.5-7 ends the request, with or without a subject, with an event', async () => {
    const server = createTestServer()
    const events: unknown[] = []
    server.deviceAuth.on('denied', (event) => events.push(event))
    for (const subject of ['alice', undefined]) {
      const { user_code: userCode, device_code: deviceCode } = await server.start()
      const { id } = (await server.deviceAuth.find(userCode))!
      expect(await server.deviceAuth.deny(userCode, subject === undefined ? undefined : { subject })).toBe('decided')
      expect(events.pop()).toEqual({ at: server.clock(), grantId: id, clientId: 'tv', subject })
      expectError(await server.poll(deviceCode), 'access_denied')
      expect(await server.deviceAuth.approve(userCode, { subject: 'alice' })).toBe('alreadyDecided')
      expectError(await server.poll(deviceCode), 'access_denied')
    }
    expect(await server.deviceAuth.deny('BCDF-GHJK')).toBe('unknown')
    expect(events).toEqual([])
  })
})
