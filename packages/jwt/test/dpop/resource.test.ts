import { createHash, generateKeyPairSync } from 'node:crypto'
import { type AccessControl, checkToken, type RequestHeaders, type TokenAuthority } from '@device-auth/core'
import { dpop, jwtAccessTokens, jwtVerifier, openIdConnect } from '@device-auth/jwt'
import { describe, expect, it } from 'vitest'
import { audience, issuer } from '../server.ts'
import { body, createScene, type DeviceKey, makeProof, newKey, type Scene } from './scene.ts'

const key = newKey()
const keys = generateKeyPairSync('ed25519').privateKey
const request = { method: 'GET', path: '/videos?page=2' }
const ath = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** The headers of a request for `/videos` with a token and a proof. */
function headersOf(
  scene: Scene,
  token: string,
  claims: Readonly<Record<string, unknown>> = {},
  signer: DeviceKey = key,
): RequestHeaders {
  const usual = {
    htm: 'GET',
    htu: 'https://auth.example.com/videos',
    iat: Math.floor(scene.now / 1000),
    ath: ath(token),
  }
  return { authorization: `DPoP ${token}`, dpop: makeProof(signer, usual, { claims }) }
}

/** The status, the challenge and the nonce of a refusal; 200 for a token that is accepted. */
async function check(
  authority: TokenAuthority,
  headers: RequestHeaders,
  access: AccessControl = { request },
): Promise<{ status: number; challenge?: unknown; nonce?: unknown }> {
  const checked = await checkToken(authority, headers, access)
  if ('claims' in checked) return { status: 200 }
  const { status, headers: answer } = checked.response
  return { status, challenge: answer['www-authenticate'], nonce: answer['dpop-nonce'] }
}

const algs = 'algs="ES256 EdDSA Ed25519 RS256 PS256"'

describe('a guard with a token that is bound to a key', () => {
  it('9700-2.2.1-1 9449-7-1 takes it by the scheme DPoP with a proof of its key', async () => {
    const scene = createScene()
    const { access_token = '' } = await scene.signIn(key)
    const checked = await checkToken(scene.deviceAuth, headersOf(scene, access_token), { request, scope: 'videos' })
    expect(checked).toMatchObject({ claims: { subject: 'ada', confirmation: { jkt: key.jkt } } })
  })

  it('9449-7-1 refuses it as Bearer, also with a proof, and without the request', async () => {
    const scene = createScene()
    const { access_token = '' } = await scene.signIn(key)
    const { dpop: proof } = headersOf(scene, access_token)
    const bearer = { authorization: `Bearer ${access_token}` }
    const refused = { status: 401, challenge: expect.stringMatching(/^Bearer .*error="invalid_token".*, DPoP algs=/) }
    expect(await check(scene.deviceAuth, bearer)).toMatchObject(refused)
    expect(await check(scene.deviceAuth, { ...bearer, dpop: proof })).toMatchObject(refused)
    expect((await check(scene.deviceAuth, headersOf(scene, access_token), {})).status).toBe(401)
    expect(await scene.deviceAuth.authenticate(access_token)).toBeUndefined()
  })

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['ath of another token', { ath: ath('other') }, /ath/],
    ['no ath', { ath: undefined }, /ath/],
    ['htm POST', { htm: 'POST' }, /htm/],
    ['htu of another path', { htu: 'https://auth.example.com/users' }, /htu/],
    ['htu of another host', { htu: 'https://evil.example/videos' }, /htu/],
    ['iat an hour ago', { iat: 0 }, /iat/],
  ])('9449-7-1 refuses a proof with %s by 401 invalid_dpop_proof', async (_, claims, description) => {
    const scene = createScene()
    const { access_token = '' } = await scene.signIn(key)
    const { status, challenge } = await check(scene.deviceAuth, headersOf(scene, access_token, claims))
    expect(status).toBe(401)
    expect(challenge).toMatch(/^DPoP realm="https:\/\/auth\.example\.com\/oauth", error="invalid_dpop_proof"/)
    expect(challenge).toMatch(description)
    expect(challenge).toContain(algs)
    expect((await check(scene.deviceAuth, headersOf(scene, access_token))).status).toBe(200)
  })

  it('9449-7-1 refuses a missing proof, a proof of another key, and the same proof again', async () => {
    const scene = createScene()
    const { access_token = '' } = await scene.signIn(key)
    const good = headersOf(scene, access_token)
    const { authorization } = good
    expect(await check(scene.deviceAuth, { authorization })).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('invalid_dpop_proof'),
    })
    expect(await check(scene.deviceAuth, headersOf(scene, access_token, {}, newKey()))).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/^DPoP .*invalid_token/),
    })
    expect((await check(scene.deviceAuth, good)).status).toBe(200)
    expect((await check(scene.deviceAuth, good)).status).toBe(401)
  })

  it('9449-7-1 refuses a token that is not bound by the scheme DPoP', async () => {
    const scene = createScene()
    const { access_token = '' } = await scene.signIn(undefined)
    expect((await check(scene.deviceAuth, headersOf(scene, access_token))).status).toBe(401)
    expect((await check(scene.deviceAuth, { authorization: `Bearer ${access_token}` })).status).toBe(200)
  })

  it('names both schemes to a request without a token, and Bearer alone without the option', async () => {
    const realm = `realm="${issuer}"`
    expect(await check(createScene().deviceAuth, {})).toMatchObject({ challenge: `Bearer ${realm}, DPoP ${algs}` })
    const plain = createScene({ keyBinding: [], clients: [] }).deviceAuth
    expect(await check(plain, {})).toMatchObject({ challenge: `Bearer ${realm}` })
    expect(await check(plain, { authorization: 'DPoP abc' })).toMatchObject({
      status: 401,
      challenge: `Bearer ${realm}`,
    })
  })

  it('9449-9-1 demands a nonce by 401 with DPoP-Nonce, and takes it', async () => {
    const scene = createScene({ keyBinding: dpop({ nonces: true }) })
    const ask = (path: string, nonce: unknown, form: Record<string, string>) =>
      scene.ask(path, { client_id: 'tv', ...form }, { dpop: scene.proof(key, path, { claims: { nonce } }) })
    const nonce = (await ask('/device_authorization', undefined, {})).headers['dpop-nonce']
    const codes = body(await ask('/device_authorization', nonce, {}))
    await scene.approve(codes)
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: codes.device_code ?? '' }
    const { access_token = '' } = body(await ask('/token', nonce, grant))
    const demanded = await check(scene.deviceAuth, headersOf(scene, access_token))
    expect(demanded).toMatchObject({ status: 401, nonce, challenge: expect.stringContaining('use_dpop_nonce') })
    expect((await check(scene.deviceAuth, headersOf(scene, access_token, { nonce }))).status).toBe(200)
  })

  it('the path of the request cannot name another host, and baseUrl is in front of it', async () => {
    const scene = createScene()
    const { access_token = '' } = await scene.signIn(key)
    const at = (htu: string) => headersOf(scene, access_token, { htu })
    const twoSlashes = { request: { method: 'GET', path: '//evil.example/videos' } }
    expect((await check(scene.deviceAuth, at('https://evil.example/videos'), twoSlashes)).status).toBe(401)
    const behind = { request, baseUrl: 'https://api.example.com/v1' }
    expect((await check(scene.deviceAuth, at('https://api.example.com/v1/videos'), behind)).status).toBe(200)
  })

  it('a refused token does not count as used: a lost answer is still given again', async () => {
    const scene = createScene()
    const codes = await scene.codes(key)
    await scene.approve(codes)
    const first = body(await scene.poll(codes.device_code ?? '', key))
    await check(scene.deviceAuth, { authorization: `Bearer ${first.access_token}` })
    const form = {
      client_id: 'tv',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: codes.device_code ?? '',
    }
    expect(body(await scene.ask('/token', form, { dpop: scene.proof(key, '/token') }))).toEqual(first)
  })

  it('the UserInfo endpoint takes it by its own URL', async () => {
    const scene = createScene({
      openid: openIdConnect({ keys }),
      clients: [
        {
          client_id: 'tv',
          token_endpoint_auth_method: 'none',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
          scope: 'openid',
        },
      ],
      scopes: { openid: '' },
    })
    const codes = await scene.codes(key)
    await scene.deviceAuth.approve(codes.user_code ?? '', { subject: 'ada', scope: 'openid' })
    const { access_token = '' } = body(await scene.poll(codes.device_code ?? '', key))
    const headers = headersOf(scene, access_token, { htu: `${issuer}/userinfo` })
    expect(body(await scene.get('/userinfo', headers))).toMatchObject({ sub: 'ada' })
    expect((await scene.get('/userinfo', { authorization: `Bearer ${access_token}` })).status).toBe(401)
  })
})

describe('jwtVerifier with tokens that are bound to a key', () => {
  const accessToken = jwtAccessTokens({ keys, audience })
  const htu = `${audience}/videos`

  /** A resource server that finds keys at the endpoints of the scene. */
  function verifier(scene: Scene, more: Partial<Parameters<typeof jwtVerifier>[0]> = {}): TokenAuthority {
    const fetchFunction = async (address: unknown) => {
      const path = new URL(String(address)).pathname.replace('/oauth', '')
      const { body: text } = await scene.get(path, {})
      return new Response(path === '/jwks' ? text : JSON.stringify(scene.deviceAuth.metadata))
    }
    return jwtVerifier({ issuer, audience, clock: () => scene.now, fetch: fetchFunction as typeof fetch, ...more })
  }

  it('refuses every bound token without the option keyBinding', async () => {
    const scene = createScene({ accessToken })
    const { access_token = '' } = await scene.signIn(key)
    expect((await check(verifier(scene), { authorization: `Bearer ${access_token}` })).status).toBe(401)
    expect((await check(verifier(scene), headersOf(scene, access_token, { htu }))).status).toBe(401)
  })

  it('takes them with a proof for its own address, once', async () => {
    const scene = createScene({ accessToken })
    const { access_token = '' } = await scene.signIn(key)
    const authority = verifier(scene, { keyBinding: [dpop()] })
    const headers = headersOf(scene, access_token, { htu })
    expect((await check(authority, headers)).status).toBe(200)
    expect((await check(authority, headers)).status).toBe(401)
    expect((await check(authority, headersOf(scene, access_token))).status).toBe(401)
    expect((await check(authority, headersOf(scene, access_token, { htu }, newKey()))).status).toBe(401)
    expect((await check(authority, { authorization: `Bearer ${access_token}` })).status).toBe(401)
  })

  it('demands nonces that all processes with its secret accept', async () => {
    const scene = createScene({ accessToken })
    const { access_token = '' } = await scene.signIn(key)
    const secret = 'x7Qp2mVz9LkR4tYw8NcB3hJf6GsD1aEu'
    const node = () => verifier(scene, { keyBinding: dpop({ nonces: true }), secret })
    const { nonce } = await check(node(), headersOf(scene, access_token, { htu }))
    expect((await check(node(), headersOf(scene, access_token, { htu, nonce }))).status).toBe(200)
  })
})
