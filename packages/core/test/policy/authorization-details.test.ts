import { describe, expect, it } from 'vitest'
import type { AuthorizationDetailType } from '../../src/contract/target.ts'
import { type Client, deviceClient, type TokenResponse } from '../../src/protocol.ts'
import { createTestServer, expectError, expectToken, type TestServer, type TestServerOptions } from '../server.ts'

const payment: AuthorizationDetailType = {
  validate: ({ amount }) => typeof amount === 'string',
  describe: ({ amount }) => `Pay ${amount}`,
}
const account: AuthorizationDetailType = { validate: () => true, describe: () => 'See your account' }
const authorizationDetails = { payment, account }
const pay = { type: 'payment', amount: '12.50 EUR', locations: ['https://bank.example/'], actions: ['initiate'] }
const see = { type: 'account', identifier: 'a1', nested: { list: [1, 0.5, true, null, 'ü 日本'] } }

function detailServer(options: TestServerOptions = {}): TestServer {
  return createTestServer({ authorizationDetails, ...options })
}

function asking(details: unknown): Readonly<Record<string, string>> {
  return { client_id: 'tv', authorization_details: typeof details === 'string' ? details : JSON.stringify(details) }
}

async function signIn(server: TestServer, requested: unknown, asked = {}): Promise<TokenResponse> {
  const codes = await server.start(asking(requested))
  await server.approve(codes.user_code)
  return expectToken(await server.poll(codes.device_code, { client_id: 'tv', ...asked }))
}

async function detailsOf(server: TestServer, token: string): Promise<unknown> {
  const { authorization_details } = server.json(await server.introspect(token))
  expect((await server.deviceAuth.authenticate(token))?.authorizationDetails).toEqual(authorization_details)
  return authorization_details
}

function nested(levels: number): unknown {
  let value: unknown = 'end'
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

describe('authorization_details of a device authorization request', () => {
  it.each([
    ['not JSON', '[{'],
    ['no list', '{"type":"account"}'],
    ['an empty list', '[]'],
    ['a text in the list', '["account"]'],
    ['null in the list', '[null]'],
    ['a list in the list', '[[]]'],
    ['no type', '[{}]'],
    ['a type that is no text', '[{"type":1}]'],
    ['an unknown type', '[{"type":"unknown"}]'],
    ['the name of a member of objects as type', '[{"type":"constructor"}]'],
    ['an unknown type beside a known one', '[{"type":"account"},{"type":"unknown"}]'],
    ['a value that the type refuses', '[{"type":"payment","amount":5}]'],
    ['locations that are no list', '[{"type":"account","locations":"https://bank.example/"}]'],
    ['actions that are no texts', '[{"type":"account","actions":[1]}]'],
    ['datatypes that are no texts', '[{"type":"account","datatypes":[null]}]'],
    ['privileges that are no list', '[{"type":"account","privileges":{}}]'],
    ['an identifier that is no text', '[{"type":"account","identifier":1}]'],
    ['a number beyond all numbers', '[{"type":"account","n":1e999}]'],
    ['a number that would be changed', '[{"type":"account","n":12345678901234567890}]'],
    ['U+0000', '[{"type":"account","text":"a\\u0000"}]'],
    ['U+0000 in a name', '[{"type":"account","a\\u0000":1}]'],
    ['half of a surrogate pair', '[{"type":"account","text":"\\ud800"}]'],
    ['__proto__', '[{"type":"account","a":{"__proto__":{"b":1}}}]'],
    ['too many', JSON.stringify(Array.from({ length: 11 }, () => ({ type: 'account' })))],
    ['too much', JSON.stringify([{ type: 'account', text: 'x'.repeat(4096) }])],
    ['too deep', JSON.stringify([{ type: 'account', nested: nested(7) }])],
    ['brackets', '['.repeat(4000)],
  ])('9396-5-1 %s: invalid_authorization_details', async (_what, text) => {
    const server = detailServer()
    expectError(await server.deviceAuthorization(asking(text)), 'invalid_authorization_details')
    expect(server.failures).toEqual([])
  })

  it('9396-2-1 are kept as they are, up to the bounds', async () => {
    const server = detailServer()
    const deep = { type: 'account', nested: nested(6) }
    const { user_code: userCode } = await server.start(asking([pay, see, deep]))
    expect((await server.deviceAuth.find(userCode))?.target).toEqual({ authorizationDetails: [pay, see, deep] })
    await server.start(asking(Array.from({ length: 10 }, () => ({ type: 'account' }))))
  })

  it('9396-10-1 a client may ask for its own types only, and the metadata names those of the server', async () => {
    const clients = [deviceClient({ client_id: 'tv', scope: 'profile', authorization_details_types: ['account'] })]
    const server = detailServer({ clients })
    await server.start(asking([see]))
    expectError(await server.deviceAuthorization(asking([see, pay])), 'invalid_authorization_details')
    expect(server.deviceAuth.metadata.authorization_details_types_supported).toEqual(['payment', 'account'])
    expect(createTestServer().deviceAuth.metadata).not.toHaveProperty('authorization_details_types_supported')
  })

  it('8628-3.1-8 authorization_details twice is refused; without the option it is a parameter that nobody knows', async () => {
    const twice: [string, string][] = [
      ['client_id', 'tv'],
      ['authorization_details', '[{"type":"account"}]'],
      ['authorization_details', '[{"type":"account"}]'],
    ]
    expectError(await detailServer().deviceAuthorization(twice), 'invalid_request')
    const server = createTestServer()
    await server.start(twice)
    expect(await signIn(server, '[{', { authorization_details: '{' })).not.toHaveProperty('authorization_details')
  })

  it('only `true` of a type accepts a detail, and a type that fails is a failure of the server', async () => {
    const broken = (validate: () => unknown): TestServer =>
      detailServer({ authorizationDetails: { account: { ...account, validate: validate as () => boolean } } })
    expectError(await broken(() => 'yes').deviceAuthorization(asking([see])), 'invalid_authorization_details')
    const failing = broken(() => Promise.reject(new Error('no bank')))
    expectError(await failing.deviceAuthorization(asking([see])), 'server_error', 500)
    expect(failing.failures).toHaveLength(1)
  })

  it.each([[{}], [{ payment: {} }], [{ payment: { validate: () => true } }], [['payment']]])(
    'the option refuses %j',
    (wrong) => {
      expect(() => createTestServer({ authorizationDetails: wrong as never })).toThrow(/option `authorizationDetails`/)
    },
  )
})

describe('authorization_details of a token request', () => {
  it('9396-7-1 9396-9.2-1 the granted ones are in the token response, in introspection and in the claims', async () => {
    const server = detailServer()
    const token = await signIn(server, [pay, see])
    expect(token.authorization_details).toEqual([pay, see])
    expect(await detailsOf(server, token.access_token)).toEqual([pay, see])
    expect(server.json(await server.introspect(token.refresh_token ?? ''))).not.toHaveProperty('authorization_details')
    const refreshed = expectToken(await server.refresh(token.refresh_token ?? ''))
    expect(refreshed.authorization_details).toEqual([pay, see])
    expect(await detailsOf(server, refreshed.access_token)).toEqual([pay, see])
  })

  it('9396-6-1 a poll and a refresh may leave details out, and change none; the code is not consumed', async () => {
    const server = detailServer()
    const codes = await server.start(asking([pay, see]))
    const dearer = { ...pay, amount: '99.00 EUR' }
    expectError(await server.poll(codes.device_code, asking([dearer])), 'invalid_authorization_details')
    await server.approve(codes.user_code)
    server.clock.advance(5)
    for (const wrong of [[dearer], [pay, dearer], [{ type: 'payment' }], [{ type: 'unknown' }], '[{'])
      expectError(await server.poll(codes.device_code, asking(wrong)), 'invalid_authorization_details')
    const one = expectToken(await server.poll(codes.device_code, asking([see])))
    expect(await detailsOf(server, one.access_token)).toEqual([see])
    expectError(await server.refresh(one.refresh_token ?? '', asking([dearer])), 'invalid_authorization_details')
    const other = expectToken(await server.refresh(one.refresh_token ?? '', asking([pay])))
    expect(await detailsOf(server, other.access_token)).toEqual([pay])
  })

  it('9396-6-1 a poll cannot ask for details that the user was not asked about', async () => {
    const server = detailServer()
    const codes = await server.start()
    await server.approve(codes.user_code)
    expectError(await server.poll(codes.device_code, asking([see])), 'invalid_authorization_details')
    expect(expectToken(await server.poll(codes.device_code))).not.toHaveProperty('authorization_details')
  })

  it('9396-7-1 details of a type that the client has lost are in no new token', async () => {
    const tv = deviceClient<Client>({ client_id: 'tv', scope: 'profile' })
    let client = tv
    const server = detailServer({ clients: () => client })
    const token = await signIn(server, [pay, see])
    client = { ...tv, authorization_details_types: ['account'] }
    const refreshed = expectToken(await server.refresh(token.refresh_token ?? ''))
    expect(refreshed.authorization_details).toEqual([see])
  })

  it('9396-7-1 a hook that changes what was granted, such as an amount, is what the client is told', async () => {
    const server = detailServer({
      hooks: { createTokenResponse: (token) => ({ ...token, authorization_details: [{ ...pay, id: 'p1' }] }) },
    })
    expect((await signIn(server, [pay])).authorization_details).toEqual([{ ...pay, id: 'p1' }])
  })
})
