import type { ServerContext } from '../contract/context.ts'
import type { EndpointName } from '../contract/hook-arguments.ts'
import { isStoreFull } from '../contract/store.ts'
import { errorResponse, isOAuthError, OAuthError, pollAnswers, temporarilyUnavailable } from '../errors.ts'
import { type Awaitable, type Endpoint, isThenable, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'
import { isTransient, OperationFailure } from '../time-limit.ts'

/** Turns whatever an endpoint threw into a response, and tells the application of errors that are not the request's fault. */
function answerError<Native>(
  error: unknown,
  endpoint: EndpointName,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  if (isOAuthError(error)) return errorResponse(error)
  const isFull = isStoreFull(error)
  if (isFull) context.events.emit('limited', { at: context.now(), limit: 'store', ip: request.ip })
  else {
    context.fail(error instanceof OperationFailure ? error.operation : endpoint, error, {
      endpoint,
      native: request.native,
    })
  }
  if (isPoll(endpoint, request)) return pollFailure(context)
  return errorResponse(isFull || isTransient(error) ? temporarilyUnavailable() : new OAuthError('server_error'))
}

function isPoll<Native>(endpoint: EndpointName, { form }: OAuthRequest<Native>): boolean {
  return endpoint === 'token' && form.get('grant_type') === DEVICE_CODE_GRANT_TYPE
}

/**
 * The answer to a poll that failed: `authorization_pending`, because nearly every client ends the sign-in on a single 5xx.
 * The option `onStoreFailure` decides.
 */
function pollFailure<Native>({ options }: ServerContext<Native>): OAuthResponse {
  return options.onStoreFailure === 'unavailable'
    ? errorResponse(temporarilyUnavailable())
    : pollAnswers.authorization_pending
}

/**
 * The answer to a request that is one too many. A poll hears `authorization_pending`, because nearly every client ends the
 * sign-in on a single 5xx; the option `onStoreFailure` decides.
 */
function answerOverload<Native>(
  endpoint: EndpointName,
  { ip, form }: OAuthRequest<Native>,
  { events, now, options }: ServerContext<Native>,
): OAuthResponse {
  events.emit('limited', { at: now(), limit: 'load', ip })
  const isPoll = endpoint === 'token' && form.get('grant_type') === DEVICE_CODE_GRANT_TYPE
  return isPoll && options.onStoreFailure === 'pending' ? pollAnswers.authorization_pending : overloaded
}

const overloaded = Object.freeze(errorResponse(temporarilyUnavailable('Too many requests at once; try again.')))

/**
 * Makes an endpoint that answers in JSON: whatever `respond` throws becomes an error response. A request that is one too
 * many in this process is refused.
 */
export function jsonEndpoint<Native>(
  name: EndpointName,
  context: ServerContext<Native>,
  respond: (request: OAuthRequest<Native>) => Awaitable<OAuthResponse>,
): Endpoint<Native> {
  const { traffic } = context
  return async (request) => {
    if (!traffic.enter(name, request)) return traffic.finish(answerOverload(name, request, context))
    try {
      const response = respond(request)
      return traffic.finish(isThenable(response) ? await response : response)
    } catch (error) {
      return traffic.finish(answerError(error, name, request, context))
    } finally {
      traffic.leave(name)
    }
  }
}
