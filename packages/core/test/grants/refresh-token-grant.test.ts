import { describe, expect, it } from 'vitest'
import { DEVICE_CODE_GRANT_TYPE } from '../../src/protocol.ts'
import { createTestServer, expectError, expectToken } from '../server.ts'

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
    await server.deviceAuth.authenticate(second.access_token)
    server.clock.advance(31)
    expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
    expectError(await server.refresh(refreshOf(second)), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(second.access_token)).toBeUndefined()
    expect(events).toEqual([expect.objectContaining({ clientId: 'tv', subject: 'alice' })])
  })

  it.each([30, 60, 86_400])(
    '9700-4.14-2 a replaced token that comes %d s late ends nothing while its successor was never used',
    async (late) => {
      const server = createTestServer()
      const outcomes: string[] = []
      server.deviceAuth.on('replayed', ({ outcome }) => outcomes.push(outcome))
      server.deviceAuth.on('reuseDetected', () => outcomes.push('reuse'))
      const first = await server.signIn()
      await server.deviceAuth.authenticate(first.access_token)
      const second = expectToken(await server.refresh(refreshOf(first)))
      server.clock.advance(late)
      expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
      const third = expectToken(await server.refresh(refreshOf(second)))
      expect(outcomes).toEqual(['suspected'])
      // both were used now
      expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
      expect(outcomes).toEqual(['suspected', 'reuse'])
      expectError(await server.refresh(refreshOf(third)), 'invalid_grant')
    },
  )

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

  it('9700-4.14-2 6749-10.4-1 another client, or the client without its secret, ends nothing by an old token', async () => {
    const server = createTestServer()
    const first = await server.signIn()
    const second = expectToken(await server.refresh(refreshOf(first)))
    const third = expectToken(await server.refresh(refreshOf(second)))
    server.clock.advance(31)
    for (const old of [first, second]) {
      expectError(await server.refresh(refreshOf(old), { client_id: 'tv2' }), 'invalid_grant')
      expectError(await server.refresh(refreshOf(old), { client_id: 'conf' }), 'invalid_client', 401)
      expectError(await server.refresh(refreshOf(old), { client_id: 'nogrant' }), 'unauthorized_client')
    }
    expectToken(await server.refresh(refreshOf(third)))
  })

  it('9700-4.14-2 a token of another server with another key ends nothing', async () => {
    const [here, there] = [createTestServer(), createTestServer()]
    const token = await here.signIn()
    const [id] = refreshOf(token).split('.')
    const foreign = refreshOf(await there.signIn()).split('.')
    expectError(await here.refresh([id, ...foreign.slice(1)].join('.')), 'invalid_grant')
    expectError(await here.refresh(foreign.join('.')), 'invalid_grant')
    expectToken(await here.refresh(refreshOf(token)))
  })

  it('9700-4.14-2 reuse ends every token of the family, once, and no other family', async () => {
    const server = createTestServer()
    const events: string[] = []
    server.deviceAuth.on('reuseDetected', ({ grantId }) => events.push(grantId))
    const [first, other] = [await server.signIn(), await server.signIn()]
    const family = [first]
    for (let time = 0; time < 3; time++)
      family.push(expectToken(await server.refresh(refreshOf(family.at(-1) ?? first))))
    expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
    for (const token of family) {
      expect(await server.deviceAuth.authenticate(token.access_token)).toBeUndefined()
      expectError(await server.refresh(refreshOf(token)), 'invalid_grant')
    }
    expect(events).toEqual([first.access_token.split('.')[0]])
    expect(await server.deviceAuth.authenticate(other.access_token)).toBeDefined()
    expectToken(await server.refresh(refreshOf(other)))
  })

  it.each([30, 5])(
    'F-11 with a grace of %d s the answer is given again to the millisecond before',
    async (redemptionGrace) => {
      const server = createTestServer({ redemptionGrace })
      const token = refreshOf(await server.signIn())
      const first = await server.refresh(token)
      server.clock.advance(redemptionGrace - 0.001)
      expect(await server.refresh(token)).toEqual(first)
      server.clock.advance(0.001)
      expectError(await server.refresh(token), 'invalid_grant')
      // this is the first use of the new tokens
      const { access_token: accessToken } = expectToken(first)
      expect(await server.deviceAuth.authenticate(accessToken)).toBeDefined()
      expectError(await server.refresh(token), 'invalid_grant')
      expect(await server.deviceAuth.authenticate(accessToken)).toBeUndefined()
    },
  )

  it('F-11 with a grace of 0 nothing is given again; within two seconds it is no theft, later it is', async () => {
    const server = createTestServer({ redemptionGrace: 0 })
    const token = refreshOf(await server.signIn())
    const { access_token: accessToken } = expectToken(await server.refresh(token))
    server.clock.advance(1.999)
    expectError(await server.refresh(token), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(accessToken)).toBeDefined()
    server.clock.advance(0.001)
    expectError(await server.refresh(token), 'invalid_grant')
    expect(await server.deviceAuth.authenticate(accessToken)).toBeUndefined()
  })

  it('6749-6-2 an answer that is given again has the scope it had, whatever is asked for now', async () => {
    const server = createTestServer()
    const token = refreshOf(await server.signIn())
    const narrow = await server.refresh(token, { client_id: 'tv', scope: 'email' })
    expect(expectToken(narrow).scope).toBe('email')
    expect(await server.refresh(token, { client_id: 'tv', scope: 'profile email' })).toEqual(narrow)
  })

  it('6749-6-2 a scope that is refused uses the token up neither way', async () => {
    const server = createTestServer()
    const first = await server.signIn()
    for (const scope of ['admin', 'Profile', 'profile admin', 'a"b']) {
      expectError(await server.refresh(refreshOf(first), { client_id: 'tv', scope }), 'invalid_scope')
    }
    expectToken(await server.refresh(refreshOf(first)))
  })

  it('F-12 F-13 a client that lost the grant, or an issue that is refused, leaves the token as it was', async () => {
    let grantTypes = [DEVICE_CODE_GRANT_TYPE, 'refresh_token']
    let allowed = true
    const server = createTestServer({
      clients: () => ({
        client_id: 'tv',
        token_endpoint_auth_method: 'none',
        scope: 'profile',
        grant_types: grantTypes,
      }),
      hooks: { beforeIssue: () => allowed },
    })
    const token = refreshOf(await server.signIn())
    grantTypes = [DEVICE_CODE_GRANT_TYPE]
    expectError(await server.refresh(token), 'unauthorized_client')
    grantTypes = [DEVICE_CODE_GRANT_TYPE, 'refresh_token']
    allowed = false
    expectError(await server.refresh(token), 'invalid_grant')
    allowed = true
    expectToken(await server.refresh(token))
  })

  it('F-11 a lost answer is given again for 30 s', async () => {
    const server = createTestServer()
    const token = refreshOf(await server.signIn())
    const first = await server.refresh(token)
    server.clock.advance(29)
    expect(await server.refresh(token)).toEqual(first)
  })

  it('9700-4.14-2 a lost answer is given again twice, and then refused, with an event each time', async () => {
    const server = createTestServer()
    const outcomes: string[] = []
    server.deviceAuth.on('replayed', ({ outcome }) => outcomes.push(outcome))
    const token = refreshOf(await server.signIn())
    const first = await server.refresh(token)
    expect(await server.refresh(token)).toEqual(first)
    expect(await server.refresh(token)).toEqual(first)
    for (let time = 0; time < 2; time++) expectError(await server.refresh(token), 'invalid_grant')
    expect(outcomes).toEqual(['answered', 'answered', 'refused', 'refused'])
    expectToken(await server.refresh(refreshOf(expectToken(first))))
  })

  it('9700-4.14-2 after the use of the new access token, the old refresh token yields nothing', async () => {
    for (const use of ['authenticate', 'introspect', 'revoke']) {
      const server = createTestServer()
      const outcomes: string[] = []
      server.deviceAuth.on('replayed', ({ outcome }) => outcomes.push(outcome))
      const before = await server.signIn()
      await server.deviceAuth.authenticate(before.access_token)
      const first = expectToken(await server.refresh(refreshOf(before)))
      await server.deviceAuth.authenticate(before.access_token)
      expect(expectToken(await server.refresh(refreshOf(before)))).toEqual(first)
      if (use === 'authenticate') await server.deviceAuth.authenticate(first.access_token)
      if (use === 'introspect') await server.introspect(first.access_token)
      if (use === 'revoke') await server.revoke({ client_id: 'tv', token: first.access_token })
      expectError(await server.refresh(refreshOf(before)), 'invalid_grant')
      expect(outcomes, use).toEqual(['answered', 'refused'])
      server.clock.advance(30)
      expectError(await server.refresh(refreshOf(before)), 'invalid_grant')
      expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    }
  })

  it('9700-4.14-2 after the use of the new refresh token, the old one ends the family, even within the grace', async () => {
    const server = createTestServer()
    const reuse: unknown[] = []
    server.deviceAuth.on('reuseDetected', (event) => reuse.push(event))
    const first = await server.signIn()
    const second = expectToken(await server.refresh(refreshOf(first)))
    expectToken(await server.refresh(refreshOf(second)))
    expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
    expect(reuse).toHaveLength(1)
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it('9700-4.14-2 every check comes before a lost answer, and each refused refresh emits an event', async () => {
    let active = true
    const server = createTestServer({ hooks: { isUserActive: () => active } })
    const events: unknown[] = []
    server.deviceAuth.on('refused', ({ reason, subject, clientId }) => events.push([reason, subject, clientId]))
    const token = refreshOf(await server.signIn())
    const probe = { client_id: 'tv', scope: 'nonsense' }
    const refuse = async (): Promise<void> => {
      for (let time = 0; time < 3; time++) expectError(await server.refresh(token, probe), 'invalid_scope')
      expectError(await server.refresh(token, { client_id: 'tv', scope: 'a"b' }), 'invalid_scope')
      expectError(await server.refresh(token, { client_id: 'tv2' }), 'invalid_grant')
      active = false
      expectError(await server.refresh(token), 'invalid_grant')
      active = true
    }
    await refuse()
    const first = await server.refresh(token)
    await refuse()
    // none of them was a repetition
    expect(await server.refresh(token)).toEqual(first)
    expect(await server.refresh(token)).toEqual(first)
    const refused = [
      ...Array.from({ length: 4 }, () => ['refreshScope', 'alice', 'tv']),
      ['refreshClient', 'alice', 'tv2'],
      ['refreshDenied', 'alice', 'tv'],
    ]
    expect(events).toEqual([...refused, ...refused])
  })

  it('9700-4.14-2 a replaced token that comes late ends the family, whatever scope it asks for', async () => {
    const server = createTestServer()
    const token = refreshOf(await server.signIn())
    await server.deviceAuth.authenticate(expectToken(await server.refresh(token)).access_token)
    server.clock.advance(30)
    expectError(await server.refresh(token, { client_id: 'tv', scope: 'nonsense' }), 'invalid_grant')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
  })

  it('an unused refresh token ends after its time, and an access token is none', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 1000 } })
    const token = await server.signIn()
    expectError(await server.refresh(token.access_token), 'invalid_grant')
    expectError(await server.refresh(''), 'invalid_request')
    server.clock.advance(1000)
    expectError(await server.refresh(refreshOf(token)), 'invalid_grant')
  })

  it('9700-4.14-2 no refresh token outlives maxLifetime, however often it is replaced', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 1000, maxLifetime: 2500 } })
    let last = await server.signIn()
    for (let time = 0; time < 2; time++) {
      server.clock.advance(999)
      last = expectToken(await server.refresh(refreshOf(last)))
    }
    server.clock.advance(501)
    last = expectToken(await server.refresh(refreshOf(last)))
    server.clock.advance(1)
    expectError(await server.refresh(refreshOf(last)), 'invalid_grant')
    const brief = createTestServer({ refreshToken: { expiresIn: 1000, maxLifetime: 500 } })
    const first = await brief.signIn()
    brief.clock.advance(500)
    expectError(await brief.refresh(refreshOf(first)), 'invalid_grant')
  })

  it.each([
    ['after its own time', { expiresIn: 600 }],
    ['at the end of maxLifetime', { expiresIn: 86_400, maxLifetime: 600 }],
  ])(
    '9700-4.14-2 the current refresh token %s is no theft: nothing ends, and nobody is told',
    async (_, refreshToken) => {
      const server = createTestServer({ refreshToken })
      const events: string[] = []
      for (const name of ['reuseDetected', 'signedOut', 'replayed', 'refused'] as const)
        server.deviceAuth.on(name, () => events.push(name))
      const first = await server.signIn()
      server.clock.advance(500)
      const last = expectToken(await server.refresh(refreshOf(first)))
      await server.deviceAuth.authenticate(last.access_token)
      server.clock.advance(600)
      for (let time = 0; time < 3; time++) expectError(await server.refresh(refreshOf(last)), 'invalid_grant')
      expect(events).toEqual([])
      expect(await server.deviceAuth.authenticate(last.access_token)).toMatchObject({ subject: 'alice' })
      // the one before it is one
      expectError(await server.refresh(refreshOf(first)), 'invalid_grant')
      expect(events).toEqual(['reuseDetected', 'signedOut'])
      expect(await server.deviceAuth.authenticate(last.access_token)).toBeUndefined()
    },
  )

  it('an expired refresh token that comes again and again is counted, and another client learns nothing of it', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 60 }, limits: { refreshTokensPerAddress: 3 } })
    const token = refreshOf(await server.signIn())
    server.clock.advance(60)
    const foreign = await server.refresh(token, { client_id: 'tv2' })
    expect(foreign).toEqual(await server.refresh(token))
    for (let time = 0; time < 2; time++) expectError(await server.refresh(token), 'invalid_grant')
    expectError(await server.refresh(token), 'invalid_grant', 429)
  })

  it.each([0, -1, 1.5, '60', Number.POSITIVE_INFINITY])('a maxLifetime of %j is refused', (maxLifetime) => {
    const refreshToken = { expiresIn: 60, maxLifetime: maxLifetime as number }
    expect(() => createTestServer({ refreshToken })).toThrow(/refreshToken/)
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

describe('the lifetime of a refresh token in token responses', () => {
  it('without an end of the family: the time in which it has to be used', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 600 } })
    const first = await server.signIn()
    server.clock.advance(100)
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    for (const token of [first, second]) {
      expect(token).toMatchObject({ refresh_token_expires_in: 600, refresh_token_timeout: 600 })
      expect(token).not.toHaveProperty('authorization_expires_in')
    }
    expect(server.deviceAuth.metadata.refresh_token_expiration_types_supported).toEqual(['token_timeout'])
  })

  it('with one: it never exceeds what is left of the family, and is true to the second', async () => {
    const server = createTestServer({ refreshToken: { expiresIn: 600, maxLifetime: 1000 } })
    const first = await server.signIn()
    expect(first).toMatchObject({ refresh_token_expires_in: 600, authorization_expires_in: 1000 })
    server.clock.advance(500)
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    expect(second).toMatchObject({ refresh_token_timeout: 500, authorization_expires_in: 500 })
    expect(second.refresh_token_expires_in).toBe(500)
    server.clock.advance(499)
    const third = expectToken(await server.refresh(second.refresh_token ?? ''))
    expect(third).toMatchObject({ refresh_token_expires_in: 1, authorization_expires_in: 1 })
    server.clock.advance(1)
    expect(server.json(await server.refresh(third.refresh_token ?? '')).error).toBe('invalid_grant')
    const types = server.deviceAuth.metadata.refresh_token_expiration_types_supported
    expect(types).toEqual(['token_timeout', 'authorization'])
  })

  it('is not told without a refresh token', async () => {
    const server = createTestServer({ refreshToken: false })
    const token = await server.signIn()
    for (const name of ['refresh_token_expires_in', 'refresh_token_timeout', 'authorization_expires_in'])
      expect(token).not.toHaveProperty(name)
    expect(server.deviceAuth.metadata).not.toHaveProperty('refresh_token_expiration_types_supported')
  })
})
