import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { createTestServer, expectError, expectToken, type TestServer, type TestServerOptions } from '../server.ts'

/** A server on a store that answers nothing until `release` is called. */
function createSlowServer(options: TestServerOptions = {}) {
  let resolve = (): void => {}
  const slow = new Promise<void>((done) => {
    resolve = done
  })
  let held = true
  const store = faultyStore(new MemoryStore(), () => (held ? { delayed: slow } : undefined))
  const limited: { limit: string; ip?: string | undefined }[] = []
  const server = createTestServer({ store, events: { limited: (event) => void limited.push(event) }, ...options })
  const release = (): void => {
    held = false
    resolve()
  }
  return { ...server, limited, release }
}

/** Begins requests that wait for the store, each from its own address. */
function begin(server: TestServer, count: number) {
  return Array.from({ length: count }, (_, index) => server.deviceAuthorization(undefined, { ip: `192.0.2.${index}` }))
}

describe('maxConcurrentRequests', () => {
  it('a request for codes beyond it is answered 503 with Retry-After, and those before it with codes', async () => {
    const server = createSlowServer({ maxConcurrentRequests: 3 })
    const first = begin(server, 3)
    const refused = await server.deviceAuthorization(undefined, { ip: '198.51.100.1' })
    expectError(refused, 'temporarily_unavailable', 503)
    expect(refused.headers['retry-after']).toBe('5')
    expect(server.limited).toMatchObject([{ limit: 'load', ip: '198.51.100.1' }])
    server.release()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await server.deviceAuthorization()).status).toBe(200)
  })

  it('pages go on up to twice as many, and are then answered with a page', async () => {
    const server = createSlowServer({ maxConcurrentRequests: 2 })
    const all = begin(server, 2)
    const query = { query: 'user_code=BCDF-GHJK', native: { user: { id: 'alice' } } }
    all.push(server.get('/device', query), server.get('/device', query))
    const refused = await server.get('/device')
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    expect(refused.headers['content-type']).toContain('text/html')
    expect(await server.get('/devices')).toMatchObject({ status: 503 })
    server.release()
    expect((await Promise.all(all.slice(2))).map(({ status }) => status)).toEqual([200, 200])
  })

  it('polls that wait for a slow store count as a tenth: they keep nobody from a code or a page', async () => {
    const server = createSlowServer({ maxConcurrentRequests: 2 })
    const polls = Array.from({ length: 19 }, () => server.poll('unknown'))
    const codes = begin(server, 1)
    expectError(await server.deviceAuthorization(), 'temporarily_unavailable', 503)
    polls.push(...Array.from({ length: 10 }, () => server.poll('unknown')))
    const page = server.get('/device', { query: 'user_code=BCDF-GHJK', native: { user: { id: 'alice' } } })
    expect(await server.get('/device')).toMatchObject({ status: 503 })
    server.release()
    expect((await Promise.all(codes)).map(({ status }) => status)).toEqual([200])
    expect((await page).status).toBe(200)
    for (const answer of await Promise.all(polls)) expectError(answer, 'invalid_grant')
    expect((await server.deviceAuthorization()).status).toBe(200)
  })

  it('8628-3.5-2 an approved device gets its tokens while new codes are refused', async () => {
    const server = createSlowServer({ maxConcurrentRequests: 1 })
    server.release()
    const codes = await server.start()
    await server.approve(codes.user_code)
    const other = createSlowServer({ maxConcurrentRequests: 1 })
    begin(other, 1)
    const polls = [server.poll(codes.device_code), other.poll('unknown')]
    expectError(await other.deviceAuthorization(), 'temporarily_unavailable', 503)
    other.release()
    expectToken(await polls[0]!)
    expectError(await polls[1]!, 'invalid_grant')
  })

  it.each([
    ['pending', 'authorization_pending', 400],
    ['unavailable', 'temporarily_unavailable', 503],
  ] as const)(
    'with onStoreFailure: %s, polls beyond forty times as many hear %s',
    async (onStoreFailure, error, status) => {
      const server = createSlowServer({ maxConcurrentRequests: 1, onStoreFailure })
      const polls = Array.from({ length: 40 }, () => server.poll('unknown'))
      expectError(await server.poll('unknown'), error, status)
      expectError(await server.refresh('unknown'), 'temporarily_unavailable', 503)
      server.release()
      for (const answer of await Promise.all(polls)) expectError(answer, 'invalid_grant')
    },
  )

  it('every way to end a request ends its count', async () => {
    const faults = ['throw', 'hang', undefined] as const
    let turn = 0
    const store = faultyStore(new MemoryStore(), () => faults[turn++ % faults.length])
    const server = createTestServer({ store, maxConcurrentRequests: 1, timeout: 0.001 })
    for (let i = 0; i < 30; i++) {
      await server.deviceAuthorization()
      await server.deviceAuthorization({})
      await server.get('/device', { native: { user: { id: 'alice' } }, query: 'user_code=BCDF-GHJK' })
      await server.poll('unknown')
      await server.revoke({ token: 'unknown', client_id: 'tv' })
    }
    turn = 2
    const { body } = await server.deviceAuthorization()
    expect(body).not.toContain('Too many requests')
  })
})

describe('drain', () => {
  it.each<[string, (server: TestServer) => Promise<{ headers: object }>]>([
    ['a poll', (server) => server.poll('unknown')],
    ['codes', (server) => server.deviceAuthorization()],
    ['a page', (server) => server.get('/device')],
    ['the devices', (server) => server.get('/devices')],
    ['the metadata', (server) => server.get('/.well-known/oauth-authorization-server')],
    ['a wrong method', (server) => server.get('/token')],
  ])('%s: the answer has Connection: close afterwards, and not before', async (_, ask) => {
    const server = createTestServer()
    expect((await ask(server)).headers).not.toHaveProperty('connection')
    server.deviceAuth.drain()
    expect((await ask(server)).headers).toMatchObject({ connection: 'close' })
  })

  it('also the answers to requests that were under way', async () => {
    const server = createSlowServer()
    const [request] = begin(server, 1)
    server.deviceAuth.drain()
    server.release()
    expect(await request).toMatchObject({ status: 200, headers: { connection: 'close' } })
  })
})

it('close closes the store once', async () => {
  let closed = 0
  const store = Object.assign(new MemoryStore(), { close: async () => void closed++ })
  const { deviceAuth } = createTestServer({ store })
  await Promise.all([deviceAuth.close(), deviceAuth.close()])
  await deviceAuth.close()
  expect(closed).toBe(1)
})
