import { createPublicKey } from 'node:crypto'
import { type DeviceAuthOptions, type OAuthResponse, opaqueTokens } from '@device-auth/core'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { jwtAccessTokens, withSignedIntrospection } from '../../src/index.ts'
import { apiAuthorization, audience, issuer, keyOf, start, startServer, type TestServer } from '../server.ts'

const keys = keyOf('ES256')
const jwtType = 'application/token-introspection+jwt'
const signed = withSignedIntrospection(opaqueTokens(), { keys })

/** Introspects a token as the resource server, with an Accept header. */
function introspect(server: TestServer, token: string, accept?: string | string[]): Promise<OAuthResponse> {
  const endpoint = server.deviceAuth.route('POST', '/introspect')
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: apiAuthorization,
    ...(accept === undefined ? {} : { accept }),
  }
  const form = new URLSearchParams({ token })
  const request = { method: 'POST', path: '/introspect', query: new URLSearchParams(), headers, form, ip: undefined }
  return endpoint?.({ ...request, native: {} }) ?? Promise.reject(new Error('no endpoint'))
}

async function signedIn(options: Partial<DeviceAuthOptions>): Promise<{ server: TestServer; token: string }> {
  const server = startServer(options)
  const { access_token: token = '' } = await server.signIn('videos')
  return { server, token }
}

describe('an introspection response as JWT', () => {
  it.each([
    ['opaque tokens', signed],
    ['JWT access tokens', jwtAccessTokens({ keys, audience })],
  ])('9701-5 has iss, aud, iat and token_introspection, of %s, and verifies by /jwks', async (_name, accessToken) => {
    const { server, token } = await signedIn({ accessToken })
    const { status, headers, body } = await introspect(server, token, jwtType)
    expect({ status, ...headers }).toMatchObject({ status: 200, 'content-type': jwtType, 'cache-control': 'no-store' })
    expect(headers['content-length']).toBe(String(body.length))
    const keySet = createLocalJWKSet(JSON.parse((await server.get('/jwks')).body))
    const checks = { issuer, audience: 'api', typ: 'token-introspection+jwt', currentDate: new Date(start) }
    const { payload } = await jwtVerify(body, keySet, checks)
    const plain = JSON.parse((await introspect(server, token)).body)
    expect(plain).toMatchObject({ active: true, sub: 'ada', scope: 'videos' })
    // 9701-5: no top-level sub and exp, so that it cannot be taken for an access token
    expect(payload).toEqual({ iss: issuer, aud: 'api', iat: start / 1000, token_introspection: plain })
  })

  it('9701-5 of a token that is not active has active: false alone', async () => {
    const { server, token } = await signedIn({ accessToken: signed })
    await server.post('/revoke', { client_id: 'tv', token })
    for (const dead of [token, 'nonsense']) {
      const { body } = await introspect(server, dead, jwtType)
      expect(decodeJwt(body).token_introspection).toEqual({ active: false })
    }
  })

  it('is no access token: a guard refuses it', async () => {
    const accessToken = jwtAccessTokens({ keys, audience })
    const { server, token } = await signedIn({ accessToken })
    const { body } = await introspect(server, token, jwtType)
    expect(await server.deviceAuth.authenticate(body)).toBeUndefined()
  })

  it.each([
    [jwtType, true],
    [jwtType.toUpperCase(), true],
    [`application/json;q=0.5, ${jwtType};q=0.9`, true],
    [[jwtType], true],
    [`${jwtType};q=0`, false],
    [`${jwtType}; q=0.000`, false],
    ['*/*', false],
    ['application/*', false],
    ['application/json', false],
    [`x${jwtType}`, false],
    ['', false],
    [undefined, false],
    [','.repeat(20_000), false],
  ])('9701-4 is given for the Accept header %j: %s', async (accept, isJwt) => {
    const { server, token } = await signedIn({ accessToken: signed })
    const { status, headers } = await introspect(server, token, accept)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(isJwt ? jwtType : 'application/json')
  })

  it('9701-5 errors are not JWTs, and a caller without a secret gets none', async () => {
    const { server } = await signedIn({ accessToken: signed })
    const { status, headers } = await introspect(server, '', jwtType)
    expect({ status, type: headers['content-type'] }).toEqual({ status: 400, type: 'application/json' })
  })

  it('without keys it is JSON as ever, and the metadata says nothing; 9701-7 with keys it names the algorithms', async () => {
    const { server, token } = await signedIn({})
    expect((await introspect(server, token, jwtType)).headers['content-type']).toBe('application/json')
    const name = 'introspection_signing_alg_values_supported'
    expect(server.deviceAuth.metadata).not.toHaveProperty(name)
    expect(startServer({ accessToken: signed }).deviceAuth.metadata).toMatchObject({ [name]: ['ES256'] })
    const without = startServer({ accessToken: signed, paths: { introspection: false } })
    expect(without.deviceAuth.metadata).not.toHaveProperty(name)
  })

  it('a key in a service that fails is a server error that is told, never an unsigned answer', async () => {
    const failures: unknown[] = []
    const remote = {
      alg: 'ES256' as const,
      publicKey: createPublicKey(keys),
      sign: () => Promise.reject(new Error('no KMS')),
    }
    const accessToken = withSignedIntrospection(opaqueTokens(), { keys: remote })
    const { server, token } = await signedIn({ accessToken, hooks: { onError: (error) => failures.push(error) } })
    expect((await introspect(server, token, jwtType)).status).toBe(500)
    expect(failures.map(String)).toEqual(['Error: no KMS'])
    expect((await introspect(server, token)).status).toBe(200)
  })

  it('is signed by the current key', async () => {
    const rotating = { current: { key: keys, kid: 'new' }, retired: [{ key: keyOf('EdDSA'), kid: 'old' }] }
    const accessToken = withSignedIntrospection(opaqueTokens(), { keys: rotating })
    const { server, token } = await signedIn({ accessToken })
    const { body } = await introspect(server, token, jwtType)
    expect(decodeProtectedHeader(body)).toEqual({ alg: 'ES256', kid: 'new', typ: 'token-introspection+jwt' })
  })

  it.each([[{}], [{ keys: 'x' }], [{ key: keys }]])('refuses the options %j', (options) => {
    expect(() => withSignedIntrospection(opaqueTokens(), options as never)).toThrow(/keys/)
  })
})
