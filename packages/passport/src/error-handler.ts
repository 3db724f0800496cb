import type { ServerResponse } from 'node:http'
import { errorResponse, isFunction, isOAuthError, type OAuthError } from '@device-auth/core'
import { writeResponse } from '@device-auth/core/node'
import { checkSettings } from './options.ts'

/** Options of {@link oauthErrorHandler}. */
export interface OAuthErrorHandlerOptions {
  /**
   * Called for each error with a status of 500 or more, because its answer does not say what has failed; `error.cause` does. Default:
   * `console.error`.
   */
  readonly onError?: (error: OAuthError) => void
}

/**
 * Error middleware for Express, to be mounted after the routes: `app.use(oauthErrorHandler())`. It answers an
 * `OAuthError` with its status, its headers and a JSON body, which Passport cannot; every other error goes on.
 *
 * @throws {TypeError} that names an option that is unknown or wrong, or if it is itself used as middleware.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
export function oauthErrorHandler(options: OAuthErrorHandlerOptions = {}, ...others: readonly never[]): ErrorHandler {
  if (others.length > 0 || options instanceof Error)
    throw new TypeError('oauthErrorHandler() makes the middleware: mount it by app.use(oauthErrorHandler()).')
  checkSettings('oauthErrorHandler()', options, { onError: isFunction }, [])
  const onError = options?.onError ?? logError
  // Express recognises error middleware by its four parameters
  return (error, _req, res, next) => {
    if (res.headersSent || !isOAuthError(error)) return next(error)
    if (error.status >= 500) onError(error)
    writeResponse(res, errorResponse(error))
  }
}

function logError(error: OAuthError): void {
  // biome-ignore lint/suspicious/noConsole: an application that wants its own log gives the option onError
  console.error('Device Auth:', error)
}

/** Error middleware of Express. */
export type ErrorHandler = (error: unknown, req: unknown, res: ServerResponse, next: (error: unknown) => void) => void
