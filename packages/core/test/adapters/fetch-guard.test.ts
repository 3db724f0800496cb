import { describe, expect, it, vi } from 'vitest'
import { requireToken } from '../../src/adapters/fetch-guard.ts'
import type { PresentedToken, TokenClaims } from '../../src/contract/device-auth.ts'
import { createTestServer, issuer } from '../server.ts'

const url = 'https://api.example.com/videos?id=1'

function ask(token?: string, method = 'GET'): Request {
  return new Request(url, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
}

/** The status and the challenge of a refusal. */
function refusalOf(check: object): readonly [status: number, challenge: string | null] {
  if (!('response' in check && check.response instanceof Response)) throw new Error('the request was let through')
  return [check.response.status, check.response.headers.get('www-authenticate')]
}

describe('requireToken for a Request', () => {
  it('gives the claims of a token of the device grant', async () => {
    const server = createTestServer()
    const { access_token: token } = await server.signIn({ client_id: 'tv', scope: 'profile' })
    const check = await requireToken(server.deviceAuth, { scope: 'profile' })(ask(token))
    expect(check).toMatchObject({ claims: { subject: 'alice', scope: 'profile' } })
    const [status, challenge] = refusalOf(await requireToken(server.deviceAuth, { scope: 'admin' })(ask(token)))
    expect(status).toBe(403)
    expect(challenge).toContain('error="insufficient_scope"')
  })

  it('6750-3-1 answers a request without a token with a challenge, without an error code', async () => {
    const { deviceAuth } = createTestServer()
    const check = requireToken(deviceAuth)
    expect(refusalOf(await check(ask()))).toEqual([401, `Bearer realm="${issuer}"`])
    const [status, challenge] = refusalOf(await check(ask('unknown')))
    expect(status).toBe(401)
    expect(challenge).toContain('error="invalid_token"')
  })

  it('gives a refusal of HEAD no body, and one of GET its error', async () => {
    const check = requireToken(createTestServer().deviceAuth)
    const bodies: string[] = []
    for (const method of ['HEAD', 'GET']) {
      const refused = await check(ask('unknown', method))
      if ('response' in refused) bodies.push(await refused.response.text())
    }
    expect(bodies).toEqual(['', expect.stringContaining('"invalid_token"')])
  })

  it('tells the cause when a token cannot be checked, and answers 503', async () => {
    const cause = new Error('the database is away')
    const check = await requireToken({ issuer, authenticate: () => Promise.reject(cause) })(ask('any'))
    expect(refusalOf(check)[0]).toBe(503)
    expect(check).toMatchObject({ cause })
  })

  it('gives those who check the proof of a key the method, the address, the headers and the request', async () => {
    const authenticate = vi.fn((_token: string, _presented?: PresentedToken): TokenClaims | undefined => undefined)
    const check = requireToken({ issuer, authenticate }, { baseUrl: 'https://public.example.com' })
    const request = ask('any', 'PUT')
    await check(request)
    const event = { request }
    await check(request, event)
    const presented = { scheme: 'Bearer', method: 'PUT', url: 'https://public.example.com/videos' }
    const headers = { authorization: 'Bearer any' }
    expect(authenticate.mock.calls.map(([, given]) => given)).toEqual([
      { ...presented, headers, native: request },
      { ...presented, headers, native: event },
    ])
  })

  it('is not made with a misspelt option, which would let every token through', () => {
    const given = [createTestServer().deviceAuth, { scopes: ['admin'] }]
    expect(() => Reflect.apply(requireToken, undefined, given)).toThrow(
      'option `scopes` is unknown; did you mean `scope`',
    )
  })
})
