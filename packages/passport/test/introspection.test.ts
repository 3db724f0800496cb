import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, DEVICE_CODE_GRANT_TYPE, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import request from 'supertest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DeviceTokenStrategy, introspection, oauthErrorHandler } from '../src/index.ts'
import { createApp, versions } from './apps.ts'

/** A client that is a device and an API. */
const own = { client_id: 'kiosk', client_secret: 'the secret of the kiosk' }
const api = { clientId: 'api', clientSecret: 'a secret: with % and +' }
let server: ReturnType<typeof createServer>
let issuer: string
let deviceAuth: ReturnType<typeof createDeviceAuth>

beforeAll(async () => {
  server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  deviceAuth = createDeviceAuth({
    issuer,
    clients: [
      deviceClient({ client_id: 'tv', scope: 'videos' }),
      deviceClient({ ...own, scope: 'videos' }),
      { client_id: 'api', client_secret: api.clientSecret, resource_server: true },
    ],
  })
  const handler = toNodeHandler(deviceAuth)
  server.on('request', (request, response) => void handler(request, response))
})
afterAll(() => server.close())

async function post(path: string, form: Record<string, string>, headers = {}): Promise<Record<string, string>> {
  const response = await fetch(`${issuer}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
  return (await response.json()) as Record<string, string>
}

it('7662-2.2-1 each token is checked at the server, so a revoked one is refused at once', async () => {
  const { device_code = '', user_code = '' } = await post('/device_authorization', { client_id: 'tv' })
  await deviceAuth.approve(user_code, { subject: 'ann', username: 'Ann' })
  const grant = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code, client_id: 'tv' }
  const { access_token = '' } = await post('/token', grant)
  const authority = introspection({ issuer, ...api })
  expect(await authority.authenticate(access_token)).toEqual({
    subject: 'ann',
    username: 'Ann',
    clientId: 'tv',
    scope: 'videos',
    issuedAt: expect.any(Number),
    expiresAt: expect.any(Number),
  })
  expect(await authority.authenticate('unknown')).toBeUndefined()
  await deviceAuth.devices.revokeBySubject('ann')
  expect(await authority.authenticate(access_token)).toBeUndefined()
})

const answering = (status: number, body: unknown): typeof fetch => {
  return async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
}

it.each([
  [200, { active: false }],
  [200, { active: 'true', sub: 'ann' }],
  [200, { active: true, iss: 'https://elsewhere.example' }],
  [200, []],
  [200, null],
])('7662-2.2-2 %i with %j is no live token', async (status, body) => {
  const authority = introspection({ issuer, ...api, fetch: answering(status, body) })
  expect(await authority.authenticate('t')).toBeUndefined()
})

it('claims that the server leaves out are undefined', async () => {
  const authority = introspection({ issuer, ...api, fetch: answering(200, { active: true, token_type: 'Bearer' }) })
  expect(await authority.authenticate('t')).toEqual({
    subject: undefined,
    username: undefined,
    clientId: undefined,
    scope: '',
    issuedAt: undefined,
    expiresAt: undefined,
  })
})

it('a refresh token is not an access token, also if the server says of its own clients that it is active', async () => {
  const { client_id, client_secret } = own
  const headers = {
    authorization: `Basic ${btoa(new URLSearchParams([[client_id, client_secret]]).toString().replace('=', ':'))}`,
  }
  const { device_code = '', user_code = '' } = await post('/device_authorization', { scope: 'videos' }, headers)
  await deviceAuth.approve(user_code, { subject: 'ann' })
  const grant = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code }
  const { access_token = '', refresh_token = '' } = await post('/token', grant, headers)
  const authority = introspection({ issuer, clientId: client_id, clientSecret: client_secret })
  expect(await post('/introspect', { token: refresh_token }, headers)).toMatchObject({ active: true })
  expect(await authority.authenticate(refresh_token)).toBeUndefined()
  expect(await authority.authenticate(access_token)).toMatchObject({ subject: 'ann' })
})

it.each([
  ['without a type', {}],
  ['a refresh token of Hydra', { token_type: 'Bearer', token_use: 'refresh_token' }],
  ['a refresh token of Keycloak', { token_type: 'Refresh', typ: 'Refresh' }],
  ['an offline token of Keycloak', { token_type: 'Bearer', typ: 'Offline' }],
  ['an id_token', { token_type: 'Bearer', token_use: 'id' }],
  ['an id_token of Keycloak', { token_type: 'Bearer', typ: 'ID' }],
  ['bound to a key', { token_type: 'DPoP' }],
  ['bound to a key, as a confirmation says', { token_type: 'Bearer', cnf: { jkt: 'x' } }],
  ['bound to a certificate', { token_type: 'Bearer', cnf: { 'x5t#S256': 'x' } }],
  ['a type that is no text', { token_type: ['Bearer', 'x'] }],
  ['an issuer that is no text', { token_type: 'Bearer', iss: 5 }],
])('no access token: %s', async (_name, members) => {
  const authority = introspection({ issuer, ...api, fetch: answering(200, { active: true, ...members }) })
  expect(await authority.authenticate('t')).toBeUndefined()
})

it('a server that says no token_type is accepted on request, but no refresh token that it names', async () => {
  const ask = (members: object) =>
    introspection({
      issuer,
      ...api,
      requireTokenType: false,
      fetch: answering(200, { active: true, ...members }),
    }).authenticate('t')
  expect(await ask({ sub: 'ann' })).toMatchObject({ subject: 'ann' })
  expect(await ask({ token_use: 'refresh_token' })).toBeUndefined()
  expect(await ask({ token_type: 'DPoP' })).toBeUndefined()
})

it.each([
  [['videos', 'music'], 'videos music'],
  ['videos music', 'videos music'],
  [['videos', 5, null], 'videos'],
  [{}, ''],
  [null, ''],
])('the scope %j is %j', async (scope, expected) => {
  const authority = introspection({
    issuer,
    ...api,
    fetch: answering(200, { active: true, token_type: 'bearer', scope }),
  })
  expect(await authority.authenticate('t')).toMatchObject({ scope: expected })
})

it.each([
  ['https://example.com/oauth', 'https://example.com/oauth/'],
  ['https://example.com/oauth/', 'https://example.com/oauth'],
])('an issuer with a slash at its end is the same: %s, %s', async (given, iss) => {
  const asked: string[] = []
  const send: typeof fetch = async (url) => {
    asked.push(String(url))
    return new Response(JSON.stringify({ active: true, token_type: 'Bearer', iss }))
  }
  expect(await introspection({ issuer: given, ...api, fetch: send }).authenticate('t')).toBeDefined()
  expect(asked).toEqual(['https://example.com/oauth/introspect'])
})

it('a failure says what failed, and has its cause', async () => {
  const failing = (send: typeof fetch) => introspection({ issuer, ...api, fetch: send }).authenticate('t')
  const who = `The introspection endpoint ${issuer}/introspect`
  await expect(failing(answering(401, { error: 'invalid_client' }))).rejects.toThrow(
    `${who} answered HTTP 401. Check clientId (api) and clientSecret`,
  )
  await expect(failing(answering(500, ''))).rejects.toThrow(`${who} answered HTTP 500.`)
  await expect(failing(answering(200, '<html>'))).rejects.toMatchObject({
    message: `${who} did not answer with JSON.`,
    cause: expect.any(SyntaxError),
  })
  const refused = new TypeError('fetch failed')
  await expect(failing(() => Promise.reject(refused))).rejects.toMatchObject({
    message: `${who} did not answer: fetch failed`,
    cause: refused,
  })
})

it('a wrong secret ends in 503 whose cause is at hand', async () => {
  const authority = introspection({ issuer, clientId: 'api', clientSecret: 'wrong' })
  const strategy = new DeviceTokenStrategy({ deviceAuth: authority }, () => ({ id: 'ann' }))
  const logged: unknown[] = []
  const app = createApp(versions[3], { strategy, handler: false })
  app.use(oauthErrorHandler({ onError: ({ cause }) => logged.push(cause) }))
  expect((await request(app).get('/').set('authorization', 'Bearer t')).status).toBe(503)
  expect(logged).toMatchObject([{ message: expect.stringContaining('Check clientId (api) and clientSecret') }])
})

it.each([
  [401, { error: 'invalid_client' }],
  [500, {}],
  [200, '<html>'],
])('%i with %j rejects, so that the request ends in 503', async (status, body) => {
  const authority = introspection({ issuer, ...api, fetch: answering(status, body) })
  await expect(authority.authenticate('t')).rejects.toThrow()
})

it('an injected fetch whose responses have no body is read by its text()', async () => {
  const answer = async () => Object.defineProperty(Response.json({ active: false }), 'body', { value: undefined })
  const authority = introspection({ issuer, ...api, fetch: answer })
  expect(await authority.authenticate('t')).toBeUndefined()
})

it('an answer without end rejects, and is not read to its end', async () => {
  let pulled = 0
  const pull = (stream: ReadableStreamDefaultController<Uint8Array>): void => {
    pulled += 100_000
    // a bound for the test, should it be read
    if (pulled > 50_000_000) stream.close()
    else stream.enqueue(new Uint8Array(100_000).fill(32))
  }
  const endless: typeof fetch = async () => new Response(new ReadableStream({ pull }))
  const authority = introspection({ issuer, ...api, fetch: endless })
  await expect(authority.authenticate('t')).rejects.toThrow('The answer is larger than 262144 bytes.')
  expect(pulled).toBeLessThan(1_000_000)
})

it('a server that is too slow rejects', async () => {
  const slow: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('too slow'))))
  const authority = introspection({ issuer, ...api, timeout: 0.01, fetch: slow })
  await expect(authority.authenticate('t')).rejects.toThrow('too slow')
})

it('a missing option is named at construction', () => {
  for (const name of ['issuer', 'clientId', 'clientSecret']) {
    expect(() => introspection({ issuer, ...api, [name]: '' })).toThrow(`introspection() needs the option \`${name}\``)
    expect(() => Reflect.apply(introspection, undefined, [{ issuer, ...api, [name]: null }])).toThrow(`\`${name}\``)
  }
  expect(() => Reflect.apply(introspection, undefined, [])).toThrow('`issuer`')
  expect(() => Reflect.apply(introspection, undefined, [issuer])).toThrow('introspection() needs an object of options')
})

it.each([
  [{ issuer: 'http://example.com' }, 'option `issuer` is "http://example.com"; expected an https URL'],
  [
    { endpoint: 'http://10.0.0.1/introspect' },
    'option `endpoint` is "http://10.0.0.1/introspect"; expected an https URL',
  ],
  [{ endpoint: 'http://127.example.com/introspect' }, 'expected an https URL'],
  [{ endpoint: '/introspect' }, 'expected an https URL'],
  [
    { endpoint: 'https://ada:pw@example.com/' },
    'option `endpoint` is "https://...@example.com/"; expected an https URL',
  ],
  [{ url: 'https://example.com' }, 'option `url` is unknown; expected one of issuer, '],
  [{ client_secret: 'x' }, 'option `client_secret` is unknown; did you mean `clientSecret`?'],
  [{ timeout: 0 }, 'option `timeout` is 0; expected a number of seconds'],
  [{ timeout: '5' }, 'expected a number of seconds'],
  [{ fetch: 'fetch' }, 'expected a function'],
  [{ requireTokenType: 'no' }, 'expected true or false'],
])('%j is refused at construction', (change, message) => {
  const make = (): unknown => Reflect.apply(introspection, undefined, [{ issuer, ...api, ...change }])
  expect(make).toThrow(message)
  expect(make).not.toThrow(api.clientSecret)
})

it('http to another machine is possible on request', () => {
  const options = { ...api, issuer: 'http://10.0.0.1', dangerouslyAllowHttp: true, timeout: null }
  expect(Reflect.apply(introspection, undefined, [options])).toMatchObject({ issuer: 'http://10.0.0.1' })
})
