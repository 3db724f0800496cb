import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { discover, type Fetch, pollDeviceToken, requestDeviceAuthorization, revokeToken } from '../../src/index.ts'
import { answered, codes, issuer } from '../fixtures.ts'

const request = { address: `${issuer}/token`, clientId: 'tv', deviceCode: 'dc' }

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function listen(handler: RequestListener): Promise<string> {
  const listening = createServer(handler)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

describe('hostile servers, over HTTP', () => {
  const local = { dangerouslyAllowHttp: true }

  it('does not follow a redirect: the device code would go elsewhere', async () => {
    const paths: (string | undefined)[] = []
    const origin = await listen((req, res) => {
      paths.push(req.url)
      res.writeHead(307, { location: '/elsewhere' }).end()
    })
    const result = await pollDeviceToken({ ...request, address: `${origin}/token` }, local)
    expect(result).toMatchObject({ error: 'redirect_refused', status: 307, retryable: true })
    expect(paths).toEqual(['/token'])
  })

  it('does not read an answer without end', async () => {
    let written = 0
    const origin = await listen((_req, res) => {
      const chunk = 'x'.repeat(65_536)
      const write = (): void => {
        while (!res.destroyed && written < 50_000_000 && res.write(chunk)) written += chunk.length
      }
      res.on('drain', write)
      write()
    })
    const result = await pollDeviceToken({ ...request, address: `${origin}/token` }, { ...local, maxBodySize: 100_000 })
    expect(result).toMatchObject({ error: 'response_too_large', retryable: true })
    expect(written).toBeLessThan(20_000_000)
  })

  it('8628-3.5-11 gives a request up after its timeout, which counts as a failure to back off from', async () => {
    const origin = await listen(() => {})
    const result = await pollDeviceToken({ ...request, address: origin }, { ...local, timeout: 0.02 })
    expect(result).toMatchObject({ error: 'timeout', retryable: true })
  })

  it('a connection that is refused is a result', async () => {
    const origin = await listen(() => {})
    await new Promise((resolve) => server?.close(resolve))
    const result = await pollDeviceToken({ ...request, address: origin }, local)
    expect(result).toMatchObject({ error: 'network_error', errorDescription: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('addresses', () => {
  const never: Fetch = () => Promise.reject(new Error('was asked'))
  it.each(['http://as.example.com/token', 'ftp://as.example.com', 'not a URL', '', 'https://a:b@as.example.com/'])(
    '%s is sent nothing',
    async (address) => {
      expect(await pollDeviceToken({ ...request, address }, { fetch: never })).toMatchObject({ error: 'insecure_url' })
    },
  )

  it('the way out has to be named', async () => {
    const fetch: Fetch = async () => answered({ access_token: 'at' })
    const address = 'http://localhost:3000/token'
    expect(await pollDeviceToken({ ...request, address }, { fetch })).toMatchObject({ error: 'insecure_url' })
    expect(await pollDeviceToken({ ...request, address }, { fetch, dangerouslyAllowHttp: true })).toMatchObject({
      ok: true,
    })
    const javascript = { ...request, address: 'javascript:alert(1)' }
    expect(await pollDeviceToken(javascript, { fetch, dangerouslyAllowHttp: true })).toMatchObject({ ok: false })
  })
})

describe('answers', () => {
  const poll = (response: Response): ReturnType<typeof pollDeviceToken> =>
    pollDeviceToken(request, { fetch: async () => response })

  it('F-50 names of prototypes are names', async () => {
    const text = '{"__proto__":{"access_token":"x"},"constructor":{"prototype":{"ok":true}},"error":"toString"}'
    const result = await poll(new Response(text, { status: 400, headers: { 'content-type': 'application/json' } }))
    expect(result).toMatchObject({ ok: false, error: 'toString' })
    expect(({} as Record<string, unknown>).access_token).toBeUndefined()
  })

  it.each([
    ['an array', '[1]'],
    ['a text', '"access_token"'],
    ['null', 'null'],
    ['JSON that breaks off', '{"access_token":"at"'],
    ['a token that is no text', '{"access_token":42}'],
    ['no token', '{}'],
    ['an empty token', '{"access_token":""}'],
  ])('%s is no token', async (_name, text) => {
    const json = { headers: { 'content-type': 'application/json' } }
    expect(await poll(new Response(text, json))).toMatchObject({
      ok: false,
      error: 'invalid_response',
      retryable: true,
    })
  })

  it('reads Retry-After in seconds and as a date', async () => {
    const busy = (retryAfter: string): Response =>
      new Response('', { status: 503, headers: { 'retry-after': retryAfter, date: 'Thu, 01 Jan 2026 00:00:00 GMT' } })
    expect(await poll(busy('30'))).toMatchObject({ error: 'server_unavailable', retryAfter: 30 })
    expect(await poll(busy('Thu, 01 Jan 2026 00:01:00 GMT'))).toMatchObject({ retryAfter: 60 })
    expect(await poll(busy('Wed, 31 Dec 2025 00:00:00 GMT'))).toMatchObject({ retryAfter: 0 })
    expect(await poll(busy('99999999999999999999'))).toMatchObject({ retryAfter: 86_400 })
    expect(await poll(busy('soon'))).not.toHaveProperty('retryAfter')
  })

  it.each([
    ['access_denied', 500, 'access_denied'],
    ['authorization_pending', 503, 'authorization_pending'],
    ['invalid_grant', 500, 'server_unavailable'],
    ['Bad Gateway', 502, 'server_unavailable'],
  ])("%s with status %d is %s: the words of RFC 8628 are no gateway's", async (error, status, expected) => {
    expect(await poll(answered({ error }, status))).toMatchObject({ error: expected })
  })

  it('texts of errors are bounded and printable', async () => {
    const json = {
      error: 'x\u001b[2J',
      error_description: `\u202e${'y'.repeat(10_000)}`,
      error_uri: 'https://e.example',
    }
    const result = await poll(answered(json, 400))
    expect(result).toMatchObject({ error: 'x[2J', errorDescription: 'y'.repeat(500), errorUri: 'https://e.example' })
  })

  it('codes that are too long for a screen are cut', async () => {
    const fetch: Fetch = async () => answered({ ...codes, user_code: 'A'.repeat(1_000_00) })
    const result = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch })
    expect(result.ok && result.userCode.length).toBe(100)
  })

  it('a fetch that throws at once is a result', async () => {
    const fetch: Fetch = () => {
      throw new Error('mine')
    }
    expect(await pollDeviceToken(request, { fetch })).toMatchObject({
      error: 'network_error',
      errorDescription: 'mine',
    })
  })
})

describe('discover', () => {
  const document = { issuer, device_authorization_endpoint: `${issuer}/d`, token_endpoint: `${issuer}/t` }
  const asked = (answers: readonly Response[]): { fetch: Fetch; urls: string[] } => {
    const urls: string[] = []
    const left = [...answers]
    return {
      urls,
      fetch: async (url) => {
        urls.push(url)
        return left.shift() ?? new Response(null, { status: 404 })
      },
    }
  }

  it('at the root of the host, then as OpenID does, then below the path', async () => {
    const first = asked([answered(document)])
    expect(await discover(issuer, first)).toMatchObject({ ok: true, deviceAuthorizationEndpoint: `${issuer}/d` })
    const path = `${issuer}/tenant/`
    const second = asked([new Response('<html>', { status: 404 }), answered({ ...document, issuer: path })])
    expect(await discover(path, second)).toMatchObject({ ok: true, tokenEndpoint: `${issuer}/t` })
    const html = (): Response => new Response('<html>', { status: 404 })
    const third = asked([html(), html(), answered({ ...document, issuer: path })])
    expect(await discover(path, third)).toMatchObject({ ok: true, tokenEndpoint: `${issuer}/t` })
    expect(third.urls.at(-1)).toBe(`${issuer}/tenant/.well-known/oauth-authorization-server`)
    expect([...first.urls, ...second.urls]).toEqual([
      `${issuer}/.well-known/oauth-authorization-server`,
      `${issuer}/.well-known/oauth-authorization-server/tenant`,
      `${issuer}/tenant/.well-known/openid-configuration`,
    ])
  })

  it('8414-3.3-1 refuses the metadata of another issuer, and what is no URL', async () => {
    const other = asked([
      answered({ ...document, issuer: 'https://evil.example' }),
      answered({ ...document, issuer: 1 }),
    ])
    expect(await discover(issuer, other)).toMatchObject({ ok: false, error: 'invalid_response' })
    expect(await discover('as.example.com')).toMatchObject({ ok: false, error: 'insecure_url' })
    expect(await discover('http://as.example.com')).toMatchObject({ ok: false, error: 'insecure_url' })
  })
})

it('revokeToken: a result either way', async () => {
  const sent: string[] = []
  const fetch =
    (response: Response): Fetch =>
    async (_url, init) => {
      sent.push(String(init.body))
      return response
    }
  const revoke = { address: `${issuer}/revoke`, clientId: 'tv', token: 'rt', tokenTypeHint: 'refresh_token' }
  expect(await revokeToken(revoke, { fetch: fetch(new Response('')) })).toEqual({ ok: true })
  expect(sent).toEqual(['token=rt&token_type_hint=refresh_token&client_id=tv'])
  const refused = answered({ error: 'unsupported_token_type' }, 400)
  expect(await revokeToken(revoke, { fetch: fetch(refused) })).toMatchObject({ error: 'unsupported_token_type' })
})
