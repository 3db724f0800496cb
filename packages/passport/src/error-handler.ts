import type { ServerResponse } from 'node:http'
import { errorResponse, isOAuthError } from '@device-auth/core'
import { writeResponse } from '@device-auth/core/node'

/**
 * Error middleware for Express, behind the routes: `app.use(oauthErrorHandler())`. Answers protocol errors as RFC JSON
 * with their status and headers, which Passport cannot; every other error goes on.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function oauthErrorHandler(): ErrorHandler {
  // Express tells error middleware by its four parameters
  return (error, _req, res, next) => {
    if (res.headersSent || !isOAuthError(error)) next(error)
    else writeResponse(res, errorResponse(error))
  }
}

/** Express's error middleware. */
export type ErrorHandler = (error: unknown, req: unknown, res: ServerResponse, next: (error: unknown) => void) => void
