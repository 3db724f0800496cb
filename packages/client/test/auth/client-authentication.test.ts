import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  createDpopProver,
  createPkce,
  DeviceAuthorizationResponse,
  DeviceFlow,
  type DeviceFlowOptions,
  DeviceTokenResponse,
  FailedResponseAccessError,
  type Fetch,
  pollDeviceToken,
  privateKeyJwt,
  requestDeviceAuthorization,
  type SignInResult,
  SuccessfulResponseAccessError,
  tlsClientAuth,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { answered, codes, issuer } from '../fixtures.ts'

const request = { address: `${issuer}/token`, clientId: 'tv', deviceCode: 'dc' }

/** The request that an authentication makes. */
async function sentWith(authentication: ClientAuthentication): Promise<{ form: URLSearchParams; headers: Headers }> {
  let sent = { form: new URLSearchParams(), headers: new Headers() }
  const fetch: Fetch = async (_url, init) => {
    sent = { form: new URLSearchParams(String(init.body)), headers: new Headers(init.headers) }
    return answered({ access_token: 'at' })
  }
  await pollDeviceToken({ ...request, authentication }, { fetch })
  return sent
}

function parts(jwt: string | null): {
  header: unknown
  claims: Record<string, unknown>
  input: string
  signature: Buffer
} {
  const [header = '', claims = '', signature = ''] = (jwt ?? '').split('.')
  const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
  return {
    header: read(header),
    claims: read(claims),
    input: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

describe('client authentication', () => {
  it('6749-2.3.1-1 basic encodes id and secret as a form first', async () => {
    const { headers } = await sentWith(clientSecretBasic('a:b%+ ü'))
    expect(atob(headers.get('authorization')?.slice(6) ?? '')).toBe('tv:a%3Ab%25%2B+%C3%BC')
  })

  it('mutual TLS sends the id alone; the certificate is the affair of fetch', async () => {
    const { form, headers } = await sentWith(tlsClientAuth())
    expect(form.get('client_id')).toBe('tv')
    expect(headers.has('authorization')).toBe(false)
  })

  it.each(['', undefined, null])('a secret that is %o is a mistake, not a secret', (secret) => {
    expect(() => clientSecretBasic(secret as string)).toThrow(TypeError)
    expect(() => clientSecretPost(secret as string)).toThrow(/non-empty/)
  })

  it('private_key_jwt: an assertion with a signature that holds, another each time', async () => {
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

  it('private_key_jwt signed elsewhere; a signer that fails is a result without the reason of the network', async () => {
    const { form } = await sentWith(privateKeyJwt({ sign: ({ aud }) => `signed for ${String(aud)}` }))
    expect(form.get('client_assertion')).toBe(`signed for ${issuer}/token`)
    const authentication = privateKeyJwt({ sign: () => Promise.reject(new Error('locked')) })
    expect(await pollDeviceToken({ ...request, authentication })).toMatchObject({
      error: 'client_error',
      retryable: false,
      errorDescription: expect.stringContaining('locked'),
    })
  })
})

describe('DPoP and PKCE', () => {
  it('one key for both requests, and the nonce of the server at once', async () => {
    const proofs: ReturnType<typeof parts>[] = []
    const fetch: Fetch = async (url, init) => {
      proofs.push(parts(new Headers(init.headers).get('dpop')))
      if (url.includes('/device_authorization')) return answered(codes)
      const { nonce } = proofs.at(-1)!.claims
      if (nonce === 'n1') return answered({ access_token: 'at', token_type: 'DPoP' })
      const headers = { 'content-type': 'application/json', 'dpop-nonce': 'n1' }
      return new Response('{"error":"use_dpop_nonce"}', { status: 400, headers })
    }
    const dpop = await createDpopProver()
    const address = `${issuer}/device_authorization?x=1`
    await requestDeviceAuthorization({ address, clientId: 'tv', dpop }, { fetch })
    const result = await pollDeviceToken({ ...request, dpop }, { fetch })
    expect(result).toMatchObject({ ok: true, headers: { Authorization: 'DPoP at' } })
    expect(proofs.map(({ claims }) => [claims.htm, claims.htu, claims.nonce])).toEqual([
      ['POST', `${issuer}/device_authorization`, undefined],
      ['POST', `${issuer}/token`, undefined],
      ['POST', `${issuer}/token`, 'n1'],
    ])
    expect(new Set(proofs.map(({ claims }) => claims.jti)).size).toBe(3)
    expect(new Set(proofs.map(({ header }) => JSON.stringify(header))).size).toBe(1)
    const { jwk } = proofs[0]!.header as { jwk: { kty: string; crv: string; x: string; y: string } }
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'kty', 'x', 'y'])
    const key = await crypto.subtle.importKey('jwk', jwk, ecdsa, false, ['verify'])
    for (const { input, signature } of proofs) {
      expect(await crypto.subtle.verify(ecdsa, key, signature, Buffer.from(input))).toBe(true)
    }
    expect(parts(await dpop.prove('GET', issuer, 'at')).claims.ath).toMatch(/^[\w-]{43}$/)
  })

  it('prepare() uses the scheme of the token, with a proof for it where it is DPoP', async () => {
    for (const [token_type, scheme, proves] of [
      ['DPoP', 'DPoP', true],
      ['Bearer', 'Bearer', false],
    ] as const) {
      const clock = new FakeClock()
      const flow = new DeviceFlow({
        deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
        tokenEndpoint: `${issuer}/token`,
        clientId: 'tv',
        clock,
        dpop: await createDpopProver(),
        fetch: async (url) => answered(url.endsWith('/token') ? { access_token: 'at', token_type } : codes),
      })
      // its signatures take time of their own
      flow.on('authorizeWithUserCode', () => setImmediate(() => flow.startPolling()))
      await flow.grant()
      while (flow.token === undefined) await clock.advance(1)
      const { headers } = await flow.prepare(new Request('https://api.example.com/me'))
      expect([headers.get('authorization'), headers.has('dpop')]).toEqual([`${scheme} at`, proves])
      flow.close()
    }
  })

  it('asks only once more for a nonce', async () => {
    let count = 0
    const fetch: Fetch = async () => {
      count += 1
      return answered({ error: 'use_dpop_nonce' }, 400)
    }
    const result = await pollDeviceToken({ ...request, dpop: await createDpopProver() }, { fetch })
    expect(result).toMatchObject({ error: 'use_dpop_nonce' })
    expect(count).toBe(2)
  })

  it('the challenge is of the verifier', async () => {
    const { codeVerifier, codeChallenge } = await createPkce()
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(codeVerifier))
    expect(codeChallenge).toBe(Buffer.from(digest).toString('base64url'))
  })
})

describe('id_token', () => {
  const idToken = (claims: object): string =>
    ['{"alg":"none"}', JSON.stringify(claims), 's'].map((part) => Buffer.from(part).toString('base64url')).join('.')

  /** Signs in with `openid`; the claims may use the nonce that was sent. */
  async function signIn(
    claims: ((nonce: string) => object) | undefined,
    options: Partial<DeviceFlowOptions> = {},
  ): Promise<SignInResult> {
    const clock = new FakeClock()
    let nonce = ''
    const flow = new DeviceFlow({
      issuer,
      deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
      tokenEndpoint: `${issuer}/token`,
      clientId: 'tv',
      scope: 'openid profile',
      clock,
      fetch: async (url, init) => {
        if (url.endsWith('/token')) {
          return answered({ access_token: 'at', ...(claims && { id_token: idToken(claims(nonce)) }) })
        }
        nonce = new URLSearchParams(String(init.body)).get('nonce') ?? ''
        return answered(codes)
      },
      ...options,
    })
    const result = await clock.until(flow.run())
    flow.close()
    return result
  }

  const exp = Date.UTC(2030, 0, 1) / 1000
  const good = (nonce: string): object => ({ iss: issuer, aud: 'tv', exp, nonce })

  it('with the claims that are due is accepted', async () => {
    expect(await signIn(good)).toMatchObject({ ok: true })
    expect(await signIn(() => ({ iss: `${issuer}/`, aud: ['tv', 'api'], azp: 'tv', exp }))).toMatchObject({ ok: true })
    expect(await signIn((nonce) => ({ ...good(nonce), nonce: undefined }))).toMatchObject({ ok: true })
  })

  it.each<[string, ((nonce: string) => object) | undefined, Partial<DeviceFlowOptions>?]>([
    ['missing', undefined],
    ['of another issuer', (nonce) => ({ ...good(nonce), iss: 'https://evil.example' })],
    ['for another client', (nonce) => ({ ...good(nonce), aud: 'other' })],
    ['of another party', (nonce) => ({ ...good(nonce), aud: ['tv', 'x'], azp: 'x' })],
    ['expired', (nonce) => ({ ...good(nonce), exp: 1 })],
    ['without expiry', (nonce) => ({ ...good(nonce), exp: undefined })],
    ['with another nonce', (nonce) => ({ ...good(nonce), nonce: 'other' })],
    ['without the nonce that is demanded', () => ({ iss: issuer, aud: 'tv', exp }), { nonceMode: 'enabled' }],
    ['with a signature that is refused', good, { verifyIdToken: () => Promise.reject(new Error('bad signature')) }],
  ])('%s is refused', async (_name, claims, options) => {
    expect(await signIn(claims, options)).toMatchObject({ ok: false, error: 'invalid_id_token', outcome: 'rejected' })
  })

  it('an abort does not wait for the check of a signature', async () => {
    const controller = new AbortController()
    const verifyIdToken = (): Promise<void> => {
      controller.abort()
      return new Promise(() => {})
    }
    expect(await signIn(good, { signal: controller.signal, verifyIdToken })).toMatchObject({ outcome: 'aborted' })
  })

  it('no nonce is sent where none is wanted', async () => {
    for (const options of [{ scope: 'profile' }, { nonceMode: 'disabled' as const }]) {
      let sent = ''
      const result = await signIn((nonce) => {
        sent = nonce
        return good('x')
      }, options)
      expect({ sent, ok: result.ok }).toEqual({ sent: '', ok: true })
    }
  })
})

describe('responses with guarded fields', () => {
  const fetch =
    (json: object, status = 200): Fetch =>
    async () =>
      answered(json, status)

  it('of success: fields are read, error is not', async () => {
    const result = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch: fetch(codes) })
    const response = new DeviceAuthorizationResponse(result)
    expect(response).toMatchObject({
      isSuccessful: true,
      deviceCode: 'dc-secret',
      userCode: codes.user_code,
      interval: 5,
    })
    expect(response).toMatchObject({ expiresIn: 600, verificationUri: codes.verification_uri, errorCode: undefined })
    expect(response.verificationUriComplete).toBeUndefined()
    expect(() => response.error).toThrow(SuccessfulResponseAccessError)
    const token = new DeviceTokenResponse(
      await pollDeviceToken(request, { fetch: fetch({ access_token: 'at-secret' }) }),
    )
    expect(token.token.accessToken).toBe('at-secret')
    for (const one of [response, token]) {
      expect(`${inspect(one, { showHidden: true, depth: 9 })}${JSON.stringify(one)}${String(one)}`).not.toMatch(
        /secret/,
      )
    }
  })

  it('of failure: error and interval are read, fields are not', async () => {
    const slow = fetch({ error: 'slow_down', interval: 12 }, 400)
    const response = new DeviceTokenResponse(await pollDeviceToken(request, { fetch: slow }))
    expect(response).toMatchObject({ isSuccessful: false, error: 'slow_down', errorCode: 'slow_down', interval: 12 })
    expect(() => response.token).toThrow(FailedResponseAccessError)
    const failed = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch: slow })
    const guarded = new DeviceAuthorizationResponse(failed)
    for (const field of ['deviceCode', 'userCode', 'verificationUri', 'expiresIn', 'interval'] as const) {
      expect(() => guarded[field]).toThrow(`${field} cannot be read: the response failed with slow_down.`)
    }
  })
})
