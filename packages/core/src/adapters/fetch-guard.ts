import type { TokenClaims } from '../contract/device-auth.ts'
import { type AccessControl, checkToken, type GuardedClaims, type TokenAuthority } from '../tokens/bearer.ts'
import { checkGuard } from './arguments.ts'
import { toResponse } from './fetch-response.ts'

/**
 * The claims of a valid token, or the response that refuses the request. `cause` is the error because of which a token could not be
 * checked, for your log.
 */
export type FetchTokenCheck<Claims = TokenClaims> =
  | { readonly claims: Claims }
  | { readonly response: Response; readonly cause?: unknown }

/**
 * A function that checks the token of a request.
 *
 * @param native - The framework's own request, for those who check the proof of a key. Default: the `Request`.
 */
export type FetchGuard<Claims = TokenClaims> = (request: Request, native?: unknown) => Promise<FetchTokenCheck<Claims>>

/**
 * Protects an API that has a `Request` and answers with a `Response`: in Next.js, SvelteKit, React Router, Astro, Hono, Bun and Deno.
 * The function that it makes gives the claims of a valid access token in the Authorization header that has all the scopes of `access`.
 * For any other request it gives the response that RFC 6750 asks for, with status 400, 401 or 403, or 503 if the store fails.
 *
 * @param deviceAuth - The object that `createDeviceAuth` returned, or any other object that knows the tokens.
 * @throws {TypeError} if an argument is missing or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 *
 * @example
 * const checkProfile = requireToken(deviceAuth, { scope: 'profile' })
 *
 * export async function GET(request: Request) {
 *   const check = await checkProfile(request)
 *   return 'response' in check ? check.response : Response.json({ name: check.claims.subject })
 * }
 */
export function requireToken<Claims extends GuardedClaims = TokenClaims>(
  deviceAuth: TokenAuthority<Claims>,
  access: Pick<AccessControl, 'scope' | 'audience' | 'acrValues' | 'maxAge' | 'realm' | 'baseUrl'> = {},
): FetchGuard<Claims> {
  checkGuard('requireToken', deviceAuth, access)
  return async (request, native = request) => {
    const { method, url, headers } = request
    const { pathname, search } = new URL(url)
    const carrier = { method, path: pathname + search, native }
    const check = await checkToken(deviceAuth, headers, { ...access, request: carrier })
    return 'claims' in check ? check : { ...check, response: toResponse(check.response, method) }
  }
}
