import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { basic, clients, confSecret, createTestServer, expectError, type TestServer } from '../server.ts'

const here = { ip: '198.51.100.7' }

async function ask(server: TestServer, count: number, extras = here, client = 'tv'): Promise<number[]> {
  const statuses: number[] = []
  for (let asked = 0; asked < count; asked++) {
    statuses.push((await server.deviceAuthorization({ client_id: client }, extras)).status)
  }
  return statuses
}

describe('device authorization requests', () => {
  it.each([
    ['requestsPerAddress', 'request', 3600],
    ['requestsPerClient', 'request', 3600],
    ['pending', 'pending', 600],
    ['pendingPerAddress', 'pending', 600],
    ['pendingPerClient', 'pending', 600],
  ] as const)(
    'XD-6.1.11 F-28 one request above limits.%s gets 429 with Retry-After, and emits an event',
    async (name, limit, window) => {
      const server = createTestServer({ limits: { [name]: 3 } })
      const limited: unknown[] = []
      server.deviceAuth.on('limited', (event) => limited.push(event))
      expect(await ask(server, 3)).toEqual([200, 200, 200])
      server.clock.advance(60)
      const response = await server.deviceAuthorization(undefined, here)
      expectError(response, 'temporarily_unavailable', 429)
      expect(response.headers['retry-after']).toBe(String(window - 60))
      expect(limited).toEqual([{ at: server.clock(), limit, clientId: 'tv', ip: here.ip }])
      server.clock.advance(window - 60)
      expect(await ask(server, 1)).toEqual([200])
    },
  )

  it('XD-6.1.11 by default one address, or one IPv6 /64, may make 300 an hour; other addresses are not limited', async () => {
    const server = createTestServer({ limits: { pendingPerAddress: 1_000 } })
    for (const [one, neighbour, other] of [
      ['198.51.100.7', '::ffff:198.51.100.7', '198.51.100.8'],
      ['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:1::1'],
    ] as const) {
      expect(await ask(server, 300, { ip: one })).not.toContain(429)
      expect(await ask(server, 1, { ip: neighbour })).toEqual([429])
      expect(await ask(server, 1, { ip: other })).toEqual([200])
    }
  })

  it('XD-6.1.11 by default 100 requests of one address may be pending', async () => {
    const statuses = await ask(createTestServer(), 101)
    expect(statuses.slice(0, 100)).not.toContain(429)
    expect(statuses[100]).toBe(429)
  })

  it('XD-6.1.11 a private address is not counted, because it is that of a proxy', async () => {
    const server = createTestServer({ limits: { requestsPerAddress: 1, pendingPerAddress: 1 } })
    expect(await ask(server, 3, { ip: '127.0.0.1' })).toEqual([200, 200, 200])
    expect(await ask(server, 3, { ip: 'fd00::1' })).toEqual([200, 200, 200])
  })

  it('XD-6.1.11 a client that has reached its limit does not limit another client', async () => {
    const server = createTestServer({ limits: { requestsPerClient: 1 } })
    expect(await ask(server, 2)).toEqual([200, 429])
    expect(await ask(server, 2, here, 'tv2')).toEqual([200, 429])
  })

  it('XD-6.1.11 a refused request is not counted in any budget', async () => {
    const server = createTestServer({ limits: { requestsPerAddress: 2, pendingPerAddress: 1 } })
    expect(await ask(server, 5)).toEqual([200, 429, 429, 429, 429])
    server.clock.advance(600)
    expect(await ask(server, 2)).toEqual([200, 429])
  })

  it('XD-6.1.11 parallel requests cannot exceed the limit', async () => {
    const server = createTestServer({ limits: { requestsPerAddress: 5 } })
    const responses = await Promise.all(Array.from({ length: 50 }, () => server.deviceAuthorization(undefined, here)))
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(5)
  })

  it('XD-6.1.11 a request that is approved, denied or revoked is no longer pending', async () => {
    const server = createTestServer({ limits: { pendingPerAddress: 1 } })
    const approved = await server.start({ client_id: 'tv' }, here)
    expect(await ask(server, 1)).toEqual([429])
    await server.approve(approved.user_code)
    const denied = await server.start({ client_id: 'tv' }, here)
    expect(await server.deviceAuth.deny(denied.user_code)).toBe('decided')
    const left = await server.start({ client_id: 'tv' }, here)
    expect(await ask(server, 1)).toEqual([429])
    await server.revoke({ client_id: 'tv', token: left.device_code })
    expect(await ask(server, 2)).toEqual([200, 429])
  })

  it('XD-6.1.11 the decision holds even if the store fails to count it', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'giveBackAttempts' ? 'throw' : undefined))
    const server = createTestServer({ store })
    const codes = await server.start({ client_id: 'tv' }, here)
    await server.approve(codes.user_code)
    expect((await server.poll(codes.device_code)).status).toBe(200)
    expect(server.errors).toHaveLength(1)
  })
})

const ipv4 = (number: number): string => `203.${number >> 16}.${(number >> 8) & 255}.${number & 255}`

/** Asks once from each of some addresses. Returns how many were refused. */
async function refusedOf(server: TestServer, addresses: readonly string[], client = 'tv'): Promise<number> {
  let refused = 0
  for (const ip of addresses) {
    if ((await server.deviceAuthorization({ client_id: client }, { ip })).status === 429) refused++
  }
  return refused
}

describe('reserves', () => {
  it('XD-6.1.11 addresses with more than two undecided requests share a quarter of the limit; others have the rest', async () => {
    const server = createTestServer({ limits: { pendingPerClient: 200, pendingPerAddress: 100 } })
    expect((await ask(server, 60)).filter((status) => status === 200)).toHaveLength(50)
    expect(await ask(server, 3, { ip: '198.51.100.8' })).toEqual([200, 200, 429])
    const fresh = Array.from({ length: 74 }, (_, number) => [ipv4(number), ipv4(number)]).flat()
    expect(await refusedOf(server, fresh)).toBe(0)
    expect(await refusedOf(server, ['203.1.0.1'])).toBe(1)
  })

  it('XD-6.1.11 requests of an hour have the same reserve, for addresses with up to ten', async () => {
    const server = createTestServer({ limits: { requestsPerClient: 100, pendingPerAddress: 1_000 } })
    expect((await ask(server, 40)).filter((status) => status === 200)).toHaveLength(25)
    expect(await ask(server, 10, { ip: '198.51.100.8' })).toEqual(Array(10).fill(200))
  })

  it('XD-6.1.11 one client can use 60 % of `pending` by default, so that others go on', async () => {
    const server = createTestServer({ limits: { pending: 100 } })
    const addresses = Array.from({ length: 101 }, (_, number) => ipv4(number))
    expect(await refusedOf(server, addresses)).toBe(41)
    expect(await ask(server, 1, { ip: '198.51.100.8' }, 'tv2')).toEqual([200])
  })

  it('XD-6.1.11 an authenticated client is not limited by its address, and has the last tenth of `pending` for itself', async () => {
    const server = createTestServer({
      limits: { pending: 100, pendingPerClient: 100, pendingPerAddress: 1, requestsPerAddress: 1 },
    })
    const addresses = Array.from({ length: 100 }, (_, number) => ipv4(number))
    expect(await refusedOf(server, addresses)).toBe(10)
    const confidential = async (): Promise<number> =>
      (await server.deviceAuthorization({}, { ...here, headers: basic('conf', confSecret) })).status
    for (let request = 0; request < 10; request++) expect(await confidential()).toBe(200)
    expect(await confidential()).toBe(429)
  })

  it('XD-6.1.11 a client that may ask for codes by its id alone is not authenticated, whatever its secret', async () => {
    const [tv] = clients
    const byId = { ...tv!, client_secret: 'x'.repeat(40), token_endpoint_auth_method: 'client_secret_basic' }
    const server = createTestServer({
      clients: [{ ...byId, device_authorization_endpoint_auth_method: 'none' }],
      limits: { pendingPerAddress: 1 },
    })
    expect(await ask(server, 2)).toEqual([200, 429])
  })

  it('XD-6.1.11 an IPv6 /48 has ten times the limit of a /64', async () => {
    const server = createTestServer({ limits: { pendingPerAddress: 3, pendingPerClient: 1_000 } })
    const subnets = Array.from({ length: 40 }, (_, number) => `2001:db8:7:${number.toString(16)}::1`)
    expect(await refusedOf(server, subnets)).toBe(10)
    expect(await refusedOf(server, ['2001:db8:8::1'])).toBe(0)
  })

  it('XD-6.1.11 an address is not limited twice at the turn of a window, and a decision goes back into its own window', async () => {
    const server = createTestServer({ limits: { pendingPerAddress: 2 } })
    server.clock.advance(590)
    const before = await server.start({ client_id: 'tv' }, here)
    server.clock.advance(20)
    expect(await ask(server, 2)).toEqual([200, 200])
    await server.approve(before.user_code)
    expect(await ask(server, 1)).toEqual([429])
  })
})
