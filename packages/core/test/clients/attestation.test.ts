import { describe, expect, it, vi } from 'vitest'
import type { ClientAuthentication } from '../../src/contract/clients.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createTestServer, expectError, expectToken, type TestServer } from '../server.ts'
import { alice, createPageServer } from '../verification/visitor.ts'

/** Takes the header `x-device` for the key of an attested device; requests without it come from nobody. */
const attested: ClientAuthentication = {
  byConnection: true,
  identify: () => undefined,
  verify(request, _client, server) {
    const key = request.headers['x-device']
    if (typeof key !== 'string') return false
    server.noteAttestation(request, { maker: 'Acme <Inc>', device: 'X-1', key })
    return true
  },
}

const radio = deviceClient({ client_id: 'radio', scope: 'profile', token_endpoint_auth_method: 'attested' })
const options = { clients: [radio], clientAuthentication: { attested } }
const make = (): TestServer => createTestServer(options)
const from = (key: string) => ({ headers: { 'x-device': key } })

describe('an attested device', () => {
  it('XD-6.1.7 is named on the confirm page by its maker, in place of "cannot prove who it is"', async () => {
    const server = createPageServer(options)
    const { user_code } = await server.start({ client_id: 'radio' }, from('one'))
    const visitor = server.visit(alice)
    const { body } = await visitor.get(await visitor.enter(user_code))
    expect(body).toMatch(/Its maker vouches for this device: <bdi>Acme &lt;Inc&gt; X-1<\/bdi>/)
    expect(body).not.toContain('cannot prove who it is')
  })

  it('XD-6.1.7 alone may poll, redeem, have a lost answer again, and refresh', async () => {
    const server = make()
    const id = { client_id: 'radio' }
    const codes = await server.start(id, from('one'))
    expectError(await server.poll(codes.device_code, id, from('two')), 'invalid_grant')
    await server.approve(codes.user_code)
    expectError(await server.poll(codes.device_code, id, from('two')), 'invalid_grant')
    expectError(await server.poll(codes.device_code, id), 'invalid_client', 401)
    const token = expectToken(await server.poll(codes.device_code, id, from('one')))
    expectError(await server.poll(codes.device_code, id, from('two')), 'invalid_grant')
    expect(expectToken(await server.poll(codes.device_code, id, from('one')))).toEqual(token)
    const refresh = { ...id, grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '' }
    expectError(await server.token(refresh, from('two')), 'invalid_grant')
    expectToken(await server.token(refresh, from('one')))
  })
  it('XD-6.1.7 gets its tokens by a poll that was held until the decision', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const server = make()
      const id = { client_id: 'radio' }
      const codes = await server.start(id, from('one'))
      const headers = { ...from('one').headers, prefer: 'wait=10' }
      const held = server.poll(codes.device_code, id, { headers })
      await vi.advanceTimersByTimeAsync(0)
      await server.approve(codes.user_code)
      await vi.advanceTimersByTimeAsync(0)
      const response = await held
      expect(response.headers['preference-applied']).toBe('wait=10')
      expectToken(response)
    } finally {
      vi.useRealTimers()
    }
  })
})
