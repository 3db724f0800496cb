import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeviceAuth, DEVICE_CODE_GRANT_TYPE, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { introspection } from '../src/index.ts'

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
      { client_id: 'api', client_secret: api.clientSecret, resource_server: true },
    ],
  })
  const handler = toNodeHandler(deviceAuth)
  server.on('request', (request, response) => void handler(request, response))
})
afterAll(() => server.close())

async function post(path: string, form: Record<string, string>): Promise<Record<string, string>> {
  const response = await fetch(`${issuer}${path}`, { method: 'POST', body: new URLSearchParams(form) })
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
  const authority = introspection({ issuer, ...api, fetch: answering(200, { active: true }) })
  expect(await authority.authenticate('t')).toEqual({
    subject: undefined,
    username: undefined,
    clientId: undefined,
    scope: '',
    issuedAt: undefined,
    expiresAt: undefined,
  })
})

it.each([
  [401, { error: 'invalid_client' }],
  [500, {}],
  [200, '<html>'],
])('%i with %j rejects, so that the request ends in 503', async (status, body) => {
  const authority = introspection({ issuer, ...api, fetch: answering(status, body) })
  await expect(authority.authenticate('t')).rejects.toThrow()
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
  }
  expect(() => Reflect.apply(introspection, undefined, [])).toThrow('`issuer`')
})
