// A device authenticates by the attestation of its maker, through Express.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createDeviceAuth, deviceAuthRouter, deviceClient } from '@device-auth/express'
import { attestedClient } from '@device-auth/jwt'
import express from 'express'
import { afterEach, expect, it } from 'vitest'
import { closeServers, serve } from './serve.ts'

afterEach(closeServers)

const maker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const device = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function jwt(typ: string, claims: object, key: KeyObject): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${encode({ alg: 'ES256', typ })}.${encode(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

it('XD-6.1.7 gets codes with a proof of its own key and a fresh challenge, and with nothing less', async () => {
  const app = express()
  const origin = await serve(() => app)
  const issuer = `${origin}/oauth`
  const jwks = { keys: [maker.publicKey.export({ format: 'jwk' })] }
  const attested = attestedClient({
    attesters: [{ maker: 'Acme', clients: ['tv'], jwks }],
    challengeSecret: 'a-secret-of-thirty-two-characters',
  })
  const deviceAuth = createDeviceAuth({
    issuer,
    clients: [
      deviceClient({ client_id: 'tv', scope: 'profile', token_endpoint_auth_method: 'attest_jwt_client_auth' }),
    ],
    clientAuthentication: { attest_jwt_client_auth: attested },
  })
  app.use('/oauth', deviceAuthRouter(deviceAuth))
  const now = Math.floor(Date.now() / 1000)
  const cnf = { jwk: device.publicKey.export({ format: 'jwk' }) }
  const attestation = jwt('oauth-client-attestation+jwt', { sub: 'tv', exp: now + 60, cnf }, maker.privateKey)
  const ask = async (challenge: string | undefined, key = device.privateKey) => {
    const claims = { aud: issuer, iat: now, jti: crypto.randomUUID(), challenge }
    const headers = {
      'OAuth-Client-Attestation': attestation,
      'OAuth-Client-Attestation-PoP': jwt('oauth-client-attestation-pop+jwt', claims, key),
    }
    const body = new URLSearchParams({ client_id: 'tv' })
    const response = await fetch(`${issuer}/device_authorization`, { method: 'POST', headers, body })
    const next = response.headers.get('OAuth-Client-Attestation-Challenge') ?? undefined
    const answer: Record<string, unknown> = Object(await response.json())
    return { status: response.status, next, ...answer }
  }
  const first = await ask(undefined)
  expect(first).toMatchObject({ status: 400, error: 'use_attestation_challenge' })
  expect(await ask(first.next, maker.privateKey)).toMatchObject({ status: 401, error: 'invalid_client' })
  expect(await ask(first.next)).toMatchObject({ status: 200, device_code: expect.any(String) })
})
