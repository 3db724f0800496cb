import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { securityEventVerifier } from '../../src/index.ts'
import { endlessResponses } from '../endless.ts'

const issuer = 'https://idp.example.com'
const audience = 'https://example.com/oauth'
const jwksUri = `${issuer}/jwks`
const now = Date.UTC(2026, 0, 1)
const events = { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} }
const claims = {
  iss: issuer,
  aud: audience,
  iat: now / 1000,
  jti: 'one',
  sub_id: { format: 'opaque', id: 'a' },
  events,
}

const { publicKey, privateKey } = await generateKeyPair('ES256')
const other = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }
const verifier = (fetchKeys: typeof fetch = async () => Response.json(jwks)) =>
  securityEventVerifier({ issuer, audience, jwksUri, clock: () => now, fetch: fetchKeys })

const sign = (changes: object = {}, header: object = {}, key = privateKey): Promise<string> =>
  new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'secevent+jwt', ...header })
    .sign(key)

describe('securityEventVerifier', () => {
  it('8417-2.2 returns the claims of a token of the transmitter for this receiver', async () => {
    expect(await verifier()(await sign())).toEqual(claims)
    expect(await verifier()(await sign({ aud: ['https://other.example.com', audience] }))).toBeDefined()
  })

  it.each([
    ['of another issuer', { iss: 'https://evil.example.com' }, {}],
    ['for another receiver', { aud: 'https://other.example.com' }, {}],
    ['without a receiver', { aud: undefined }, {}],
    ['older than a day', { iat: now / 1000 - 86_500 }, {}],
    ['from the future', { iat: now / 1000 + 60 }, {}],
    ['without iat', { iat: undefined }, {}],
    ['without jti', { jti: undefined }, {}],
    ['without events', { events: undefined }, {}],
    ['of another type, such as an access token', {}, { typ: 'at+jwt' }],
    ['without a type', {}, { typ: undefined }],
  ])('8417-2.2 refuses a token %s', async (_name, changes, header) => {
    expect(await verifier()(await sign(changes, header))).toBeUndefined()
  })

  it('8417-5.1 refuses a token of another key, one without a signature and what is no token', async () => {
    expect(await verifier()(await sign({}, {}, other.privateKey))).toBeUndefined()
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
    expect(await verifier()(`${encode({ alg: 'none', typ: 'secevent+jwt' })}.${encode(claims)}.`)).toBeUndefined()
    expect(await verifier()('no token')).toBeUndefined()
  })

  it('keys without end are not read to their end', async () => {
    const { respond, bytesRead } = endlessResponses()
    const verify = verifier(async () => respond())
    await expect(verify(await sign())).rejects.toThrow('larger than 262144 bytes')
    expect(bytesRead()).toBeLessThan(2_000_000)
  })

  it('tokens of strangers, for which the keys are silent, hold 21 requests', async () => {
    let release = (_: Response): void => {}
    const verify = verifier(() => new Promise((resolve) => (release = resolve)))
    const token = await sign()
    const asked = Array.from({ length: 100 }, () => verify(token))
    const refused = await Promise.allSettled(asked.slice(21))
    expect(refused.every((one) => one.status === 'rejected' && String(one.reason).includes('too many'))).toBe(true)
    release(Response.json(jwks))
    expect(await Promise.all(asked.slice(0, 21))).toEqual(Array(21).fill(claims))
  })

  it('8935-2.4 rejects if the keys cannot be fetched: that says nothing about the token', async () => {
    const verify = verifier(async () => new Response('', { status: 503 }))
    await expect(verify(await sign())).rejects.toThrow()
  })

  it.each([
    [{ issuer, audience, jwksUri: 'http://idp.example.com/jwks' }, 'option `jwksUri`'],
    [{ issuer, audience }, 'option `jwksUri`'],
    [{ issuer, jwksUri }, 'option `audience`'],
    [{ issuer, audience, jwksUri, maxAge: 0 }, 'option `maxAge`'],
  ])('%j is refused', (options, expected) => {
    expect(() => securityEventVerifier(Object(options))).toThrow(expected)
  })
})
