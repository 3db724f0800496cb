import type { ServerResponse } from 'node:http'
import { errorResponse, isOAuthError } from '@device-auth/core'
import { writeResponse } from '@device-auth/core/node'

/**
 * Error middleware for Express, to be mounted after the routes: `app.use(oauthErrorHandler())`. It answers an
 * `OAuthError` with its status, its headers and a JSON body, which Passport cannot; every other error goes on.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function oauthErrorHandler(): ErrorHandler {
  // Express recognises error middleware by its four parameters
  return (error, _req, res, next) => {
    if (res.headersSent || !isOAuthError(error)) next(error)
    else writeResponse(res, errorResponse(error))
  }
}

/** Error middleware of Express. */
export type ErrorHandler = (error: unknown, req: unknown, res: ServerResponse, next: (error: unknown) => void) => void
