import { describe, expect, it } from 'vitest'
import type { RegisteredClientStore } from '../../src/contract/registration.ts'
import { memoryRegisteredClients } from '../../src/stores/memory/registered-clients.ts'
import { basic, expectError } from '../server.ts'
import { device, registrationScene } from './registration-scene.ts'

const asPublic = { ...device, token_endpoint_auth_method: 'none' }

describe('the client configuration endpoint', () => {
  it('7592-2.1-1 GET answers with the registration, without the secret, of which only a hash is kept', async () => {
    const { register, manage } = registrationScene()
    const { body } = await register(device)
    const { client_secret: _, client_secret_expires_at: _expiry, ...others } = body
    expect(await manage('GET', body)).toMatchObject({ status: 200, body: others })
    expect((await manage('GET', body)).body).not.toHaveProperty('client_secret')
  })

  it.each(['GET', 'PUT', 'DELETE'])('7592-2.1-2 %s with a wrong token or an unknown client: 401', async (method) => {
    const { register, manage, send, count } = registrationScene()
    const [{ body }, other] = [await register(device), await register(device)]
    const metadata = { ...device, client_id: body.client_id }
    const wrong = [
      { ...body, registration_access_token: 'guess' },
      { ...body, registration_access_token: other.body.registration_access_token },
      { ...body, client_id: 'tv' },
      { ...body, client_id: 'registered-unknown' },
    ]
    for (const one of wrong) expect((await manage(method, one, metadata)).status).toBe(401)
    const response = await send(method, JSON.stringify(metadata), {}, `client_id=${body.client_id}`)
    expect(response.headers['www-authenticate']).toMatch(/^Bearer/)
    expect(await count()).toBe(2)
  })

  it('7592-2.1-2 an id that not every database takes is unknown, and nobody looks it up', async () => {
    const asked: string[] = []
    const store = { ...memoryRegisteredClients(), find: (id: string) => void asked.push(id) }
    const { manage } = registrationScene({ store })
    for (const client_id of ['registered-%00', 'registered-%F0%9F%98%80', `registered-${'x'.repeat(5000)}`, '']) {
      const { status } = await manage('GET', { client_id, registration_access_token: 'guess' })
      expect([client_id, status]).toEqual([client_id, 401])
    }
    expect(asked).toEqual([])
    await manage('GET', { client_id: 'registered-unknown', registration_access_token: 'guess' })
    expect(asked).toEqual(['registered-unknown'])
  })

  it('7592-2.2-1 PUT replaces all metadata: what is not sent is gone, null counts as not sent', async () => {
    const { register, manage, record } = registrationScene()
    const { body } = await register({ ...asPublic, tos_uri: 'https://tv.example/terms' })
    const changed = await manage('PUT', body, {
      ...asPublic,
      client_id: body.client_id,
      client_name: 'Den TV',
      logo_uri: null,
    })
    expect(changed).toMatchObject({ status: 200, body: { client_name: 'Den TV', client_id: body.client_id } })
    expect((await record(body.client_id)).client).not.toHaveProperty('tos_uri')
    expect((await manage('GET', body)).body).toEqual(changed.body)
  })

  it.each([
    ['another client_id', { client_id: 'tv' }],
    ['no client_id', { client_id: undefined }],
    ['a wrong secret', { client_secret: 'mine' }],
    ['a secret that is no text', { client_secret: 5 }],
    ['a registration token', { registration_access_token: 'x' }],
    ['an address', { registration_client_uri: 'https://tv.example' }],
    ['an expiry', { client_secret_expires_at: 0 }],
    ['a time', { client_id_issued_at: 1 }],
    ['no grant', { grant_types: [] }],
  ])('7592-2.2-2 PUT with %s is refused and changes nothing', async (_name, changes) => {
    const { register, manage, record } = registrationScene()
    const { body } = await register(device)
    const before = await record(body.client_id)
    const refused = await manage('PUT', body, { ...device, client_id: body.client_id, ...changes })
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } })
    expect(await record(body.client_id)).toEqual(before)
  })

  it('7592-2.2-3 a secret is made when a PUT asks for one, stays at the next, and goes with the method', async () => {
    const { register, manage, record } = registrationScene()
    const { body } = await register(asPublic)
    expect(body).not.toHaveProperty('client_secret')
    const put = (metadata: object) => manage('PUT', body, { client_id: body.client_id, ...metadata })
    const { client_secret: secret } = (await put(device)).body
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const hash = (await record(body.client_id)).client.client_secret_hash
    expect((await put({ ...device, client_secret: secret })).body).toMatchObject({ client_secret: secret })
    expect((await put(device)).body).not.toHaveProperty('client_secret')
    expect((await record(body.client_id)).client.client_secret_hash).toBe(hash)
    await put(asPublic)
    expect((await record(body.client_id)).client).not.toHaveProperty('client_secret_hash')
  })

  it('7592-2.3-1 DELETE answers 204, ends all grants, and its tokens pass no guard', async () => {
    const { register, manage, server } = registrationScene()
    const { body } = await register(asPublic)
    const client = { client_id: String(body.client_id) }
    const tokens = await server.signIn(client)
    const waiting = await server.start(client)
    await server.approve(waiting.user_code)
    const revoked: string[] = []
    server.deviceAuth.on('revoked', ({ by }) => revoked.push(by))
    expect(await manage('DELETE', body)).toMatchObject({ status: 204, body: {} })
    expect(await server.deviceAuth.authenticate(tokens.access_token)).toBeUndefined()
    expectError(await server.refresh(tokens.refresh_token ?? '', client), 'invalid_client', 401)
    expectError(await server.poll(waiting.device_code, client), 'invalid_client', 401)
    expect(revoked).toEqual(['client', 'client'])
    expect((await manage('DELETE', body)).status).toBe(401)
  })

  it('7592-2.2-4 of two PUTs at once one wins, and the other is told so', async () => {
    const { register, manage, record } = registrationScene()
    const { body } = await register(asPublic)
    const put = (client_name: string) => manage('PUT', body, { ...asPublic, client_id: body.client_id, client_name })
    const answers = await Promise.all([put('One'), put('Two')])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const winner = answers.find(({ status }) => status === 200)
    expect((await record(body.client_id)).client.client_name).toBe(winner?.body.client_name)
  })

  it('7592-2.3-2 a PUT that began before a DELETE does not bring the client back', async () => {
    const memory = memoryRegisteredClients()
    const store: RegisteredClientStore = {
      ...memory,
      async replace(record) {
        await memory.remove(record.client.client_id)
        return memory.replace(record)
      },
    }
    const { register, manage } = registrationScene({ store })
    const { body } = await register(asPublic)
    expect((await manage('PUT', body, { ...asPublic, client_id: body.client_id })).status).toBe(409)
    expect(await memory.find(String(body.client_id))).toBeUndefined()
  })

  it('7592-2.3-3 tokens of a poll that redeems while the client is removed are dead', async () => {
    const { register, manage, server } = registrationScene()
    const { body } = await register(asPublic)
    const client = { client_id: String(body.client_id) }
    const codes = await server.start(client)
    await server.approve(codes.user_code)
    const [polled, removed] = await Promise.all([server.poll(codes.device_code, client), manage('DELETE', body)])
    expect(removed.status).toBe(204)
    const { access_token } = server.json(polled)
    if (typeof access_token === 'string') expect(await server.deviceAuth.authenticate(access_token)).toBeUndefined()
    else expect(polled.status).toBeGreaterThanOrEqual(400)
  })

  it('7592-2.2-5 the claims of a software statement go on to count without it', async () => {
    const verifySoftwareStatement = () => ({ client_name: 'Made by Acme' })
    const { register, manage } = registrationScene({ verifySoftwareStatement })
    const { body } = await register({ ...asPublic, software_statement: 'good' })
    const changed = await manage('PUT', body, { ...asPublic, client_id: body.client_id, client_name: 'Bank' })
    expect(changed.body).toMatchObject({ client_name: 'Made by Acme', software_statement: 'good' })
  })

  it('a client of the option `clients` wins over a registered one, and less scope is given when the option has less', async () => {
    const { register, server, store } = registrationScene()
    const { body } = await register(device)
    const headers = basic(String(body.client_id), String(body.client_secret))
    expectError(await server.deviceAuthorization({ scope: 'email' }, { headers }), 'invalid_scope')
    const narrow = registrationScene({ store, scope: '' })
    expectError(await narrow.server.deviceAuthorization({ scope: 'profile' }, { headers }), 'invalid_scope')
  })

  it('9110-15.5.6 other methods are answered 405, with those that are allowed', async () => {
    const { send } = registrationScene()
    const { status, headers } = await send('PATCH', undefined, {})
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD, POST, PUT, DELETE' })
  })
})
