import { describe, expect, it, vi } from 'vitest'
import type { OAuthRequest, OAuthResponse } from '../../src/http.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../../src/protocol.ts'
import { createTestServer, expectError, expectToken, formRequest, type TestServer } from '../server.ts'

type Waiting = Pick<OAuthRequest, 'aborted' | 'arrivedAt'>

/** Requests whose client does not wait any more. */
const givenUp: Readonly<Record<string, () => Waiting>> = {
  'has closed the connection': () => ({ aborted: () => true }),
  'closes the connection before Node has read that': () => {
    let closed = false
    setTimeout(() => {
      closed = true
    }, 0)
    return { aborted: () => closed }
  },
  'has waited for 45 s': () => ({ arrivedAt: performance.now() - 45_000 }),
}
const rows = Object.keys(givenUp)

function send(
  server: TestServer,
  parameters: Readonly<Record<string, string>>,
  waiting: Waiting,
): Promise<OAuthResponse> {
  const endpoint = server.deviceAuth.route('POST', '/token')
  if (endpoint === undefined) throw new Error('no route')
  return endpoint({ ...formRequest('/token', { client_id: 'tv', ...parameters }), ...waiting })
}

function pollOf(server: TestServer, deviceCode: string, waiting: Waiting): Promise<OAuthResponse> {
  return send(server, { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: deviceCode }, waiting)
}

function refreshOf(server: TestServer, refreshToken: string, waiting: Waiting): Promise<OAuthResponse> {
  return send(server, { grant_type: 'refresh_token', refresh_token: refreshToken }, waiting)
}

/** The events about thefts that were emitted. */
function suspicions(server: TestServer): string[] {
  const seen: string[] = []
  server.deviceAuth.on('replayed', ({ outcome }) => seen.push(outcome))
  server.deviceAuth.on('reuseDetected', () => seen.push('reuse'))
  return seen
}

describe('a client that', () => {
  it.each(rows)('F-17 %s gets no tokens, and its next poll gets them', async (name) => {
    const server = createTestServer()
    const { device_code: code, user_code: userCode } = await server.start()
    await server.approve(userCode)
    const waiting = (givenUp[name] as () => Waiting)()
    expectError(await pollOf(server, code, waiting), 'authorization_pending')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    expectToken(await server.poll(code))
  })

  it.each(rows)('9700-4.14-2 %s refreshes nothing, and its next refresh works', async (name) => {
    const server = createTestServer()
    const { refresh_token: token = '' } = await server.signIn()
    const waiting = (givenUp[name] as () => Waiting)()
    expectError(await refreshOf(server, token, waiting), 'temporarily_unavailable', 503)
    expectToken(await server.refresh(token))
  })

  it.each(rows)('9700-4.14-2 %s ends nothing by a token that another request has replaced', async (name) => {
    const server = createTestServer()
    const seen = suspicions(server)
    const first = await server.signIn()
    const second = expectToken(await server.refresh(first.refresh_token ?? ''))
    await server.deviceAuth.authenticate(second.access_token)
    server.clock.advance(45)
    const late = (): Waiting => (givenUp[name] as () => Waiting)()
    expectError(await refreshOf(server, first.refresh_token ?? '', late()), 'temporarily_unavailable', 503)
    const third = expectToken(await server.refresh(second.refresh_token ?? ''))
    expectError(await refreshOf(server, first.refresh_token ?? '', late()), 'temporarily_unavailable', 503)
    expectToken(await server.refresh(third.refresh_token ?? ''))
    expect(seen).toEqual([])
  })

  it.each(rows)('6749-10.5-1 %s ends nothing by a code that another poll has redeemed', async (name) => {
    const server = createTestServer()
    const seen = suspicions(server)
    const { device_code: code, user_code: userCode } = await server.start()
    await server.approve(userCode)
    const token = expectToken(await server.poll(code))
    await server.deviceAuth.authenticate(token.access_token)
    server.clock.advance(45)
    expectError(await pollOf(server, code, (givenUp[name] as () => Waiting)()), 'authorization_pending')
    expect(await server.deviceAuth.authenticate(token.access_token)).toBeDefined()
    expect(seen).toEqual([])
    // a client that waits is answered, and the theft is found
    expectError(await pollOf(server, code, { aborted: () => false }), 'invalid_grant')
    expect(seen).toEqual(['revoked'])
  })

  it('F-17 goes away while a hook works: the code stays approved, and the refresh token current', async () => {
    let closed = false
    const server = createTestServer({
      hooks: {
        generateToken: ({ grantId, scope }) => {
          closed = true
          const access_token = `${grantId}.${'t'.repeat(43)}`
          return { access_token, token_type: 'Bearer', expires_in: 60, scope }
        },
      },
    })
    const { device_code: code, user_code: userCode } = await server.start()
    await server.approve(userCode)
    expectError(await pollOf(server, code, { aborted: () => closed }), 'authorization_pending')
    expect(await server.deviceAuth.devices.list('alice')).toEqual([])
    closed = false
    expectToken(await server.poll(code))
  })

  it('waits for 29 s, as slow hooks make it, gets its tokens', async () => {
    const server = createTestServer()
    const { device_code: code, user_code: userCode } = await server.start()
    await server.approve(userCode)
    // the process takes no time: a second more would be too late
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now())
    expectToken(await pollOf(server, code, { aborted: () => false, arrivedAt: performance.now() - 29_000 }))
    now.mockRestore()
  })
})
