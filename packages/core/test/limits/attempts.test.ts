import { describe, expect, it } from 'vitest'
import type { AttemptBudget, AttemptRefusal } from '../../src/contract/attempts.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { createAttempts } from '../../src/limits/attempts.ts'
import { deviceClient } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { testClock } from '../../src/testing/clock.ts'
import { type FaultPlan, faultyStore, type StoreFault } from '../../src/testing/faulty-store.ts'
import { basic, clients, confSecret, createTestServer, expectError } from '../server.ts'
import { alice, bob, createPageServer, handleOf, queryOf } from '../verification/visitor.ts'

type Server = ReturnType<typeof createPageServer>
type Kind = 'throw' | 'throwAfter' | 'hang' | 'late'

/** A memory store whose counters can be read. */
class CountedStore extends MemoryStore {
  readonly #keys = new Set<string>()

  override takeAttempts(budgets: readonly AttemptBudget[], now: number): AttemptRefusal | undefined {
    for (const { key } of budgets) this.#keys.add(key)
    return super.takeAttempts(budgets, now)
  }

  /** The attempts under each key that is shared by many attempts. */
  counters(now: number): Record<string, number> {
    // the key of one attempt is random, or the id of a credential
    const shared = [...this.#keys].filter((key) => key.includes(':') && !key.startsWith('own:'))
    const counters = shared.map((key): [string, number] => [
      // without the number of the window
      key
        .replace(/(browser|address):.*/, '$1')
        .replace(/^(\w+:\w+):\d+/, '$1')
        .replace(':all', ''),
      this.#count(key, now),
    ])
    return Object.fromEntries(counters.filter(([, count]) => count > 0).sort())
  }

  /** The smallest limit that lets one more attempt through, less one. The last budget has no room, so nothing is counted. */
  #count(key: string, now: number): number {
    const none = { key: 'none', limit: 0, window: 1 }
    for (let count = 0; ; count++) {
      const refusal = super.takeAttempts([{ key, limit: count + 1, window: 1 }, none], now)
      if (refusal?.index === 1) return count
    }
  }
}

function scene(plan: FaultPlan, memory = new CountedStore(), clock = testClock(0)): Server {
  const matching = deviceClient({ client_id: 'matching', scope: 'profile', number_matching: true })
  return createPageServer({
    store: faultyStore(memory, plan),
    clients: [...clients, matching],
    timeout: 0.02,
    clock,
    hooks: { onError: () => {} },
  })
}

/** Fails the k-th call of all, once. */
function faultAt(k: number, kind: Kind): { plan: FaultPlan; calls(): number } {
  let calls = 0
  const fault = (): StoreFault => (kind === 'late' ? { late: new Promise((resolve) => setTimeout(resolve, 5)) } : kind)
  return { plan: () => (++calls === k ? fault() : undefined), calls: () => calls }
}

/** Tries again as a client or a user does. */
async function persist(request: () => Promise<OAuthResponse>): Promise<OAuthResponse> {
  for (let time = 0; ; time++) {
    const response = await request()
    if (response.status !== 503 || time === 3) return response
  }
}

/** A request for codes with a secret, a typo, an approval, a denial, and a device that gives up. */
async function useEverything(server: Server): Promise<void> {
  const conf = { headers: basic('conf', confSecret) }
  const start = async (): Promise<{ device_code: string; user_code: string }> =>
    JSON.parse((await persist(() => server.deviceAuthorization({}, conf))).body)
  const visitor = server.visit(alice)
  const enter = async (user_code: string): Promise<OAuthResponse> => {
    const handle = handleOf(await persist(() => visitor.get()))
    return persist(() => visitor.post({ handle, user_code, action: 'continue' }))
  }
  for (const action of ['approve', 'deny']) {
    const { user_code } = await start()
    expect((await enter('BCDF-GHJK')).status).toBe(200)
    const entered = await enter(user_code)
    const handle = handleOf(await persist(() => visitor.get(queryOf(entered))))
    const decided = await persist(() => visitor.post({ handle, action }))
    expect([200, 409]).toContain(decided.status)
  }
  const { device_code } = await start()
  expect((await persist(() => server.revoke({ token: device_code }, conf))).status).toBe(200)
  expect((await enter((await start()).user_code)).status).toBe(303)
}

describe('F-15 a failure is nobody’s fault', () => {
  it.each(['throw', 'throwAfter', 'hang', 'late'] as const)(
    'F-15 8628-5.1-1 %s, once at any call: all counters are as they are without a failure',
    async (kind) => {
      const plain = new CountedStore()
      const whole = faultAt(0, kind)
      await useEverything(scene(whole.plan, plain))
      const expected = plain.counters(0)
      expect(expected).toEqual({
        'approve:user:alice': 1,
        'guess:address': 2,
        'guess:browser': 2,
        'guess:server': 2,
        'guess:user:alice': 2,
        'pending:address': 1,
        'pending:client:conf': 1,
        'pending:server': 1,
        'request:address': 4,
        'request:client:conf': 4,
      })
      for (let k = 1; k <= whole.calls(); k++) {
        const memory = new CountedStore()
        const server = scene(faultAt(k, kind).plan, memory)
        await useEverything(server)
        // what the last call has left is put right before the next attempt is counted
        expect((await server.deviceAuthorization({ client_id: 'tv' }, { ip: '10.0.0.1' })).status).toBe(200)
        const counters = memory.counters(0)
        expect(counters, `${kind} at call ${k}`).toEqual({
          ...expected,
          'pending:client:tv': 1,
          'pending:server': 2,
          'request:client:tv': 1,
        })
      }
    },
  )

  it.each(['throw', 'throwAfter', 'hang'] as const)('F-15 %s at each call of a right matching number', async (kind) => {
    for (const step of ['takeAttempts', 'giveBackAttempts', 'redeem'] as const) {
      let failing = false
      const memory = new CountedStore()
      const server = scene((called) => (failing && called === step ? kind : undefined), memory)
      const { device_code, user_code } = await server.start({ client_id: 'matching' })
      const { id } = (await server.deviceAuth.find(user_code)) ?? { id: '' }
      await server.approve(user_code)
      const poll = (): Promise<OAuthResponse> =>
        server.poll(device_code, { client_id: 'matching', matching_number: server.deviceAuth.matchingNumber(id) })
      failing = true
      for (let time = 0; time < 5; time++) await poll()
      failing = false
      expect((await poll()).status, step).toBe(200)
      await server.start({ client_id: 'tv' })
      expect(memory.counters(0)[`number:request:${id}`], step).toBeUndefined()
    }
  })

  it.each(['throw', 'throwAfter'] as const)(
    'F-15 look-ups that fail (%s) do not lock out a user who types the right code',
    async (kind) => {
      let down = true
      const server = scene((step) => (down && step === 'claimByUserCode' ? kind : undefined))
      const { user_code } = await server.start()
      const visitor = server.visit(alice)
      const handle = await visitor.handle('')
      for (let time = 0; time < 30; time++) {
        expect((await visitor.post({ handle, user_code, action: 'continue' })).status).toBe(503)
      }
      down = false
      await visitor.enter(user_code)
    },
  )

  it('F-15 neither do failures in which nothing can be given back', async () => {
    let down = true
    const plan: FaultPlan = (step) =>
      down && (step === 'claimByUserCode' || step === 'giveBackAttempts') ? 'throwAfter' : undefined
    const memory = new CountedStore()
    const server = scene(plan, memory)
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle('')
    for (let time = 0; time < 30; time++) await visitor.post({ handle, user_code, action: 'continue' })
    down = false
    await visitor.enter(user_code)
    expect(Object.keys(memory.counters(0)).filter((key) => key.startsWith('guess'))).toEqual([])
  })

  it('F-15 F-28 codes that could not be kept are not pending, and the device gets its codes afterwards', async () => {
    for (const kind of ['throw', 'throwAfter', 'hang'] as const) {
      let down = true
      const plan: FaultPlan = (step) => (down && step === 'createDeviceCredential' ? kind : undefined)
      const memory = new CountedStore()
      const limits = { pendingPerClient: 2, requestsPerClient: 2 }
      const server = createTestServer({ store: faultyStore(memory, plan), limits, timeout: 0.01 })
      for (let time = 0; time < 5; time++) {
        expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 503)
      }
      down = false
      for (let time = 0; time < 2; time++) await server.start()
      expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 429)
    }
  })

  it.each([
    ['generateDeviceCode', (): string => 'short'],
    ['generateUserCode', (): Promise<never> => Promise.reject(new Error('boom'))],
    ['saveDeviceCredential', (): Promise<never> => Promise.reject(new Error('boom'))],
    ['saveDeviceCredential', (): boolean => false],
  ] as const)('F-15 F-28 a request whose hook %s fails is not counted', async (name, hook) => {
    const memory = new CountedStore()
    const server = createTestServer({ store: memory, hooks: { [name]: hook } })
    for (let time = 0; time < 3; time++) {
      expect((await server.deviceAuthorization()).status).toBeGreaterThanOrEqual(500)
    }
    expect(memory.counters(server.clock())).toEqual({})
  })

  it('F-15 6749-2.3.1-6 secrets that could not be verified are no guesses', async () => {
    let down = true
    const server = createTestServer({
      limits: { clientSecretsPerAddress: 3 },
      hooks: {
        verifyClientSecret: ({ client_secret }, secret) => {
          if (down) throw new Error('boom')
          return client_secret === secret
        },
      },
    })
    const ask = (): Promise<OAuthResponse> => server.deviceAuthorization({}, { headers: basic('conf', confSecret) })
    for (let time = 0; time < 5; time++) expectError(await ask(), 'server_error', 500)
    down = false
    expect((await ask()).status).toBe(200)
  })

  it('F-15 6749-2.3.1-6 right secrets whose attempts cannot be given back lock out nobody', async () => {
    let down = true
    const store = faultyStore(new MemoryStore(), (step) => (down && step === 'giveBackAttempts' ? 'throw' : undefined))
    let generation = 0
    const server = createTestServer({
      store,
      limits: { clientSecretsPerAddress: 3 },
      hooks: { verifyClientSecret: (_client, secret) => secret === `secret ${generation}` },
    })
    const statuses: number[] = []
    const ask = async (): Promise<void> => {
      const headers = basic('conf', `secret ${generation}`)
      statuses.push((await server.deviceAuthorization({}, { headers })).status)
    }
    // each secret is new, so each of them costs an attempt
    for (; generation < 5; generation++) await ask()
    down = false
    await ask()
    expect(statuses).toEqual([200, 200, 200, 429, 429, 200])
    expect(server.failures).toHaveLength(3)
  })

  it('F-15 an attempt that the store counts only after the time is up does not count', async () => {
    let count = (): void => {}
    const delayed = new Promise<void>((resolve) => {
      count = resolve
    })
    const memory = new CountedStore()
    const plan: FaultPlan = (step, calls) => (step === 'takeAttempts' && calls === 2 ? { delayed } : undefined)
    const server = scene(plan, memory)
    const { user_code } = await server.start()
    expect((await server.visit(alice).get(`user_code=${user_code}`)).status).toBe(503)
    expect((await server.visit(bob).get(`user_code=${user_code}`)).status).toBe(303)
    count()
    await new Promise((resolve) => setImmediate(resolve))
    expect(memory.counters(0)['guess:user:alice']).toBeUndefined()
  })

  it('F-15 a decision whose answer was lost emits its event once, when the store has said that it was stored', async () => {
    for (const again of [false, true]) {
      const server = scene((step, calls) => (step === 'decide' && calls === 1 ? 'throwAfter' : undefined))
      const approved: string[] = []
      server.deviceAuth.on('approved', ({ subject }) => approved.push(subject))
      const { user_code } = await server.start()
      await expect(server.deviceAuth.approve(user_code, { subject: 'alice' })).rejects.toThrow()
      if (again) expect(await server.deviceAuth.approve(user_code, { subject: 'alice' })).toBe('alreadyDecided')
      await server.start()
      await server.start()
      expect(approved).toEqual(['alice'])
    }
  })

  it('F-15 a decision that was not stored, and then made, emits its event once', async () => {
    const memory = new CountedStore()
    const server = scene((step, calls) => (step === 'decide' && calls === 1 ? 'throw' : undefined), memory)
    const approved: string[] = []
    server.deviceAuth.on('approved', ({ subject }) => approved.push(subject))
    const { user_code } = await server.start()
    await expect(server.deviceAuth.approve(user_code, { subject: 'alice' })).rejects.toThrow()
    await server.approve(user_code)
    await server.start()
    expect(approved).toEqual(['alice'])
    expect(memory.counters(0)['pending:server']).toBe(1)
  })
})

describe('after a long failure of the store', () => {
  /** A store that answers all calls of one moment together. Each such moment is a round. */
  function slowStore() {
    const seen = { isAway: true, rounds: 0, most: 0 }
    let together = 0
    let round: Promise<void> | undefined
    const answer = async <T>(work: () => T): Promise<T> => {
      if (seen.isAway) throw new Error('away')
      seen.most = Math.max(seen.most, ++together)
      round ??= new Promise<void>((resolve) => {
        setImmediate(() => {
          seen.rounds++
          together = 0
          round = undefined
          resolve()
        })
      })
      await round
      return work()
    }
    const memory = new MemoryStore()
    const store = {
      takeAttempts: (budgets: readonly AttemptBudget[], now?: number) =>
        answer(() => memory.takeAttempts(budgets, now)),
      giveBackAttempts: (keys: readonly string[], now?: number) => answer(() => memory.giveBackAttempts(keys, now)),
    }
    return {
      seen,
      attempts: createAttempts(
        store,
        () => 0,
        () => {},
      ),
    }
  }

  const budget = { key: 'server', limit: 10, window: 60 }

  it('the first request does not wait for thousands of answers one after another', async () => {
    const { seen, attempts } = slowStore()
    for (let failure = 0; failure < 2_000; failure++) await expect(attempts.take([budget])).rejects.toThrow('away')
    seen.isAway = false
    expect(await attempts.take([budget])).toHaveProperty('own')
    expect(attempts.settled()).toBe(true)
    expect(seen.rounds).toBeLessThan(100)
    expect(seen.most).toBeLessThanOrEqual(32)
  })

  it('nothing is forgotten while the store is still away', async () => {
    const { seen, attempts } = slowStore()
    for (let failure = 0; failure < 50; failure++) await expect(attempts.take([budget])).rejects.toThrow('away')
    expect(attempts.settled()).toBe(false)
    seen.isAway = false
    await attempts.take([budget])
    expect(attempts.settled()).toBe(true)
  })
})
