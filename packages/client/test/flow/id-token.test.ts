import { describe, expect, it } from 'vitest'
import { DeviceFlow, type DeviceFlowOptions, type SignInResult } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { answered, codes, issuer } from '../fixtures.ts'

describe('an id_token', () => {
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

  it('with the expected claims is accepted', async () => {
    expect(await signIn(good)).toMatchObject({ ok: true })
    expect(await signIn(() => ({ iss: `${issuer}/`, aud: ['tv', 'api'], azp: 'tv', exp }))).toMatchObject({ ok: true })
    expect(await signIn((nonce) => ({ ...good(nonce), nonce: undefined }))).toMatchObject({ ok: true })
  })

  it.each<[string, ((nonce: string) => object) | undefined, Partial<DeviceFlowOptions>?]>([
    ['missing although requireIdToken is set', undefined, { requireIdToken: true }],
    ['of another issuer', (nonce) => ({ ...good(nonce), iss: 'https://evil.example' })],
    ['for another client', (nonce) => ({ ...good(nonce), aud: 'other' })],
    ['for another authorized party', (nonce) => ({ ...good(nonce), aud: ['tv', 'x'], azp: 'x' })],
    ['expired', (nonce) => ({ ...good(nonce), exp: 1 })],
    ['without expiry', (nonce) => ({ ...good(nonce), exp: undefined })],
    ['with another nonce', (nonce) => ({ ...good(nonce), nonce: 'other' })],
    ['without the required nonce', () => ({ iss: issuer, aud: 'tv', exp }), { nonceMode: 'enabled' }],
    [
      'with a signature that verifyIdToken refuses',
      good,
      { verifyIdToken: () => Promise.reject(new Error('bad signature')) },
    ],
  ])('%s is refused', async (_name, claims, options) => {
    expect(await signIn(claims, options)).toMatchObject({ ok: false, error: 'invalid_id_token', outcome: 'rejected' })
  })

  it('that is missing is a warning, because many servers send none in this grant', async () => {
    expect(await signIn(undefined)).toMatchObject({
      ok: true,
      accessToken: 'at',
      warnings: [{ code: 'id_token_missing', message: 'The response has no id_token.' }],
    })
    expect(await signIn(good)).not.toHaveProperty('warnings')
    expect(await signIn(undefined, { scope: 'profile' })).not.toHaveProperty('warnings')
  })

  describe('of a refresh', () => {
    /** Signs in, then refreshes; the claims of the refresh replace those of the sign-in. */
    async function refresh(changes: object, options: Partial<DeviceFlowOptions> = {}): Promise<[DeviceFlow, string]> {
      const clock = new FakeClock()
      let nonce = ''
      const flow = new DeviceFlow({
        issuer,
        deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
        tokenEndpoint: `${issuer}/token`,
        clientId: 'tv',
        scope: 'openid',
        clock,
        fetch: async (url, init) => {
          const form = new URLSearchParams(String(init.body))
          if (!url.endsWith('/token')) {
            nonce = form.get('nonce') ?? ''
            return answered(codes)
          }
          const isRefresh = form.get('grant_type') === 'refresh_token'
          const claims = { ...good(nonce), sub: 'ada', auth_time: 1, ...(isRefresh ? changes : {}) }
          return answered({ access_token: isRefresh ? 'at-2' : 'at', refresh_token: 'rt', id_token: idToken(claims) })
        },
        ...options,
      })
      await clock.until(flow.run())
      const result = await clock.until(flow.refreshTokens())
      flow.close()
      return [flow, result.ok ? 'ok' : `${result.error} ${result.errorDescription}`]
    }

    it.each([
      ['the same claims', {}],
      ['no nonce', { nonce: undefined }],
      ['no auth_time', { auth_time: undefined }],
      ['a later iat', { iat: 2 }],
    ])('with %s is accepted', async (_name, changes) => {
      const [flow, result] = await refresh(changes, { nonceMode: 'enabled' })
      expect(result).toBe('ok')
      expect(flow.token).toBe('at-2')
    })

    it.each([
      ['iss', { iss: 'https://evil.example' }],
      ['sub', { sub: 'eve' }],
      ['sub', { sub: undefined }],
      ['aud', { aud: 'other' }],
      ['azp', { azp: 'other' }],
      ['nonce', { nonce: 'other' }],
      ['auth_time', { auth_time: 2 }],
      ['exp', { exp: 1 }],
    ])('with another %s is refused: the flow keeps the tokens that it had', async (claim, changes) => {
      const [flow, result] = await refresh(changes)
      expect(result).toBe(`invalid_id_token The claim ${claim} of the id_token is wrong.`)
      expect(flow.token).toBe('at')
    })

    it('is verified by verifyIdToken', async () => {
      const seen: string[] = []
      const verifyIdToken = (text: string): void => {
        if (seen.push(text) === 2) throw new Error('bad signature')
      }
      expect((await refresh({}, { verifyIdToken }))[1]).toBe('invalid_id_token bad signature')
    })
  })

  it('an abort does not wait for verifyIdToken', async () => {
    const controller = new AbortController()
    const verifyIdToken = (): Promise<void> => {
      controller.abort()
      return new Promise(() => {})
    }
    expect(await signIn(good, { signal: controller.signal, verifyIdToken })).toMatchObject({ outcome: 'aborted' })
  })

  it('no nonce is sent without the scope openid, nor with nonceMode disabled', async () => {
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
