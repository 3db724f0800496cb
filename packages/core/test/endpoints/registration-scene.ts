import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import type { ClientRegistration } from '../../src/contract/registration.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '../../src/protocol.ts'
import { memoryRegisteredClients } from '../../src/stores/memory/registered-clients.ts'
import { createTestServer, formRequest } from '../server.ts'

export const initialToken = 'initial-access-token-of-the-fleet-0001'

/** The metadata of a device with a secret. */
export const device = {
  client_name: 'Hall TV',
  scope: 'profile',
  grant_types: [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE],
}

/** A server at which clients register, and functions that send such requests. */
export function registrationScene(changes: Partial<ClientRegistration> = {}) {
  const store = memoryRegisteredClients()
  const tokens = changes.authorize === undefined ? { initialAccessTokens: [initialToken] } : {}
  const given: ClientRegistration = { store, scope: 'profile', ...tokens, ...changes }
  const server = createTestServer({ registration: given })
  const clientIds: string[] = []
  server.deviceAuth.on('clientRegistered', ({ clientId }) => clientIds.push(clientId))
  const send = async (
    method: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
    query = '',
  ): Promise<OAuthResponse> => {
    const endpoint = server.deviceAuth.route(method, '/register')
    if (endpoint === undefined) throw new Error('no route')
    const request = formRequest('/register', body === undefined ? {} : { body }, { headers, query })
    return endpoint({ ...request, method })
  }
  const answered = async (response: Promise<OAuthResponse>) => {
    const { status, headers, body } = await response
    return { status, headers, body: body === '' ? {} : server.json({ status, headers, body }) }
  }
  const handle = toFetchHandler(server.deviceAuth)
  return {
    server,
    store,
    send,
    register: (metadata: object) =>
      answered(send('POST', JSON.stringify(metadata), { authorization: `Bearer ${initialToken}` })),
    /** A request of a registered client about its own registration. */
    manage: (method: string, registered: Readonly<Record<string, unknown>>, metadata?: object) =>
      answered(
        send(
          method,
          metadata && JSON.stringify(metadata),
          { authorization: `Bearer ${registered.registration_access_token}` },
          `client_id=${registered.client_id}`,
        ),
      ),
    /** A request as it comes over HTTP, with any body. */
    fetch: (method: string, body: string) =>
      handle(
        new Request('https://example.com/register', {
          method,
          body,
          headers: { authorization: `Bearer ${initialToken}`, 'content-type': 'application/json' },
        }),
      ),
    record: async (clientId: unknown) => {
      const found = await store.find(String(clientId))
      if (found === undefined) throw new Error('no record')
      return found
    },
    /** The number of clients that are registered. */
    count: async () => (await Promise.all(clientIds.map((id) => store.find(id)))).filter(Boolean).length,
  }
}
