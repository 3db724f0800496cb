import { describe, expect, it } from 'vitest'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import type { Signal, Signals } from '../../src/contract/signals.ts'
import { createTestServer } from '../server.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const revoked = `${caep}session-revoked`
const changed = `${caep}credential-change`
const opaque = { format: 'opaque', id: 'alice' }
const iss = 'https://idp.example.com'

/** A server whose verification of tokens is a stand-in: a token is its claims as JSON, and `forged` is none. */
async function scene(signals: Partial<Signals> = {}) {
  const ended: [string, Signal['kind'], string | undefined][] = []
  const server = createTestServer({
    paths: { securityEvents: '/events' },
    signals: {
      verify: (token) => (token === 'forged' ? undefined : JSON.parse(token)),
      endSessions: (subject, { kind, issuer }) => void ended.push([subject, kind, issuer]),
      ...signals,
    },
  })
  const { access_token } = await server.signIn()
  const handle = toFetchHandler(server.deviceAuth)
  const post = (body: string, type = 'application/secevent+jwt'): Promise<Response> =>
    handle(new Request('https://example.com/events', { method: 'POST', headers: { 'content-type': type }, body }))
  const send = (claims: object): Promise<Response> => post(JSON.stringify({ iss, ...claims }))
  const isAlive = async (): Promise<boolean> => server.json(await server.introspect(access_token)).active === true
  return { post, send, isAlive, ended }
}

describe('the endpoint of security events', () => {
  it.each([
    ['session-revoked', { [revoked]: {} }, 'sessionRevoked'],
    [
      'credential-change, a password',
      { [changed]: { credential_type: 'password', change_type: 'update' } },
      'credentialChange',
    ],
    [
      'credential-change, a lost key',
      { [changed]: { credential_type: 'fido2-roaming', change_type: 'revoke' } },
      'credentialChange',
    ],
    [
      'credential-change, deleted',
      { [changed]: { credential_type: 'pin', change_type: 'delete' } },
      'credentialChange',
    ],
  ])('8935-2.2 %s ends the sign-ins of the user, and is answered 202', async (_name, events, kind) => {
    const { send, isAlive, ended } = await scene()
    const response = await send({ sub_id: opaque, events })
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 202, body: '' })
    expect(await isAlive()).toBe(false)
    expect(ended).toEqual([['alice', kind, iss]])
  })

  it.each<[string, unknown]>([
    ['a list', [revoked]],
    ['a list of events', [{ [revoked]: {} }]],
    ['an event without its object', { [revoked]: null }],
    ['an event that is a text', { [revoked]: 'now' }],
    ['an event that is a list', { [revoked]: [] }],
    ['one good event beside a wrong one', { [revoked]: {}, [changed]: 5 }],
  ])('8417-2.2 8935-2.4 events that are %s are refused, so that no signal is lost unnoticed', async (_name, events) => {
    const { send, isAlive, ended } = await scene()
    const response = await send({ sub_id: opaque, events })
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ err: 'invalid_request' })])
    expect([ended, await isAlive()]).toEqual([[], true])
  })

  it('8935-2.2 the subject of a draft of Shared Signals is in the event', async () => {
    const { send, isAlive } = await scene()
    expect((await send({ events: { [revoked]: { subject: opaque } } })).status).toBe(202)
    expect(await isAlive()).toBe(false)
  })

  it.each([
    ['a second credential', { [changed]: { credential_type: 'fido2-platform', change_type: 'create' } }],
    ['the verification of the stream', { 'https://schemas.openid.net/secevent/ssf/event-type/verification': {} }],
    ['an event of another kind', { [`${caep}device-compliance-change`]: {} }],
    ['no event', {}],
  ])('8935-2.2 %s is accepted, and ends nothing', async (_name, events) => {
    const { send, isAlive, ended } = await scene()
    expect((await send({ sub_id: opaque, events })).status).toBe(202)
    expect(await isAlive()).toBe(true)
    expect(ended).toEqual([])
  })

  it('8935-2.2 a subject that no database keeps is accepted, and nobody is asked about it', async () => {
    const { send, isAlive, ended } = await scene()
    const claims = { events: { [revoked]: {} }, sub_id: { format: 'opaque', id: 'alice\0' } }
    expect((await send(claims)).status).toBe(202)
    const nobody = await scene({ findSubject: () => JSON.parse('null') })
    expect((await nobody.send({ ...claims, sub_id: opaque })).status).toBe(202)
    expect([await isAlive(), ended, nobody.ended]).toEqual([true, [], []])
  })

  it('8935-2.2 a user whom findSubject does not know is accepted: it gets the issuer, to tell tenants apart', async () => {
    const issuers: (string | undefined)[] = []
    const findSubject: Signals['findSubject'] = (_identifier, { issuer }) => void issuers.push(issuer)
    const { send, isAlive, ended } = await scene({ findSubject })
    expect((await send({ sub_id: opaque, events: { [revoked]: {} } })).status).toBe(202)
    expect(await isAlive()).toBe(true)
    expect({ ended, issuers }).toEqual({ ended: [], issuers: [iss] })
  })

  it.each([
    ['a token that is not valid', 'forged', 'authentication_failed'],
    ['claims without iss', JSON.stringify({ iss: 5, sub_id: opaque, events: { [revoked]: {} } }), 'invalid_request'],
    ['claims without events', JSON.stringify({ iss, sub_id: opaque }), 'invalid_request'],
    [
      'a user in a format that is not known',
      JSON.stringify({ iss, sub_id: { format: 'email' }, events: { [revoked]: {} } }),
      'invalid_request',
    ],
    ['no user', JSON.stringify({ iss, events: { [revoked]: null } }), 'invalid_request'],
  ])('8935-2.4 %s is answered 400 with the error', async (_name, token, err) => {
    const { post, isAlive, ended } = await scene()
    const response = await post(token)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-language')).toBe('en')
    expect(await response.json()).toEqual({ err, description: expect.any(String) })
    expect(await isAlive()).toBe(true)
    expect(ended).toEqual([])
  })

  it('8935-2.1 a body of another type is refused unread', async () => {
    const { post, isAlive } = await scene()
    const response = await post(JSON.stringify({ iss, sub_id: opaque, events: { [revoked]: {} } }), 'application/json')
    expect(response.status).toBe(400)
    expect(await isAlive()).toBe(true)
  })

  it('8935-2.4 a failure of ours is a 5xx, so that the transmitter sends the token again', async () => {
    const { send, isAlive } = await scene({ endSessions: () => Promise.reject(new Error('no database')) })
    expect((await send({ sub_id: opaque, events: { [revoked]: {} } })).status).toBe(500)
    expect(await isAlive()).toBe(true)
  })
})
