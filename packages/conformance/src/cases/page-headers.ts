import { check } from '../expect.ts'
import type { HttpResponse } from '../http.ts'

const header = (response: HttpResponse, name: string): string => response.headers.get(name) ?? ''

/**
 * Fails unless the page forbids that other pages frame it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 RFC 9700 section 4.16}
 */
export function expectUnframed(page: HttpResponse): void {
  const policy = header(page, 'content-security-policy')
  check(
    /frame-ancestors\s+'none'/i.test(policy),
    `frame-ancestors 'none' in Content-Security-Policy, not '${policy}'`,
    page,
  )
  check(
    /^DENY$/i.test(header(page, 'x-frame-options')),
    `X-Frame-Options: DENY, not '${header(page, 'x-frame-options')}'`,
    page,
  )
}

const otherOriginAddress =
  /\b(?:src|href|action|srcset|data|poster)\s*=\s*["']?\s*(?:https?:)?\/\/[^"'\s>]+|url\(\s*["']?(?:https?:)?\/\/|@import/gi

/** Fails if the page loads or links anything from another origin, or may send the code in a Referer. */
export function expectSelfContained(page: HttpResponse): void {
  const { origin } = new URL(page.request.url)
  const found = (page.text.match(otherOriginAddress) ?? []).filter((text) => !text.includes(origin))
  check(found.length === 0, `no address of another origin, not ${found.join(', ')}`, page)
  const policy = header(page, 'referrer-policy')
  check(/no-referrer$|same-origin$|strict-origin$/i.test(policy), `Referrer-Policy: no-referrer, not '${policy}'`, page)
}

/** Fails unless the page has all security headers that F-45 demands. */
export function expectPageHeaders(page: HttpResponse): void {
  expectUnframed(page)
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
