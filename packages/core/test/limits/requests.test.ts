import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/stores/memory.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, type TestServer } from '../server.ts'
import { alice, bob, createPageServer, title } from '../verification/visitor.ts'

const here = { ip: '198.51.100.7' }

async function ask(server: TestServer, count: number, extras = here, client = 'tv'): Promise<number[]> {
  const statuses: number[] = []
  for (let asked = 0; asked < count; asked++) {
    statuses.push((await server.deviceAuthorization({ client_id: client }, extras)).status)
  }
  return statuses
}

describe('requests for codes', () => {
  it.each([
    ['requestsPerAddress', 'request', 3600],
    ['requestsPerClient', 'request', 3600],
    ['pending', 'pending', 600],
    ['pendingPerAddress', 'pending', 600],
    ['pendingPerClient', 'pending', 600],
  ] as const)(
    'XD-6.1.11 F-28 one above limits.%s is 429 with Retry-After, and an event',
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

  it('XD-6.1.11 60 an hour from one address by default, a /64 with IPv6; others go on', async () => {
    const server = createTestServer({ limits: { pendingPerAddress: 1_000 } })
    for (const [one, neighbour, other] of [
      ['198.51.100.7', '::ffff:198.51.100.7', '198.51.100.8'],
      ['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:1::1'],
    ] as const) {
      expect(await ask(server, 60, { ip: one })).not.toContain(429)
      expect(await ask(server, 1, { ip: neighbour })).toEqual([429])
      expect(await ask(server, 1, { ip: other })).toEqual([200])
    }
  })

  it('XD-6.1.11 30 may wait for a decision from one address by default', async () => {
    const statuses = await ask(createTestServer(), 31)
    expect(statuses.slice(0, 30)).not.toContain(429)
    expect(statuses[30]).toBe(429)
  })

  it('XD-6.1.11 a private address is a proxy in front, so it is not counted', async () => {
    const server = createTestServer({ limits: { requestsPerAddress: 1, pendingPerAddress: 1 } })
    expect(await ask(server, 3, { ip: '127.0.0.1' })).toEqual([200, 200, 200])
    expect(await ask(server, 3, { ip: 'fd00::1' })).toEqual([200, 200, 200])
  })

  it('XD-6.1.11 a client that is at its limit does not stop another', async () => {
    const server = createTestServer({ limits: { requestsPerClient: 1 } })
    expect(await ask(server, 2)).toEqual([200, 429])
    expect(await ask(server, 2, here, 'tv2')).toEqual([200, 429])
  })

  it('XD-6.1.11 what is refused counts in no budget', async () => {
    const server = createTestServer({ limits: { requestsPerAddress: 2, pendingPerAddress: 1 } })
    expect(await ask(server, 5)).toEqual([200, 429, 429, 429, 429])
    server.clock.advance(600)
    expect(await ask(server, 2)).toEqual([200, 429])
  })

  it('XD-6.1.11 parallel requests share no slot', async () => {
    const server = createTestServer({ limits: { requestsPerAddress: 5 } })
    const responses = await Promise.all(Array.from({ length: 50 }, () => server.deviceAuthorization(undefined, here)))
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(5)
  })

  it('XD-6.1.11 a request that is approved, denied or given up waits no longer', async () => {
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

  it('XD-6.1.11 a store that fails to count the end does not undo the decision', async () => {
    const store = faultyStore(new MemoryStore(), (step) => (step === 'giveBackAttempts' ? 'throw' : undefined))
    const server = createTestServer({ store })
    const codes = await server.start({ client_id: 'tv' }, here)
    await server.approve(codes.user_code)
    expect((await server.poll(codes.device_code)).status).toBe(200)
    expect(server.errors).toHaveLength(1)
  })
})

describe('approvals', () => {
  async function approve(server: ReturnType<typeof createPageServer>, user = alice) {
    const { user_code: code } = await server.start()
    const visitor = server.visit(user)
    const query = await visitor.enter(code)
    const submit = async (action = 'approve') => visitor.post({ handle: await visitor.handle(query), action })
    return { response: await submit(), submit }
  }

  it('XD-6.1.11 a user connects 20 devices an hour by default; the next may wait or be declined', async () => {
    const server = createPageServer()
    for (let device = 0; device < 20; device++) expect((await approve(server)).response.status).toBe(200)
    const limited: unknown[] = []
    server.deviceAuth.on('limited', (event) => limited.push(event))
    const { response, submit } = await approve(server)
    expect({ status: response.status, title: title(response) }).toEqual({ status: 429, title: 'Too many attempts' })
    expect(response.headers['retry-after']).toBe('3600')
    expect(limited).toEqual([
      { at: server.clock(), limit: 'approval', clientId: 'tv', subject: 'alice', ip: '198.51.100.7' },
    ])
    expect((await approve(server, bob)).response.status).toBe(200)
    expect(title(await submit('deny'))).toBe('Declined')
  })

  it('XD-6.1.11 a second click is no second approval', async () => {
    const server = createPageServer({ limits: { approvalsPerUser: 2 } })
    const { user_code: code } = await server.start()
    const visitor = server.visit(alice)
    const handle = await visitor.handle(await visitor.enter(code))
    const statuses = []
    for (let click = 0; click < 4; click++) statuses.push((await visitor.post({ handle, action: 'approve' })).status)
    expect(statuses).toEqual([200, 409, 409, 409])
    expect((await approve(server)).response.status).toBe(200)
    expect((await approve(server)).response.status).toBe(429)
  })
})
