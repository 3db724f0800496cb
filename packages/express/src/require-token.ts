import { type AccessControl, checkToken, type TokenAuthority, type TokenClaims } from '@device-auth/core'
import { checkGuard, requestHeaders, writeResponse } from '@device-auth/core/node'
import type { RequestHandler } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** The claims of the access token, set by `requireToken`. */
      deviceToken?: TokenClaims
      /** The error because of which `requireToken` answered 503, for a logger in front of it. */
      deviceTokenError?: unknown
    }
  }
}

/**
 * Protects an API: lets requests pass whose Authorization header has a valid access token with all the scopes of
 * `access`, and sets `req.deviceToken` to its claims. Other requests are answered as RFC 6750 says, with 400, 401 or
 * 403, or with 503 if the store fails.
 *
 * @param deviceAuth - The object that `createDeviceAuth` returned, or any other object that knows the tokens.
 * @throws {TypeError} if an argument is missing or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function requireToken(
  deviceAuth: TokenAuthority,
  access: Pick<AccessControl, 'scope' | 'audience' | 'acrValues' | 'maxAge' | 'realm' | 'baseUrl'> = {},
): RequestHandler {
  checkGuard('requireToken', deviceAuth, access)
  return (req, res, next) => {
    const request = { method: req.method, path: req.originalUrl, native: req }
    checkToken(deviceAuth, requestHeaders(req), { ...access, body: req.body, request })
      .then((check) => {
        if ('response' in check) {
          if (check.cause !== undefined) req.deviceTokenError = check.cause
          return writeResponse(res, check.response)
        }
        req.deviceToken = check.claims
        next()
      })
      .catch(next)
  }
}
