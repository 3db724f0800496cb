import { describe, expect, it } from 'vitest'
import { deviceClient } from '../../src/protocol.ts'
import { opaqueTokens } from '../../src/tokens/access-token.ts'
import {
  createTestServer,
  expectError,
  expectToken,
  type FormParameters,
  type TestServer,
  type TestServerOptions,
  clients as usualClients,
} from '../server.ts'

const photos = 'https://photos.example/'
const music = 'https://music.example/v1'
const resources = { [photos]: 'See your photos', [music]: '' }

function resourceServer(options: TestServerOptions = {}): TestServer {
  return createTestServer({ resources, ...options })
}

const asking = (...asked: readonly string[]): [string, string][] => [
  ['client_id', 'tv'],
  ...asked.map((one): [string, string] => ['resource', one]),
]

function poll(server: TestServer, deviceCode: string, ...asked: readonly string[]) {
  const grant = 'urn:ietf:params:oauth:grant-type:device_code'
  const form: FormParameters = [['grant_type', grant], ['device_code', deviceCode], ...asking(...asked)]
  return server.token(form)
}

function refresh(server: TestServer, token: string | undefined, ...asked: readonly string[]) {
  return server.token([['grant_type', 'refresh_token'], ['refresh_token', token ?? ''], ...asking(...asked)])
}

async function signIn(server: TestServer, requested: readonly string[], ...asked: readonly string[]) {
  const codes = await server.start(asking(...requested))
  await server.approve(codes.user_code)
  return expectToken(await poll(server, codes.device_code, ...asked))
}

async function audienceOf(server: TestServer, token: string) {
  const { aud } = server.json(await server.introspect(token))
  const claims = await server.deviceAuth.authenticate(token)
  expect(claims?.audience).toEqual(aud === undefined ? undefined : [aud].flat())
  return aud
}

describe('resources of a device authorization request', () => {
  it.each([
    ['/x'],
    ['photos.example'],
    [`${photos}#part`],
    [`${photos}#`],
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['https://'],
    ['https:photos'],
    ['https:///photos'],
    ['https://photos.example/%zz'],
    ['https://photos.example/a b'],
    ['https://photos.example/\n'],
    ['https://photos.exämple/'],
    [`https://photos.example/${'x'.repeat(500)}`],
    ['urn:'],
  ])(
    '8707-2-1 %s is no absolute URI without a fragment: invalid_target, also if the operator would allow it',
    async (one) => {
      const server = resourceServer({ resources: () => 'anything' })
      expectError(await server.deviceAuthorization(asking(one)), 'invalid_target')
      expectError(await server.deviceAuthorization(asking(photos, one)), 'invalid_target')
    },
  )

  it.each([[photos], ['urn:example:photos'], ['api://a1b2/photos'], ['https://photos.example/v1?tenant=1']])(
    '8707-2-1 %s is one',
    async (one) => {
      const server = resourceServer({ resources: { [one]: '' } })
      const { user_code: userCode } = await server.start(asking(one))
      expect((await server.deviceAuth.find(userCode))?.target).toEqual({ resources: [one] })
    },
  )

  it('8707-2-2 may be several, each of which is checked; the same twice is one', async () => {
    const server = resourceServer()
    const { user_code: userCode } = await server.start(asking(photos, music, photos, ''))
    expect((await server.deviceAuth.find(userCode))?.target).toEqual({ resources: [photos, music] })
    expectError(await server.deviceAuthorization(asking(photos, 'https://other.example/')), 'invalid_target')
    for (const near of ['https://photos.example', 'https://PHOTOS.example/', `${photos}?`])
      expectError(await server.deviceAuthorization(asking(near)), 'invalid_target')
  })

  it('8707-2-2 ten at most', async () => {
    const server = resourceServer({ resources: () => '' })
    const many = Array.from({ length: 11 }, (_, index) => `https://api${index}.example/`)
    await server.start(asking(...many.slice(1)))
    expectError(await server.deviceAuthorization(asking(...many)), 'invalid_target')
  })

  it('8707-2-2 a client may ask for its own resources only, and the function of the operator decides for each client', async () => {
    const narrow = deviceClient({ client_id: 'tv', scope: 'profile', resources: [music] })
    const server = resourceServer({ clients: [narrow] })
    await server.start(asking(music))
    expectError(await server.deviceAuthorization(asking(photos)), 'invalid_target')
    const byFunction = resourceServer({
      resources: (resource, { client_id }) => (resource === photos && client_id === 'tv2' ? '' : undefined),
    })
    expectError(await byFunction.deviceAuthorization(asking(photos)), 'invalid_target')
    await byFunction.start({ client_id: 'tv2', resource: photos })
  })

  it('8707-2-1 without the option, the parameter is one that the server does not know', async () => {
    const server = createTestServer()
    const token = await signIn(server, ['/x#', photos], '/y')
    expect(await audienceOf(server, token.access_token)).toBeUndefined()
    expectToken(await refresh(server, token.refresh_token, photos))
    expect(server.deviceAuth.metadata).not.toHaveProperty('protected_resources')
    expect(resourceServer().deviceAuth.metadata.protected_resources).toEqual([photos, music])
  })

  it.each([[(): unknown => 1], [(): unknown => Promise.reject(new Error('no table'))]])(
    'a function that fails is a failure of the server, and nothing is created',
    async (describeResource) => {
      const server = resourceServer({ resources: describeResource as () => string })
      expectError(await server.deviceAuthorization(asking(photos)), 'server_error', 500)
      expect(server.failures).toHaveLength(1)
    },
  )
})

describe('resources of a token request', () => {
  it('8707-2.2-2 without any, the token is for all that were granted', async () => {
    const server = resourceServer()
    const both = await signIn(server, [photos, music])
    expect(await audienceOf(server, both.access_token)).toEqual([photos, music])
    expect(server.json(await server.introspect(both.refresh_token ?? ''))).not.toHaveProperty('aud')
    const one = await signIn(server, [photos])
    expect(await audienceOf(server, one.access_token)).toBe(photos)
  })

  it('9068-3-1 a token for which no resource was asked has the default audience of its format', async () => {
    const server = resourceServer({ accessToken: opaqueTokens({ audience: 'https://api.example.com' }) })
    expect(await audienceOf(server, (await signIn(server, [])).access_token)).toBe('https://api.example.com')
    expect(await audienceOf(server, (await signIn(server, [music])).access_token)).toBe(music)
  })

  it('8707-2.2-1 a poll narrows; what was not asked for is invalid_target, and the code is not consumed', async () => {
    const server = resourceServer()
    const codes = await server.start(asking(photos))
    expectError(await poll(server, codes.device_code, music), 'invalid_target')
    server.clock.advance(5)
    expectError(await poll(server, codes.device_code, photos), 'authorization_pending')
    await server.approve(codes.user_code)
    for (const wrong of [music, 'https://other.example/', '/x']) {
      expectError(await poll(server, codes.device_code, wrong), 'invalid_target')
      expectError(await poll(server, codes.device_code, photos, wrong), 'invalid_target')
    }
    const token = expectToken(await poll(server, codes.device_code, photos))
    expect(await audienceOf(server, token.access_token)).toBe(photos)
    const narrow = await signIn(server, [photos, music], music)
    expect(await audienceOf(server, narrow.access_token)).toBe(music)
  })

  it('8707-2.2-1 a poll cannot ask for a resource that the user was not asked about', async () => {
    const server = resourceServer()
    const codes = await server.start(asking())
    await server.approve(codes.user_code)
    expectError(await poll(server, codes.device_code, photos), 'invalid_target')
    expect(await audienceOf(server, expectToken(await poll(server, codes.device_code)).access_token)).toBeUndefined()
  })

  it('8707-2.2-1 a wrong resource does not cost an attempt of number matching', async () => {
    const tv = deviceClient({ client_id: 'tv', scope: 'profile', number_matching: true })
    const server = resourceServer({ clients: [tv] })
    const codes = await server.start(asking(photos))
    const { id = '' } = (await server.deviceAuth.find(codes.user_code)) ?? {}
    await server.approve(codes.user_code)
    for (let attempt = 0; attempt < 20; attempt++)
      expectError(
        await server.poll(codes.device_code, { client_id: 'tv', matching_number: '0000', resource: music }),
        'invalid_target',
      )
    const matching_number = server.deviceAuth.matchingNumber(id)
    expectToken(await server.poll(codes.device_code, { client_id: 'tv', matching_number, resource: photos }))
  })

  it('8707-2.2-2 a refresh gives a token for another resource of the grant, and the refresh token stays for all of them', async () => {
    const server = resourceServer()
    const first = await signIn(server, [photos, music], photos)
    const second = expectToken(await refresh(server, first.refresh_token, music))
    expect(await audienceOf(server, second.access_token)).toBe(music)
    expect(await audienceOf(server, first.access_token)).toBe(photos)
    expectError(await refresh(server, second.refresh_token, 'https://other.example/'), 'invalid_target')
    const third = expectToken(await refresh(server, second.refresh_token))
    expect(await audienceOf(server, third.access_token)).toEqual([photos, music])
  })

  it('8707-2.2-1 a refused refresh is told in an event', async () => {
    const server = resourceServer()
    const reasons: string[] = []
    server.deviceAuth.on('refused', ({ reason }) => void reasons.push(reason))
    const token = await signIn(server, [photos])
    expectError(await refresh(server, token.refresh_token, music), 'invalid_target')
    expect(reasons).toEqual(['refreshTarget'])
  })

  it('8707-2.2-2 a resource that the client has lost is in no new token, and the default audience does not take its place', async () => {
    const allowed = new Set([photos, music])
    const accessToken = opaqueTokens({ audience: 'https://everything.example/' })
    const server = resourceServer({ accessToken, resources: (one) => (allowed.has(one) ? '' : undefined) })
    const codes = await server.start(asking(photos))
    await server.approve(codes.user_code)
    const both = await signIn(server, [photos, music])
    allowed.delete(photos)
    expectError(await poll(server, codes.device_code), 'invalid_target')
    expectError(await refresh(server, both.refresh_token, photos), 'invalid_target')
    const left = expectToken(await refresh(server, both.refresh_token))
    expect(await audienceOf(server, left.access_token)).toBe(music)
    allowed.delete(music)
    expectError(await refresh(server, left.refresh_token), 'invalid_target')
    allowed.add(photos)
    expectToken(await poll(server, codes.device_code))
  })

  it('hooks are told of the resources of the token', async () => {
    const told: unknown[] = []
    const server = resourceServer({ hooks: { beforeIssue: ({ target }) => told.push(target) > 0 } })
    const token = await signIn(server, [photos, music], music)
    await refresh(server, token.refresh_token, photos)
    await signIn(server, [])
    expect(told).toEqual([{ resources: [music] }, { resources: [photos] }, undefined])
  })
})

describe('the option `resources`', () => {
  it.each([[{ '/x': '' }], [{ [`${photos}#a`]: '' }], [{ [photos]: 1 }], [[photos]], ['x']])('refuses %j', (wrong) => {
    expect(() => createTestServer({ resources: wrong as never })).toThrow(/option `resources` is .*absolute URIs/)
  })

  it.each([[photos], [['/x']], [[1]]])('a client cannot have the resources %j', (wrong) => {
    const [tv] = usualClients
    expect(() => createTestServer({ clients: [{ ...tv, client_id: 'tv', resources: wrong as never }] })).toThrow(
      /clients\[0\].resources/,
    )
  })
})
