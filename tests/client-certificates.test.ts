// Clients authenticate by TLS certificates (RFC 8705 section 2) at an Express application on a TLS server of Node.
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, deviceAuthRouter, deviceClient } from '@device-auth/express'
import { selfSignedTlsClientAuth, tlsClientAuth } from '@device-auth/jwt'
import express from 'express'
import { afterEach, expect, it } from 'vitest'
import {
  clientCertificate,
  otherCertificate,
  serverCertificate,
} from '../packages/jwt/test/client-authentication/certificates.ts'

let server: Server
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const x5c = [otherCertificate.cert.replaceAll(/-----[A-Z ]+-----|\n/g, '')]
const scope = 'profile'
const clients = [
  deviceClient({
    client_id: 'tv',
    scope,
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'tv.example.com',
  }),
  deviceClient({
    client_id: 'radio',
    scope,
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ kty: 'EC', x5c }] },
  }),
]

async function start(): Promise<void> {
  const app = express()
  // the certificate of the TV is its own authority; that of the radio has none
  const tls = { ...serverCertificate, ca: clientCertificate.cert, requestCert: true, rejectUnauthorized: false }
  server = createServer(tls, app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const deviceAuth = createDeviceAuth({
    issuer: `https://localhost:${(server.address() as AddressInfo).port}/oauth`,
    clients,
    clientAuthentication: {
      tls_client_auth: tlsClientAuth(),
      self_signed_tls_client_auth: selfSignedTlsClientAuth(),
    },
  })
  app.use('/oauth', deviceAuthRouter(deviceAuth))
}

/** Asks for codes over a TLS connection with or without a certificate. */
async function ask(client_id: string, certificate: { readonly key?: string; readonly cert?: string }) {
  const { port } = server.address() as AddressInfo
  const path = '/oauth/device_authorization'
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const options = { host: 'localhost', port, path, method: 'POST', headers, agent: false as const }
  const asked = request({ ...options, ca: serverCertificate.cert, ...certificate })
  asked.end(new URLSearchParams({ client_id }).toString())
  const [response] = await once(asked, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, ...JSON.parse(Buffer.concat(chunks).toString()) }
}

it('8705-2.1 8705-2.2 each client gets codes with its own certificate alone', async () => {
  await start()
  expect(await ask('tv', clientCertificate)).toMatchObject({ status: 200, device_code: expect.any(String) })
  expect(await ask('radio', otherCertificate)).toMatchObject({ status: 200, device_code: expect.any(String) })
  const wrong = [
    ['tv', otherCertificate],
    ['radio', clientCertificate],
    ['tv', {}],
    ['radio', {}],
  ] as const
  for (const [id, certificate] of wrong)
    expect(await ask(id, certificate)).toMatchObject({ status: 401, error: 'invalid_client' })
})
