import { describe, expect, it } from 'vitest'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import type { Signals } from '../../src/contract/signals.ts'
import { createTestServer, expectError, issuer } from '../server.ts'

const path = '/global-token-revocation'
const opaque = { format: 'opaque', id: 'alice' }

/** A server with two signed-in users, and a function that sends a request of global token revocation to it. */
async function scene(signals: Partial<Signals> = {}) {
  const ended: string[] = []
  const server = createTestServer({
    paths: { globalTokenRevocation: path },
    signals: {
      authenticate: ({ headers }) => headers.authorization === 'Bearer of-the-idp',
      endSessions: (subject) => void ended.push(subject),
      ...signals,
    },
  })
  const revokedBy: string[] = []
  server.deviceAuth.on('revoked', ({ by }) => revokedBy.push(by))
  const alice = await server.signIn()
  const bob = await server.signIn(undefined, 'bob')
  const handle = toFetchHandler(server.deviceAuth)
  const send = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    handle(
      new Request(`https://example.com${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer of-the-idp', ...headers },
        body,
      }),
    )
  const isActive = async (token: string): Promise<boolean> =>
    server.json(await server.introspect(token)).active === true
  const alive = async (): Promise<boolean[]> => [await isActive(alice.access_token), await isActive(bob.access_token)]
  return { server, send, alive, ended, revokedBy, alice }
}

describe('the endpoint of global token revocation', () => {
  it('GTR-3.2 ends all sign-ins and sessions of the user, of nobody else, and answers 204', async () => {
    const { server, send, alive, ended, revokedBy, alice } = await scene()
    const waiting = await server.start()
    await server.approve(waiting.user_code)
    const response = await send(JSON.stringify({ sub_id: opaque }))
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 204, body: '' })
    expect(await alive()).toEqual([false, true])
    expectError(await server.refresh(alice.refresh_token ?? ''), 'invalid_grant')
    // an approved request whose device has not polled yet
    expectError(await server.poll(waiting.device_code), 'expired_token')
    expect({ ended, revokedBy }).toEqual({ ended: ['alice'], revokedBy: ['signal', 'signal'] })
    // it may be repeated
    expect((await send(JSON.stringify({ sub_id: opaque }))).status).toBe(204)
  })

  it('GTR-3.3 sessions end before sign-ins; if they cannot be ended, the request fails and nothing is said to be done', async () => {
    const { send, alive } = await scene({ endSessions: () => Promise.reject(new Error('no database')) })
    expect((await send(JSON.stringify({ sub_id: opaque }))).status).toBe(500)
    expect(await alive()).toEqual([true, true])
  })

  it.each([
    ['opaque', opaque, 204],
    ['iss_sub of this server', { format: 'iss_sub', iss: issuer, sub: 'alice' }, 204],
    ['iss_sub of another server', { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' }, 400],
    ['a format that nobody has taught it', { format: 'email', email: 'alice@example.com' }, 400],
    ['an empty id', { format: 'opaque', id: '' }, 400],
    ['an id that is no text', { format: 'opaque', id: ['alice'] }, 400],
    ['an id with U+0000, which PostgreSQL refuses', { format: 'opaque', id: 'alice\0' }, 404],
    ['an id with half of a surrogate pair', { format: 'opaque', id: 'alice\ud800' }, 404],
    ['no format', { id: 'alice' }, 400],
    ['null', null, 400],
    ['a text', 'alice', 400],
  ])('GTR-3.4 a subject identifier: %s', async (_name, sub_id, status) => {
    const { send, alive } = await scene()
    expect((await send(JSON.stringify({ sub_id }))).status).toBe(status)
    expect(await alive()).toEqual([status !== 204, true])
  })

  it('GTR-3.4 findSubject knows further formats; a user whom it does not find is answered 404', async () => {
    const { send, alive } = await scene({
      findSubject: ({ format, email }) => (format === 'email' && email === 'a@example.com' ? 'alice' : undefined),
    })
    expect((await send(JSON.stringify({ sub_id: { format: 'email', email: 'x@example.com' } }))).status).toBe(404)
    expect(await alive()).toEqual([true, true])
    expect((await send(JSON.stringify({ sub_id: { format: 'email', email: 'a@example.com' } }))).status).toBe(204)
    expect(await alive()).toEqual([false, true])
  })

  it.each([
    ['no JSON', 'sub_id=alice', {}, 400],
    ['null', 'null', {}, 400],
    ['an empty body', '', {}, 400],
    // a gateway in front may look at the other one
    ['two users', `{"sub_id":{"format":"opaque","id":"bob"},"sub\\u005fid":${JSON.stringify(opaque)}}`, {}, 400],
    ['two ids', '{"sub_id":{"format":"opaque","id":"bob","id":"alice"}}', {}, 400],
    ['a form', JSON.stringify({ sub_id: opaque }), { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['too large', JSON.stringify({ sub_id: opaque, x: 'y'.repeat(20_000) }), {}, 413],
    ['not authenticated', JSON.stringify({ sub_id: opaque }), { authorization: 'Bearer guess' }, 401],
  ])('GTR-3.4 refuses a request: %s', async (_name, body, headers, status) => {
    const { send, alive } = await scene()
    const response = await send(body, headers)
    expect(response.status).toBe(status)
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    expect(await alive()).toEqual([true, true])
  })

  it('GTR-3.2 anything but true does not authenticate', async () => {
    const { send, alive } = await scene({ authenticate: () => Object('yes') })
    expect((await send(JSON.stringify({ sub_id: opaque }))).status).toBe(401)
    expect(await alive()).toEqual([true, true])
  })

  it('GTR-5 the metadata names it, only if it is there; it takes POST alone', async () => {
    const { server } = await scene()
    expect(server.deviceAuth.metadata).toMatchObject({ global_token_revocation_endpoint: `${issuer}${path}` })
    expect((await server.get(path)).status).toBe(405)
    const without = createTestServer()
    expect(without.deviceAuth.metadata).not.toHaveProperty('global_token_revocation_endpoint')
    expect(without.deviceAuth.route('POST', path)).toBeUndefined()
  })
})
