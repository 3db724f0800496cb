import { describe, expect, it } from 'vitest'
import { StoreFullError } from '../../src/contract/store.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { testClock } from '../../src/testing/clock.ts'
import { type FaultPlan, faultyStore, type StoreFault } from '../../src/testing/faulty-store.ts'
import { basic, createTestServer, expectError, expectToken, rsSecret, type TestServer } from '../server.ts'
import { alice, createPageServer, handleOf, queryOf } from '../verification/visitor.ts'

type Kind = 'throw' | 'throwAfter' | 'hang' | 'late'

/** Fails the k-th call of all, once. */
function faultAt(k: number, kind: Kind): { plan: FaultPlan; calls(): number } {
  let calls = 0
  const fault = (): StoreFault => (kind === 'late' ? { late: new Promise((resolve) => setTimeout(resolve, 5)) } : kind)
  return { plan: () => (++calls === k ? fault() : undefined), calls: () => calls }
}

// each has a character that no random text of a page has, or is too long for chance
const leaks = /planned fault|StoreFault|\bat \w+ \(|node:/i

/** Tries again as a client or a user does, while the answer is an error that is temporary. */
async function persist(request: () => Promise<OAuthResponse>): Promise<OAuthResponse> {
  for (let attempt = 0; ; attempt++) {
    const response = await request()
    expect(response.body).not.toMatch(leaks)
    expect(response.status).not.toBe(500)
    const pending = response.body.includes('authorization_pending')
    if ((response.status !== 503 && !pending) || attempt === 3) return response
    if (response.status === 503) expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  }
}

/** A whole sign-in over the page, with retries; answers what the device holds in the end. */
async function signIn(server: ReturnType<typeof createPageServer>): Promise<void> {
  const codes = JSON.parse((await persist(() => server.deviceAuthorization())).body)
  expectError(await server.poll(codes.device_code), 'authorization_pending')
  const visitor = server.visit(alice)
  const enter = handleOf(await persist(() => visitor.get()))
  const continued = await persist(() => visitor.post({ handle: enter, user_code: codes.user_code, action: 'continue' }))
  const handle = handleOf(await persist(() => visitor.get(queryOf(continued))))
  const decided = await persist(() => visitor.post({ handle, action: 'approve' }))
  // after a lost answer the second click reads that the request has been answered
  expect([200, 409]).toContain(decided.status)
  const token = expectToken(await persist(() => server.poll(codes.device_code)))
  expect(expectToken(await persist(() => server.poll(codes.device_code)))).toEqual(token)
  const refreshed = expectToken(await persist(() => server.refresh(token.refresh_token ?? '')))
  const asResourceServer = { headers: basic('rs', rsSecret) }
  const told = await persist(() => server.post('/introspect', { token: refreshed.access_token }, asResourceServer))
  expect(JSON.parse(told.body)).toMatchObject({ active: true, sub: 'alice' })
  const families = await server.deviceAuth.devices.list('alice').catch(() => server.deviceAuth.devices.list('alice'))
  expect(families).toHaveLength(1)
  const revoked = await persist(() => server.revoke({ client_id: 'tv', token: refreshed.refresh_token ?? '' }))
  expect(revoked.status).toBe(200)
  const after = await persist(() => server.post('/introspect', { token: refreshed.access_token }, asResourceServer))
  expect(JSON.parse(after.body)).toEqual({ active: false })
}

function faultyServer(plan: FaultPlan, memory: MemoryStore = new MemoryStore()): ReturnType<typeof createPageServer> {
  return createPageServer({
    store: faultyStore(memory, plan),
    timeout: 0.02,
    clock: testClock(0),
    hooks: { onError: () => {} },
  })
}

describe('F-15 the store fails once, at any call of a sign-in', () => {
  it.each(['throw', 'throwAfter', 'hang', 'late'] as const)(
    'F-15 %s: the sign-in succeeds, with one token family',
    async (kind) => {
      const whole = faultAt(0, kind)
      await signIn(faultyServer(whole.plan))
      const calls = whole.calls()
      expect(calls).toBeGreaterThan(15)
      for (let k = 1; k <= calls; k++) {
        await signIn(faultyServer(faultAt(k, kind).plan)).catch((error: unknown) => {
          throw new Error(`${kind} at call ${k} of ${calls}`, { cause: error })
        })
      }
    },
  )
})

describe('F-15 a failed step has no effect, or its whole effect', () => {
  it.each(['throw', 'hang'] as const)('F-15 a decision that was not recorded has no effect: %s', async (kind) => {
    const server = faultyServer((step, count) => (step === 'decide' && count === 1 ? kind : undefined))
    const { device_code: code, user_code: userCode } = await server.start()
    await expect(server.deviceAuth.approve(userCode, { subject: 'alice' })).rejects.toThrow()
    expectError(await server.poll(code), 'authorization_pending')
    await server.approve(userCode)
    expectToken(await server.poll(code))
  })

  it('F-15 F-17 after a redemption whose answer was lost, the next poll gets the tokens', async () => {
    const server = faultyServer((step, count) => (step === 'redeem' && count === 1 ? 'throwAfter' : undefined))
    const { device_code: code, user_code: userCode } = await server.start()
    await server.approve(userCode)
    expectError(await server.poll(code), 'authorization_pending')
    expectToken(await server.poll(code))
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('7009-2.2.1-1 a revocation that failed is answered 503 with Retry-After, and the token stays alive', async () => {
    const server = faultyServer((step, count) => (step === 'revoke' && count === 1 ? 'throw' : undefined))
    const token = await server.signIn()
    const response = await server.revoke({ client_id: 'tv', token: token.refresh_token ?? '' })
    expectError(response, 'temporarily_unavailable', 503)
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    expect(await server.deviceAuth.authenticate(token.access_token)).toBeDefined()
  })
})

describe('F-26 a store that is down while a device polls', () => {
  it.each(['throw', 'hang'] as const)(
    'F-26 %s: authorization_pending by default, with an event, and the sign-in goes on',
    async (kind) => {
      let down = true
      const server = faultyServer((step) => (down && step === 'pollDeviceCredential' ? kind : undefined))
      const failed: string[] = []
      server.deviceAuth.on('failed', ({ operation }) => failed.push(operation))
      const { device_code: code, user_code: userCode } = await server.start()
      await server.approve(userCode)
      expectError(await server.poll(code), 'authorization_pending')
      expectError(await server.poll(code, { client_id: 'unknown' }), 'invalid_client', 401)
      expect(failed).toEqual(['pollDeviceCredential'])
      down = false
      expectToken(await server.poll(code))
    },
  )

  it('F-26 503 with Retry-After if onStoreFailure is unavailable', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'pollDeviceCredential' ? 'throw' : undefined))
    const server = createTestServer({ store, onStoreFailure: 'unavailable' })
    const response = await server.poll((await server.start()).device_code)
    expectError(response, 'temporarily_unavailable', 503)
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  })

  it.each([
    'StoreFullError',
    'a', // as minifiers rename classes
  ])(
    'F-28 a full memory store answers new requests 503, keeps the others, and emits an event: class %s',
    async (name) => {
      Object.defineProperty(StoreFullError, 'name', { value: name, configurable: true })
      const server: TestServer = createTestServer({ store: new MemoryStore({ maxRecords: 3 }) })
      const limited: string[] = []
      server.deviceAuth.on('limited', ({ limit }) => limited.push(limit))
      const live = [await server.start(), await server.start(), await server.start()]
      const refused = await server.deviceAuthorization()
      expectError(refused, 'temporarily_unavailable', 503)
      expect(limited).toEqual(['store'])
      expect(server.errors).toEqual([])
      for (const { device_code: code } of live) expectError(await server.poll(code), 'authorization_pending')
      server.clock.advance(1200)
      await server.start()
    },
  )
})

describe('F-19 no secret is taken for another', () => {
  it('F-19 each kind of secret is refused in the place of another, and changes nothing', async () => {
    const server = createTestServer()
    const pending = await server.start()
    const token = await server.signIn()
    const secrets = {
      deviceCode: pending.device_code,
      userCode: pending.user_code,
      accessToken: token.access_token,
      refreshToken: token.refresh_token ?? '',
      grantId: token.access_token.split('.')[0] ?? '',
    }
    for (const [kind, secret] of Object.entries(secrets)) {
      if (kind !== 'deviceCode') expectError(await server.poll(secret), 'invalid_grant')
      if (kind !== 'refreshToken') expectError(await server.refresh(secret), 'invalid_grant')
      if (kind !== 'userCode') expect(await server.deviceAuth.find(secret), kind).toBeUndefined()
      if (kind !== 'accessToken') {
        expect(await server.deviceAuth.authenticate(secret), kind).toBeUndefined()
        expect(JSON.parse((await server.introspect(secret)).body), kind).toEqual({ active: false })
      }
    }
    expect(await server.deviceAuth.authenticate(token.access_token)).toBeDefined()
    expect(await server.deviceAuth.find(pending.user_code)).toBeDefined()
  })
})
