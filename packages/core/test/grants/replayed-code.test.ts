import { describe, expect, it } from 'vitest'
import { seal } from '../../src/crypto/seal.ts'
import type { TokenResponse } from '../../src/protocol.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { basic, confSecret, createTestServer, expectError, expectToken, type TestServer } from '../server.ts'

async function approved(server: TestServer): Promise<string> {
  const { device_code: code, user_code: userCode } = await server.start()
  await server.approve(userCode)
  return code
}

async function isAlive(server: TestServer, { access_token: accessToken }: TokenResponse): Promise<boolean> {
  return (await server.deviceAuth.authenticate(accessToken)) !== undefined
}

/** The outcomes of the `replayed` events, in order. */
function outcomes(server: TestServer): string[] {
  const seen: string[] = []
  server.deviceAuth.on('replayed', ({ outcome }) => seen.push(outcome))
  return seen
}

describe('within the grace', () => {
  it('6749-10.5-1 9700-4.2.4-2 F-17 a lost answer is given again, until the token is used or 30 s have passed', async () => {
    const server = createTestServer()
    const code = await approved(server)
    const first = await server.poll(code)
    server.clock.advance(29)
    expect(await server.poll(code)).toEqual(first)
    const token = expectToken(first)
    expect(await isAlive(server, token)).toBe(true)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await isAlive(server, token), 'no revocation within the grace').toBe(true)
    server.clock.advance(2)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await isAlive(server, token), 'a late replay ends the grant').toBe(false)
  })

  it.each([30, 5, 300])('F-17 a grace of %d s ends to the millisecond', async (redemptionGrace) => {
    const server = createTestServer({ redemptionGrace })
    const seen = outcomes(server)
    const [code, other] = [await approved(server), await approved(server)]
    const [first, otherFirst] = [await server.poll(code), await server.poll(other)]
    server.clock.advance(redemptionGrace - 0.001)
    expect(await server.poll(code)).toEqual(first)
    server.clock.advance(0.001)
    expectError(await server.poll(code), 'invalid_grant')
    expect(seen).toEqual(['answered', 'suspected'])
    expect(await isAlive(server, expectToken(first)), 'never used, so nothing ended').toBe(true)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await isAlive(server, expectToken(first)), 'used by now').toBe(false)
    expect(seen).toEqual(['answered', 'suspected', 'revoked'])
    expect(await isAlive(server, expectToken(otherFirst)), 'of this grant alone').toBe(true)
  })

  it('F-17 the answer is told a hundred times in the same bytes, and makes no tokens', async () => {
    const server = createTestServer()
    const code = await approved(server)
    const first = await server.poll(code)
    for (let poll = 0; poll < 100; poll++) expect(await server.poll(code)).toEqual(first)
    expect(await server.deviceAuth.devices.list('alice')).toHaveLength(1)
  })

  it('F-17 what hooks added to the response is in it again', async () => {
    const server = createTestServer({
      hooks: {
        createTokenResponse: (token, { userGrant }) => ({ ...token, account: userGrant.subject, n: [1, null] }),
      },
    })
    const code = await approved(server)
    const first = await server.poll(code)
    expect(JSON.parse(first.body)).toMatchObject({ account: 'alice', n: [1, null] })
    expect((await server.poll(code)).body).toBe(first.body)
  })

  it.each(['a guard', 'introspection'] as const)(
    'F-17 %s that has seen the token ends it, without revocation',
    async (by) => {
      const server = createTestServer()
      const seen = outcomes(server)
      const code = await approved(server)
      const token = expectToken(await server.poll(code))
      if (by === 'a guard') await server.deviceAuth.authenticate(token.access_token)
      else await server.introspect(token.access_token)
      for (let poll = 0; poll < 3; poll++) expectError(await server.poll(code), 'invalid_grant')
      expect(seen).toEqual(['refused', 'refused', 'refused'])
      expect(await isAlive(server, token)).toBe(true)
      expectToken(await server.refresh(token.refresh_token ?? ''))
    },
  )

  it('8628-3.4-5 no other client gets the answer, nor does the client without its secret', async () => {
    const server = createTestServer()
    const headers = basic('conf', confSecret)
    const { device_code: code, user_code: userCode } = await server.start({ scope: 'profile' }, { headers })
    await server.approve(userCode)
    const first = await server.poll(code, {}, { headers })
    expectError(await server.poll(code), 'invalid_grant')
    expectError(await server.poll(code, { client_id: 'conf' }), 'invalid_client', 401)
    expectError(await server.poll(code, {}, { headers: basic('conf', 'wrong') }), 'invalid_client', 401)
    expect(await server.poll(code, {}, { headers })).toEqual(first)
  })

  it('F-13 a client that lost the grant meanwhile is told so, and its tokens stay', async () => {
    const tv = { client_id: 'tv', token_endpoint_auth_method: 'none', scope: 'profile' }
    let grantTypes = ['urn:ietf:params:oauth:grant-type:device_code']
    const server = createTestServer({ clients: () => ({ ...tv, grant_types: grantTypes }) })
    const code = await approved(server)
    const first = await server.poll(code)
    grantTypes = []
    expectError(await server.poll(code), 'unauthorized_client')
    expect(await isAlive(server, expectToken(first))).toBe(true)
  })
})

describe('after a refresh', () => {
  it('6749-10.5-1 the code is used: within the grace its answer is not given again', async () => {
    const server = createTestServer()
    const seen = outcomes(server)
    const code = await approved(server)
    const first = expectToken(await server.poll(code))
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    expectError(await server.poll(code), 'invalid_grant')
    expect(seen).toEqual(['refused'])
    expect(await isAlive(server, second)).toBe(true)
  })
})

describe('after the grace', () => {
  it('6749-10.5-1 all tokens of the grant end, those of a refresh too, and the refreshing with them', async () => {
    const server = createTestServer()
    const code = await approved(server)
    const first = expectToken(await server.poll(code))
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    server.clock.advance(30)
    expectError(await server.poll(code), 'invalid_grant')
    for (const token of [first, second]) {
      expect(await isAlive(server, token)).toBe(false)
      expectError(await server.refresh(token.refresh_token ?? ''), 'invalid_grant')
    }
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    expectError(await server.poll(code), 'invalid_grant')
  })

  it('8628-3.4-5 6749-10.5-1 another client ends nothing by a late replay', async () => {
    const server = createTestServer()
    const code = await approved(server)
    const token = expectToken(await server.poll(code))
    server.clock.advance(3000)
    expectError(await server.poll(code, { client_id: 'tv2' }), 'invalid_grant')
    expectError(await server.poll(code, { client_id: 'conf' }), 'invalid_client', 401)
    expect(await isAlive(server, token)).toBe(true)
  })

  it('6749-10.5-1 with a grace of 0 nothing is given again; parallel polls are no theft, later ones are', async () => {
    const server = createTestServer({ redemptionGrace: 0 })
    const seen = outcomes(server)
    const code = await approved(server)
    const token = expectToken(await server.poll(code))
    expectError(await server.poll(code), 'invalid_grant')
    server.clock.advance(1.999)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await isAlive(server, token)).toBe(true)
    server.clock.advance(0.001)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await isAlive(server, token)).toBe(false)
    expect(seen).toEqual(['refused', 'refused', 'revoked'])
  })

  it('6749-10.5-1 a grace that is shorter than two polls in flight does not make a theft of them', async () => {
    const server = createTestServer({ redemptionGrace: 1 })
    const code = await approved(server)
    const token = expectToken(await server.poll(code))
    server.clock.advance(1.5)
    expectError(await server.poll(code), 'invalid_grant')
    expect(await isAlive(server, token)).toBe(true)
  })

  it('6749-10.5-1 a grant that the user has ended stays invalid_grant, within the grace and after it', async () => {
    const server = createTestServer()
    const seen = outcomes(server)
    const code = await approved(server)
    expectToken(await server.poll(code))
    expect(await server.deviceAuth.devices.revokeAll('alice')).toBe(1)
    expectError(await server.poll(code), 'invalid_grant')
    server.clock.advance(60)
    expectError(await server.poll(code), 'invalid_grant')
    expect(seen).toEqual([])
  })
})

describe('at rest', () => {
  /** Redeems a code and returns what the store was given to keep of the answer. */
  async function redeemed(redemptionGrace: number): Promise<{ code: string; token: TokenResponse; kept: unknown[] }> {
    const store = new MemoryStore()
    const kept: unknown[] = []
    const redeem = store.redeem.bind(store)
    store.redeem = (...values) => {
      kept.push(...values)
      return redeem(...values)
    }
    const server = createTestServer({ store, redemptionGrace })
    const code = await approved(server)
    return { code, token: expectToken(await server.poll(code)), kept }
  }

  it('6749-10.3-1 the answer is sealed: neither code nor token is in what the store is given', async () => {
    const { code, token, kept } = await redeemed(30)
    const text = JSON.stringify(kept)
    for (const secret of [code, token.access_token, token.refresh_token ?? '']) {
      for (const part of secret.split('.').slice(-2)) if (part !== kept[0]) expect(text).not.toContain(part)
    }
    expect(text.length).toBeGreaterThan(500)
  })

  it('6749-10.3-1 with a grace of 0 no answer is kept at all', async () => {
    const { kept } = await redeemed(0)
    expect(kept[2]).toBe('')
  })

  it.each([
    ['another key', (): string => seal(Buffer.alloc(32), '{"access_token":"forged","token_type":"Bearer"}')],
    ['no seal', (): string => '{"access_token":"forged","token_type":"Bearer"}'],
    ['nothing', (): string => ''],
  ])('6749-10.3-1 an answer under %s is not told', async (_name, forge) => {
    const store = new MemoryStore()
    const poll = store.pollDeviceCredential.bind(store)
    store.pollDeviceCredential = (...values) => {
      const result = poll(...values)
      if (result.status !== 'redeemed') return result
      return { ...result, redemption: { ...result.redemption, sealedResponse: forge() } }
    }
    const server = createTestServer({ store })
    const code = await approved(server)
    expectToken(await server.poll(code))
    expectError(await server.poll(code), 'invalid_grant')
  })
})
