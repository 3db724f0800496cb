import type { ServerContext } from '../contract/context.ts'
import type { EndpointName } from '../contract/hooks.ts'
import { StoreFullError } from '../contract/store.ts'
import { errorResponse, isOAuthError, OAuthError, RETRY_AFTER } from '../errors.ts'
import { isTransient, OperationFailure } from '../guard.ts'
import type { Awaitable, Endpoint, OAuthRequest, OAuthResponse } from '../http.ts'
import { isThenable } from '../http.ts'
/** The answer for whatever an endpoint threw; tells the application of what is not the request's fault. */
export function answerError<Native>(
  error: unknown,
  endpoint: EndpointName,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  if (isOAuthError(error)) return errorResponse(error)
  const headers = { 'retry-after': String(RETRY_AFTER) }
  if (error instanceof Error && error.name === StoreFullError.name) {
    context.events.emit('limited', { at: context.now(), limit: 'store', ip: request.ip })
    return errorResponse(new OAuthError('temporarily_unavailable', undefined, { headers }))
  }
  context.fail(error instanceof OperationFailure ? error.operation : endpoint, error, {
    endpoint,
    native: request.native,
  })
  return errorResponse(
    isTransient(error)
      ? new OAuthError('temporarily_unavailable', undefined, { headers })
      : new OAuthError('server_error'),
  )
}

/** Makes an endpoint of a handler: whatever it throws becomes a response. */
export function jsonEndpoint<Native>(
  name: EndpointName,
  context: ServerContext<Native>,
  handle: (request: OAuthRequest<Native>) => Awaitable<OAuthResponse>,
): Endpoint<Native> {
  return async (request) => {
    try {
      const response = handle(request)
      return isThenable(response) ? await response : response
    } catch (error) {
      return answerError(error, name, request, context)
    }
  }
}
