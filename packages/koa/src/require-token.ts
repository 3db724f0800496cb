import { type AccessControl, checkToken, type TokenAuthority } from '@device-auth/core'
import { requestHeaders } from '@device-auth/core/node'
import type { Middleware } from 'koa'
import { respond } from './respond.ts'

/**
 * Lets requests pass that carry a live access token in the Authorization header, with every scope asked for, and
 * sets `ctx.state.deviceToken` to its `TokenClaims`. All others are answered as RFC 6750 says: 400, 401 or 403; 503 when the
 * store fails.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function requireToken(
  deviceAuth: TokenAuthority,
  { scope, realm }: Pick<AccessControl, 'scope' | 'realm'> = {},
): Middleware {
  const fixed: AccessControl = { ...(scope !== undefined && { scope }), ...(realm !== undefined && { realm }) }
  return async (ctx, next) => {
    const body: unknown = Reflect.get(ctx.request, 'body')
    const check = await checkToken(deviceAuth, requestHeaders(ctx.req), { ...fixed, body })
    if ('response' in check) return respond(ctx, check.response)
    ctx.state.deviceToken = check.claims
    await next()
  }
}
