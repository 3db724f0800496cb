import { describe, expect, it } from 'vitest'
import { createDpopProver } from '../../src/dpop.ts'
import { DeviceFlow, type Fetch, pollDeviceToken, requestDeviceAuthorization } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { answered, codes, issuer, pollRequest } from '../fixtures.ts'
import { ecdsa, parts } from './jwt-parts.ts'

describe('DPoP', () => {
  it('proofs have one key for both requests, and the nonce of the server at once', async () => {
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
    const result = await pollDeviceToken({ ...pollRequest, dpop }, { fetch })
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

  it('prepare() uses the scheme of the token, with a proof for a DPoP token', async () => {
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
      // signing takes real time, which the fake clock does not wait for
      flow.on('authorizeWithUserCode', () => setImmediate(() => flow.startPolling()))
      await flow.getDeviceCode()
      while (flow.token === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        await clock.advance(1)
      }
      const { headers } = await flow.prepare(new Request('https://api.example.com/me'))
      expect([headers.get('authorization'), headers.has('dpop')]).toEqual([`${scheme} at`, proves])
      flow.close()
    }
  })

  it('a request is repeated only once for a nonce', async () => {
    let count = 0
    const fetch: Fetch = async () => {
      count += 1
      return answered({ error: 'use_dpop_nonce' }, 400)
    }
    const result = await pollDeviceToken({ ...pollRequest, dpop: await createDpopProver() }, { fetch })
    expect(result).toMatchObject({ error: 'use_dpop_nonce' })
    expect(count).toBe(2)
  })
})
