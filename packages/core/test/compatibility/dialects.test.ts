import { describe, expect, it } from 'vitest'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import { compatibilityPaths, type DialectName, dialects } from '../../src/compatibility/dialects.ts'
import { MAX_FORM_BYTES } from '../../src/form.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../../src/protocol.ts'
import { createTestServer, type TestServer, type TestServerOptions } from '../server.ts'

const all = Object.keys(dialects) as DialectName[]

interface Answer {
  readonly status: number
  readonly content: Record<string, unknown>
}

/** A server behind the fetch adapter, because the body is read there. */
function serve(compatibility: readonly DialectName[], options: TestServerOptions = {}) {
  const server: TestServer = createTestServer({ compatibility, ...options })
  const handle = toFetchHandler(server.deviceAuth as never, { prefix: '/oauth' })
  const send = async (path: string, body: string, type: string): Promise<Answer> => {
    const request = new Request(`https://auth.example.com/oauth${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    })
    const response = await handle(request)
    return { status: response.status, content: JSON.parse((await response.text()) || '{}') }
  }
  return {
    server,
    form: (path: string, content: Record<string, string>) =>
      send(path, new URLSearchParams(content).toString(), 'application/x-www-form-urlencoded'),
    json: (path: string, content: unknown, type = 'application/json') =>
      send(path, typeof content === 'string' ? content : JSON.stringify(content), type),
    get: (path: string) => handle(new Request(`https://auth.example.com${path}`)),
  }
}

describe('without the option', () => {
  it('8628-3.1-3 JSON is refused, and no further path or name exists', async () => {
    const { server, json, form } = serve([])
    expect(await json('/device_authorization', { client_id: 'tv' })).toMatchObject({ status: 400 })
    for (const path of Object.values(compatibilityPaths(all))) expect(server.deviceAuth.paths).not.toContain(path)
    const codes = await form('/device_authorization', { client_id: 'tv' })
    expect(Object.keys(codes.content)).not.toContain('message')
    const poll = { client_id: 'tv', grant_type: 'http://oauth.net/grant_type/device/1.0', code: 'x' }
    expect((await form('/token', poll)).content.error).toBe('unsupported_grant_type')
  })
})

describe('github', () => {
  it('answers errors of a poll with 200 at its own path, and with 400 at the path of this server', async () => {
    const { server, json, form } = serve(['github'])
    const codes = await json('/login/device/code', { client_id: 'tv', scope: 'profile' })
    expect(codes.status).toBe(200)
    const poll = { client_id: 'tv', grant_type: DEVICE_CODE_GRANT_TYPE, device_code: String(codes.content.device_code) }
    expect(await json('/login/oauth/access_token', poll)).toMatchObject({
      status: 200,
      content: { error: 'authorization_pending' },
    })
    expect(await form('/token', poll)).toMatchObject({ status: 400, content: { error: 'slow_down', interval: 10 } })
    await server.approve(String(codes.content.user_code))
    expect(await json('/login/oauth/access_token', poll)).toMatchObject({
      status: 200,
      content: { token_type: 'Bearer' },
    })
    const unknown = await json('/login/oauth/access_token', { ...poll, device_code: 'unknown' })
    expect(unknown).toMatchObject({ status: 200, content: { error: 'incorrect_device_code' } })
  })

  it('6749-5.2-2 a client that is not authenticated is still answered 401', async () => {
    const { json } = serve(['github'])
    expect(await json('/login/device/code', { client_id: 'conf' })).toMatchObject({ status: 401 })
  })
})

describe('entra', () => {
  it('sends a message, and says authorization_declined at its own path only', async () => {
    const { server, form } = serve(['entra'])
    const codes = await form('/devicecode', { client_id: 'tv' })
    const userCode = String(codes.content.user_code)
    expect(codes.content.message).toContain(userCode)
    expect(codes.content.message).toContain(codes.content.verification_uri)
    await server.deviceAuth.deny(userCode)
    const poll = { client_id: 'tv', grant_type: DEVICE_CODE_GRANT_TYPE, device_code: String(codes.content.device_code) }
    expect((await form('/oauth2/v2.0/token', poll)).content.error).toBe('authorization_declined')
    expect((await form('/token', poll)).content.error).toBe('access_denied')
  })

  it('serves the documents that its metadata name', async () => {
    const { get, server } = serve(['entra'])
    expect(server.deviceAuth.metadata).toMatchObject({ jwks_uri: `${server.deviceAuth.issuer}/discovery/v2.0/keys` })
    expect(await (await get('/oauth/discovery/v2.0/keys')).json()).toEqual({ keys: [] })
    const metadata = await (await get('/oauth/v2.0/.well-known/openid-configuration')).json()
    expect(metadata).toEqual(server.deviceAuth.metadata)
  })
})

describe('google-legacy', () => {
  it('knows the grant type and the parameter of the draft', async () => {
    const { server, form } = serve(['google-legacy'])
    const codes = await form('/device/code', { client_id: 'tv' })
    expect(codes.content.verification_url).toBe(codes.content.verification_uri)
    const poll = {
      client_id: 'tv',
      grant_type: 'http://oauth.net/grant_type/device/1.0',
      code: String(codes.content.device_code),
    }
    expect((await form('/token', poll)).content.error).toBe('authorization_pending')
    expect((await form('/token', { ...poll, device_code: poll.code })).content.error).toBe('invalid_request')
    await server.approve(String(codes.content.user_code))
    expect(await form('/token', poll)).toMatchObject({ status: 200, content: { token_type: 'Bearer' } })
  })
})

describe('json', () => {
  it.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"client_id"'],
    ['a repeated member', '{"client_id":"tv","client_id":"tv2"}'],
    ['a repeated member, escaped', '{"client_id":"tv","client\\u005fid":"tv2"}'],
    ['a list', '{"client_id":["tv","tv2"]}'],
    ['a number', '{"client_id":1}'],
    ['an object', '{"client_id":{"0":"tv"}}'],
    ['a member of Object.prototype', '{"__proto__":{"client_id":"tv"}}'],
  ])('6749-3.2-4 refuses %s as it refuses such a form', async (_name, body) => {
    const { json } = serve(['json'])
    expect(await json('/device_authorization', body)).toMatchObject({
      status: 400,
      content: { error: 'invalid_request' },
    })
  })

  it('refuses bytes that are not UTF-8, other charsets, compression and a large body', async () => {
    const { json, server } = serve(['json'])
    const bytes = Buffer.from('{"client_id":"tv\xff"}', 'latin1')
    const handle = toFetchHandler(server.deviceAuth as never, { prefix: '/oauth' })
    const headers = { 'content-type': 'application/json' }
    const url = 'https://auth.example.com/oauth/device_authorization'
    expect((await handle(new Request(url, { method: 'POST', body: bytes, headers }))).status).toBe(400)
    const compressed = { ...headers, 'content-encoding': 'gzip' }
    expect((await handle(new Request(url, { method: 'POST', body: '{}', headers: compressed }))).status).toBe(415)
    for (const type of ['application/json; charset=utf-16', 'text/json', 'application/jsonp']) {
      expect((await json('/device_authorization', { client_id: 'tv' }, type)).status).toBe(400)
    }
    const large = JSON.stringify({ client_id: 'tv', x: 'x'.repeat(MAX_FORM_BYTES) })
    expect((await json('/device_authorization', large)).status).toBe(413)
  })

  it('is read in both endpoints, with the charset UTF-8 too, and colons and braces in a value are no members', async () => {
    const { json } = serve(['json'])
    const asked = { client_id: 'tv', scope: 'profile', x: '{"a":1,"b":2}', y: { client_id: ':' } }
    const codes = await json('/device_authorization', asked, 'application/json; charset=utf-8')
    expect(codes.status).toBe(200)
    const poll = { client_id: 'tv', grant_type: DEVICE_CODE_GRANT_TYPE, device_code: codes.content.device_code }
    expect((await json('/token', poll)).content.error).toBe('authorization_pending')
  })

  it('is not read by any other endpoint', async () => {
    const { json } = serve(all)
    expect((await json('/revoke', { client_id: 'tv', token: 'x' })).status).toBe(400)
    expect((await json('/introspect', { client_id: 'tv', token: 'x' })).status).toBe(400)
  })
})

describe('the option', () => {
  it.each([['git hub'], ['github', 'github'], [1], 'github'])('%j is refused', (...names) => {
    const compatibility = (names.length === 1 && names[0] === 'github' ? 'github' : names) as never
    expect(() => createTestServer({ compatibility })).toThrow('compatibility')
  })

  it('refuses a path of a dialect that another endpoint has', () => {
    expect(() => createTestServer({ compatibility: ['github'], paths: { revocation: '/login/device/code' } })).toThrow(
      'paths.revocation',
    )
    const paths = { deviceAuthorization: '/login/device/code', token: '/login/oauth/access_token' }
    expect(createTestServer({ compatibility: ['github'], paths }).deviceAuth.paths).toContain(paths.token)
  })

  it('adds its paths to those of the server, for frameworks that register each', () => {
    const { paths } = createTestServer({ compatibility: all }).deviceAuth
    expect(paths).toEqual(expect.arrayContaining(Object.values(compatibilityPaths(all))))
    expect(new Set(paths).size).toBe(paths.length)
  })
})
