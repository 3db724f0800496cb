import { type AccessControl, checkToken, type TokenAuthority } from '@device-auth/core'
import { checkGuard, requestHeaders } from '@device-auth/core/node'
import type { Middleware } from 'koa'
import { respond } from './respond.ts'

/**
 * Protects an API: lets requests pass whose Authorization header has a valid access token with all the scopes of
 * `access`, and sets `ctx.state.deviceToken` to its `TokenClaims`. Other requests are answered as RFC 6750 says, with
 * 400, 401 or 403, or with 503 if the store fails: then the application gets the event `error` with what has failed.
 *
 * @param deviceAuth - The object that `createDeviceAuth` returned, or any other object that knows the tokens.
 * @throws {TypeError} if an argument is missing or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function requireToken(
  deviceAuth: TokenAuthority,
  access: Pick<AccessControl, 'scope' | 'audience' | 'acrValues' | 'maxAge' | 'realm' | 'baseUrl'> = {},
): Middleware {
  checkGuard('requireToken', deviceAuth, access)
  return async (ctx, next) => {
    const body: unknown = Reflect.get(ctx.request, 'body')
    const request = { method: ctx.method, path: ctx.originalUrl, native: ctx }
    const check = await checkToken(deviceAuth, requestHeaders(ctx.req), { ...access, body, request })
    if ('response' in check) {
      // Koa's way to tell the application of an error that is answered already
      if (check.cause !== undefined) ctx.app.emit('error', asError(check.cause), ctx)
      return respond(ctx, check.response)
    }
    ctx.state.deviceToken = check.claims
    await next()
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('The access token could not be checked.', { cause })
}
