import { describe, expect, it } from 'vitest'
import {
  type ClientAuthentication,
  type ClientCredentials,
  clientSecretBasic,
  clientSecretPost,
  type Fetch,
  pollDeviceToken,
  privateKeyJwt,
  tlsClientAuth,
} from '../../src/index.ts'
import { answered, issuer, pollRequest } from '../fixtures.ts'
import { ecdsa, parts } from './jwt-parts.ts'

/** The request that an authentication makes. */
async function sentWith(
  given: ClientAuthentication | ClientCredentials,
): Promise<{ form: URLSearchParams; headers: Headers }> {
  let sent = { form: new URLSearchParams(), headers: new Headers() }
  const fetch: Fetch = async (_url, init) => {
    sent = { form: new URLSearchParams(String(init.body)), headers: new Headers(init.headers) }
    return answered({ access_token: 'at' })
  }
  const credentials = typeof given === 'function' ? { authentication: given } : given
  await pollDeviceToken({ ...pollRequest, ...credentials }, { fetch })
  return sent
}
describe('client authentication', () => {
  it('6749-2.3.1-1 client_secret_basic form-encodes id and secret first', async () => {
    const { headers } = await sentWith(clientSecretBasic('a:b%+ ü'))
    expect(atob(headers.get('authorization')?.slice(6) ?? '')).toBe('tv:a%3Ab%25%2B+%C3%BC')
  })

  it('the shorthand clientSecret is client_secret_basic; a method that is given takes precedence', async () => {
    const basic = await sentWith({ clientSecret: 's' })
    expect(basic.headers.get('authorization')).toBe(`Basic ${btoa('tv:s')}`)
    const post = await sentWith({ clientSecret: 's', authentication: clientSecretPost('other') })
    expect(post.headers.has('authorization')).toBe(false)
    expect(post.form.get('client_secret')).toBe('other')
  })

  it('no clientSecret is a public client; an empty one is refused', async () => {
    for (const clientSecret of [undefined, null]) {
      const { form, headers } = await sentWith({ clientSecret } as ClientCredentials)
      expect([form.get('client_id'), headers.has('authorization')]).toEqual(['tv', false])
    }
    const fetch: Fetch = () => Promise.reject(new Error('was asked'))
    expect(await pollDeviceToken({ ...pollRequest, clientSecret: '' }, { fetch })).toMatchObject({
      error: 'client_error',
      message: expect.stringContaining('client secret must be a non-empty string'),
    })
  })

  it('tls_client_auth sends the id alone; fetch presents the certificate', async () => {
    const { form, headers } = await sentWith(tlsClientAuth())
    expect(form.get('client_id')).toBe('tv')
    expect(headers.has('authorization')).toBe(false)
  })

  it.each(['', undefined, null])('a secret that is %o is refused', (secret) => {
    expect(() => clientSecretBasic(secret as string)).toThrow(TypeError)
    expect(() => clientSecretPost(secret as string)).toThrow(/non-empty/)
  })

  it('private_key_jwt sends a new assertion each time, with a valid signature', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(ecdsa, false, ['sign', 'verify'])
    const method = privateKeyJwt({ key: privateKey, algorithm: 'ES256', keyId: 'k1', audience: issuer })
    const ids = new Set<unknown>()
    for (let count = 0; count < 2; count++) {
      const { form } = await sentWith(method)
      expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      const { header, claims, input, signature } = parts(form.get('client_assertion'))
      expect(header).toEqual({ alg: 'ES256', kid: 'k1' })
      expect(claims).toMatchObject({ iss: 'tv', sub: 'tv', aud: issuer })
      expect(Number(claims.exp) - Number(claims.iat)).toBe(60)
      expect(await crypto.subtle.verify(ecdsa, publicKey, signature, Buffer.from(input))).toBe(true)
      ids.add(claims.jti)
    }
    expect(ids.size).toBe(2)
  })

  it('private_key_jwt with a sign function; an error of the function is the failure client_error', async () => {
    const { form } = await sentWith(privateKeyJwt({ sign: ({ aud }) => `signed for ${String(aud)}` }))
    expect(form.get('client_assertion')).toBe(`signed for ${issuer}/token`)
    const authentication = privateKeyJwt({ sign: () => Promise.reject(new Error('locked')) })
    expect(await pollDeviceToken({ ...pollRequest, authentication })).toMatchObject({
      error: 'client_error',
      retryable: false,
      errorDescription: expect.stringContaining('locked'),
    })
  })
})
