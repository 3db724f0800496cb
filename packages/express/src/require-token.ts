import { type AccessControl, checkToken, type TokenAuthority, type TokenClaims } from '@device-auth/core'
import { requestHeaders, writeResponse } from '@device-auth/core/node'
import type { RequestHandler } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** What the access token says; `requireToken` sets it. */
      deviceToken?: TokenClaims
    }
  }
}

/**
 * Lets requests pass that carry a live access token in the Authorization header, with every scope asked for, and
 * sets `req.deviceToken`. All others are answered as RFC 6750 says: 400, 401 or 403; 503 when the store fails.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function requireToken(
  deviceAuth: TokenAuthority,
  { scope, realm }: Pick<AccessControl, 'scope' | 'realm'> = {},
): RequestHandler {
  const fixed: AccessControl = { ...(scope !== undefined && { scope }), ...(realm !== undefined && { realm }) }
  return (req, res, next) => {
    checkToken(deviceAuth, requestHeaders(req), { ...fixed, body: req.body })
      .then((check) => {
        if ('response' in check) return writeResponse(res, check.response)
        req.deviceToken = check.claims
        next()
      })
      .catch(next)
  }
}
