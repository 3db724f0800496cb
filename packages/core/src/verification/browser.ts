import type { ServerContext } from '../contract/context.ts'
import type { Visit } from '../contract/visit.ts'
import { randomToken } from '../crypto/random.ts'
import { hashSecret } from '../crypto/secrets.ts'
import type { OAuthResponse } from '../http.ts'
import { isSameOrigin } from './same-origin.ts'

/** The browser of a visit, recognised by a cookie that the verification page sets. */
export interface Browser {
  /** SHA-256 of the cookie, base64url. */
  readonly id: string
  /** The value of a new cookie; `undefined` if the browser has sent one. */
  readonly newCookie: string | undefined
}

const valuePattern = /^[\w-]{43}$/

/** The prefix `__Host-` keeps sibling hosts and plain http connections from planting the cookie. */
function cookieName({ verificationOrigin }: ServerContext<never>): string {
  return verificationOrigin.startsWith('https:') ? '__Host-device-auth' : 'device-auth'
}

/**
 * Recognises the browser of a visit. A browser without the cookie counts as a new one. The cookie identifies no user: it
 * only tells which requests come from the same browser.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6265#section-4.1 RFC 6265 section 4.1}
 */
export function browserOf<Native>({ request, context }: Visit<Native>): Browser {
  const name = cookieName(context)
  // only `;` separates cookies: a comma may be part of a value, which a sibling host can choose
  const given = [request.headers.cookie ?? []]
    .flat()
    .join(';')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .find((value) => valuePattern.test(value))
  const value = given ?? randomToken()
  return { id: hashSecret(value), newCookie: given === undefined ? value : undefined }
}

/**
 * Adds the cookie to the response for a new browser, except in answer to a form of another site: such a form is sent without
 * the cookie, so a new one would replace the cookie that the browser has. The cookie is `Lax`, because the log-in page and
 * the camera app lead to the verification page from elsewhere.
 */
export function withCookie<Native>(
  response: OAuthResponse,
  { newCookie }: Browser,
  visit: Visit<Native>,
): OAuthResponse {
  if (newCookie === undefined || (visit.request.method === 'POST' && !isSameOrigin(visit))) return response
  const name = cookieName(visit.context)
  const secure = name.startsWith('__Host-') ? '; Secure' : ''
  const field = `${name}=${newCookie}; Path=/; HttpOnly; SameSite=Lax${secure}`
  return { ...response, headers: { ...response.headers, 'set-cookie': field } }
}
