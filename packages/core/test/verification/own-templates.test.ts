// Templates of the application's own: they get the request, and may add sources and headers to the pages.
import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { alice, createPageServer } from './visitor.ts'

function policyOf({ headers }: OAuthResponse): readonly string[] {
  return String(headers['content-security-policy'])
    .replace(/nonce-[\w-]+/g, 'nonce-N')
    .split('; ')
}

it('renderPage gets the request, with that of the framework', async () => {
  const server = createPageServer({
    hooks: { renderPage: (model, { native, path }) => `${model.page} ${path} ${Object(native).user?.name}` },
  })
  expect((await server.visit(alice).get()).body).toBe('enter /device Alice')
})

describe('pages.contentSources', () => {
  it('adds sources, and keeps those of the pages', async () => {
    const contentSources = {
      'script-src': ["'self'"],
      'style-src': ['https://cdn.example.com/styles/'],
      'img-src': ['data:', 'https://*.example.com'],
      'connect-src': ["'self'"],
    }
    const server = createPageServer({ pages: { contentSources } })
    for (const page of [await server.visit(alice).get(), await server.visit(alice).post({ action: 'approve' })])
      expect(policyOf(page)).toEqual([
        "default-src 'none'",
        "style-src 'nonce-N' https://cdn.example.com/styles/",
        'img-src data: https://*.example.com',
        "script-src 'nonce-N' 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ])
  })

  it('without it no script may run', async () => {
    expect(policyOf(await createPageServer().visit(alice).get())).toEqual([
      "default-src 'none'",
      "style-src 'nonce-N'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
  })

  it.each<unknown>([
    5,
    [],
    { 'script-src': "'self'" },
    { 'script-src': ["'unsafe-inline'"] },
    { 'script-src': ["'unsafe-eval'"] },
    { 'script-src': ['data:'] },
    { 'script-src': ['*'] },
    { 'script-src': ['https:'] },
    { 'script-src': ['https://*'] },
    { 'script-src': ['http://cdn.example.com'] },
    { 'img-src': ['https://a.example; frame-ancestors *'] },
    { 'img-src': ['https://a.example,b'] },
    { 'frame-ancestors': ["'self'"] },
    { 'default-src': ["'self'"] },
    { 'form-action': ['https://a.example'] },
    { toString: [] },
  ])('%j is refused', (wrong) => {
    const pages = Object({ contentSources: wrong })
    expect(() => createPageServer({ pages })).toThrow(/option `pages\.contentSources` is /)
  })
})

describe('pages.headers', () => {
  it('are on every page, also on that of a failure', async () => {
    const headers = { 'x-robots-tag': 'noindex, nofollow' }
    const failing = createPageServer({ pages: { headers }, hooks: { renderPage: () => Object(Promise.reject(5)) } })
    const server = createPageServer({ pages: { headers } })
    for (const page of [await server.visit(alice).get(), await failing.visit(alice).get()])
      expect(page.headers).toMatchObject({ ...headers, 'x-frame-options': 'DENY' })
  })

  it.each<unknown>([
    5,
    { 'X-Robots-Tag': 'noindex' },
    { 'x-robots-tag': 5 },
    { 'x-robots-tag': '' },
    { 'x-robots-tag': 'a\r\nset-cookie: b' },
    { 'x-frame-options': 'SAMEORIGIN' },
    { 'content-security-policy': '' },
    { 'cache-control': 'public' },
    { 'set-cookie': 'a=b' },
    { 'a b': 'c' },
  ])('%j are refused', (wrong) => {
    const pages = Object({ headers: wrong })
    expect(() => createPageServer({ pages })).toThrow(/option `pages\.headers` is /)
  })
})
