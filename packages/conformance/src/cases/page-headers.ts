import { check } from '../expect.ts'
import type { HttpResponse } from '../http.ts'

const header = (response: HttpResponse, name: string): string => response.headers.get(name) ?? ''

/**
 * Fails unless the page forbids that other sites frame it, by one of two headers. `device-auth` demands both, and `'none'`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 RFC 9700 section 4.16}
 */
export function expectUnframed(page: HttpResponse): void {
  const policy = header(page, 'content-security-policy')
  const options = header(page, 'x-frame-options')
  if (!page.strict && (/frame-ancestors\s+'(none|self)'/i.test(policy) || /^(DENY|SAMEORIGIN)$/i.test(options))) return
  const hasPolicy = /frame-ancestors\s+'none'/i.test(policy)
  check(hasPolicy, `frame-ancestors 'none' in Content-Security-Policy, not '${policy}'`, page)
  check(/^DENY$/i.test(options), `X-Frame-Options: DENY, not '${options}'`, page)
}

const otherOriginAddress =
  /\b(?:src|href|action|srcset|data|poster)\s*=\s*["']?\s*(?:https?:)?\/\/[^"'\s>]+|url\(\s*["']?(?:https?:)?\/\/|@import/gi

/** Fails if the page loads or links anything from another origin. `device-auth` also demands a Referrer-Policy. */
export function expectSelfContained(page: HttpResponse): void {
  const { origin } = new URL(page.request.url)
  const found = (page.text.match(otherOriginAddress) ?? []).filter((text) => !text.includes(origin))
  check(found.length === 0, `no address of another origin, not ${found.join(', ')}`, page)
  if (!page.strict) return
  const policy = header(page, 'referrer-policy')
  check(/no-referrer$|same-origin$|strict-origin$/i.test(policy), `Referrer-Policy: no-referrer, not '${policy}'`, page)
}

/** Fails unless the page has the security headers of F-45: it cannot be framed. `device-auth` demands all of them. */
export function expectPageHeaders(page: HttpResponse): void {
  expectUnframed(page)
  if (!page.strict) return
  const policy = header(page, 'content-security-policy')
  check(/default-src\s+'none'/i.test(policy), `default-src 'none' in Content-Security-Policy, not '${policy}'`, page)
  check(!/unsafe-(inline|eval)/i.test(policy), `no unsafe-inline in Content-Security-Policy, not '${policy}'`, page)
  for (const directive of ['form-action', 'base-uri']) {
    check(policy.toLowerCase().includes(directive), `${directive} in Content-Security-Policy, not '${policy}'`, page)
  }
  for (const [name, value] of expectedHeaders) {
    check(value.test(header(page, name)), `${name} ${String(value)}, not '${header(page, name)}'`, page)
  }
}

const expectedHeaders: readonly (readonly [string, RegExp])[] = [
  ['cross-origin-opener-policy', /^same-origin$/i],
  ['referrer-policy', /no-referrer$|same-origin$/i],
  ['x-content-type-options', /^nosniff$/i],
  ['cache-control', /no-store/i],
]
