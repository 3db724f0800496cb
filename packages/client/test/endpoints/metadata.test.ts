import { describe, expect, it } from 'vitest'
import { discover, type Fetch } from '../../src/index.ts'
import { answered, issuer } from '../fixtures.ts'

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

  it('asks at the root of the host, then where OpenID providers have the metadata, then below the path of the issuer', async () => {
    const first = asked([answered(document)])
    expect(await discover(issuer, { fetch: first.fetch })).toMatchObject({
      ok: true,
      deviceAuthorizationEndpoint: `${issuer}/d`,
    })
    const path = `${issuer}/tenant/`
    const second = asked([new Response('<html>', { status: 404 }), answered({ ...document, issuer: path })])
    expect(await discover(path, { fetch: second.fetch })).toMatchObject({ ok: true, tokenEndpoint: `${issuer}/t` })
    const html = (): Response => new Response('<html>', { status: 404 })
    const third = asked([html(), html(), answered({ ...document, issuer: path })])
    expect(await discover(path, { fetch: third.fetch })).toMatchObject({ ok: true, tokenEndpoint: `${issuer}/t` })
    expect(third.urls.at(-1)).toBe(`${issuer}/tenant/.well-known/oauth-authorization-server`)
    expect([...first.urls, ...second.urls]).toEqual([
      `${issuer}/.well-known/oauth-authorization-server`,
      `${issuer}/.well-known/oauth-authorization-server/tenant`,
      `${issuer}/tenant/.well-known/openid-configuration`,
    ])
  })

  it('8414-3.3-1 refuses the metadata of another issuer, and an issuer that is not a URL', async () => {
    const other = asked([
      answered({ ...document, issuer: 'https://evil.example' }),
      answered({ ...document, issuer: 1 }),
    ])
    expect(await discover(issuer, { fetch: other.fetch })).toMatchObject({
      ok: false,
      error: 'issuer_mismatch',
      retryable: false,
      message: expect.stringContaining('names the issuer https://evil.example instead of https://as.example.com'),
    })
    expect(await discover('as.example.com')).toMatchObject({ ok: false, error: 'insecure_url' })
    expect(await discover('http://as.example.com')).toMatchObject({ ok: false, error: 'insecure_url' })
  })

  const page = (status: number, headers: Record<string, string> = {}): Response =>
    new Response('<html>', { status, headers })

  it.each<[string, () => Response]>([
    ['a redirect', () => page(302, { location: '/login' })],
    ['a 500', () => answered({ message: 'No static resource' }, 500)],
    ['a 503', () => page(503)],
    ['a 429', () => page(429)],
    ['a 403', () => page(403)],
    ['a page', () => page(200)],
    ['JSON that breaks off', () => new Response('{"issuer":"')],
    ['a response that is too long', () => new Response('x'.repeat(300_000))],
    ['a document without an issuer', () => answered({ error: 'not found' })],
    ['a document of another issuer', () => answered({ ...document, issuer: 'https://other.example' })],
    ['a document without the device authorization endpoint', () => answered({ issuer, token_endpoint: `${issuer}/t` })],
    ['a document whose endpoint is no text', () => answered({ ...document, device_authorization_endpoint: null })],
  ])('%s at the first address: the second one is asked', async (_name, first) => {
    const both = asked([first(), answered(document)])
    expect(await discover(issuer, { fetch: both.fetch })).toMatchObject({
      ok: true,
      deviceAuthorizationEndpoint: `${issuer}/d`,
    })
    expect(both.urls).toHaveLength(2)
  })

  it('the failure is the one that says most', async () => {
    const other = (): Response => answered({ ...document, issuer: 'https://other.example' })
    const path = `${issuer}/tenant`
    const failures: [Response[], string, boolean][] = [
      [[page(404), page(404)], 'metadata_not_found', false],
      [[page(403), page(302)], 'metadata_not_found', false],
      [[page(302), page(404)], 'metadata_not_found', false],
      [[page(200), page(200)], 'invalid_response', true],
      [[page(302), page(302)], 'redirect_refused', true],
      [[page(404), page(503)], 'server_unavailable', true],
      [[page(503), other()], 'issuer_mismatch', false],
    ]
    for (const [answers, error, retryable] of failures)
      expect(await discover(issuer, { fetch: asked(answers).fetch })).toMatchObject({ error, retryable })
    expect(await discover(path, { fetch: asked([page(404), other(), page(404)]).fetch })).toMatchObject({
      error: 'issuer_mismatch',
    })
    expect(await discover(issuer, { fetch: asked([page(404)]).fetch })).toMatchObject({
      message: `Metadata not found: HTTP 404 at ${issuer}/.well-known/oauth-authorization-server`,
    })
  })

  it('a server that nobody reaches is asked once', async () => {
    const urls: string[] = []
    const fetch: Fetch = (url) => {
      urls.push(url)
      return Promise.reject(new TypeError('fetch failed'))
    }
    expect(await discover(issuer, { fetch })).toMatchObject({ error: 'network_error' })
    expect(urls).toHaveLength(1)
  })

  it('metadata without the device authorization endpoint everywhere are returned as they are', async () => {
    const only = { issuer, token_endpoint: `${issuer}/t` }
    expect(await discover(issuer, { fetch: asked([answered(only), page(404)]).fetch })).toMatchObject({
      ok: true,
      document: only,
    })
  })

  it('the address of the metadata is no issuer, and the message says so', async () => {
    expect(await discover(`${issuer}/.well-known/openid-configuration`, { fetch: asked([]).fetch })).toMatchObject({
      error: 'client_error',
      message: expect.stringContaining('/.well-known/'),
    })
  })
})
