import { X509Certificate } from 'node:crypto'
import { type Client, deviceClient, type OAuthResponse } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { type CertificateOptions, privateKeyJwt, selfSignedTlsClientAuth, tlsClientAuth } from '../../src/index.ts'
import type { TestServer } from '../server.ts'
import { clientCertificate, otherCertificate } from './certificates.ts'
import { assertionJwt, expectInvalidClient, serverFor, tv, withAssertion } from './scene.ts'

const own = new X509Certificate(clientCertificate.cert)
const foreign = new X509Certificate(otherCertificate.cert)
const subject = 'CN=tv,OU=Devices,O=Acme\\, Inc.,C=US'
const base = deviceClient({ client_id: 'tv', scope: 'profile', token_endpoint_auth_method: 'tls_client_auth' })
/** A moment at which the certificates of the tests are valid. */
const now = Date.UTC(2027, 0, 1)

interface Presented {
  readonly native?: unknown
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** A request of Node whose TLS socket has a certificate. */
const withSocket = (certificate: X509Certificate | undefined, authorized = true) => ({
  socket: { authorized, remoteAddress: '203.0.113.7', getPeerX509Certificate: () => certificate },
})

async function ask(server: TestServer, { native = {}, headers }: Presented, form = {}): Promise<OAuthResponse> {
  const endpoint = server.deviceAuth.route('POST', '/device_authorization')
  if (endpoint === undefined) throw new Error('there is no endpoint')
  return endpoint({
    method: 'POST',
    path: '/device_authorization',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    form: new URLSearchParams({ client_id: 'tv', ...form }),
    ip: '203.0.113.7',
    native,
  })
}

const make = (client: Partial<Client>, options?: CertificateOptions) => {
  const server = serverFor({ tls_client_auth: tlsClientAuth(options) }, { ...base, ...client })
  server.now = now
  return server
}

describe('tls_client_auth', () => {
  it.each<Partial<Client>>([
    { tls_client_auth_subject_dn: subject },
    { tls_client_auth_san_dns: 'TV.example.com' },
    { tls_client_auth_san_uri: 'https://tv.example.com/id' },
    { tls_client_auth_san_ip: '192.0.2.7' },
    { tls_client_auth_san_ip: '2001:db8::7' },
    { tls_client_auth_san_email: 'tv@example.com' },
  ])('8705-2.1.2 accepts the certificate with the registered name alone: %j', async (client) => {
    const server = make(client)
    expect((await ask(server, { native: withSocket(own) })).status).toBe(200)
    expectInvalidClient(await ask(server, { native: withSocket(foreign) }))
    expectInvalidClient(await ask(server, { native: withSocket(own, false) }))
    expectInvalidClient(await ask(server, { native: withSocket(undefined) }))
    expectInvalidClient(await ask(server, {}))
  })

  it.each<Partial<Client>>([
    { tls_client_auth_san_dns: 'example.com' },
    { tls_client_auth_san_dns: 'https://tv.example.com/id' },
    { tls_client_auth_san_uri: 'tv.example.com' },
    { tls_client_auth_san_uri: 'https://tv.example.com/ID' },
    { tls_client_auth_san_ip: '192.0.2.8' },
    { tls_client_auth_san_email: 'TV@example.com' },
    { tls_client_auth_subject_dn: 'CN=tv' },
  ])('8705-2.1.2 refuses a certificate with another name: %j', async (client) => {
    expectInvalidClient(await ask(make(client), { native: withSocket(own) }))
  })

  it('a name with unusual characters, which Node quotes, cannot pretend to be two names', async () => {
    const forged = Object.create(own, {
      subjectAltName: { value: 'DNS:"evil.example, DNS:tv.example.com"' },
    }) as X509Certificate
    expectInvalidClient(await ask(make({ tls_client_auth_san_dns: 'tv.example.com' }), { native: withSocket(forged) }))
  })

  it.each([
    ['a request of Koa', { req: withSocket(own) }],
    ['a request of Fastify', { raw: withSocket(own) }],
  ])('finds the socket of %s', async (_name, native) => {
    expect((await ask(make({ tls_client_auth_subject_dn: subject }), { native })).status).toBe(200)
  })

  it('a client without it may have a certificate in its connection, and a method of its own', async () => {
    const native = withSocket(own)
    const methods = { tls_client_auth: tlsClientAuth(), private_key_jwt: privateKeyJwt() }
    const open = serverFor(methods, { ...base, token_endpoint_auth_method: 'none' })
    expect((await ask(open, { native })).status).toBe(200)
    const signing = serverFor(methods, tv)
    expect((await ask(signing, { native }, withAssertion(await assertionJwt()))).status).toBe(200)
    expectInvalidClient(await ask(signing, { native }))
  })

  it('6749-2.3-1 a secret beside the certificate is a wrong client', async () => {
    const server = make({ tls_client_auth_subject_dn: subject })
    expectInvalidClient(await ask(server, { native: withSocket(own) }, { client_secret: 'x' }))
  })

  it.each([
    ['tls_client_auth_subject_dn', {}],
    ['tls_client_auth_subject_dn', { tls_client_auth_subject_dn: 'tv' }],
    ['tls_client_auth_subject_dn', { tls_client_auth_subject_dn: '' }],
    ['tls_client_auth_subject_dn', { tls_client_auth_subject_dn: subject, tls_client_auth_san_dns: 'tv.example.com' }],
    ['tls_client_auth_san_ip', { tls_client_auth_san_ip: 'tv.example.com' }],
    ['tls_client_auth_san_dns', { tls_client_auth_san_dns: 7 }],
    ['tls_client_auth_san_DNS', { tls_client_auth_san_DNS: 'tv.example.com' }],
  ])('a listed client with a wrong %s is refused at construction: %j', (field, client) => {
    expect(() => make(client as never)).toThrow(`clients[0].${field}`)
  })

  it('names itself in the metadata of all endpoints', () => {
    const { metadata } = make({ tls_client_auth_subject_dn: subject }).deviceAuth
    for (const endpoint of ['token', 'revocation', 'introspection'])
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toContain('tls_client_auth')
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).toBeUndefined()
  })
})

describe('the header of a proxy', () => {
  const header = { name: 'Client-Cert', proxies: ['10.0.0.0/8', 'fd00::/8'] }
  const make8705 = () => make({ tls_client_auth_subject_dn: subject }, { header })
  const der = `:${own.raw.toString('base64')}:`
  const from = (remoteAddress: string, value: string | readonly string[] = der): Presented => ({
    native: { socket: { remoteAddress } },
    headers: { 'client-cert': value },
  })

  it.each(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'])('8705-x counts if it comes from a proxy: %s', async (address) => {
    const server = make8705()
    expect((await ask(server, from(address))).status).toBe(200)
    expect((await ask(server, from(address, encodeURIComponent(clientCertificate.cert)))).status).toBe(200)
    expectInvalidClient(await ask(server, from(address, `:${foreign.raw.toString('base64')}:`)))
  })

  it.each(['203.0.113.7', '11.0.0.1', '::ffff:203.0.113.7', '2001:db8::1', '', 'unknown'])(
    '8705-x from elsewhere it is ignored: %s',
    async (address) => expectInvalidClient(await ask(make8705(), from(address))),
  )

  it('8705-x the certificate of the socket, which is that of the proxy, does not count', async () => {
    expectInvalidClient(
      await ask(make8705(), { native: { socket: { ...withSocket(own).socket, remoteAddress: '10.0.0.1' } } }),
    )
  })

  it.each([[''], [':'], ['::'], ['%'], [':AAAA:'], ['x'.repeat(20_000)], [[der, der]]])(
    'a value that is no certificate is ignored: %j',
    async (value) => expectInvalidClient(await ask(make8705(), from('10.0.0.1', value))),
  )

  it('8705-x a header that the client sent too, and that Node joined with the one of the proxy, is ignored', async () => {
    for (const encode of [
      encodeURIComponent,
      (pem: string) => `:${new X509Certificate(pem).raw.toString('base64')}:`,
    ]) {
      // PEM ends with a new line, also in the variable of nginx
      const joined = [clientCertificate.cert, otherCertificate.cert].map((pem) => encode(`${pem}\n`)).join(', ')
      expectInvalidClient(await ask(make8705(), from('10.0.0.1', joined)))
    }
  })

  it('a function finds the certificate in another way', async () => {
    const server = make(
      { tls_client_auth_subject_dn: subject },
      { certificate: ({ headers }) => (headers['x-genuine'] === undefined ? undefined : own) },
    )
    expect((await ask(server, { headers: { 'x-genuine': '1' } })).status).toBe(200)
    expectInvalidClient(await ask(server, {}))
  })

  it.each([
    { header: 'client-cert' },
    { header: { name: 'client-cert' } },
    { header: { name: 'client-cert', proxies: [] } },
    { header: { name: '', proxies: ['10.0.0.0/8'] } },
    { header: { name: 'client-cert', proxies: ['loopback'] } },
    { certificate: own },
  ])('refuses wrong options: %j', (options) => {
    expect(() => tlsClientAuth(options as never)).toThrow(/`(?:header|certificate)`/)
  })
})

describe('self_signed_tls_client_auth', () => {
  const { kty, crv, x, y } = own.publicKey.export({ format: 'jwk' })
  const key = { kty, crv, x, y }
  const makeSelf = (keys: readonly object[]) => {
    const client = { ...base, token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys } }
    const server = serverFor({ self_signed_tls_client_auth: selfSignedTlsClientAuth() }, client)
    server.now = now
    return server
  }

  it.each([
    ['in x5c', [{ ...key, x5c: [own.raw.toString('base64')] }]],
    ['by its key', [{ kty: 'RSA' }, key]],
  ])('8705-2.2 accepts a certificate that is registered %s, without an authority', async (_name, keys) => {
    const server = makeSelf(keys)
    expect((await ask(server, { native: withSocket(own, false) })).status).toBe(200)
    expectInvalidClient(await ask(server, { native: withSocket(foreign, false) }))
    expectInvalidClient(await ask(server, { native: withSocket(undefined) }))
  })

  it('8705-2.2 with x5c, another certificate of the same key is refused', async () => {
    const server = makeSelf([{ ...key, x5c: [foreign.raw.toString('base64')] }])
    expectInvalidClient(await ask(server, { native: withSocket(own, false) }))
  })

  it('an expired certificate, and one that is not valid yet, are refused', async () => {
    const server = makeSelf([key])
    for (const time of [Date.UTC(2200, 0, 1), Date.UTC(2019, 0, 1)]) {
      server.now = time
      expectInvalidClient(await ask(server, { native: withSocket(own, false) }))
    }
  })

  it('its keys are found at a jwks_uri, too', async () => {
    const client = {
      ...base,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks_uri: 'https://tv.example.com/jwks',
    }
    const method = selfSignedTlsClientAuth({ fetchJson: async () => ({ keys: [key] }) })
    const server = serverFor({ self_signed_tls_client_auth: method }, client)
    server.now = now
    expect((await ask(server, { native: withSocket(own, false) })).status).toBe(200)
    expectInvalidClient(await ask(server, { native: withSocket(foreign, false) }))
  })
})
