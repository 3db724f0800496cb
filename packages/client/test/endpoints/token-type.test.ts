import { describe, expect, it } from 'vitest'
import { createDpopProver } from '../../src/dpop.ts'
import {
  authenticate,
  DeviceFlow,
  MemoryTokenStore,
  pollDeviceToken,
  refreshTokens,
  tokenKey,
} from '../../src/index.ts'
import { answered, codes, issuer } from '../fixtures.ts'

const endpoints = { deviceAuthorizationEndpoint: `${issuer}/device_authorization`, tokenEndpoint: `${issuer}/token` }
const request = { address: `${issuer}/token`, clientId: 'tv', deviceCode: 'd', refreshToken: 'rt' }

/** Token types that this client cannot use: unknown ones, no name of a scheme, and one whose key it does not have. */
const unusable = [
  'mac',
  'MAC',
  'pop',
  'N_A',
  'DPoP',
  'dpop',
  'Bearer x',
  'Bearer\r\nX-Admin: 1',
  'Béarer',
  'constructor',
]
const fetchOf = (token_type: string) => async (url: string) =>
  answered(url.endsWith('/token') ? { access_token: 'at', refresh_token: 'rt', token_type } : codes)

describe.each(unusable)(
  '6749-7.1-1 an access token of the type %j is kept, and never put into a header',
  (tokenType) => {
    const fetch = fetchOf(tokenType)
    const kept = { ok: true, accessToken: 'at', tokenType, headers: {} }

    it('by the functions', async () => {
      expect(await pollDeviceToken(request, { fetch })).toMatchObject(kept)
      const refreshed = await refreshTokens(request, { fetch })
      expect(refreshed).toMatchObject(kept)
      expect(refreshed.ok && Object.keys(refreshed.headers)).toEqual([])
    })

    it('by authenticate(), also from its store', async () => {
      const store = new MemoryTokenStore()
      await store.put(tokenKey({ issuer, clientId: 'tv' }), { accessToken: 'at', tokenType })
      const result = await authenticate(issuer, { clientId: 'tv', store, fetch })
      expect(result).toMatchObject({ ...kept, strategy: 'use_token' })
      expect(result.ok && Object.keys(result.headers)).toEqual([])
    })

    it('by prepare()', async () => {
      const flow = new DeviceFlow({ ...endpoints, clientId: 'tv', fetch })
      flow.setTokens({ refreshToken: 'rt' })
      expect(await flow.refreshTokens()).toMatchObject(kept)
      await expect(flow.prepare(new Request('https://api.example.com/me'))).rejects.toThrow('of an unknown type')
      flow.close()
    })
  },
)

describe('a token type that this client knows', () => {
  it.each(['bearer', 'BEARER', 'Bearer'])('%s becomes Bearer', async (tokenType) => {
    const token = await pollDeviceToken(request, { fetch: fetchOf(tokenType) })
    expect(token).toMatchObject({ tokenType, headers: { Authorization: 'Bearer at' } })
  })

  it.each(['dpop', 'DPoP'])('%s with a key becomes DPoP, and with a key Bearer stays Bearer', async (tokenType) => {
    const dpop = await createDpopProver()
    const bound = await pollDeviceToken({ ...request, dpop }, { fetch: fetchOf(tokenType) })
    expect(bound).toMatchObject({ tokenType, headers: { Authorization: 'DPoP at' } })
    const bearer = await pollDeviceToken({ ...request, dpop }, { fetch: fetchOf('Bearer') })
    expect(bearer).toMatchObject({ headers: { Authorization: 'Bearer at' } })
  })
})
