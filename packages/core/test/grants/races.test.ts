import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import type { StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { seededRandom } from '../../src/testing/random.ts'
import { createTestServer, expectError, expectToken, type TestServer, type TestServerOptions } from '../server.ts'
import { slowStore } from '../stores/slow-store.ts'

const rounds = Array.from({ length: 50 }, (_, round) => round)

/** Takes up to so many turns of the event loop, differently each time, and the same for the same seed. */
function jitter(most: number, seed: number): () => Promise<void> {
  const random = seededRandom(seed)
  return async () => {
    const count = random.below(most + 1)
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A server whose store takes up to so many turns before each step, and again before its answer. */
function slowServer(most: number, seed: number, options: TestServerOptions = {}, store?: MemoryStore): TestServer {
  return createTestServer({
    ...options,
    store: slowStore(jitter(most, seed), store),
    secret: 'a secret of at least thirty-two characters',
  })
}

/** Everything that can happen without a timer has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * A server whose first call of a step stops at a barrier: `delayed` before the step takes effect, `late` after it and
 * before anyone hears of it.
 */
function barrierServer(
  step: StoreStep,
  kind: 'delayed' | 'late',
  options: TestServerOptions = {},
): TestServer & { open(): Promise<void> } {
  let pass = (): void => {}
  const barrier = new Promise<void>((resolve) => {
    pass = resolve
  })
  const fault = kind === 'late' ? { late: barrier } : { delayed: barrier }
  const store = faultyStore(new MemoryStore(), (at, count) => (at === step && count === 1 ? fault : undefined))
  const open = async (): Promise<void> => {
    pass()
    await settled()
  }
  return { ...createTestServer({ timeout: 60, ...options, store }), open }
}

async function approved(server: TestServer): Promise<string> {
  const { device_code: code, user_code: userCode } = await server.start()
  await server.approve(userCode)
  return code
}

async function isAlive(server: TestServer, response: OAuthResponse): Promise<boolean> {
  return (await server.deviceAuth.authenticate(expectToken(response).access_token)) !== undefined
}

/** The token families in the answers to parallel polls. */
function families(answers: readonly OAuthResponse[]): Set<string> {
  return new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body))
}

describe('one approval, one token family', () => {
  it('is put to the test by a store that changes the order of what is sent at once', async () => {
    const orders = new Set<string>()
    for (const round of rounds) {
      const wait = jitter(3, round)
      const order: number[] = []
      await Promise.all([0, 1, 2].map((caller) => wait().then(() => order.push(caller))))
      orders.add(order.join())
    }
    expect(orders.size).toBe(6)
  })

  it.each([0, 1, 5, 25])(
    'F-01 50 parallel polls, a store of up to %d turns a way: one family, and nobody ends it',
    async (most) => {
      for (let round = 0; round < 25; round++) {
        const server = slowServer(most, round)
        const code = await approved(server)
        const answers = await Promise.all(Array.from({ length: 50 }, () => server.poll(code)))
        const [family, ...others] = families(answers)
        expect(others).toEqual([])
        for (const answer of answers) if (answer.status !== 200) expectError(answer, 'invalid_grant')
        const { access_token: token } = JSON.parse(family ?? '{}')
        expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice' })
      }
    },
  )

  it('F-01 with a grace of 0: one of 50 gets the tokens, the others nothing, and nobody ends them', async () => {
    for (const round of rounds) {
      const server = slowServer(5, round, { redemptionGrace: 0 })
      const code = await approved(server)
      const answers = await Promise.all(Array.from({ length: 50 }, () => server.poll(code)))
      const [winner, ...others] = answers.filter(({ status }) => status === 200)
      expect(others).toEqual([])
      for (const answer of answers) if (answer !== winner) expectError(answer, 'invalid_grant')
      expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
      expect(await server.deviceAuth.authenticate(JSON.parse(winner?.body ?? '{}').access_token)).toBeDefined()
    }
  })

  it('F-01 F-18 under the lease of an application that keeps tokens too: one family, saved once', async () => {
    for (const round of rounds) {
      const saved: string[] = []
      const saveToken = async ({ access_token: token }: { access_token: string }): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve))
        saved.push(token)
      }
      const server = slowServer(3, round, { hooks: { saveToken } })
      const code = await approved(server)
      const answers = await Promise.all(Array.from({ length: 50 }, () => server.poll(code)))
      const [family, ...others] = families([...answers, await server.poll(code)])
      expect(others).toEqual([])
      expect(saved).toEqual([JSON.parse(family ?? '{}').access_token])
    }
  })

  it('F-01 100 concurrent redemptions of one code, 1,000 times over: one family each time', {
    timeout: 120_000,
  }, async () => {
    const limits = { requestsPerAddress: 1_000 }
    const server = slowServer(1, 7, { limits }, new MemoryStore({ maxRecords: 2_000 }))
    let violations = 0
    for (let round = 0; round < 1_000; round++) {
      const code = await approved(server)
      const answers = await Promise.all(Array.from({ length: 100 }, () => server.poll(code)))
      if (families(answers).size !== 1) violations++
    }
    expect(violations).toBe(0)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1_000)
  })
})

describe('decisions at once', () => {
  it('F-02 F-03 one is recorded, and the device sees that one for ever', async () => {
    const winners = new Set<string>()
    for (const round of [...rounds, ...rounds.map((round) => round + 1000)]) {
      const server = slowServer(3, round)
      const { device_code: code, user_code: userCode } = await server.start()
      const [mine, theirs, denied] = await Promise.all([
        server.deviceAuth.approve(userCode, { subject: 'alice' }),
        server.deviceAuth.approve(userCode, { subject: 'bob' }),
        server.deviceAuth.deny(userCode, { subject: 'carol' }),
      ])
      const results = Object.entries({ alice: mine, bob: theirs, carol: denied })
      const decided = results.filter(([, result]) => result === 'decided').map(([subject]) => subject)
      expect(decided).toHaveLength(1)
      for (const [, result] of results) expect(['decided', 'alreadyDecided', 'unknown']).toContain(result)
      winners.add(String(decided))
      const answer = await server.poll(code)
      if (denied === 'decided') {
        for (let poll = 0; poll < 3; poll++) expectError(await server.poll(code), 'access_denied')
      } else {
        const claims = await server.deviceAuth.authenticate(expectToken(answer).access_token)
        expect(claims?.subject).toBe(String(decided))
      }
    }
    // otherwise it was no race
    expect([...winners].sort()).toEqual(['alice', 'bob', 'carol'])
  })

  it('F-02 an approval between the read and the write of a denial stands', async () => {
    const server = barrierServer('decide', 'delayed')
    const { device_code: code, user_code: userCode } = await server.start()
    const denial = server.deviceAuth.deny(userCode)
    await settled()
    await server.approve(userCode)
    await server.open()
    expect(await denial).toBe('alreadyDecided')
    expectToken(await server.poll(code))
  })

  it('F-04 a denial between the read and the write of an approval stands, and a second approval is told of it', async () => {
    const server = barrierServer('decide', 'delayed')
    const { device_code: code, user_code: userCode } = await server.start()
    const approval = server.deviceAuth.approve(userCode, { subject: 'alice' })
    await settled()
    expect(await server.deviceAuth.deny(userCode)).toBe('decided')
    await server.open()
    expect(await approval).toBe('alreadyDecided')
    expect(await server.deviceAuth.approve(userCode, { subject: 'alice' })).toBe('alreadyDecided')
    expectError(await server.poll(code), 'access_denied')
  })

  it('F-05 an approval that lands after the redemption revives nothing', async () => {
    const server = barrierServer('decide', 'delayed')
    const { device_code: code, user_code: userCode } = await server.start()
    const stale = server.deviceAuth.approve(userCode, { subject: 'bob' })
    await settled()
    await server.approve(userCode)
    const first = await server.poll(code)
    await server.open()
    expect(await stale).toBe('alreadyDecided')
    expect(await server.poll(code)).toEqual(first)
    expect(await server.deviceAuth.devices.list('bob')).toEqual([])
    server.clock.advance(30)
    expectError(await server.poll(code), 'invalid_grant')
    expectError(await server.poll(code), 'invalid_grant')
  })

  it('F-05 nor one that lands after the grant has been revoked, or the device has given up', async () => {
    for (const end of ['revoked', 'given up']) {
      const server = barrierServer('decide', 'delayed')
      const { device_code: code, user_code: userCode } = await server.start()
      const stale = server.deviceAuth.approve(userCode, { subject: 'bob' })
      await settled()
      if (end === 'revoked') {
        await server.approve(userCode)
        expectToken(await server.poll(code))
        await server.deviceAuth.devices.revokeAll('alice')
      } else await server.revoke({ client_id: 'tv', token: code })
      await server.open()
      expect(await stale).toBe('unknown')
      expectError(await server.poll(code), end === 'revoked' ? 'invalid_grant' : 'expired_token')
      expect(await server.deviceAuth.devices.list('bob')).toEqual([])
    }
  })

  it.each([
    [599.999, 'decided'],
    [600, 'expired'],
  ] as const)('F-07 an approval that was begun in time and is written at %d s: %s', async (written, result) => {
    const server = barrierServer('findByUserCode', 'late')
    const { device_code: code, user_code: userCode } = await server.start()
    server.clock.advance(599)
    const approval = server.deviceAuth.approve(userCode, { subject: 'alice' })
    await settled()
    server.clock.advance(written - 599)
    await server.open()
    expect(await approval).toBe(result)
    if (result === 'decided') expectToken(await server.poll(code))
    else expectError(await server.poll(code), 'expired_token')
  })
})

describe('polls against decisions', () => {
  it.each(['delayed', 'late'] as const)(
    'F-06 the bookkeeping of a poll that is %s does not undo an approval',
    async (kind) => {
      const server = barrierServer('pollDeviceCredential', kind)
      const { device_code: code, user_code: userCode } = await server.start()
      const early = server.poll(code)
      await settled()
      await server.approve(userCode)
      await server.open()
      if (kind === 'late') expectError(await early, 'authorization_pending')
      else expectToken(await early)
      expectToken(await server.poll(code))
    },
  )

  it('F-06 F-10 whatever the order, the next poll after the approval has the tokens', async () => {
    for (const round of rounds) {
      const server = slowServer(3, round)
      const { device_code: code, user_code: userCode } = await server.start()
      await Promise.all([server.poll(code), server.approve(userCode), server.poll(code)])
      expectToken(await server.poll(code))
    }
  })

  it('F-08 8628-3.5-7 a poll in flight when the denial lands may say pending; the next one is told', async () => {
    const server = barrierServer('pollDeviceCredential', 'late')
    const { device_code: code, user_code: userCode } = await server.start()
    const inFlight = server.poll(code)
    await settled()
    await server.deviceAuth.deny(userCode)
    await server.open()
    expectError(await inFlight, 'authorization_pending')
    expectError(await server.poll(code), 'access_denied')
  })

  it('F-10 polls of a pending code at once: one is on time, and the interval rises once', async () => {
    for (const round of rounds) {
      const server = slowServer(3, round)
      const { device_code: code, user_code: userCode } = await server.start()
      const burst = await Promise.all(Array.from({ length: 5 }, () => server.poll(code)))
      const errors = burst.map(({ body }) => JSON.parse(body).error)
      expect(errors.sort()).toEqual(['authorization_pending', ...Array(4).fill('slow_down')])
      expect((await server.deviceAuth.find(userCode))?.interval).toBe(10)
    }
  })
})

describe('requests at once', () => {
  it('F-09 two that draw one user code: one draws again, and each has a device of its own', async () => {
    for (const round of rounds) {
      const codes = ['BCDF-GHJK', 'BCDF-GHJK', 'LMNP-QRST']
      const server = slowServer(3, round, { hooks: { generateUserCode: () => codes.shift() ?? 'VWXZ-VWXZ' } })
      const [one, two] = await Promise.all([server.start(), server.start({ client_id: 'tv2' })])
      expect([one.user_code, two.user_code].sort()).toEqual(['BCDF-GHJK', 'LMNP-QRST'])
      await server.approve(one.user_code)
      expectToken(await server.poll(one.device_code))
      expectError(await server.poll(two.device_code, { client_id: 'tv2' }), 'authorization_pending')
    }
  })
})

describe('revocation against redemption', () => {
  it('F-14 a device that gives up before its redemption is written gets nothing', async () => {
    const server = barrierServer('redeem', 'delayed')
    const code = await approved(server)
    const inFlight = server.poll(code)
    await settled()
    expect((await server.revoke({ client_id: 'tv', token: code })).status).toBe(200)
    await server.open()
    expectError(await inFlight, 'expired_token')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it('F-14 tokens that are on their way when the user ends the grant are dead on arrival', async () => {
    const server = barrierServer('redeem', 'late')
    const code = await approved(server)
    const inFlight = server.poll(code)
    await settled()
    expect(await server.deviceAuth.devices.revokeAll('alice')).toBe(1)
    await server.open()
    const answer = await inFlight
    expect(await isAlive(server, answer)).toBe(false)
    expectError(await server.refresh(expectToken(answer).refresh_token ?? ''), 'invalid_grant')
    expectError(await server.poll(code), 'invalid_grant')
  })

  it('F-14 a refresh in flight when the grant ends gives no live token', async () => {
    for (const kind of ['delayed', 'late'] as const) {
      const server = barrierServer('rotateRefreshToken', kind)
      const inFlight = server.refresh((await server.signIn()).refresh_token ?? '')
      await settled()
      expect(await server.deviceAuth.devices.revokeAll('alice')).toBe(1)
      await server.open()
      if (kind === 'delayed') expectError(await inFlight, 'invalid_grant')
      else expect(await isAlive(server, await inFlight)).toBe(false)
      expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    }
  })

  it('F-14 7009-2-1 in any order: the device holds live tokens, or the request is over, and nothing between', async () => {
    const ends = new Set<string>()
    for (const round of rounds) {
      const server = slowServer(3, round)
      const code = await approved(server)
      const [answer] = await Promise.all([server.poll(code), server.revoke({ client_id: 'tv', token: code })])
      const grants = await server.deviceAuth.devices.list('alice')
      if (answer.status === 200) {
        const alive = await isAlive(server, answer)
        expect(alive).toBe(grants.length === 1)
        ends.add(alive ? 'tokens' : 'dead tokens')
      } else {
        expect(['expired_token', 'invalid_grant']).toContain(JSON.parse(answer.body).error)
        expect(grants).toEqual([])
        ends.add('given up')
      }
    }
    expect(ends.size, 'otherwise it was no race').toBeGreaterThan(1)
  })
})

describe('the account and the client against redemption', () => {
  it('F-12 a lock that lands after the question and before the write: the tokens do not work', async () => {
    let active = true
    const server = barrierServer('redeem', 'delayed', { hooks: { isUserActive: () => active } })
    const code = await approved(server)
    const inFlight = server.poll(code)
    await settled()
    active = false
    await server.open()
    const answer = await inFlight
    expect(await isAlive(server, answer)).toBe(false)
    const { access_token: accessToken, refresh_token: refreshToken = '' } = expectToken(answer)
    expect(server.json(await server.introspect(accessToken))).toEqual({ active: false })
    expectError(await server.refresh(refreshToken), 'invalid_grant')
  })

  it('F-07 a redemption that is written after the code has expired gives nothing', async () => {
    const server = createTestServer({
      timeout: 60,
      hooks: {
        beforeIssue: () => {
          server.clock.advance(600)
          return true
        },
      },
    })
    expectError(await server.poll(await approved(server)), 'expired_token')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })
})

describe('refreshes at once', () => {
  it('F-11 9700-4.14-2 one successor, whatever the order, and it works', async () => {
    for (const round of rounds) {
      const server = slowServer(3, round)
      const reuse: unknown[] = []
      server.deviceAuth.on('reuseDetected', (event) => reuse.push(event))
      const token = (await server.signIn()).refresh_token ?? ''
      const answers = await Promise.all(Array.from({ length: 8 }, () => server.refresh(token)))
      const [body, ...others] = families(answers)
      expect(others).toEqual([])
      expect(reuse).toEqual([])
      // the successor, and twice the lost answer
      const refused = answers.filter(({ status }) => status !== 200)
      expect(refused).toHaveLength(5)
      for (const answer of refused) expectError(answer, 'invalid_grant')
      expectToken(await server.refresh(JSON.parse(body ?? '{}').refresh_token))
    }
  })

  it('F-11 one that was overtaken at the last step gets the successor of the other', async () => {
    const server = barrierServer('rotateRefreshToken', 'delayed')
    const token = (await server.signIn()).refresh_token ?? ''
    const overtaken = server.refresh(token)
    await settled()
    const first = await server.refresh(token)
    await server.open()
    expect(await overtaken).toEqual(first)
    expectToken(await server.refresh(expectToken(first).refresh_token ?? ''))
  })

  it('F-11 with a grace of 0 the other is refused, and the family lives', async () => {
    const server = createTestServer({ redemptionGrace: 0 })
    const token = (await server.signIn()).refresh_token ?? ''
    const answers = await Promise.all([server.refresh(token), server.refresh(token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const winner = answers.find(({ status }) => status === 200)
    expectToken(await server.refresh(JSON.parse(winner?.body ?? '{}').refresh_token))
  })
})

describe('refreshes at once of an application that keeps tokens too', () => {
  it('F-11 F-18 three refreshes, whatever the order: one token is saved, and that one exists', async () => {
    const outcomes = new Set<string>()
    for (const round of rounds) {
      const saved: string[] = []
      const wait = jitter(6, round + 1)
      const saveToken = async ({ access_token: token }: { access_token: string }): Promise<void> => {
        await wait()
        saved.push(token)
      }
      const server = slowServer(6, round, { hooks: { saveToken } })
      const { refresh_token: token = '' } = await server.signIn()
      saved.length = 0
      const answers = await Promise.all(Array.from({ length: 3 }, () => server.refresh(token)))
      const [body, ...others] = families(answers)
      expect(others).toEqual([])
      expect(saved).toEqual([JSON.parse(body ?? '{}').access_token])
      expect(await server.deviceAuth.authenticate(saved[0] ?? '')).toBeDefined()
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expectError(answer, 'temporarily_unavailable', 503)
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      }
      outcomes.add(answers.map(({ status }) => status).join())
    }
    expect(outcomes.size, 'otherwise it was no race').toBeGreaterThan(1)
  })

  it('F-18 a save that fails gives the lease back, and the refresh token stays as it was', async () => {
    let fails = false
    const saveToken = (): void => {
      if (fails) throw new Error('the table is locked')
    }
    const server = createTestServer({ hooks: { saveToken } })
    const { refresh_token: token = '' } = await server.signIn()
    fails = true
    expectError(await server.refresh(token), 'temporarily_unavailable', 503)
    fails = false
    expectToken(await server.refresh(token))
  })

  it('F-18 a save that outlives its lease rotates nothing any more', async () => {
    const saving: (() => void)[] = []
    let holds = false
    const saveToken = (): Promise<void> | undefined =>
      holds ? new Promise<void>((resolve) => saving.push(resolve)) : undefined
    const server = createTestServer({ timeout: 60, hooks: { saveToken } })
    const { refresh_token: token = '' } = await server.signIn()
    holds = true
    const slow = server.refresh(token)
    await settled()
    expectError(await server.refresh(token), 'temporarily_unavailable', 503)
    expect(saving).toHaveLength(1)
    server.clock.advance(10)
    const second = server.refresh(token)
    await settled()
    saving[0]?.()
    expectError(await slow, 'temporarily_unavailable', 503)
    saving[1]?.()
    expect(await isAlive(server, await second)).toBe(true)
  })
})

describe('the lease of an application that keeps tokens too', () => {
  /** Its saveToken waits until it is told to go on; each call is kept, in order. */
  function leasedServer(options: TestServerOptions = {}): TestServer & { saving: (() => void)[]; saved: string[] } {
    const saving: (() => void)[] = []
    const saved: string[] = []
    const server = createTestServer({
      timeout: 60,
      ...options,
      hooks: {
        saveToken: ({ access_token: accessToken }) =>
          new Promise<void>((resolve) => {
            saving.push(() => {
              saved.push(accessToken)
              resolve()
            })
          }),
      },
    })
    return { ...server, saving, saved }
  }

  it('F-16 F-18 while it is held, every other poll is pending and saves nothing', async () => {
    const server = leasedServer()
    const code = await approved(server)
    const first = server.poll(code)
    await settled()
    for (let elapsed = 0; elapsed < 9; elapsed++) {
      expectError(await server.poll(code), 'authorization_pending')
      server.clock.advance(1)
    }
    expect(server.saving).toHaveLength(1)
    server.saving[0]?.()
    expect(expectToken(await first).access_token).toBe(server.saved[0])
  })

  it('F-18 a save that outlives its lease cannot redeem any more, even if nobody came in between', async () => {
    const server = leasedServer()
    const code = await approved(server)
    const slow = server.poll(code)
    await settled()
    server.clock.advance(10)
    server.saving[0]?.()
    expectError(await slow, 'authorization_pending')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    const again = server.poll(code)
    await settled()
    server.saving[1]?.()
    expect(expectToken(await again).access_token).toBe(server.saved[1])
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('F-16 F-18 three that outlive their leases, waking in any order: one family', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const server = leasedServer()
      const code = await approved(server)
      const polls: Promise<OAuthResponse>[] = []
      for (let attempt = 0; attempt < 3; attempt++) {
        polls.push(server.poll(code))
        await settled()
        if (attempt < 2) server.clock.advance(10)
      }
      expect(server.saving).toHaveLength(3)
      for (const attempt of order) {
        server.saving[attempt]?.()
        await settled()
      }
      const bodies = new Set((await Promise.all(polls)).filter(({ status }) => status === 200).map(({ body }) => body))
      expect([...bodies].map((body) => JSON.parse(body).access_token)).toEqual([server.saved[order.indexOf(2)]])
      expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
    }
  })

  it('F-18 F-26 one that never returns is given up by the time limit, and the device goes on at once', async () => {
    let hangs = true
    const server = createTestServer({
      timeout: 0.02,
      hooks: { saveToken: () => (hangs ? new Promise<void>(() => {}) : undefined) },
    })
    const code = await approved(server)
    expectError(await server.poll(code), 'authorization_pending')
    hangs = false
    const token = await server.poll(code)
    expect(await isAlive(server, token)).toBe(true)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('F-18 one that returns after the time limit does not redeem behind the back of the next', async () => {
    const saving: (() => void)[] = []
    const server = createTestServer({
      timeout: 0.02,
      hooks: {
        saveToken: () => (saving.length > 0 ? undefined : new Promise<void>((resolve) => saving.push(resolve))),
      },
    })
    const code = await approved(server)
    expectError(await server.poll(code), 'authorization_pending')
    saving[0]?.()
    await settled()
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    const first = await server.poll(code)
    expect(await server.poll(code)).toEqual(first)
    expect(await isAlive(server, first)).toBe(true)
  })

  it('F-18 a lease that cannot be given back hides no answer of the application, and ends by itself', async () => {
    const store = new MemoryStore()
    store.release = () => {
      throw new Error('down')
    }
    let failures = 1
    const saveToken = (): void => {
      if (failures-- > 0) throw new Error('the table is locked')
    }
    const server = createTestServer({ store, onStoreFailure: 'unavailable', hooks: { saveToken } })
    const code = await approved(server)
    expectError(await server.poll(code), 'temporarily_unavailable', 503)
    expect(server.errors.map(String)).toEqual(['Error: down', 'Error: the table is locked'])
    expectError(await server.poll(code), 'authorization_pending')
    server.clock.advance(10)
    expectToken(await server.poll(code))
  })
})
