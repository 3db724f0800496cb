import { describe, expect, it } from 'vitest'
import type { OpenIdProvider } from '../../src/contract/tokens.ts'
import { hashSecret } from '../../src/crypto/secrets.ts'
import type { OAuthRequest, OAuthResponse } from '../../src/http.ts'
import { memoryRegisteredClients } from '../../src/stores/memory/registered-clients.ts'
import { clients, createTestServer, formRequest, issuer } from '../server.ts'

const keys = { maxAge: 300, list: () => [{ kid: 'one', kty: 'EC' }] }
const openid: OpenIdProvider = { keys, metadata: {}, issue: async () => 'id_token', userInfo: async () => ({}) }
const page = 'https://app.example.com'

/** A server with every endpoint that there is. */
function everything() {
  return createTestServer({
    clients,
    openid,
    loginUrl: '/login',
    compatibility: ['github', 'entra'],
    registration: { store: memoryRegisteredClients(), scope: 'profile', initialAccessTokens: ['a'.repeat(40)] },
    verificationApi: { origins: [page] },
    signals: { authenticate: () => false, verify: () => undefined, endSessions: () => undefined },
    paths: {
      introspection: '/introspect',
      globalTokenRevocation: '/revoke-all',
      securityEvents: '/events',
      decisionEvents: '/decision-events',
    },
  })
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']
const senders: readonly Partial<OAuthRequest>[] = [
  { native: {} },
  { native: { user: { id: 'alice' } } },
  { native: { user: { id: 'alice' } }, headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } },
  { headers: { 'content-type': 'application/json', origin: page, 'access-control-request-method': 'POST' } },
  { headers: { 'content-type': 'application/json', origin: 'null', 'access-control-request-method': 'POST' } },
  { headers: { authorization: 'Bearer x' } },
  { headers: { 'content-type': 'text/plain' } },
  { query: new URLSearchParams({ user_code: 'BCDF-GHJK', id: 'A'.repeat(43) }), native: { user: { id: 'alice' } } },
  { form: new URLSearchParams({ client_id: 'tv', token: 'x', handle: 'x', action: 'approve', body: '{}' }) },
]

async function answers(): Promise<readonly (readonly [string, OAuthResponse, OAuthRequest])[]> {
  const { deviceAuth, start, approve } = everything()
  const codes = await start()
  await approve(codes.user_code)
  const decided: Partial<OAuthRequest> = { query: new URLSearchParams({ id: hashSecret(codes.device_code) }) }
  const found: [string, OAuthResponse, OAuthRequest][] = []
  for (const path of deviceAuth.paths) {
    for (const method of methods) {
      for (const sender of [...senders, decided]) {
        const given = formRequest(path, {})
        const headers = { ...given.headers, ...sender.headers }
        const request = { ...given, method, ...sender, headers }
        const response = await deviceAuth.route(method, path)?.(request)
        if (response !== undefined) found.push([`${method} ${path} ${response.status}`, response, request])
      }
    }
  }
  return found
}

const isPublicFile = (name: string): boolean => name.startsWith('GET /jwks 200') || name.startsWith('HEAD /jwks 200')

describe('the headers of every answer of every path', () => {
  it('F-63 no cache keeps one, but the public keys', async () => {
    const all = await answers()
    expect(all.length).toBeGreaterThan(1000)
    expect(new Set(all.map(([, { status }]) => status))).toEqual(new Set([200, 204, 303, 400, 401, 403, 405, 415]))
    for (const [name, { headers }] of all) {
      if (isPublicFile(name)) expect(headers['cache-control'], name).toMatch(/^public, max-age=\d+$/)
      else expect(headers['cache-control'], name).toBe('no-store')
    }
  })

  it('9700-4.16-1 F-45 a body has its type, which no browser guesses; a page is in no frame and knows no opener', async () => {
    for (const [name, { headers, body }] of await answers()) {
      if (body === '') continue
      expect(headers, name).toMatchObject({ 'content-type': expect.any(String), 'x-content-type-options': 'nosniff' })
      if (headers['content-type'] !== 'text/html; charset=utf-8') continue
      expect(headers['content-security-policy'], name).toContain("default-src 'none'")
      expect(headers['content-security-policy'], name).toContain("frame-ancestors 'none'")
      expect(headers, name).toMatchObject({
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'same-origin',
        vary: 'Accept-Language',
      })
    }
  })

  it('9700-4.16-1 also a refusal at the path of a page is in no frame', async () => {
    for (const [name, { headers, body, status }] of await answers()) {
      if (!/ \/devices? /.test(name) || body === '' || status === 303) continue
      expect(headers['content-security-policy'], name).toContain("frame-ancestors 'none'")
      expect(headers['x-frame-options'], name).toBe('DENY')
    }
  })

  it('F-40 other origins read public answers without cookies; with cookies only those of the option', async () => {
    for (const [name, { headers }, request] of await answers()) {
      const allowed = headers['access-control-allow-origin']
      if (allowed !== page) {
        expect([undefined, '*'], name).toContain(allowed)
        expect(headers['access-control-allow-credentials'], name).toBeUndefined()
        continue
      }
      expect(request.headers.origin, name).toBe(page)
      expect(name).toMatch(/ \/device\/(?:present|decide) /)
      expect(headers.vary, name).toBe('Origin')
    }
  })

  it('6749-3.1-1 an address is one of this server, and a cookie is for this host, https and no script', async () => {
    for (const [name, { headers }] of await answers()) {
      const { location, 'set-cookie': cookie } = headers
      if (location !== undefined)
        expect(String(location), name).toMatch(/^\/(?:login\?return_to=%2Foauth%2Fdevice|oauth\/device)/)
      if (cookie !== undefined)
        expect(String(cookie), name).toMatch(/^__Host-device-auth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
      expect(String(headers['www-authenticate'] ?? issuer), name).toMatch(/https:\/\/auth\.example\.com|^Bearer$/)
    }
  })
})
