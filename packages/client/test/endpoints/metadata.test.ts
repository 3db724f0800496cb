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

  it('8414-3.3-1 refuses the metadata of another issuer, and an issuer that is not a URL', async () => {
    const other = asked([
      answered({ ...document, issuer: 'https://evil.example' }),
      answered({ ...document, issuer: 1 }),
    ])
    expect(await discover(issuer, other)).toMatchObject({ ok: false, error: 'invalid_response' })
    expect(await discover('as.example.com')).toMatchObject({ ok: false, error: 'insecure_url' })
    expect(await discover('http://as.example.com')).toMatchObject({ ok: false, error: 'insecure_url' })
  })
})
