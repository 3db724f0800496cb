import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Client, DEVICE_CODE_GRANT_TYPE, deviceClient, type OAuthResponse } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { safeFetchDocument } from '../../src/client-authentication/safe-fetch.ts'
import { type FetchDocument, privateKeyJwt, withMetadataDocuments } from '../../src/index.ts'
import type { MetadataDocumentsOptions } from '../../src/metadata-documents/with-metadata-documents.ts'
import { serverCertificate } from '../client-authentication/certificates.ts'
import { assertionJwt, publicJwk, withAssertion } from '../client-authentication/scene.ts'
import { keyOf, startServer, type TestServer } from '../server.ts'
import { answered, documentOf, id, minute } from './scene.ts'

const tv = deviceClient({ client_id: 'tv', scope: 'profile' })
const errorOf = ({ status, body }: OAuthResponse) => ({ status, error: JSON.parse(body).error })

function serverWith(
  fetchDocument: FetchDocument,
  options: MetadataDocumentsOptions = {},
  own: readonly Client[] = [tv],
) {
  let count = 0
  const server = startServer({
    clients: withMetadataDocuments(own, {
      scope: 'profile',
      clock: () => server.now,
      fetchDocument: (url) => {
        count++
        return fetchDocument(url)
      },
      ...options,
    }),
    scopes: { profile: '', videos: '' },
    clientAuthentication: { private_key_jwt: privateKeyJwt() },
  })
  return Object.assign(server, { fetches: () => count })
}

describe('a client whose id is the address of its metadata', () => {
  it('signs in and refreshes; CIMD-6 the metadata says that it can', async () => {
    const server = serverWith(async () => answered(documentOf()))
    expect(server.deviceAuth.metadata).toMatchObject({ client_id_metadata_document_supported: true })
    const codes = JSON.parse((await server.post('/device_authorization', { client_id: id })).body)
    await server.deviceAuth.approve(codes.user_code, { subject: 'ada' })
    const form = { client_id: id, grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code }
    const tokens = JSON.parse((await server.post('/token', form)).body)
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'profile' })
    const refresh = { client_id: id, grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    expect((await server.post('/token', refresh)).status).toBe(200)
    expect(await server.deviceAuth.devices.list('ada')).toMatchObject([
      { clientId: id, clientName: 'tool.example (Tool)' },
    ])
    expect(server.fetches()).toBe(1)
  })

  it('has no scope unless the operator gives one', async () => {
    const server = serverWith(async () => answered(documentOf({ scope: 'profile' })), { scope: '' })
    expect(errorOf(await server.post('/device_authorization', { client_id: id, scope: 'profile' }))).toEqual({
      status: 400,
      error: 'invalid_scope',
    })
  })

  it('CIMD-8.2 with a key has to prove it, from the first request', async () => {
    const jwks = { keys: [publicJwk(keyOf('ES256'), { kid: 'one' })] }
    const document = documentOf({ token_endpoint_auth_method: 'private_key_jwt', jwks })
    const server = serverWith(async () => answered(document))
    expect(errorOf(await server.post('/device_authorization', { client_id: id }))).toEqual({
      status: 401,
      error: 'invalid_client',
    })
    const jwt = await assertionJwt({ claims: { iss: id, sub: id } })
    expect((await server.post('/device_authorization', withAssertion(jwt))).status).toBe(200)
  })

  it('registered clients come first, also those with an address; nothing is fetched for them, nor for other ids', async () => {
    const own = deviceClient({ client_id: id, client_name: 'Ours', scope: 'videos' })
    const server = serverWith(() => Promise.reject(new Error('not to be called')), {}, [tv, own])
    for (const client_id of ['tv', id])
      expect((await server.post('/device_authorization', { client_id })).status).toBe(200)
    for (const client_id of ['other', 'http://tool.example/a', 'https://tool.example/a/../b'])
      expect(errorOf(await server.post('/device_authorization', { client_id }))).toMatchObject({ status: 401 })
    expect(server.fetches()).toBe(0)
  })

  it('accepts only the hosts that the operator wants', async () => {
    const server = serverWith(async () => answered(documentOf()), { accepts: ({ host }) => host === 'good.example' })
    expect(errorOf(await server.post('/device_authorization', { client_id: id }))).toMatchObject({ status: 401 })
    expect(server.fetches()).toBe(0)
  })

  it('a document that is refused is invalid_client, and one that does not come is 503; an approved code survives it', async () => {
    let answer: () => ReturnType<FetchDocument> = async () => answered(documentOf({ client_id: 'other' }))
    let forget = false
    const options = { fetchDocument: () => answer() }
    const remembering = withMetadataDocuments([], { ...options, scope: 'profile', clock: () => server.now })
    const server: TestServer = startServer({
      clients: (clientId) => (forget ? withMetadataDocuments([], options)(clientId) : remembering(clientId)),
      scopes: { profile: '' },
    })
    expect(errorOf(await server.post('/device_authorization', { client_id: id }))).toMatchObject({ status: 401 })
    server.now += minute
    answer = () => Promise.reject(new Error('down'))
    expect(await server.post('/device_authorization', { client_id: id })).toMatchObject({ status: 503 })
    server.now += minute
    answer = async () => answered(documentOf())
    const codes = JSON.parse((await server.post('/device_authorization', { client_id: id })).body)
    await server.deviceAuth.approve(codes.user_code, { subject: 'ada' })
    const form = { client_id: id, grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.device_code }
    answer = () => Promise.reject(new Error('down'))
    // as a process sees it that has not remembered the document: the poll goes on
    forget = true
    expect(errorOf(await server.post('/token', form))).toEqual({ status: 400, error: 'authorization_pending' })
    forget = false
    server.now += 10_000
    expect((await server.post('/token', form)).status).toBe(200)
  })

  it('polls of codes that nobody has cause no more fetches than 60 a minute, and stay pending beyond', async () => {
    const server = serverWith(async () => ({ status: 404, headers: {}, text: '' }))
    const poll = (client_id: string) =>
      server.post('/token', { client_id, grant_type: DEVICE_CODE_GRANT_TYPE, device_code: 'x'.repeat(43) })
    for (let one = 0; one < 100; one++) await poll(`https://h${one}.example/`)
    expect(server.fetches()).toBe(60)
    expect(errorOf(await poll('https://h99.example/'))).toEqual({ status: 400, error: 'authorization_pending' })
    expect(errorOf(await poll('https://h1.example/'))).toEqual({ status: 401, error: 'invalid_client' })
    expect(server.fetches()).toBe(60)
  })

  it('is fetched by https, 5 KiB at most, without redirects, and from public addresses only', async () => {
    let padding = 0
    let port = 0
    const seen: string[] = []
    const web = createServer(serverCertificate, (req, res) => {
      seen.push(req.url ?? '')
      if (req.url === '/moved') res.writeHead(302, { location: '/client' }).end()
      else
        res.end(
          JSON.stringify(documentOf({ client_id: `https://keys.example.com:${port}/client` })) + ' '.repeat(padding),
        )
    })
    await once(web.listen(0, '127.0.0.1'), 'listening')
    port = (web.address() as AddressInfo).port
    const local = {
      lookup: async () => [{ address: '127.0.0.1', family: 4 }],
      connection: { ca: serverCertificate.cert },
    }
    const url = (path: string) => `https://keys.example.com:${port}${path}`
    const statusOf = async (allowPrivateAddresses: boolean, path: string) => {
      const server = serverWith(safeFetchDocument({ ...local, allowPrivateAddresses, maxBytes: 5 * 1024 }))
      return (await server.post('/device_authorization', { client_id: url(path) })).status
    }
    expect(await statusOf(true, '/client')).toBe(200)
    expect(await statusOf(true, '/moved')).toBe(401)
    padding = 6000
    expect(await statusOf(true, '/client')).toBe(401)
    padding = 0
    expect(await statusOf(false, '/client')).toBe(401)
    expect(seen).toEqual(['/client', '/moved', '/client'])
    web.close()
    web.closeAllConnections()
  })

  it.each([
    [{ scope: ['profile'] }, 'scope'],
    [{ fetchesPerMinute: 0 }, 'fetchesPerMinute'],
    [{ allowPrivateAddresses: 'yes' }, 'allowPrivateAddresses'],
    [{ scopes: 'profile' }, 'scopes'],
  ])('refuses the options %j', (options, name) => {
    expect(() => withMetadataDocuments([], options as object)).toThrow(name)
  })
  it.each([undefined, null, 'tv', {}])('refuses %j in place of the clients', (clients) => {
    expect(() => Reflect.apply(withMetadataDocuments, undefined, [clients])).toThrow(
      'withMetadataDocuments needs a list of clients',
    )
  })
})
