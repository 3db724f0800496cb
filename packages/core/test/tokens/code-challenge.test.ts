import { describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/crypto/secrets.ts'
import type { OAuthResponse } from '../../src/http.ts'
import { createTestServer, type TestServer } from '../server.ts'

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = { code_challenge: hashSecret(verifier), code_challenge_method: 'S256' }
const parsed = ({ body }: OAuthResponse): Record<string, string> => JSON.parse(body)

async function codes(server: TestServer, more: Record<string, string>): Promise<Record<string, string>> {
  return parsed(await server.post('/device_authorization', { client_id: 'tv', ...more }))
}

async function poll(
  server: TestServer,
  device_code = '',
  more: Record<string, string> = {},
): Promise<Record<string, string>> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  return parsed(await server.post('/token', { client_id: 'tv', grant_type, device_code, ...more }))
}

async function approvedCode(server: TestServer, more: Record<string, string>): Promise<string> {
  const { device_code = '', user_code = '' } = await codes(server, more)
  await server.deviceAuth.approve(user_code, { subject: 'ada', scope: 'profile' })
  return device_code
}

describe('PKCE for the device grant', () => {
  it('the verifier of the challenge gets the tokens', async () => {
    const server = createTestServer()
    const code = await approvedCode(server, challenge)
    expect(await poll(server, code, { code_verifier: verifier })).toHaveProperty('access_token')
  })

  it('a wrong or missing verifier gets invalid_grant, is no poll, and the approved code stays', async () => {
    const server = createTestServer()
    const code = await approvedCode(server, challenge)
    for (const given of ['', 'x'.repeat(43), `${verifier}A`, 'short', challenge.code_challenge]) {
      expect(await poll(server, code, { code_verifier: given })).toMatchObject({ error: 'invalid_grant' })
    }
    expect(await poll(server, code, { code_verifier: verifier })).toHaveProperty('access_token')
  })

  it('polls with a wrong verifier do not pace the device', async () => {
    const server = createTestServer()
    const { device_code } = await codes(server, challenge)
    for (let i = 0; i < 3; i++) expect(await poll(server, device_code)).toMatchObject({ error: 'invalid_grant' })
    expect(await poll(server, device_code, { code_verifier: verifier })).toMatchObject({
      error: 'authorization_pending',
    })
  })

  it('a code without its challenge, or with another one, is unknown', async () => {
    const server = createTestServer()
    const bare = (await approvedCode(server, challenge)).replace(/~.*/, '')
    const other = 'o'.repeat(43)
    expect(await poll(server, bare)).toMatchObject({ error: 'invalid_grant' })
    expect(await poll(server, `${bare}~c${hashSecret(other)}`, { code_verifier: other })).toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('9700-2.1.1 a verifier for a code without a challenge is refused', async () => {
    const server = createTestServer()
    const code = await approvedCode(server, {})
    expect(await poll(server, code, { code_verifier: verifier })).toMatchObject({ error: 'invalid_grant' })
    expect(await poll(server, code)).toHaveProperty('access_token')
  })

  it.each([
    [{ code_challenge: verifier }],
    [{ code_challenge: verifier, code_challenge_method: 'plain' }],
    [{ code_challenge: 'short', code_challenge_method: 'S256' }],
    [{ code_challenge_method: 'S256' }],
  ])('7636-4.4.1 %j is refused', async (more) => {
    expect(await codes(createTestServer(), more)).toMatchObject({ error: 'invalid_request' })
  })

  it('the metadata names S256 only', () => {
    expect(createTestServer().deviceAuth.metadata).toMatchObject({ code_challenge_methods_supported: ['S256'] })
  })
})
