import { type AccessControl, checkToken, type TokenAuthority } from '@device-auth/core'
import { requestHeaders } from '@device-auth/core/node'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { respond } from './respond.ts'

/**
 * A `preHandler` that lets requests pass which carry a live access token in the Authorization header, with every scope
 * asked for, and sets `request.deviceToken`. All others are answered as RFC 6750 says: 400, 401 or 403; 503 when the
 * store fails.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function requireToken(
  deviceAuth: TokenAuthority,
  { scope, realm }: Pick<AccessControl, 'scope' | 'realm'> = {},
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const fixed: AccessControl = { ...(scope !== undefined && { scope }), ...(realm !== undefined && { realm }) }
  return async (request, reply) => {
    const check = await checkToken(deviceAuth, requestHeaders(request.raw), { ...fixed, body: request.body })
    if ('response' in check) return respond(reply, check.response)
    request.deviceToken = check.claims
    return undefined
  }
}
