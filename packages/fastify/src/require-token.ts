import { type AccessControl, checkToken, type TokenAuthority } from '@device-auth/core'
import { checkGuard, requestHeaders } from '@device-auth/core/node'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { respond } from './respond.ts'

/**
 * Protects an API, as a `preHandler`: lets requests pass whose Authorization header has a valid access token with all
 * the scopes of `access`, and sets `request.deviceToken` to its claims. Other requests are answered as RFC 6750 says,
 * with 400, 401 or 403, or with 503 if the store fails.
 *
 * @param deviceAuth - The object that `createDeviceAuth` returned, or any other object that knows the tokens.
 * @throws {TypeError} if an argument is missing or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function requireToken(
  deviceAuth: TokenAuthority,
  access: Pick<AccessControl, 'scope' | 'audience' | 'acrValues' | 'maxAge' | 'realm' | 'baseUrl'> = {},
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  checkGuard('requireToken', deviceAuth, access)
  return async (request, reply) => {
    const { body, method, originalUrl, raw } = request
    const carrier = { method, path: originalUrl, native: request }
    const check = await checkToken(deviceAuth, requestHeaders(raw), { ...access, body, request: carrier })
    if ('response' in check) {
      if (check.cause !== undefined) request.log.error({ err: check.cause }, 'The access token could not be checked.')
      return respond(reply, check.response)
    }
    request.deviceToken = check.claims
    return undefined
  }
}
