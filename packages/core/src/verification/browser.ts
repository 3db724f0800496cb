import type { ServerContext } from '../contract/context.ts'
import { randomToken } from '../crypto/random.ts'
import { hashSecret } from '../crypto/secrets.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import { isSameOrigin } from './page-request.ts'

/** The browser that a request comes from, told by a cookie of the page's own. */
export interface Browser {
  /** SHA-256 of the cookie, base64url. */
  readonly id: string
  /** The cookie, when the browser has to be given one. */
  readonly cookie: string | undefined
}

const valuePattern = /^[\w-]{43}$/

/** With the prefix, no sibling host and no plain connection can plant it. */
function cookieName({ verificationOrigin }: ServerContext<never>): string {
  return verificationOrigin.startsWith('https:') ? '__Host-device-auth' : 'device-auth'
}

/**
 * Who has none is a browser of its own. The cookie says nothing but which requests come from one browser.
 * @see {@link https://datatracker.ietf.org/doc/html/rfc6265#section-4.1 RFC 6265 section 4.1}
 */
export function browserOf<Native>({ headers }: OAuthRequest<Native>, context: ServerContext<Native>): Browser {
  const name = cookieName(context)
  const given = String(headers.cookie ?? '')
    .split(/[;,]/)
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .find((value) => valuePattern.test(value))
  const value = given ?? randomToken()
  return { id: hashSecret(value), cookie: given === undefined ? value : undefined }
}

/**
 * Gives a browser its cookie. Not in answer to another site's form: that comes without the cookie, and would lose the
 * browser the one it has. `Lax`, because the log-in and the camera's app lead here from elsewhere.
 */
export function withCookie<Native>(
  response: OAuthResponse,
  { cookie }: Browser,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  if (cookie === undefined || (request.method === 'POST' && !isSameOrigin(request, context))) return response
  const name = cookieName(context)
  const secure = name.startsWith('__Host-') ? '; Secure' : ''
  const field = `${name}=${cookie}; Path=/; HttpOnly; SameSite=Lax${secure}`
  return { ...response, headers: { ...response.headers, 'set-cookie': field } }
}
