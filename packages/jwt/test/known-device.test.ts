// A device is known again by each kind of real proof: DPoP, a client certificate, and the attestation of its maker.
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { DEVICE_CODE_GRANT_TYPE, deviceClient, type PageContent, type RequestHeaders } from '@device-auth/core'
import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { attestedClient, certificateBinding, dpop } from '../src/index.ts'
import { publicJwk } from './client-authentication/scene.ts'
import { body, createScene, newKey, type Scene } from './dpop/scene.ts'
import { certificates } from './mtls/certificates.ts'
import { issuer, keyOf } from './server.ts'

const makerKey = keyOf('ES256')
const attesters = [{ maker: 'Acme', clients: ['radio'], jwks: { keys: [publicJwk(makerKey, { kid: 'maker' })] } }]

const create = (): Scene =>
  createScene({
    clients: [
      deviceClient({ client_id: 'tv', scope: 'videos' }),
      deviceClient({ client_id: 'box', scope: 'videos', tls_client_certificate_bound_access_tokens: true }),
      deviceClient({ client_id: 'radio', scope: 'videos', token_endpoint_auth_method: 'attest_jwt_client_auth' }),
    ],
    keyBinding: [dpop(), certificateBinding({ certificate: ({ headers }) => String(headers['x-cert'] ?? '') })],
    clientAuthentication: { attest_jwt_client_auth: attestedClient({ attesters }) },
  })

async function attestation(scene: Scene, key: KeyObject): Promise<RequestHeaders> {
  const now = Math.floor(scene.now / 1000)
  const made = new SignJWT({ sub: 'radio', exp: now + 3600, cnf: { jwk: publicJwk(key) } })
    .setProtectedHeader({ alg: 'ES256', kid: 'maker', typ: 'oauth-client-attestation+jwt' })
    .sign(makerKey)
  const proven = new SignJWT({ aud: issuer, jti: randomUUID(), iat: now })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'oauth-client-attestation-pop+jwt' })
    .sign(key)
  return { 'oauth-client-attestation': await made, 'oauth-client-attestation-pop': await proven }
}

/** The headers by which a device proves its key at an endpoint. */
type Proof = (scene: Scene, path: string) => RequestHeaders | Promise<RequestHeaders>

const byDpop = (): Proof => {
  const key = newKey()
  return (scene, path) => ({ dpop: scene.proof(key, path) })
}
const byCertificate =
  (pem: string): Proof =>
  () => ({ 'x-cert': pem })
const byAttestation = (): Proof => {
  const key = generateKeyPairSync('ed25519').privateKey
  return (scene) => attestation(scene, key)
}

const [own, other] = certificates

it.each<[string, string, Proof, Proof]>([
  ['DPoP', 'tv', byDpop(), byDpop()],
  ['a certificate', 'box', byCertificate(own), byCertificate(other)],
  ['an attestation', 'radio', byAttestation(), byAttestation()],
])('XD-6.1.7 a device is known again by %s, and another one is not', async (_name, client_id, device, stranger) => {
  const scene = create()
  const ask = async (proof: Proof): Promise<Record<string, string>> =>
    body(await scene.ask('/device_authorization', { client_id }, await proof(scene, '/device_authorization')))
  const show = async (proof: Proof, subject = 'ada'): Promise<PageContent> => {
    const { user_code: userCode = '' } = await ask(proof)
    const request = { headers: {}, ip: '203.0.113.8', native: {} }
    return scene.deviceAuth.verification.present({ user: { subject }, request, userCode })
  }
  expect(await show(device)).toMatchObject({ page: 'confirm', oneTap: false, request: { knownDevice: undefined } })

  const codes = await ask(device)
  await scene.approve(codes)
  const form = { client_id, grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code ?? '' }
  expect(body(await scene.ask('/token', form, await device(scene, '/token')))).toHaveProperty('access_token')

  const knownDevice = { since: scene.now, asksForMore: false }
  expect(await show(device)).toMatchObject({ page: 'confirm', oneTap: true, request: { knownDevice } })
  for (const [proof, subject] of [[stranger, 'ada'] as const, [device, 'eve'] as const])
    expect(await show(proof, subject)).toMatchObject({ oneTap: false, request: { knownDevice: undefined } })
})
