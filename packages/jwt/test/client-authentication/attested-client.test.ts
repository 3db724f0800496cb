import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { DEVICE_CODE_GRANT_TYPE, DeviceAuthHooks, deviceClient, type OAuthResponse } from '@device-auth/core'
import { calculateJwkThumbprint, type JWTHeaderParameters, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type AttestedClientOptions, attestedClient } from '../../src/index.ts'
import { issuer, keyOf, start, type TestServer } from '../server.ts'
import { expectInvalidClient, publicJwk, serverFor, stranger } from './scene.ts'

const now = start / 1000
const makerKey = keyOf('ES256')
const device = keyOf('EdDSA')
const otherDevice = generateKeyPairSync('ed25519').privateKey
const attesters = [{ maker: 'Acme', clients: ['tv'], jwks: { keys: [publicJwk(makerKey, { kid: 'maker' })] } }]
const tv = deviceClient({ client_id: 'tv', scope: 'profile', token_endpoint_auth_method: 'attest_jwt_client_auth' })
const make = (options: Partial<AttestedClientOptions> = {}) =>
  serverFor({ attest_jwt_client_auth: attestedClient({ attesters, ...options }) }, tv)

interface Part {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Partial<JWTHeaderParameters>
  readonly key?: KeyObject
}

/** The parts of a request that a test changes. */
interface Changes {
  readonly attestation?: Part
  readonly proof?: Part
}

let count = 0

/** The headers of an attested request of the client `tv`, right unless they are changed. */
async function headersOf({ attestation, proof }: Changes = {}, own = device): Promise<Record<string, string>> {
  const cnf = { jwk: publicJwk(own) }
  const made = new SignJWT({ sub: 'tv', iat: now - 3600, exp: now + 3600, cnf, ...attestation?.claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'maker', typ: 'oauth-client-attestation+jwt', ...attestation?.header })
    .sign(attestation?.key ?? makerKey)
  const proven = new SignJWT({ aud: issuer, jti: `id-${++count}`, iat: now, ...proof?.claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'oauth-client-attestation-pop+jwt', ...proof?.header })
    .sign(proof?.key ?? own)
  return { 'oauth-client-attestation': await made, 'oauth-client-attestation-pop': await proven }
}

async function post(
  server: TestServer,
  path: string,
  headers: Readonly<Record<string, string>>,
  form: Readonly<Record<string, string>> = {},
): Promise<OAuthResponse> {
  const endpoint = server.deviceAuth.route('POST', path)
  if (endpoint === undefined) throw new Error(`there is no ${path}`)
  return endpoint({
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    form: new URLSearchParams(form),
    ip: '203.0.113.7',
    native: {},
  })
}

const ask = (server: TestServer, headers: Readonly<Record<string, string>>, form = {}) =>
  post(server, '/device_authorization', headers, form)
const errorOf = ({ body }: OAuthResponse) => JSON.parse(body).error

describe('attest_jwt_client_auth', () => {
  it('signs a device in, with client_id and without; a new proof for each request', async () => {
    const server = make()
    expect((await ask(server, await headersOf(), { client_id: 'tv' })).status).toBe(200)
    const codes = JSON.parse((await ask(server, await headersOf())).body)
    const poll = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code }
    expect(errorOf(await post(server, '/token', await headersOf(), poll))).toBe('authorization_pending')
    await server.deviceAuth.approve(codes.user_code, { subject: 'ada' })
    const tokens = JSON.parse((await post(server, '/token', await headersOf(), poll)).body)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    expect((await post(server, '/token', await headersOf(), refresh)).status).toBe(200)
  })

  it('another device of the same maker and client can neither redeem the code nor refresh', async () => {
    const server = make()
    const codes = JSON.parse((await ask(server, await headersOf())).body)
    const poll = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code }
    const other = () => headersOf({}, otherDevice)
    expect(errorOf(await post(server, '/token', await other(), poll))).toBe('invalid_grant')
    await server.deviceAuth.approve(codes.user_code, { subject: 'ada' })
    expect(errorOf(await post(server, '/token', await other(), poll))).toBe('invalid_grant')
    const tokens = JSON.parse((await post(server, '/token', await headersOf(), poll)).body)
    expect(tokens).toMatchObject({ token_type: 'Bearer' })
    // the answer that is given again for a lost one is for the same device, too
    expect(errorOf(await post(server, '/token', await other(), poll))).toBe('invalid_grant')
    expect((await post(server, '/token', await headersOf(), poll)).status).toBe(200)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    expect(errorOf(await post(server, '/token', await other(), refresh))).toBe('invalid_grant')
    expect((await post(server, '/token', await headersOf(), refresh)).status).toBe(200)
  })

  it.each<[string, Changes]>([
    ['another maker', { attestation: { key: stranger } }],
    ['an unknown kid', { attestation: { header: { kid: 'other' } } }],
    ['another type', { attestation: { header: { typ: 'JWT' } } }],
    ['another client', { attestation: { claims: { sub: 'radio' } } }],
    ['no end', { attestation: { claims: { exp: undefined } } }],
    ['no key', { attestation: { claims: { cnf: undefined } } }],
    ['a private key', { attestation: { claims: { cnf: { jwk: device.export({ format: 'jwk' }) } } } }],
    ['a proof by another key', { proof: { key: otherDevice } }],
    ['a proof of another type', { proof: { header: { typ: 'dpop+jwt' } } }],
    ['a proof for another server', { proof: { claims: { aud: 'https://other.example.com' } } }],
    ['a proof for an endpoint', { proof: { claims: { aud: `${issuer}/token` } } }],
    ['a proof without a time', { proof: { claims: { iat: undefined } } }],
    ['a proof of the future', { proof: { claims: { iat: now + 31 } } }],
    ['a proof of long ago', { proof: { claims: { iat: now - 301 } } }],
    ['a proof without jti', { proof: { claims: { jti: undefined } } }],
    ['an oversized proof', { proof: { claims: { padding: 'x'.repeat(8192) } } }],
  ])('refuses with invalid_client: %s', async (_name, changes) => {
    expectInvalidClient(await ask(make(), await headersOf(changes), { client_id: 'tv' }))
  })

  it('refuses a repeated header, one alone, none, `alg` none and a proof that was used', async () => {
    const server = make()
    const right = await headersOf()
    const { 'oauth-client-attestation': attestation = '', 'oauth-client-attestation-pop': proof = '' } = right
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'oauth-client-attestation-pop+jwt' })).toString(
      'base64url',
    )
    const wrong = [
      { ...right, 'oauth-client-attestation': `${attestation}, ${attestation}` },
      { ...right, 'oauth-client-attestation-pop': `${proof}, ${proof}` },
      { 'oauth-client-attestation': attestation },
      { 'oauth-client-attestation-pop': proof },
      {},
      { ...right, 'oauth-client-attestation-pop': `${none}.${proof.split('.')[1]}.` },
    ]
    for (const headers of wrong) expectInvalidClient(await ask(server, headers, { client_id: 'tv' }))
    const many = await Promise.all(Array.from({ length: 10 }, () => ask(server, right, { client_id: 'tv' })))
    expect(many.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('an attester may attest its own clients only', async () => {
    const others = [{ ...attesters[0], maker: 'Acme', clients: ['radio'] }]
    expectInvalidClient(await ask(make({ attesters: others }), await headersOf(), { client_id: 'tv' }))
  })

  it('an expired attestation, and one of the future, lead to use_fresh_attestation', async () => {
    for (const claims of [{ exp: now - 31 }, { nbf: now + 31 }, { iat: now + 31 }])
      expect(errorOf(await ask(make(), await headersOf({ attestation: { claims } })))).toBe('use_fresh_attestation')
    const almost = { attestation: { claims: { exp: now - 29 } } }
    expect((await ask(make(), await headersOf(almost))).status).toBe(200)
  })

  it('with challengeSecret a proof needs a fresh challenge; an answer with a challenge is no poll', async () => {
    const challengeSecret = 'a-secret-of-thirty-two-characters'
    const server = make({ challengeSecret })
    const refused = await ask(server, await headersOf())
    expect({ status: refused.status, error: errorOf(refused) }).toEqual({
      status: 400,
      error: 'use_attestation_challenge',
    })
    const challenge = String(refused.headers['oauth-client-attestation-challenge'])
    const withChallenge = (text: string) => headersOf({ proof: { claims: { challenge: text } } })
    expect((await ask(server, await withChallenge(challenge))).status).toBe(200)
    const [time = '', tag = ''] = challenge.split('.')
    for (const forged of ['x', `${Number(time) + 1}.${tag}`, `${time}.${'A'.repeat(43)}`, `${time}.`, '']) {
      expect(errorOf(await ask(server, await withChallenge(forged)))).toBe('use_attestation_challenge')
    }
    server.now = start + 299_000
    const late = (iat: number) => headersOf({ proof: { claims: { challenge, iat } } })
    expect((await ask(server, await late(now + 299))).status).toBe(200)
    server.now = start + 300_000
    expect(errorOf(await ask(server, await late(now + 300)))).toBe('use_attestation_challenge')
  })

  it('the request is kept with the maker, the device in words, and the key of the device', async () => {
    const kept: unknown[] = []
    class Keeping extends DeviceAuthHooks {
      override saveDeviceCredential(...[credential, context]: Parameters<DeviceAuthHooks['saveDeviceCredential']>) {
        kept.push(credential.requester?.attestation)
        return super.saveDeviceCredential(credential, context)
      }
    }
    const describe = ({ model }: Readonly<Record<string, unknown>>) => `TV ${String(model)}`
    const hooks = new Keeping()
    const server = serverFor({ attest_jwt_client_auth: attestedClient({ attesters, describe }) }, tv, { hooks })
    await ask(server, await headersOf({ attestation: { claims: { model: 'X-1' } } }))
    const key = await calculateJwkThumbprint(publicJwk(device))
    expect(kept).toEqual([{ maker: 'Acme', device: 'TV X-1', key }])
  })

  it('names its algorithms in the metadata', () => {
    const { metadata } = make().deviceAuth
    expect(metadata.token_endpoint_auth_methods_supported).toContain('attest_jwt_client_auth')
    expect(metadata.client_attestation_signing_alg_values_supported).toContain('ES256')
    expect(metadata.client_attestation_pop_signing_alg_values_supported).not.toContain('HS256')
  })

  it.each([
    {},
    { attesters: [] },
    { attesters: [{ maker: 'Acme', clients: ['tv'] }] },
    { attesters: [{ ...attesters[0], clients: [] }] },
    { attesters: [{ ...attesters[0], maker: '' }] },
    { attesters: [{ maker: 'Acme', clients: ['tv'], jwks_uri: 'http://acme.example/jwks' }] },
    { attesters, challengeSecret: 'short' },
    { attesters, describe: 'TV' },
  ])('refuses wrong options: %j', (options) => {
    expect(() => attestedClient(options as never)).toThrow(/attesters|challengeSecret|describe/)
  })
})
