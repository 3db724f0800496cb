import { describe, expect, it } from 'vitest'
import { createTestServer, expectError, expectToken } from './server.ts'
import { slowStore, turns } from './slow-store.ts'

const refreshOf = (token: { refresh_token?: string }): string => token.refresh_token ?? ''

describe('refresh', () => {
  it('6749-6-1 6749-10.4-1 6749-5.2-3 a refresh token is bound to its client, which authenticates', async () => {
    const server = createTestServer()
    const token = refreshOf(await server.signIn())
    expectError(await server.refresh(token, { client_id: 'tv2' }), 'invalid_grant')
    expectError(await server.refresh(token, { client_id: 'conf' }), 'invalid_client', 401)
    expectToken(await server.refresh(token))
  })

  it('6749-6-2 6749-6-4 6749-3.3-2 narrower scope narrows the access token alone; wider is invalid_scope', async () => {
    const server = createTestServer()
    const first = await server.signIn({ client_id: 'tv', scope: 'profile email' })
    expectError(await server.refresh(refreshOf(first), { client_id: 'tv', scope: 'profile admin' }), 'invalid_scope')
    const narrow = expectToken(await server.refresh(refreshOf(first), { client_id: 'tv', scope: 'email' }))
    expect(narrow.scope).toBe('email')
    expect((await server.deviceAuth.authenticate(narrow.access_token))?.scope).toBe('email')
    expect(expectToken(await server.refresh(refreshOf(narrow))).scope).toBe('profile email')
  })

  it('9700-2.2.2-1 9700-4.14-2 each refresh rotates; a replaced token that comes late ends the grant', async () => {
    const server = createTestServer()
    const events: unknown[] = []
    server.deviceAuth.on('reuseDetected', (event) => events.push(event))
    const first = await server.signIn()
    const second = expectToken(await server.refresh(refreshOf(first)))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    server.clock.advance(31)
    expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
    expectError(await server.refresh(refreshOf(second)), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(second.access_token)).toBeUndefined()
    expect(events).toEqual([expect.objectContaining({ clientId: 'tv', subject: 'alice' })])
  })

  it('9700-4.14-2 a token that was replaced long ago ends the grant too', async () => {
    const server = createTestServer()
    const first = await server.signIn()
    let last = first
    for (let time = 0; time < 4; time++) last = expectToken(await server.refresh(refreshOf(last)))
    expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
    expectError(await server.refresh(refreshOf(last)), 'invalid_grant')
  })

  it('9700-4.14-2 nobody ends a grant with a token made up around its id', async () => {
    const server = createTestServer()
    const token = await server.signIn()
    const [id = '', secret = '', tag = ''] = refreshOf(token).split('.')
    for (const forged of [
      `${id}.${'A'.repeat(43)}.${'A'.repeat(22)}`,
      `${id}.${secret}.${'A'.repeat(22)}`,
      `${id}.${'A'.repeat(43)}.${tag}`,
    ]) {
      expectError(await server.refresh(forged), 'invalid_grant')
    }
    expectToken(await server.refresh(refreshOf(token)))
  })

  it('F-11 parallel refreshes get the same successor', async () => {
    const server = createTestServer({ store: slowStore(turns(3, 11)), secret: 's'.repeat(32) })
    const token = refreshOf(await server.signIn())
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.refresh(token)))
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
    expectToken(await server.refresh(refreshOf(JSON.parse(answers[0]?.body ?? '{}'))))
  })

  it('F-11 a lost answer is given again for 30 s', async () => {
    const server = createTestServer()
    const token = refreshOf(await server.signIn())
    const first = await server.refresh(token)
    server.clock.advance(29)
    expect(await server.refresh(token)).toEqual(first)
  })

  it('an unused refresh token ends after its time, and an access token is none', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 1000 } })
    const token = await server.signIn()
    expectError(await server.refresh(token.access_token), 'invalid_grant')
    expectError(await server.refresh(''), 'invalid_request')
    server.clock.advance(1000)
    expectError(await server.refresh(refreshOf(token)), 'invalid_grant')
  })

  it('F-12 a locked account is not refreshed', async () => {
    let active = true
    const server = createTestServer({ hooks: { isUserActive: () => active } })
    const token = refreshOf(await server.signIn())
    active = false
    expectError(await server.refresh(token), 'invalid_grant')
    active = true
    expectToken(await server.refresh(token))
  })

  it('is off where the option says so', async () => {
    const server = createTestServer({ refreshToken: false })
    expect(await server.signIn()).not.toHaveProperty('refresh_token')
    expectError(await server.refresh('x'), 'unsupported_grant_type')
  })
})
