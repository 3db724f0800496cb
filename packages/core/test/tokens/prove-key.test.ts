import { describe, expect, it } from 'vitest'
import type { KeyBinding } from '../../src/contract/key-binding.ts'
import { DeviceAuthHooks } from '../../src/hooks/default.ts'
import type { OAuthResponse } from '../../src/http.ts'
import type { TokenResponse } from '../../src/protocol.ts'
import { opaqueTokens } from '../../src/tokens/access-token.ts'
import { createTestServer, type TestServer } from '../server.ts'

const key = 'k'.repeat(43)
const other = 'o'.repeat(43)

/** A binding whose proof is the thumbprint itself: what it proves is tested with the real ones. */
const keyBinding: KeyBinding = {
  method: 'jkt',
  error: 'invalid_dpop_proof',
  metadata: { dpop_signing_alg_values_supported: ['ES256'] },
  read: ({ headers: { dpop } }) =>
    typeof dpop === 'string' ? { thumbprint: dpop, headers: { 'dpop-nonce': 'n' } } : undefined,
}

const parsed = ({ body }: OAuthResponse): Record<string, string> => JSON.parse(body)
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'

async function boundCode(server: TestServer): Promise<string> {
  const answer = await server.post('/device_authorization', { client_id: 'tv' }, { headers: { dpop: key } })
  const { device_code = '', user_code = '' } = parsed(answer)
  await server.deviceAuth.approve(user_code, { subject: 'ada', scope: 'profile' })
  return device_code
}

const poll = (server: TestServer, device_code: string, dpop?: string): Promise<OAuthResponse> =>
  server.post('/token', { client_id: 'tv', grant_type, device_code }, dpop === undefined ? {} : { headers: { dpop } })

const create = (more: Parameters<typeof createTestServer>[0] = {}): TestServer =>
  createTestServer({ keyBinding, ...more })

describe('the door for keys', () => {
  it('9449-4.3-5 the store is not asked about a bound code without its key', async () => {
    const server = create({ events: { storeCalled: ({ step }) => void steps.push(step) } })
    const steps: string[] = []
    const code = await boundCode(server)
    steps.length = 0
    expect(parsed(await poll(server, code)).error).toBe('invalid_dpop_proof')
    expect(parsed(await poll(server, code, other)).error).toBe('invalid_grant')
    expect(steps).toEqual([])
    expect(parsed(await poll(server, code, key)).token_type).toBe('DPoP')
  })

  it('the answer has the headers of the proof', async () => {
    const server = create()
    expect((await poll(server, await boundCode(server), key)).headers).toMatchObject({ 'dpop-nonce': 'n' })
  })

  it('a token of an own hook that has lost the key is not given out', async () => {
    class Hooks extends DeviceAuthHooks {
      override async generateToken(...given: Parameters<DeviceAuthHooks['generateToken']>): Promise<TokenResponse> {
        return { ...(await super.generateToken(...given)), access_token: 'a'.repeat(43) }
      }
      override onError(error: unknown): void {
        errors.push(String(error))
      }
    }
    const errors: string[] = []
    const server = create({ hooks: new Hooks() })
    expect(parsed(await poll(server, await boundCode(server), key)).error).toBe('authorization_pending')
    expect(errors.join()).toMatch(/generateToken must return an access_token that is bound to the key/)
  })

  it('a custom grant is told the key that its request proved', async () => {
    const seen: unknown[] = []
    const respond = ({ confirmation }: { confirmation?: unknown }): never => {
      seen.push(confirmation)
      throw new Error('enough')
    }
    const clients = [{ client_id: 'tv', token_endpoint_auth_method: 'none', grant_types: ['urn:example'] }]
    const hooks = { onError: () => undefined }
    const server = create({ clients, hooks, grants: { 'urn:example': { parameters: [], respond } } })
    await server.post('/token', { client_id: 'tv', grant_type: 'urn:example' }, { headers: { dpop: key } })
    expect(seen).toEqual([{ jkt: key }])
  })

  it('access tokens that cannot say their key are refused at construction', () => {
    const { confirmation, ...accessToken } = opaqueTokens()
    expect(confirmation).toBeTypeOf('function')
    expect(() => create({ accessToken })).toThrow(/`accessToken`|accessToken/)
    expect(() => createTestServer({ accessToken })).not.toThrow()
  })

  it.each([
    [{ dpop_bound_access_tokens: true }, []],
    [{ tls_client_certificate_bound_access_tokens: true }, keyBinding],
    [{ dpop_bound_access_tokens: 'yes' }, keyBinding],
    [{ dpop_bound_access_tokens: true, tls_client_certificate_bound_access_tokens: true }, keyBinding],
  ])('a client with %j that no proof could satisfy is refused at construction', (member, binding) => {
    const client = { client_id: 'tv', token_endpoint_auth_method: 'none', ...member } as never
    expect(() => createTestServer({ clients: [client], keyBinding: binding })).toThrow(/clients\[0\]/)
  })
})
