import { generateKeyPairSync } from 'node:crypto'
import { deviceClient, MemoryStore } from '@device-auth/core'
import { jwtAccessTokens, privateKeyJwt } from '@device-auth/jwt'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { assertionJwt, tv as signing, withAssertion } from '../client-authentication/scene.ts'
import { audience, issuer } from '../server.ts'
import { body, confidential, createScene, newKey } from './scene.ts'

const key = newKey()
const other = newKey()

describe('a grant that is bound from the device authorization request', () => {
  it('XD-6.1.12 9449-10-1 the device code ends with the thumbprint of the key, and gives tokens to its holder', async () => {
    const scene = createScene()
    const codes = await scene.codes(key)
    expect(codes.device_code).toMatch(new RegExp(`~j${key.jkt}$`))
    await scene.approve(codes)
    const answer = await scene.poll(codes.device_code ?? '', key)
    expect(body(answer)).toMatchObject({ token_type: 'DPoP' })
  })

  it.each([
    ['without a proof', undefined, 'invalid_dpop_proof'],
    ['with a proof of another key', other, 'invalid_grant'],
  ])('9449-4.3-5 a poll %s is refused, and touches nothing', async (_, thief, error) => {
    const scene = createScene()
    const codes = await scene.codes(key)
    await scene.approve(codes)
    const code = codes.device_code ?? ''
    for (let i = 0; i < 3; i++) {
      expect(body(await scene.poll(code, thief))).toMatchObject({ error })
    }
    expect(body(await scene.poll(code, key))).toMatchObject({ token_type: 'DPoP' })
  })

  it('9449-4.3-5 refused polls do not pace the device', async () => {
    const scene = createScene()
    const code = (await scene.codes(key)).device_code ?? ''
    const form = { client_id: 'tv', grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code }
    expect(body(await scene.ask('/token', form, { dpop: scene.proof(key, '/token') })).error).toBe(
      'authorization_pending',
    )
    scene.now += 5_000
    for (let i = 0; i < 5; i++) expect(body(await scene.ask('/token', form)).error).toBe('invalid_dpop_proof')
    expect(body(await scene.ask('/token', form, { dpop: scene.proof(key, '/token') })).error).toBe(
      'authorization_pending',
    )
  })

  it('9449-10-1 the parameter dpop_jkt binds a grant without a proof; with a proof of another key it is refused', async () => {
    const scene = createScene()
    const codes = await scene.codes(undefined, { dpop_jkt: key.jkt })
    expect(codes.device_code).toMatch(new RegExp(`~j${key.jkt}$`))
    expect(await scene.codes(key, { dpop_jkt: key.jkt })).toHaveProperty('device_code')
    expect(await scene.codes(other, { dpop_jkt: key.jkt })).toMatchObject({ error: 'invalid_dpop_proof' })
    expect(await scene.codes(undefined, { dpop_jkt: 'short' })).toMatchObject({ error: 'invalid_request' })
  })

  it('a code without its thumbprint, or with that of another key, is unknown', async () => {
    const scene = createScene()
    const codes = await scene.codes(key)
    await scene.approve(codes)
    const bare = (codes.device_code ?? '').replace(/~.*/, '')
    for (const code of [bare, `${bare}~j${other.jkt}`, `${codes.device_code}~j${other.jkt}`]) {
      const answer = await scene.poll(code, other)
      expect(body(answer)).toMatchObject({ error: 'invalid_grant' })
    }
  })

  it('a bound code is refused by a server from which the option was taken', async () => {
    const scene = createScene()
    const codes = await scene.codes(key)
    await scene.approve(codes)
    const without = createScene({
      store: scene.store,
      keyBinding: [],
      clients: [
        {
          client_id: 'tv',
          token_endpoint_auth_method: 'none',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
          scope: 'videos',
        },
      ],
    })
    expect(body(await without.poll(codes.device_code ?? ''))).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('tokens that are bound at the token endpoint', () => {
  it('9449-5-1 a proof binds the tokens: token_type DPoP, and cnf.jkt in introspection', async () => {
    const scene = createScene()
    const token = await scene.signIn(undefined, key)
    expect(token).toMatchObject({ token_type: 'DPoP' })
    expect(await scene.introspect(token.access_token ?? '')).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: key.jkt },
    })
  })

  it('without a proof the tokens are of the type Bearer, as before', async () => {
    const scene = createScene()
    const token = await scene.signIn(undefined)
    expect(token).toMatchObject({ token_type: 'Bearer' })
    const introspected = await scene.introspect(token.access_token ?? '')
    expect(introspected).toMatchObject({ active: true, token_type: 'Bearer' })
    expect(introspected).not.toHaveProperty('cnf')
  })

  it('9449-6.1-1 a JWT access token has the claim cnf', async () => {
    const keys = generateKeyPairSync('ed25519').privateKey
    const scene = createScene({ accessToken: jwtAccessTokens({ keys, audience }) })
    const { access_token = '', token_type } = await scene.signIn(key)
    expect(token_type).toBe('DPoP')
    expect(decodeJwt(access_token).cnf).toEqual({ jkt: key.jkt })
    expect(await scene.introspect(access_token)).toMatchObject({ active: true, cnf: { jkt: key.jkt } })
  })

  it('9449-5-2 the refresh token of a public client needs the same key, and refused requests end nothing', async () => {
    const scene = createScene()
    const { refresh_token = '' } = await scene.signIn(undefined, key)
    expect(body(await scene.refresh(refresh_token))).toMatchObject({ error: 'invalid_dpop_proof' })
    const stolen = await scene.refresh(refresh_token, { dpop: scene.proof(other, '/token') })
    expect(body(stolen)).toMatchObject({ error: 'invalid_grant' })
    const refreshed = body(await scene.refresh(refresh_token, { dpop: scene.proof(key, '/token') }))
    expect(refreshed).toMatchObject({ token_type: 'DPoP' })
    expect(refreshed.refresh_token).toMatch(new RegExp(`~j${key.jkt}$`))
    expect(await scene.introspect(refreshed.access_token ?? '')).toMatchObject({ active: true, cnf: { jkt: key.jkt } })
  })

  it('a refresh token without its thumbprint does not end the family of the real one', async () => {
    const scene = createScene()
    const { refresh_token = '' } = await scene.signIn(key)
    const bare = refresh_token.replace(/~.*/, '')
    for (const token of [bare, `${bare}~j${other.jkt}`]) {
      const answer = await scene.refresh(token, { dpop: scene.proof(other, '/token') })
      expect(body(answer)).toMatchObject({ error: 'invalid_grant' })
    }
    expect(body(await scene.refresh(refresh_token, { dpop: scene.proof(key, '/token') }))).toHaveProperty(
      'access_token',
    )
  })

  it('9449-5-2 a confidential client may refresh by another key, if its grant was not bound from the first request', async () => {
    const scene = createScene()
    const box = { client_id: 'box', client_secret: confidential }
    const codes = body(await scene.ask('/device_authorization', box))
    await scene.approve(codes)
    scene.now += 60_000
    const form = {
      ...box,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: codes.device_code ?? '',
    }
    const token = body(await scene.ask('/token', form, { dpop: scene.proof(key, '/token') }))
    expect(token).toMatchObject({ token_type: 'DPoP' })
    const refreshing = { ...box, grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '' }
    const refreshed = body(await scene.ask('/token', refreshing, { dpop: scene.proof(other, '/token') }))
    expect(await scene.introspect(refreshed.access_token ?? '')).toMatchObject({ cnf: { jkt: other.jkt } })
  })

  it('9449-5.2-1 a client with dpop_bound_access_tokens gets no token without a proof, and its code stays', async () => {
    const scene = createScene()
    const codes = body(await scene.ask('/device_authorization', { client_id: 'strict' }))
    await scene.approve(codes)
    const code = codes.device_code ?? ''
    const refused = await scene.poll(code, undefined, { client_id: 'strict' })
    expect(body(refused)).toMatchObject({ error: 'invalid_dpop_proof' })
    const answer = await scene.poll(code, key, { client_id: 'strict' })
    expect(body(answer)).toMatchObject({ token_type: 'DPoP' })
  })

  it('the metadata names the algorithms', () => {
    expect(createScene().deviceAuth.metadata).toMatchObject({
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'],
    })
  })
})

it('7523-3-4 proofs, which anybody can make, do not push the used assertions of clients out of a memory store', async () => {
  const scene = createScene({
    store: new MemoryStore({ maxAttemptKeys: 50 }),
    clients: [deviceClient({ client_id: 'tv', scope: 'videos' }), { ...signing, client_id: 'box', scope: 'videos' }],
    clientAuthentication: { private_key_jwt: privateKeyJwt() },
  })
  const claims = { iss: 'box', sub: 'box', aud: issuer }
  const form = withAssertion(await assertionJwt({ claims }))
  expect((await scene.ask('/device_authorization', form)).status).toBe(200)
  const key = newKey()
  for (let flood = 0; flood < 100; flood++) await scene.codes(key, { scope: 'unknown' })
  expect(body(await scene.ask('/device_authorization', form))).toMatchObject({ error: 'invalid_client' })
})
