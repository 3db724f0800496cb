import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import { headerValue, type OAuthRequest } from '../http.ts'

/** An account without a name would be one for everybody who has none. */
export function checkUser(user: User | null | undefined): User | undefined {
  if (user === undefined || user === null) return undefined
  if (typeof user.subject === 'string' && user.subject !== '') return user
  throw new TypeError('Device Auth: the hook `authenticateUser` gave a user without `subject`, a string.')
}

/** A parameter that stands there once. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

/**
 * Whether a form comes from a page of ours; browsers say so themselves, and the handle is there for those that do not.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.12 RFC 6749 section 10.12}
 */
export function isSameOrigin<Native>(
  { headers }: OAuthRequest<Native>,
  { verificationOrigin }: ServerContext<Native>,
): boolean {
  const site = headerValue(headers, 'sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = headerValue(headers, 'origin')
  return origin === undefined || origin === verificationOrigin
}
