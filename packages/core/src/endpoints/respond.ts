import type { ServerContext } from '../contract/context.ts'
import type { EndpointName } from '../contract/hook-arguments.ts'
import { StoreFullError } from '../contract/store.ts'
import { errorResponse, isOAuthError, OAuthError, temporarilyUnavailable } from '../errors.ts'
import { type Awaitable, type Endpoint, isThenable, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { isTransient, OperationFailure } from '../time-limit.ts'

/** Turns whatever an endpoint threw into a response, and tells the application of errors that are not the request's fault. */
export function answerError<Native>(
  error: unknown,
  endpoint: EndpointName,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  if (isOAuthError(error)) return errorResponse(error)
  if (error instanceof Error && error.name === StoreFullError.name) {
    context.events.emit('limited', { at: context.now(), limit: 'store', ip: request.ip })
    return errorResponse(temporarilyUnavailable())
  }
  context.fail(error instanceof OperationFailure ? error.operation : endpoint, error, {
    endpoint,
    native: request.native,
  })
  return errorResponse(isTransient(error) ? temporarilyUnavailable() : new OAuthError('server_error'))
}

/** Makes an endpoint that answers in JSON: whatever `respond` throws becomes an error response. */
export function jsonEndpoint<Native>(
  name: EndpointName,
  context: ServerContext<Native>,
  respond: (request: OAuthRequest<Native>) => Awaitable<OAuthResponse>,
): Endpoint<Native> {
  return async (request) => {
    try {
      const response = respond(request)
      return isThenable(response) ? await response : response
    } catch (error) {
      return answerError(error, name, request, context)
    }
  }
}
