import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import type { StoreStep } from '../../src/stores/forward-steps.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import {
  basic,
  clients,
  confSecret,
  createTestServer,
  expectError,
  issuer,
  postSecret,
  type TestServer,
} from '../server.ts'

function expectWrongSecret(response: OAuthResponse): void {
  expectError(response, 'invalid_client', 401)
  expect(response.headers['www-authenticate']).toBe(`Basic realm="${issuer}"`)
}

describe('guessing of client secrets', () => {
  const attempt = (server: TestServer, secret: string, ip: string): Promise<OAuthResponse> =>
    server.deviceAuthorization({}, { headers: basic('conf', secret), ip })

  async function guess(server: TestServer, ip: string): Promise<OAuthResponse> {
    for (let count = 0; count < 20; count++) expectWrongSecret(await attempt(server, `wrong ${count}`, ip))
    return attempt(server, 'wrong again', ip)
  }

  it('6749-2.3.1-6 7009-5-1 after 20 wrong secrets the address is refused for the rest of the hour, even with the right secret', async () => {
    const server = createTestServer()
    const events: unknown[] = []
    server.deviceAuth.on('limited', (event) => events.push(event))
    const refused = await guess(server, '192.0.2.1')
    expectError(refused, 'invalid_client', 429)
    expect(refused.headers['retry-after']).toBe('3600')
    expect(events).toEqual([{ at: server.clock(), limit: 'clientSecret', clientId: 'conf', ip: '192.0.2.1' }])
    server.clock.advance(600)
    const still = await attempt(server, confSecret, '192.0.2.1')
    expectError(still, 'invalid_client', 429)
    expect(still.headers['retry-after']).toBe('3000')
    // all endpoints share the budget
    expectError(
      await server.poll('x', {}, { headers: basic('conf', confSecret), ip: '192.0.2.1' }),
      'invalid_client',
      429,
    )
    expectError(
      await server.revoke({ token: 'x' }, { headers: basic('conf', 'wrong'), ip: '192.0.2.1' }),
      'invalid_client',
      429,
    )
    server.clock.advance(3000)
    expect((await attempt(server, confSecret, '192.0.2.1')).status).toBe(200)
  })

  it('6749-2.3.1-6 another address with the right secret, and another client from the same address, are not limited', async () => {
    const server = createTestServer()
    expectError(await guess(server, '192.0.2.1'), 'invalid_client', 429)
    expect((await attempt(server, confSecret, '192.0.2.2')).status).toBe(200)
    expect(
      (await server.deviceAuthorization({ client_id: 'post', client_secret: postSecret }, { ip: '192.0.2.1' })).status,
    ).toBe(200)
    expect((await server.deviceAuthorization({ client_id: 'tv' }, { ip: '192.0.2.1' })).status).toBe(200)
  })

  it('6749-2.3.1-6 an IPv6 /64 counts as one address', async () => {
    const server = createTestServer()
    for (let count = 0; count < 20; count++) {
      expectWrongSecret(await attempt(server, 'wrong', `2001:db8::${count}`))
    }
    expectError(await attempt(server, 'wrong', '2001:db8::ffff'), 'invalid_client', 429)
    expect((await attempt(server, confSecret, '2001:db8:0:1::1')).status).toBe(200)
  })

  it('F-31 a right secret does not reset the counter', async () => {
    const server = createTestServer({ limits: { clientSecretsPerAddress: 3 } })
    for (let count = 0; count < 3; count++) {
      expectWrongSecret(await attempt(server, 'wrong', '192.0.2.1'))
      expect((await attempt(server, confSecret, '192.0.2.1')).status).toBe(200)
    }
    expectError(await attempt(server, 'wrong', '192.0.2.1'), 'invalid_client', 429)
  })

  it('6749-2.3.1-6 a burst of guesses gets no more tries than guesses one after the other', async () => {
    let tries = 0
    const server = createTestServer({
      hooks: {
        async verifyClientSecret() {
          tries++
          await new Promise((resolve) => setImmediate(resolve))
          return false
        },
      },
    })
    const burst = Array.from({ length: 100 }, (_, count) => attempt(server, `wrong ${count}`, '192.0.2.1'))
    const statuses = (await Promise.all(burst)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(20)
    expect(statuses.filter((status) => status === 429)).toHaveLength(80)
    expect(tries).toBe(20)
  })

  it('6749-2.3.1-6 a burst of the right secret is no guess', async () => {
    const server = createTestServer()
    const burst = Array.from({ length: 100 }, () => attempt(server, confSecret, '192.0.2.1'))
    expect(new Set((await Promise.all(burst)).map(({ status }) => status))).toEqual(new Set([200]))
  })

  it.each(['192.0.2.1', '10.0.0.1', undefined])(
    '6749-2.3.1-6 guesses from %s, the address of a proxy or none, do not lock out a client that has signed in before',
    async (ip) => {
      const server = createTestServer()
      const ask = (secret: string) =>
        server.deviceAuthorization({}, { headers: basic('conf', secret), ip: ip as string })
      expect((await ask(confSecret)).status).toBe(200)
      for (let count = 0; count < 30; count++) await ask(`wrong ${count}`)
      expect((await ask('wrong')).status).toBe(429)
      expect((await ask(confSecret)).status).toBe(200)
      server.clock.advance(3600)
      expect((await ask('wrong')).status).toBe(401)
    },
  )

  it.each<[string, string]>([
    ['does not exist', 'unknown'],
    ['has no secret', 'tv'],
    ['may not send its secret in this way', 'post'],
  ])(
    'F-36 a client that %s gets the answers of one with a wrong secret, with as many calls of the store',
    async (_, id) => {
      const steps: StoreStep[] = []
      const store = faultyStore(new MemoryStore(), (step) => void steps.push(step))
      const server = createTestServer({ store, limits: { clientSecretsPerAddress: 3 } })
      const answersFor = async (clientId: string) => {
        const answers: unknown[] = []
        const secrets = [
          ...(id === 'tv' ? [] : ['']),
          'a\nb',
          'x'.repeat(2049),
          ...Array.from({ length: 6 }, (_, count) => `wrong ${count}`),
        ]
        for (const secret of secrets) {
          steps.length = 0
          const extras = { headers: basic(clientId, secret), ip: '192.0.2.1' }
          const { status, headers, body } = await server.poll('x', {}, extras)
          answers.push({ status, headers, body, steps: [...steps] })
        }
        return answers
      }
      const known = await answersFor('conf')
      expect(known).toContainEqual(expect.objectContaining({ status: 429 }))
      expect(await answersFor(id)).toEqual(known)
    },
  )

  it('10,000 invented clients use few counters, and none of a client that exists', async () => {
    const keys = new Set<string>()
    const store = new MemoryStore()
    const take = store.takeAttempts.bind(store)
    store.takeAttempts = (budgets, now) => {
      for (const { key } of budgets) if (!key.startsWith('own:')) keys.add(key)
      return take(budgets, now)
    }
    const server = createTestServer({ store })
    for (let count = 0; count < 10_000; count++)
      await server.poll('x', {}, { headers: basic(`client ${count}`, 'wrong') })
    expect(keys.size).toBeLessThanOrEqual(4096)
    expect([...keys].every((key) => key.startsWith('secret:unknown:'))).toBe(true)
    expect((await attempt(server, confSecret, '192.0.2.1')).status).toBe(200)
  })

  it('a secret that was right and is not any more is a wrong one', async () => {
    let right = confSecret
    const server = createTestServer({ hooks: { verifyClientSecret: (_client, secret) => secret === right } })
    expect((await attempt(server, confSecret, '192.0.2.1')).status).toBe(200)
    right = 'another secret'
    expectError(await guess(server, '192.0.2.1'), 'invalid_client', 429)
    expectError(await attempt(server, confSecret, '192.0.2.1'), 'invalid_client', 429)
  })

  it('public clients, and secrets that were right before, need no extra store call', async () => {
    const steps: StoreStep[] = []
    const server = createTestServer({ store: faultyStore(new MemoryStore(), (step) => void steps.push(step)) })
    await server.poll('x')
    await server.poll('x', {}, { headers: basic('conf', confSecret) })
    steps.length = 0
    await server.poll('x', {}, { headers: basic('conf', confSecret) })
    await server.poll('x')
    expect(steps).toEqual(['pollDeviceCredential', 'pollDeviceCredential'])
  })

  describe('a secret that nobody can guess', () => {
    const strong = 'kJ8fQ2mX7vB4nR9tW1zC5yL0pD3hS6gA'
    const client = { ...clients.find(({ client_id }) => client_id === 'conf')!, client_secret: strong }

    it.each(['192.0.2.1', '10.0.0.1', undefined])(
      '6749-2.3.1-6 passes at %s after any number of wrong ones, on a process that has not seen it; wrong ones are refused',
      async (ip) => {
        const server = createTestServer({ clients: [client] })
        const ask = (secret: string) =>
          server.deviceAuthorization({}, { headers: basic('conf', secret), ip: ip as string })
        const statuses = await Promise.all(Array.from({ length: 60 }, async (_, n) => (await ask(`wrong ${n}`)).status))
        expect(statuses.filter((status) => status === 401)).toHaveLength(20)
        expectError(await ask(`${strong.slice(0, -1)}B`), 'invalid_client', 429)
        expect((await ask(strong)).status).toBe(200)
        expectError(await ask('wrong'), 'invalid_client', 429)
      },
    )

    it('6749-2.3.1-6 is checked by a hook within the limit only: the hook may be slow on purpose', async () => {
      let checks = 0
      const server = createTestServer({
        clients: [client],
        hooks: {
          verifyClientSecret: (_client, secret) => {
            checks++
            return secret === strong
          },
        },
      })
      expectError(await guess(server, '192.0.2.1'), 'invalid_client', 429)
      expectError(await attempt(server, strong, '192.0.2.1'), 'invalid_client', 429)
      expect(checks).toBe(20)
    })
  })
})
