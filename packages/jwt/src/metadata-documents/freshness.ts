import type { FetchedDocument } from '../client-authentication/safe-fetch.ts'

/** Milliseconds. A document without cache headers is fresh for `usual`; none is fetched again sooner than `least` or later than `most`. */
const bounds = { least: 5 * 60_000, usual: 60 * 60_000, most: 24 * 60 * 60_000 }

/**
 * The milliseconds for which a fetched document is used without another look: what its cache headers say, within bounds.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9111#section-4.2 RFC 9111 section 4.2}
 */
export function freshFor({ headers }: FetchedDocument): number {
  const said = lifetime(headers)
  // a negative or broken value counts as stale
  return Math.min(Math.max(Number.isFinite(said) ? said : 0, bounds.least), bounds.most)
}

function lifetime(headers: FetchedDocument['headers']): number {
  const directives = textOf(headers['cache-control']).toLowerCase().split(',')
  const named = directives.map((directive) => directive.trim().split('='))
  if (named.some(([name]) => name === 'no-store' || name === 'no-cache')) return 0
  const maxAge = named.find(([name]) => name === 'max-age')
  if (maxAge !== undefined) {
    const seconds = (maxAge[1] ?? '').replace(/^"(.*)"$/, '$1')
    return /^\d+$/.test(seconds) ? Number(seconds) * 1000 - age(headers) : 0
  }
  if (headers.expires === undefined) return bounds.usual
  return Date.parse(textOf(headers.expires)) - Date.parse(textOf(headers.date)) - age(headers)
}

/** Milliseconds that the answer has spent in caches on the way. */
function age({ age: header }: FetchedDocument['headers']): number {
  const seconds = textOf(header)
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : 0
}

function textOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : (header ?? []).join(',')
}
