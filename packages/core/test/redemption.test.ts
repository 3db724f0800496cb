import { describe, expect, it } from 'vitest'
import { MemoryStore, OAuthError, type OAuthResponse, type TokenResponse } from '../src/index.ts'
import { createTestServer, expectError, expectToken, type TestServer } from './server.ts'
import { slowStore, turns } from './slow-store.ts'

/** The token families in the answers to parallel polls. */
function families(answers: readonly OAuthResponse[]): Set<string> {
  return new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body))
}

async function approved(server: TestServer): Promise<string> {
  const { device_code: code, user_code: userCode } = await server.start()
  await server.approve(userCode)
  return code
}

describe('one approval, one token family', () => {
  it.each([0, 1, 5, 25])(
    'F-01 50 parallel polls, a store of up to %d turns: one family, and nobody ends it',
    async (most) => {
      for (let round = 0; round < 10; round++) {
        const server = createTestServer({ store: slowStore(turns(most, round)), secret: 's'.repeat(32) })
        const code = await approved(server)
        const answers = await Promise.all(Array.from({ length: 50 }, () => server.poll(code)))
        const [family, ...others] = families(answers)
        expect(others).toEqual([])
        for (const { status, body } of answers) if (status !== 200) expect(JSON.parse(body).error).toBe('invalid_grant')
        const { access_token: token }: TokenResponse = JSON.parse(family ?? '{}')
        expect(await server.deviceAuth.authenticate(token)).toMatchObject({ subject: 'alice' })
      }
    },
  )

  it('F-01 100 concurrent redemptions of one code, 1,000 times over: one family each time', {
    timeout: 120_000,
  }, async () => {
    const latency = turns(1, 7)
    const server = createTestServer({
      store: slowStore(latency, new MemoryStore({ maxRecords: 2_000 })),
      secret: 's'.repeat(32),
    })
    let violations = 0
    for (let round = 0; round < 1_000; round++) {
      const code = await approved(server)
      const answers = await Promise.all(Array.from({ length: 100 }, () => server.poll(code)))
      if (families(answers).size !== 1) violations++
    }
    expect(violations).toBe(0)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1_000)
  })

  it('6749-10.5-1 9700-4.2.4-2 F-17 a lost answer is given again, until the token is used or 30 s have passed', async () => {
    const server = createTestServer()
    const code = await approved(server)
    const first = await server.poll(code)
    server.clock.advance(29)
    expect(await server.poll(code)).toEqual(first)
    const { access_token: token } = expectToken(first)
    expect(await server.deviceAuth.authenticate(token)).toBeDefined()
    expectError(await server.poll(code), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(token), 'no revocation within the grace').toBeDefined()
    server.clock.advance(2)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(token), 'a late replay ends the grant').toBeUndefined()
  })

  it('6749-10.5-1 with a grace of 0 nothing is given again; parallel polls are no theft, later ones are', async () => {
    const server = createTestServer({ redemptionGrace: 0 })
    const code = await approved(server)
    const { access_token: token } = expectToken(await server.poll(code))
    expectError(await server.poll(code), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(token)).toBeDefined()
    server.clock.advance(2)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
  })

  it('F-08 a poll in flight when the denial lands may say pending; the next one is told', async () => {
    const server = createTestServer({ store: slowStore(turns(2, 3)), secret: 's'.repeat(32) })
    const { device_code: code, user_code: userCode } = await server.start()
    await Promise.all([server.poll(code), server.deviceAuth.deny(userCode)])
    expectError(await server.poll(code), 'access_denied')
  })

  it('F-02 F-03 decisions at once: one is recorded, and the device sees that one for ever', async () => {
    for (let round = 0; round < 50; round++) {
      const server = createTestServer({ store: slowStore(turns(3, round)), secret: 's'.repeat(32) })
      const { device_code: code, user_code: userCode } = await server.start()
      const [mine, theirs, denied] = await Promise.all([
        server.deviceAuth.approve(userCode, { subject: 'alice' }),
        server.deviceAuth.approve(userCode, { subject: 'bob' }),
        server.deviceAuth.deny(userCode, { subject: 'carol' }),
      ])
      expect([mine, theirs, denied].filter((result) => result === 'decided')).toHaveLength(1)
      const answer = await server.poll(code)
      if (denied === 'decided') expectError(answer, 'access_denied')
      else {
        const claims = await server.deviceAuth.authenticate(expectToken(answer).access_token)
        expect(claims?.subject).toBe(mine === 'decided' ? 'alice' : 'bob')
      }
    }
  })

  it('F-06 a poll that is read before the approval and written after it does not undo it', async () => {
    for (let round = 0; round < 50; round++) {
      const server = createTestServer({ store: slowStore(turns(3, round)), secret: 's'.repeat(32) })
      const { device_code: code, user_code: userCode } = await server.start()
      await Promise.all([server.poll(code), server.approve(userCode), server.poll(code)])
      expectToken(await server.poll(code))
    }
  })

  it('F-14 revoking and redeeming at once leaves no live token when the revocation came last, and a defined answer', async () => {
    for (let round = 0; round < 50; round++) {
      const server = createTestServer({ store: slowStore(turns(3, round)), secret: 's'.repeat(32) })
      const code = await approved(server)
      const [answer] = await Promise.all([server.poll(code), server.revoke({ client_id: 'tv', token: code })])
      const cancelled = (await server.poll(code)).status !== 200
      if (!cancelled) continue
      if (answer.status === 200) {
        expect(await server.deviceAuth.authenticate(JSON.parse(answer.body).access_token)).toBeUndefined()
      } else expect(['expired_token', 'invalid_grant']).toContain(JSON.parse(answer.body).error)
    }
  })
})

describe('what changed between approval and redemption', () => {
  it('F-12 an account that was locked gets no token, and the code is not burnt', async () => {
    let active = false
    const server = createTestServer({ hooks: { isUserActive: () => active } })
    const code = await approved(server)
    expectError(await server.poll(code), 'access_denied')
    active = true
    const { access_token: token } = expectToken(await server.poll(code))
    active = false
    expect(await server.deviceAuth.authenticate(token)).toBeUndefined()
    expect(JSON.parse((await server.introspect(token)).body)).toEqual({ active: false })
  })

  it.each([false, undefined, 1, 'true'])('F-12 beforeIssue that says %j is no yes', async (verdict) => {
    const hooks: object = { beforeIssue: async () => verdict }
    const server = createTestServer({ hooks })
    expectError(await server.poll(await approved(server)), 'access_denied')
  })

  it('F-13 a client that was removed, lost the grant or a scope gets what it now may have', async () => {
    const tv = {
      client_id: 'tv',
      token_endpoint_auth_method: 'none',
      scope: 'profile email',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
    }
    let client: typeof tv | undefined = tv
    const server = createTestServer({ clients: () => client })
    const code = await approved(server)
    client = undefined
    expectError(await server.poll(code), 'invalid_client', 401)
    client = { ...tv, grant_types: [] }
    expectError(await server.poll(code), 'unauthorized_client')
    client = { ...tv, scope: 'profile' }
    expect(expectToken(await server.poll(code)).scope).toBe('profile')
  })
})

describe('an application that keeps tokens too', () => {
  it('F-18 a saveToken that fails leaves the code redeemable at once', async () => {
    let failures = 1
    const saved: TokenResponse[] = []
    const server = createTestServer({
      hooks: {
        saveToken: async (token) => {
          if (failures-- > 0) throw new Error('database: password=hunter2')
          saved.push(token)
        },
        onError: () => {},
      },
    })
    const code = await approved(server)
    const failed = await server.poll(code)
    expectError(failed, 'authorization_pending')
    expect(failed.body).not.toContain('hunter2')
    expect(expectToken(await server.poll(code))).toEqual(saved[0])
  })

  it('F-18 F-26 with onStoreFailure "unavailable" it is 503 with Retry-After', async () => {
    const hooks = { saveToken: () => Promise.reject(new Error('down')), onError: () => {} }
    const server = createTestServer({ onStoreFailure: 'unavailable', hooks })
    const response = await server.poll(await approved(server))
    expectError(response, 'temporarily_unavailable', 503)
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('F-18 an OAuthError of saveToken is the answer, and the code stays redeemable', async () => {
    let refuse = true
    const server = createTestServer({
      hooks: {
        saveToken: () => {
          if (refuse) throw new OAuthError('access_denied', 'Not now.')
        },
      },
    })
    const code = await approved(server)
    expectError(await server.poll(code), 'access_denied')
    refuse = false
    expectToken(await server.poll(code))
  })

  it('F-16 F-18 a process that dies within the lease delays the device by ten seconds, and no second family comes of it', async () => {
    const release: (() => void)[] = []
    const server = createTestServer({
      timeout: 60,
      hooks: { saveToken: () => new Promise<void>((resolve) => release.push(resolve)) },
    })
    const code = await approved(server)
    const dead = server.poll(code)
    await new Promise((resolve) => setImmediate(resolve))
    expectError(await server.poll(code), 'authorization_pending')
    server.clock.advance(10)
    const second = server.poll(code)
    await new Promise((resolve) => setImmediate(resolve))
    release[1]?.()
    const token = expectToken(await second)
    // the slow one wakes up after its lease: it gets the winner's answer, not tokens of its own
    release[0]?.()
    expect(expectToken(await dead)).toEqual(token)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('F-01 F-18 parallel polls under the lease: one family', async () => {
    const server = createTestServer({
      store: slowStore(turns(3, 5)),
      secret: 's'.repeat(32),
      hooks: { saveToken: () => new Promise((resolve) => setImmediate(resolve)) },
    })
    const code = await approved(server)
    const answers = await Promise.all(Array.from({ length: 50 }, () => server.poll(code)))
    expect(families(answers).size).toBe(1)
    expect(families([...answers, await server.poll(code)]).size).toBe(1)
  })
})
