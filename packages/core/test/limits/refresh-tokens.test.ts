import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

const forged = (count: number): string => `${'a'.repeat(43)}.${String(count).padStart(43, 'b')}.${'c'.repeat(22)}`

function limited(response: OAuthResponse): number {
  expectError(response, 'invalid_grant', 429)
  return Number(response.headers['retry-after'])
}

function scene(): { server: TestServer; events: unknown[]; calls: string[] } {
  const [events, calls]: [unknown[], string[]] = [[], []]
  const store = new MemoryStore()
  const counting: MemoryStore = Object.assign(store, {
    findToken: (...args: Parameters<MemoryStore['findToken']>) => {
      calls.push('findToken')
      return MemoryStore.prototype.findToken.apply(store, args)
    },
    takeAttempts: (...args: Parameters<MemoryStore['takeAttempts']>) => {
      calls.push('takeAttempts')
      return MemoryStore.prototype.takeAttempts.apply(store, args)
    },
  })
  const server = createTestServer({ store: counting, limits: { refreshTokensPerAddress: 3 } })
  server.deviceAuth.on('limited', (event) => events.push(event))
  return { server, events, calls }
}

describe('refresh tokens that this server did not issue', () => {
  it.each([
    ['forged', forged],
    ['malformed', (count: number) => `x${count}`],
  ])(
    '%s tokens of one client from one address are limited, with an event, and then cost no store call',
    async (_name, make) => {
      const { server, events, calls } = scene()
      for (let count = 0; count < 3; count++) expectError(await server.refresh(make(count)), 'invalid_grant')
      expect(events).toEqual([])
      expect(limited(await server.refresh(make(3)))).toBe(3600)
      const before = calls.length
      server.clock.advance(600)
      expect(limited(await server.refresh(make(4)))).toBe(3000)
      expect(calls).toHaveLength(before)
      const event = { limit: 'refreshToken', clientId: 'tv', ip: '192.0.2.1' }
      expect(events).toEqual([
        { at: server.clock() - 600_000, ...event },
        { at: server.clock(), ...event },
      ])
      server.clock.advance(3000)
      expectError(await server.refresh(make(5)), 'invalid_grant')
    },
  )

  it('leave alone other clients, other addresses and every valid token', async () => {
    const { server } = scene()
    const first = await server.signIn()
    for (let count = 0; count < 4; count++) await server.refresh(forged(count))
    limited(await server.refresh(forged(4)))
    expectError(await server.refresh(forged(5), { client_id: 'tv2' }), 'invalid_grant')
    const elsewhere = { grant_type: 'refresh_token', refresh_token: forged(6), client_id: 'tv' }
    expectError(await server.token(elsewhere, { ip: '192.0.2.2' }), 'invalid_grant')
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    expectToken(await server.refresh(second.refresh_token ?? ''))
  })

  it('a valid token of before a change of the secret is not one of them', async () => {
    const store = new MemoryStore()
    const before = { secret: 'first-secret-of-this-server-0123456789', store, limits: { refreshTokensPerAddress: 1 } }
    const token = (await createTestServer(before).signIn()).refresh_token ?? ''
    const server = createTestServer({ ...before, secret: ['other-secret-of-this-server-0123456789', before.secret] })
    for (let count = 0; count < 3; count++) await server.refresh(forged(count))
    expectToken(await server.refresh(token))
  })
})

describe('refresh tokens that are over', () => {
  it('are counted each for itself, so that a device that repeats one stops no other', async () => {
    const { server, calls } = scene()
    const [ended, alsoEnded, valid] = [await server.signIn(), await server.signIn(), await server.signIn()]
    for (const { refresh_token: token = '' } of [ended, alsoEnded]) await server.revoke({ client_id: 'tv', token })
    for (let time = 0; time < 3; time++) expectError(await server.refresh(ended.refresh_token ?? ''), 'invalid_grant')
    limited(await server.refresh(ended.refresh_token ?? ''))
    const before = calls.length
    limited(await server.refresh(ended.refresh_token ?? ''))
    expect(calls).toHaveLength(before)
    expectError(await server.refresh(alsoEnded.refresh_token ?? ''), 'invalid_grant')
    expectToken(await server.refresh(valid.refresh_token ?? ''))
  })

  it('another client that holds a token cannot spend the limit of its owner', async () => {
    const { server } = scene()
    const { refresh_token: token = '' } = await server.signIn()
    for (let time = 0; time < 3; time++) await server.refresh(token, { client_id: 'tv2' })
    limited(await server.refresh(token, { client_id: 'tv2' }))
    expectToken(await server.refresh(token))
  })

  it('an access token that is sent as a refresh token counts too', async () => {
    const { server } = scene()
    const { access_token: token } = await server.signIn()
    for (let time = 0; time < 3; time++) expectError(await server.refresh(token), 'invalid_grant')
    limited(await server.refresh(token))
  })
})

it('refreshes of valid tokens count no attempts', async () => {
  const { server, calls } = scene()
  const { refresh_token: token = '' } = await server.signIn()
  const before = calls.filter((step) => step === 'takeAttempts').length
  expectToken(await server.refresh(token))
  expect(calls.filter((step) => step === 'takeAttempts')).toHaveLength(before)
})
