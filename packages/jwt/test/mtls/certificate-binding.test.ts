import { createHash, X509Certificate } from 'node:crypto'
import { checkToken, deviceClient, type KeyBinding, type ProofRequest } from '@device-auth/core'
import { certificateBinding, dpop } from '@device-auth/jwt'
import { describe, expect, it } from 'vitest'
import { body, createScene, newKey, type Scene } from '../dpop/scene.ts'
import { certificates } from './certificates.ts'

const [own, stolen] = certificates
const thumbprint = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')
const header = (pem: string): { 'x-client-cert': string } => ({ 'x-client-cert': encodeURIComponent(pem) })
const fromProxy = ({ headers }: ProofRequest): string | undefined => {
  const value = headers['x-client-cert']
  return typeof value === 'string' ? value : undefined
}

const clients = [
  deviceClient({ client_id: 'tv', scope: 'videos', tls_client_certificate_bound_access_tokens: true }),
  deviceClient({ client_id: 'plain', scope: 'videos' }),
]
const createBound = (keyBinding: KeyBinding | KeyBinding[] = certificateBinding({ certificate: fromProxy })): Scene =>
  createScene({ keyBinding, clients })
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'

async function signIn(scene: Scene): Promise<Record<string, string>> {
  const codes = body(await scene.ask('/device_authorization', { client_id: 'tv' }, header(own)))
  await scene.approve(codes)
  const form = { client_id: 'tv', grant_type, device_code: codes.device_code ?? '' }
  return body(await scene.ask('/token', form, header(own)))
}

describe('tokens that are bound to a certificate', () => {
  it('8705-3-1 the certificate of the token request binds the tokens: cnf.x5t#S256, token_type Bearer', async () => {
    const scene = createBound()
    const { access_token = '', refresh_token = '', token_type } = await signIn(scene)
    expect(token_type).toBe('Bearer')
    expect(access_token).toMatch(new RegExp(`~x${thumbprint(own)}$`))
    const request = { method: 'GET', path: '/videos' }
    const check = (headers: Record<string, string>) =>
      checkToken(scene.deviceAuth, { authorization: `Bearer ${access_token}`, ...headers }, { request })
    expect(await check(header(own))).toMatchObject({ claims: { confirmation: { 'x5t#S256': thumbprint(own) } } })
    for (const headers of [{}, header(stolen)])
      expect(await check(headers)).toMatchObject({ response: { status: 401 } })
    const refresh = (headers: Record<string, string>) => scene.refresh(refresh_token, headers)
    expect(body(await refresh({}))).toMatchObject({ error: 'invalid_request' })
    expect(body(await refresh(header(stolen)))).toMatchObject({ error: 'invalid_grant' })
    expect(body(await refresh(header(own)))).toHaveProperty('access_token')
  })

  it('8705-3-1 a poll without the certificate, or with another one, is refused and touches nothing', async () => {
    const scene = createBound()
    const codes = body(await scene.ask('/device_authorization', { client_id: 'tv' }, header(own)))
    await scene.approve(codes)
    const form = { client_id: 'tv', grant_type, device_code: codes.device_code ?? '' }
    for (const headers of [{}, header(stolen), { 'x-client-cert': 'no certificate' }]) {
      expect((await scene.ask('/token', form, headers)).status).toBe(400)
    }
    expect(body(await scene.ask('/token', form, header(own)))).toHaveProperty('access_token')
  })

  it('8705-3-1 a header that the client sent too, and that Node joined with the one of the proxy, counts for nothing', async () => {
    const scene = createBound()
    const joined = { 'x-client-cert': [own, stolen].map(encodeURIComponent).join(', ') }
    expect(body(await scene.ask('/device_authorization', { client_id: 'tv' }, joined))).toMatchObject({
      error: 'invalid_request',
    })
  })

  it('8705-3.4-1 a client that is registered for it gets no code without a certificate; others are not bound', async () => {
    const scene = createBound()
    expect(body(await scene.ask('/device_authorization', { client_id: 'tv' }))).toMatchObject({
      error: 'invalid_request',
    })
    const codes = body(await scene.ask('/device_authorization', { client_id: 'plain' }, header(own)))
    expect(codes.device_code).not.toContain('~')
  })

  it('8705-3.4-1 a DPoP proof does not take the place of the certificate', async () => {
    const scene = createBound([dpop(), certificateBinding({ certificate: fromProxy })])
    const key = newKey()
    const codes = await scene.codes(undefined, { client_id: 'tv', dpop_jkt: key.jkt })
    await scene.approve(codes)
    expect(body(await scene.poll(codes.device_code ?? '', key))).toMatchObject({ error: 'invalid_request' })
  })

  it.each<[string, (pem: string) => unknown]>([
    ['an object', (pem) => new X509Certificate(pem)],
    ['DER', (pem) => new X509Certificate(pem).raw],
    ['PEM', (pem) => pem],
    ['the header Client-Cert', (pem) => `:${new X509Certificate(pem).raw.toString('base64')}:`],
  ])('the certificate may be %s', async (_, convert) => {
    const certificate = () => convert(own) as X509Certificate
    const { access_token } = await signIn(createBound(certificateBinding({ certificate })))
    expect(access_token).toMatch(new RegExp(`~x${thumbprint(own)}$`))
  })

  it('stands beside DPoP, and the metadata says so', async () => {
    const scene = createBound([dpop(), certificateBinding({ certificate: fromProxy })])
    expect(scene.deviceAuth.metadata).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    })
    const key = newKey()
    const codes = await scene.codes(key, { client_id: 'plain' })
    await scene.approve(codes)
    expect(body(await scene.poll(codes.device_code ?? '', key, { client_id: 'plain' }))).toMatchObject({
      token_type: 'DPoP',
    })
  })
})
